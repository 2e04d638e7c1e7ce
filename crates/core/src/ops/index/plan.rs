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
pub(super) struct Index<'a> {
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
        self.indices.iter().try_for_each(|index| index.add(self.op, positions.clone(), out))
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

    /// The index array, if there is one only and slices are single elements.
    pub(super) fn only_index(&self) -> Option<&Index<'a>> {
        self.indices.first().filter(|_| self.indices.len() == 1 && size(&self.shape) == 1)
    }

    /// Copies the elements at `positions` of `whole` to `part` without a list of offsets in between; `index` is the only one.
    ///
    /// # Errors
    /// When an index is out of range.
    ///
    /// # Safety
    /// `whole` has the layout the plan was made for, and `part` room for the elements.
    pub(super) unsafe fn elements<T: Copy>(
        &self,
        index: &Index,
        positions: std::ops::Range<usize>,
        whole: *const T,
        part: *mut T,
    ) -> Result<()> {
        let mut chosen = [0; CHUNK];
        let strides = [&self.along[..], &index.value.layout().strides];
        runs(&self.positions, strides, positions, |at, len, [offset, first], [step, next]| {
            for start in (0..len).step_by(CHUNK) {
                let chosen = &mut chosen[..CHUNK.min(len - start)];
                // Many indices into one short row are going to read most of it, in an order no cache can foresee.
                if step == 0 && index.stride == 1 && index.length <= 8 * chosen.len() {
                    copy::prefetch(whole.wrapping_offset(offset), index.length);
                }
                index.choose(self.op, first + start as isize * next, next, chosen)?;
                let (from, to) = (whole.wrapping_offset(offset + start as isize * step), part.wrapping_add(at + start));
                // SAFETY: chosen indices are within the whole.
                unsafe {
                    match (index.stride, step) {
                        (1, 0) => copy_chosen(from, to, chosen, |i, _| i),
                        (stride, _) => copy_chosen(from, to, chosen, |i, at| i * stride + at as isize * step),
                    }
                }
            }
            Ok(())
        })
    }

    /// The error of the first index out of range, if there is one: what must be known before anything is written.
    pub(super) fn check(&self) -> Result<()> {
        self.chunks(0..self.len(), false, |_, _| {})
    }
}

impl Index<'_> {
    /// Adds to `out` what the indices at `positions`, at most a chunk, contribute.
    fn add(&self, op: &str, positions: std::ops::Range<usize>, out: &mut [isize]) -> Result<()> {
        let layout = self.value.layout();
        let mut chosen = [0; CHUNK];
        runs(&layout.shape, [&layout.strides], positions, |at, len, [first], [next]| {
            self.choose(op, first, next, &mut chosen[..len])?;
            out[at..at + len].iter_mut().zip(&chosen).for_each(|(o, i)| *o += i * self.stride);
            Ok(())
        })
    }

    /// Reads indices, evenly spaced in their array, and counts them from the start of the axis.
    ///
    /// # Errors
    /// When one is out of range.
    fn choose(&self, op: &str, first: isize, next: isize, chosen: &mut [isize]) -> Result<()> {
        with_integer!(self.value.dtype(), T => {
            let base = self.value.ptr().cast::<T>().wrapping_offset(first);
            let mut dense = [T::ZERO; CHUNK];
            let given = if next == 1 {
                // SAFETY: the run lies within the layout of a ready value of this type.
                unsafe { std::slice::from_raw_parts(base, chosen.len()) }
            } else {
                let dense = &mut dense[..chosen.len()];
                // SAFETY: as above.
                dense.iter_mut().enumerate().for_each(|(i, d)| *d = unsafe { base.offset(i as isize * next).read() });
                dense
            };
            // SAFETY: made for the instruction set in use.
            if unsafe { choose_for::<T>(isa())(self.length, given, chosen) } < self.end as u64 {
                return Ok(());
            }
            let bad = given.iter().find(|i| wrapped(**i, self.length) >= self.end as u64);
            bad.map_or(Ok(()), |i| Err(self.refuse(op, i.exact())))
        })
    }

    #[cold]
    fn refuse(&self, op: &str, i: i128) -> Error {
        refuse(op, i, self.axis, self.length, self.end)
    }
}

