//! Operands brought to one dtype and one shape.

use super::*;
use crate::ext::*;
use crate::ops::view::broadcast_to;
use std::cell::RefCell;

/// Operands as arrays of type `dtype` and of their common shape.
///
/// # Errors
/// When the shapes do not broadcast together, or an integer scalar does not fit an integer `dtype`.
pub fn align<const N: usize>(op: &str, operands: [Operand; N], dtype: Dtype) -> Result<[Array; N]> {
    align_each(op, operands, [dtype; N])
}

/// [`align`], with a dtype for each operand.
pub(super) fn align_each<const N: usize>(op: &str, mut operands: [Operand; N], dtypes: [Dtype; N]) -> Result<[Array; N]> {
    let shape = common_shape(op, &operands)?;
    for (operand, dtype) in operands.iter_mut().zip(dtypes) {
        match operand {
            Operand::Array(a) if a.dtype() == dtype && a.shape() == &shape[..] => {}
            Operand::Array(a) => *a = broadcast_to(&astype(a, dtype)?, &shape)?,
            Operand::Scalar(s) => *operand = Operand::Array(constant(*s, &shape, dtype)?),
        }
    }
    Ok(operands.map(Operand::into_array))
}

/// `scalar` as an array. The last few of a thread are kept: formulas and loops repeat their constants.
fn constant(scalar: Scalar, shape: &Shape, dtype: Dtype) -> Result<Array> {
    const KEPT: usize = 8;
    thread_local! {
        static RECENT: RefCell<(Vec<(Scalar, Array)>, usize)> = const { RefCell::new((Vec::new(), 0)) };
    }
    let look_up = |recent: &RefCell<(Vec<(Scalar, Array)>, usize)>| {
        let (kept, next) = &mut *recent.borrow_mut();
        let same = |(s, a): &&(Scalar, Array)| a.dtype() == dtype && s.is_identical(scalar) && a.shape() == &shape[..];
        if let Some((_, array)) = kept.iter().find(same) {
            return Ok(array.clone());
        }
        let array = Array::splat(fitting(scalar, dtype)?, shape, dtype);
        if kept.len() < KEPT {
            kept.push((scalar, array.clone()));
        } else {
            kept[*next] = (scalar, array.clone());
            *next = (*next + 1) % KEPT;
        }
        Ok(array)
    };
    // A thread that ends keeps nothing any more.
    RECENT.try_with(look_up).unwrap_or_else(|_| Ok(Array::splat(fitting(scalar, dtype)?, shape, dtype)))
}

fn common_shape<const N: usize>(op: &str, operands: &[Operand; N]) -> Result<Shape> {
    let mut shapes = operands.iter().filter_map(|o| if let Operand::Array(a) = o { Some(a.shape()) } else { None });
    let Some(first) = shapes.next() else { return Ok(Shape::new()) };
    if shapes.clone().all(|s| s == first) {
        return Ok(Shape::from_slice(first));
    }
    broadcast_all(op, std::iter::once(first).chain(shapes))
}

/// `scalar`.
///
/// # Errors
/// When it is an integer that the integer `dtype` can't hold.
pub fn fitting(scalar: Scalar, dtype: Dtype) -> Result<Scalar> {
    match scalar {
        Scalar::Int(i) if dtype.is_integer() => {
            let fits = dispatch!(dtype, T => T::from_scalar(scalar).to_scalar() == scalar);
            if fits { Ok(scalar) } else { Err(Error::value(format!("Converting {i} to {dtype} would result in overflow."))) }
        }
        _ => Ok(scalar),
    }
}

/// The dtype that `operands` take together, as arithmetic between them would: arrays promote with each other, scalars yield to
/// arrays of their kind.
pub fn result_type(operands: &[Operand]) -> Dtype {
    Operand::result_type(&operands.iter().collect::<SmallVec<[&Operand; 4]>>())
}
