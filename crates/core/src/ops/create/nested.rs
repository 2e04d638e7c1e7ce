//! Arrays from Rust's own data: numbers, and arrays, slices and vectors of them, nested to any depth.

use crate::ext::*;

/// A number, or a list of what is [`Nested`] itself.
pub trait Nested {
    /// What it holds.
    type Element: Element;
    /// How deep the lists are nested.
    const NDIM: usize;

    /// The length of each axis, as the first list at each depth has it.
    fn lengths(&self, into: &mut Shape);

    /// Appends the elements in row-major order.
    ///
    /// # Errors
    /// When a list does not have the length that `shape` says.
    fn append(&self, shape: &[usize], into: &mut Vec<Self::Element>) -> Result<()>;
}

/// An array of what `data` holds: a number gives a 0-d array, `[1.5f32, 2.5]` one axis, a `Vec<Vec<i32>>` two.
///
/// ```
/// use millpond_core::ops::create::array;
///
/// let a = array([[1.0f32, 2.0], [3.0, 4.0]])?;
/// assert_eq!(a.shape(), [2, 2]);
/// assert_eq!(array((0..3).collect::<Vec<i64>>())?.to_vec::<i64>()?, [0, 1, 2]);
/// assert!(array(vec![vec![1], vec![2, 3]]).is_err());
/// # Ok::<(), millpond_core::error::Error>(())
/// ```
///
/// # Errors
/// When lists at one depth differ in length, or memory is exhausted.
pub fn array<D: Nested>(data: D) -> Result<Array> {
    let mut shape = Shape::new();
    data.lengths(&mut shape);
    let mut elements = Vec::with_capacity(checked_size("array", &shape)?);
    data.append(&shape, &mut elements)?;
    Array::from_slice(&elements, &shape)
}

macro_rules! numbers {
    ($($ty:ty)*) => {$(
        impl Nested for $ty {
            type Element = $ty;
            const NDIM: usize = 0;

            fn lengths(&self, _: &mut Shape) {}

            fn append(&self, _: &[usize], into: &mut Vec<$ty>) -> Result<()> {
                into.push(*self);
                Ok(())
            }
        }
    )*};
}

numbers! { bool i8 i16 i32 i64 u8 u16 u32 u64 f16 bf16 f32 f64 c64 }

impl<T: Nested> Nested for [T] {
    type Element = T::Element;
    const NDIM: usize = T::NDIM + 1;

    fn lengths(&self, into: &mut Shape) {
        into.push(self.len());
        match self.first() {
            Some(first) => first.lengths(into),
            None => into.extend(std::iter::repeat_n(0, T::NDIM)),
        }
    }

    fn append(&self, shape: &[usize], into: &mut Vec<T::Element>) -> Result<()> {
        let [length, inner @ ..] = shape else { unreachable!("a list is an axis") };
        if self.len() != *length {
            let message = format!("[array] the nested list is ragged: lists at one depth have {length} and {} items", self.len());
            return Err(Error::value(message));
        }
        self.iter().try_for_each(|item| item.append(inner, into))
    }
}

macro_rules! as_the_slice {
    ($(($($parameters:tt)*) $ty:ty, $slice:ty;)*) => {$(
        impl<$($parameters)*> Nested for $ty {
            type Element = <$slice as Nested>::Element;
            const NDIM: usize = <$slice as Nested>::NDIM;

            fn lengths(&self, into: &mut Shape) {
                <$slice as Nested>::lengths(self, into);
            }

            fn append(&self, shape: &[usize], into: &mut Vec<Self::Element>) -> Result<()> {
                <$slice as Nested>::append(self, shape, into)
            }
        }
    )*};
}

as_the_slice! {
    (T: Nested) Vec<T>, [T];
    (T: Nested, const N: usize) [T; N], [T];
    (T: Nested + ?Sized) &T, T;
}