/// The error of the index `i` into an axis of `length`, of which indices below `end` are allowed.
pub(super) fn refuse(op: &str, i: i128, axis: usize, length: usize, end: usize) -> Error {
    let window = length + 1 - end.min(length);
    let window = if window > 1 { format!(" for a window of {window}") } else { String::new() };
    Error::index(format!("[{op}] index {i} is out of range for axis {axis} of length {length}{window}"))
}

/// The index counted from the start; out of range is beyond every axis.
#[inline(always)]
fn wrapped<T: Integer>(index: T, length: usize) -> u64 {
    let i = index.saturated();
    i.wrapping_add(length as i64 & (i >> 63)) as u64
}

/// Counts the indices from the start, and tells the largest. There is no way out of the loop, so that it vectorizes.
#[inline(always)]
fn choose_all<T: Integer>(length: usize, given: &[T], chosen: &mut [isize]) -> u64 {
    let mut largest = 0;
    for (&i, chosen) in given.iter().zip(chosen) {
        let i = wrapped(i, length);
        largest = largest.max(i);
        *chosen = i as isize;
    }
    largest
}
isa_clones! { fn choose_for<T: Integer>(length: usize, given: &[T], chosen: &mut [isize]) -> u64 = choose_all; }

/// Copies to each element of `to` the one of `from` that `offset` of its chosen index and its place says.
///
/// # Safety
/// The elements are readable and `to` has room for them.
#[inline(always)]
unsafe fn copy_chosen<T: Copy>(from: *const T, to: *mut T, chosen: &[isize], offset: impl Fn(isize, usize) -> isize) {
    for (at, &i) in chosen.iter().enumerate() {
        // SAFETY: passed on from the caller.
        unsafe { to.add(at).write(from.offset(offset(i, at)).read()) }
    }
}

#[inline(always)]
fn evenly_spaced(first: isize, step: isize, out: &mut [isize]) {
    out.iter_mut().enumerate().for_each(|(i, o)| *o = first + i as isize * step);
}
isa_clones! { fn fill_for(first: isize, step: isize, out: &mut [isize]) = evenly_spaced; }

/// The offsets of the elements `range` of an array of `shape` with `strides`.
pub(super) fn linear(shape: &[usize], strides: &[isize], range: std::ops::Range<usize>, out: &mut [isize]) {
    let fill = fill_for(isa());
    let fill = |at: usize, len: usize, [offset]: [isize; 1], [step]: [isize; 1]| {
        // SAFETY: made for the instruction set in use.
        unsafe { fill(offset, step, &mut out[at..at + len]) };
        Ok(())
    };
    runs(shape, [strides], range, fill).expect("filling does not fail");
}

/// Walks the elements `range`, in row-major order, of an array of `shape`: calls `f` for each evenly spaced run with its start,
/// counted from that of the range, its length, and its offset and step in each of the layouts.
fn runs<const N: usize>(
    shape: &[usize],
    strides: [&[isize]; N],
    range: std::ops::Range<usize>,
    mut f: impl FnMut(usize, usize, [isize; N], [isize; N]) -> Result<()>,
) -> Result<()> {
    let (shape, strides) = collapse(shape, strides);
    let (&row, outer) = shape.split_last().unwrap_or((&1, &[]));
    let step = std::array::from_fn(|k| strides[k].last().copied().unwrap_or(0));
    let mut at = range.start;
    while at < range.end {
        let (mut rest, within) = (at / row, at % row);
        let mut offset = step.map(|step| within as isize * step);
        for (axis, &n) in outer.iter().enumerate().rev() {
            let i = (rest % n) as isize;
            offset.iter_mut().zip(&strides).for_each(|(offset, strides)| *offset += i * strides[axis]);
            rest /= n;
        }
        let len = (row - within).min(range.end - at);
        f(at - range.start, len, offset, step)?;
        at += len;
    }
    Ok(())
}
