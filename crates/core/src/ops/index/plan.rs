//! Where slices chosen by index arrays lie: what gathering and scattering share.
//!
//! Index arrays have one common shape, the *positions*. Each position names a slice of the *whole* array: every axis of the
//! whole is addressed by its [`Source`].

use crate::ext::*;

/// How an axis of the whole array is addressed at a position.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Source {
    /// From what the `which`-th index array says, `size` elements on; negative indices count from the end.
    Index {
        /// The index array.
        which: usize,
        /// The length of the window, usually 1.
        size: usize,
    },
    /// At the position's own coordinate along this axis of the index arrays.
    Along(usize),
    /// All of it.
    Whole,
}

/// The shape of the slice at each position: the axes that are not [`Source::Along`].
pub(super) fn slice_shape(sources: &[Source], whole: &[usize]) -> Shape {
    let length = |(source, &n): (&Source, &usize)| match source {
        Source::Index { size, .. } => Some(*size),
        Source::Along(_) => None,
        Source::Whole => Some(n),
    };
    sources.iter().zip(whole).filter_map(length).collect()
}

/// `sources` for printing and comparison.
pub(super) fn attributes(sources: &[Source]) -> Attributes {
    let code = |s: &Source| match *s {
        Source::Index { which, .. } => which as i64,
        Source::Whole => -1,
        Source::Along(axis) => -2 - axis as i64,
    };
    let window = |s: &Source| if let Source::Index { size, .. } = s { *size as i64 } else { 0 };
    let codes: Vec<i64> = sources.iter().map(code).collect();
    let windows: Vec<i64> = sources.iter().map(window).collect();
    vec![("sources", codes[..].into()), ("windows", windows[..].into())]
}

/// Positions for which offsets are found at a time: they stay in the first cache.
const CHUNK: usize = 1024;

/// An integer that is an index.
trait Integer: Element {
    /// As 64 bits; what does not fit is the largest, which is out of range for any axis.
    fn saturated(self) -> i64;
    /// For a message.
    fn exact(self) -> i128;
}

macro_rules! integers {
    ($($ty:ident $dtype:ident),*) => {
        $(impl Integer for $ty {
            #[inline]
            fn saturated(self) -> i64 {
                i64::try_from(self).unwrap_or(i64::MAX)
            }
            fn exact(self) -> i128 {
                self.into()
            }
        })*

        /// Runs `$body` with `$T` naming the type of `$given`, which is a dtype of integers.
        macro_rules! with_integer {
            ($given:expr, $T:ident => $body:expr) => {
                match $given {
                    $(Dtype::$dtype => { type $T = $ty; $body })*
                    other => unreachable!("indices of type {other} have been refused"),
                }
            };
        }
    };
}

integers! { u8 Uint8, u16 Uint16, u32 Uint32, u64 Uint64, i8 Int8, i16 Int16, i32 Int32, i64 Int64 }

/// One index array and the axis it goes along.
struct Index<'a> {
    value: &'a Value,
    axis: usize,
    /// The indices allowed are below this.
    end: usize,
    /// The length of the axis, which negative indices count from.
    length: usize,
    stride: isize,
}

/// Offsets of slices, in elements of the whole array.
pub(super) struct Plan<'a> {
    op: &'a str,
    /// The shape of the index arrays.
    pub(super) positions: Shape,
    along: Strides,
    indices: SmallVec<[Index<'a>; 2]>,
    /// The shape of a slice.
    pub(super) shape: Shape,
    /// Its strides in the whole array.
    pub(super) strides: Strides,
    /// Whether two slices are either the same or have no element in common.
    pub(super) disjoint: bool,
}

impl<'a> Plan<'a> {
    pub(super) fn new(op: &'a str, sources: &[Source], shape: &[usize], strides: &[isize], indices: &'a [Value]) -> Plan<'a> {
        let positions = Shape::from_slice(indices[0].shape());
        let mut along = Strides::from_elem(0, positions.len());
        let mut slice = Strides::new();
        let mut walks = SmallVec::new();
        for (axis, (&source, &stride)) in sources.iter().zip(strides).enumerate() {
            match source {
                Source::Along(position) => along[position] += stride,
                Source::Whole => slice.push(stride),
                Source::Index { which, size } => {
                    slice.push(stride);
                    let (value, length) = (&indices[which], shape[axis]);
                    walks.push(Index { value, axis, end: (length + 1).saturating_sub(size), length, stride });
                }
            }
        }
        let disjoint = sources.iter().all(|s| !matches!(s, Source::Index { size, .. } if *size != 1));
        Plan { op, positions, along, indices: walks, shape: slice_shape(sources, shape), strides: slice, disjoint }
    }

    /// How many positions there are.
    pub(super) fn len(&self) -> usize {
        size(&self.positions)
    }

    /// The offsets of the slices at `positions`, in order.
    ///
    /// # Errors
    /// When an index is out of range; the first in order of axes, then positions.
    fn offsets(&self, positions: std::ops::Range<usize>, out: &mut [isize]) -> Result<()> {
        linear(&self.positions, &self.along, positions.clone(), out);
        self.indices
            .iter()
            .try_for_each(|index| with_integer!(index.value.dtype(), T => index.add::<T>(self.op, positions.clone(), out)))
    }

    /// Calls `f` with the offsets of the positions in `range`, a chunk at a time: the first position and the offsets. In
    /// descending order of chunks if `reverse`.
    pub(super) fn chunks(&self, range: std::ops::Range<usize>, reverse: bool, mut f: impl FnMut(usize, &[isize])) -> Result<()> {
        let mut buffer = [0; CHUNK];
        let count = range.len().div_ceil(CHUNK);
        for i in 0..count {
            let start = range.start + CHUNK * if reverse { count - 1 - i } else { i };
            let len = CHUNK.min(range.end - start);
            self.offsets(start..start + len, &mut buffer[..len])?;
            f(start, &buffer[..len]);
        }
        Ok(())
    }

    /// The error of the first index out of range, if there is one: what must be known before anything is written.
    pub(super) fn check(&self) -> Result<()> {
        self.chunks(0..self.len(), false, |_, _| {})
    }
}

impl Index<'_> {
    /// Adds to `out` what the indices at `positions` contribute.
    fn add<T: Integer>(&self, op: &str, positions: std::ops::Range<usize>, out: &mut [isize]) -> Result<()> {
        let (layout, base) = (self.value.layout(), self.value.ptr().cast::<T>());
        let (length, end, stride) = (self.length as i64, self.end as u64, self.stride as i64);
        runs(&layout.shape, &layout.strides, positions, |at, len, offset, step| {
            // SAFETY: the run lies within the layout of a ready value of this type.
            let given = |i: usize| unsafe { base.offset(offset + i as isize * step).read() }.saturated();
            let wrapped = |i: i64| i.wrapping_add(length & (i >> 63));
            // No way out of the loop, so that it vectorizes; what was added is of no use when an index is bad.
            let mut good = true;
            for (i, o) in out[at..at + len].iter_mut().enumerate() {
                let i = wrapped(given(i));
                good &= (i as u64) < end;
                *o = o.wrapping_add(i.wrapping_mul(stride) as isize);
            }
            match (0..len).find(|&i| !good && wrapped(given(i)) as u64 >= end) {
                // SAFETY: as above.
                Some(i) => Err(self.refuse(op, unsafe { base.offset(offset + i as isize * step).read() }.exact())),
                None => Ok(()),
            }
        })
    }

    #[cold]
    fn refuse(&self, op: &str, i: i128) -> Error {
        let window = self.length + 1 - self.end.min(self.length);
        let window = if window > 1 { format!(" for a window of {window}") } else { String::new() };
        Error::index(format!("[{op}] index {i} is out of range for axis {} of length {}{window}", self.axis, self.length))
    }
}

/// The offsets of the elements `range` of an array of `shape` with `strides`.
pub(super) fn linear(shape: &[usize], strides: &[isize], range: std::ops::Range<usize>, out: &mut [isize]) {
    let fill = |at: usize, len: usize, offset: isize, step: isize| {
        out[at..at + len].iter_mut().enumerate().for_each(|(i, o)| *o = offset + i as isize * step);
        Ok(())
    };
    runs(shape, strides, range, fill).expect("filling does not fail");
}

/// Walks the elements `range`, in row-major order, of an array of `shape`: calls `f` for each evenly spaced run with its start,
/// counted from that of the range, its length, its offset and its step.
fn runs(
    shape: &[usize],
    strides: &[isize],
    range: std::ops::Range<usize>,
    mut f: impl FnMut(usize, usize, isize, isize) -> Result<()>,
) -> Result<()> {
    let (shape, [strides]) = collapse(shape, [strides]);
    let (&row, outer) = shape.split_last().unwrap_or((&1, &[]));
    let step = strides.last().copied().unwrap_or(0);
    let mut at = range.start;
    while at < range.end {
        let (mut rest, within) = (at / row, at % row);
        let mut offset = within as isize * step;
        for (&n, &s) in outer.iter().zip(&strides).rev() {
            offset += (rest % n) as isize * s;
            rest /= n;
        }
        let len = (row - within).min(range.end - at);
        f(at - range.start, len, offset, step)?;
        at += len;
    }
    Ok(())
}
