//! Elements along one axis, and windows whose place is computed.

use super::gather::gather;
use super::plan::Source;
use super::scatter::{Mode, scatter};
use crate::ext::*;
use crate::ops::elementwise::align;
use crate::ops::view::{broadcast_to, narrow, put_part, reshape_to, window};

op! {
    take "(a: array, /, indices: operand, axis: axis = None)" => |c| take(c.array(0)?, c.operand(1)?, c.opt_int(2)?);
    /// The slices of `a` at `indices` along `along`, or the elements of `a` in row-major order for `None`. The axes of
    /// `indices` take the place of the axis. Negative indices count from the end.
    ///
    /// # Errors
    /// When the axis is out of range or the indices are not integers. An index out of range is an error of the result.
    pub fn take(a: &Array, indices: impl Into<Operand>, along: impl Into<Option<i64>>) -> Result<Array> {
        let Some(along) = along.into() else {
            return take(&reshape_to(a, &[a.size()])?, indices, Some(0));
        };
        let along = axis("take", along, a.ndim())?;
        match indices.into() {
            Operand::Scalar(Scalar::Int(i)) => {
                let start = at("take", i as i64, along, a.shape()[along])?;
                let mut shape = Shape::from_slice(a.shape());
                shape.remove(along);
                reshape_to(&narrow(a, along, start, 1)?, &shape)
            }
            Operand::Scalar(s) => Err(Error::value(format!("[take] indices must be integers, not {}", s.dtype()))),
            Operand::Array(indices) => {
                let (out, lead) = chosen("take", a, &[(along, indices)], Some(along))?;
                debug_assert_eq!(lead, along);
                let mut shape = Shape::from_slice(out.shape());
                // The axis that was indexed is left as a window of length 1 behind the axes of the indices.
                shape.remove(out.ndim() - (a.ndim() - along));
                reshape_to(&out, &shape)
            }
        }
    }

    take_along_axis "(a: array, /, indices: array, axis: axis = -1)"
        => |c| take_along_axis(c.array(0)?, c.array(1)?, c.opt_int(2)?);
    /// For every index of `indices`, the element of `a` whose index along `along` is the one given there. The other axes of both
    /// are broadcast together. For `None` both are flattened.
    ///
    /// # Errors
    /// When the shapes do not agree or the indices are not integers. An index out of range is an error of the result.
    pub fn take_along_axis(a: &Array, indices: &Array, along: impl Into<Option<i64>>) -> Result<Array> {
        let Some(along) = along.into() else {
            let (a, indices) = (reshape_to(a, &[a.size()])?, reshape_to(indices, &[indices.size()])?);
            return take_along_axis(&a, &indices, Some(0));
        };
        let aligned = Aligned::new("take_along_axis", a, indices, along)?;
        let out = gather("take_along_axis", &aligned.a, std::slice::from_ref(&aligned.indices), &aligned.sources)?;
        reshape_to(&out, aligned.indices.shape())
    }

    put_along_axis "(a: array, /, indices: array, values: array, axis: axis = None)"
        => |c| put_along_axis(c.array(0)?, c.array(1)?, c.array(2)?, c.opt_int(3)?);
    /// `a` with `values`, broadcast to the shape of `indices`, put where [`take_along_axis`] would take from.
    ///
    /// # Errors
    /// As [`take_along_axis`], and when the values do not broadcast to the indices.
    pub fn put_along_axis(a: &Array, indices: &Array, values: impl Into<Operand>, along: impl Into<Option<i64>>) -> Result<Array> {
        let Some(along) = along.into() else {
            let (flat, indices) = (reshape_to(a, &[a.size()])?, reshape_to(indices, &[indices.size()])?);
            return reshape_to(&put_along_axis(&flat, &indices, values, Some(0))?, a.shape());
        };
        let aligned = Aligned::new("put_along_axis", a, indices, along)?;
        let [values] = align("put_along_axis", [values.into()], a.dtype())?;
        let mut shape = Shape::from_slice(aligned.indices.shape());
        let values = broadcast_to(&values, &shape)?;
        shape.push(1);
        let values = reshape_to(&values, &shape)?;
        let indices = std::slice::from_ref(&aligned.indices);
        scatter("put_along_axis", Mode::Assign, &aligned.a, indices, &values, &aligned.sources)
    }

    slice "(a: array, start_indices: array, axes: ints, slice_size: ints)" => |c| {
        let size = shape_arg("slice", &c.ints(3)?)?;
        slice(c.array(0)?, c.array(1)?, &c.ints(2)?, &size)
    };
    /// The window of shape `size` of `a` that begins, along each of `axes`, at the element of `start` for it, and at 0 along the
    /// others. The start is computed; for a known one index with ranges.
    ///
    /// # Errors
    /// When the window is larger than `a`, or there are not as many starts as axes. A start out of range is an error of the result.
    pub fn slice(a: &Array, start: &Array, axes: &[i64], size: &[usize]) -> Result<Array> {
        let placed = Placed::new("slice", a, start, axes, size)?;
        gather("slice", &placed.a, &placed.starts, &placed.sources)
    }

    slice_update "(a: array, update: array, start_indices: array, axes: ints)"
        => |c| slice_update(c.array(0)?, c.array(1)?, c.array(2)?, &c.ints(3)?);
    /// `a` with `update` in place of the window that [`slice()`] of that shape would return. Leading axes that `update` lacks are
    /// of length 1.
    ///
    /// # Errors
    /// As [`slice()`].
    pub fn slice_update(a: &Array, update: &Array, start: &Array, axes: &[i64]) -> Result<Array> {
        if update.ndim() > a.ndim() {
            let (u, a) = (show(update.shape()), show(a.shape()));
            return Err(Error::value(format!("[slice_update] an update of shape {u} has more axes than the array of shape {a}")));
        }
        let mut size = Shape::from_elem(1, a.ndim() - update.ndim());
        size.extend_from_slice(update.shape());
        let [update] = align("slice_update", [update.into()], a.dtype())?;
        let update = reshape_to(&update, &size)?;
        let placed = Placed::new("slice_update", a, start, axes, &size)?;
        let out = scatter("slice_update", Mode::Assign, &placed.a, &placed.starts, &update, &placed.sources)?;
        put_part(a, &out, &Shape::from_elem(0, a.ndim()), &Strides::from_elem(1, a.ndim()))
    }
}

/// `index` into `axis`, which has `length` elements, counted from the start.
///
/// # Errors
/// When it is out of range.
pub(super) fn at(op: &str, index: i64, axis: usize, length: usize) -> Result<usize> {
    let wrapped = if index < 0 { index + length as i64 } else { index };
    usize::try_from(wrapped)
        .ok()
        .filter(|&i| i < length)
        .ok_or_else(|| Error::index(format!("[{op}] index {index} is out of range for axis {axis} of length {length}")))
}

/// The slices of `a` at the index arrays given for some of its axes. With `lead`, the axes before it come first in the result,
/// then those of the indices, then all axes from `lead` on, the indexed ones with length 1; otherwise the axes of the indices
/// are first. Returns how many axes come before those of the indices.
pub(super) fn chosen(op: &'static str, a: &Array, indices: &[(usize, Array)], lead: Option<usize>) -> Result<(Array, usize)> {
    let (indices, sources, lead) = addressed(op, a.shape(), indices, lead)?;
    Ok((gather(op, a, &indices, &sources)?, lead))
}

/// The index arrays, broadcast as [`chosen`] wants them, and the sources of the axes of an array of shape `whole`.
pub(super) fn addressed(
    op: &'static str,
    whole: &[usize],
    indices: &[(usize, Array)],
    lead: Option<usize>,
) -> Result<(Vec<Array>, Vec<Source>, usize)> {
    let lead = lead.unwrap_or(0);
    let mut positions = Shape::from_slice(&whole[..lead]);
    positions.extend(broadcast_all(op, indices.iter().map(|(_, i)| i.shape()))?);
    let source = |axis: usize| match indices.iter().position(|(indexed, _)| *indexed == axis) {
        Some(which) => Source::Index { which, size: 1 },
        None if axis < lead => Source::Along(axis),
        None => Source::Whole,
    };
    let sources = (0..whole.len()).map(source).collect();
    let indices = indices.iter().map(|(_, i)| broadcast_to(i, &positions)).collect::<Result<_>>()?;
    Ok((indices, sources, lead))
}

/// An array and indices along one of its axes, all other axes broadcast together.
struct Aligned {
    a: Array,
    indices: Array,
    sources: Vec<Source>,
}

impl Aligned {
    fn new(op: &'static str, a: &Array, indices: &Array, along: i64) -> Result<Aligned> {
        let along = axis(op, along, a.ndim())?;
        if indices.ndim() != a.ndim() {
            let (i, a) = (show(indices.shape()), show(a.shape()));
            return Err(Error::value(format!("[{op}] indices of shape {i} do not have as many axes as the array of shape {a}")));
        }
        let others =
            |s: &[usize], n: usize| s.iter().enumerate().map(|(i, &d)| if i == along { n } else { d }).collect::<Shape>();
        let shape = broadcast_all(op, [&others(a.shape(), 1)[..], &others(indices.shape(), 1)])?;
        let a = if op == "put_along_axis" { a.clone() } else { broadcast_to(a, &others(&shape, a.shape()[along]))? };
        let indices = broadcast_to(indices, &others(&shape, indices.shape()[along]))?;
        let source = |i: usize| if i == along { Source::Index { which: 0, size: 1 } } else { Source::Along(i) };
        Ok(Aligned { sources: (0..a.ndim()).map(source).collect(), a, indices })
    }
}

/// A window whose start along some axes is computed: the part of the array it moves in, and where it is.
struct Placed {
    a: Array,
    starts: Vec<Array>,
    sources: Vec<Source>,
}

impl Placed {
    fn new(op: &'static str, a: &Array, start: &Array, axes: &[i64], size: &[usize]) -> Result<Placed> {
        let along = axes.iter().map(|&i| axis(op, i, a.ndim())).collect::<Result<Vec<_>>>()?;
        crate::ext::axes(op, axes, a.ndim())?;
        if size.len() != a.ndim() || size.iter().zip(a.shape()).any(|(s, n)| s > n) {
            return Err(Error::value(format!(
                "[{op}] a window of shape {} does not fit into shape {}",
                show(size),
                show(a.shape())
            )));
        }
        if start.size() != axes.len() || start.ndim() > 1 {
            let message =
                format!("[{op}] start indices of shape {} are not one for each of the axes {axes:?}", show(start.shape()));
            return Err(Error::value(message));
        }
        let start = reshape_to(start, &[axes.len()])?;
        let starts = if axes.is_empty() {
            // Positions have a shape even when nothing is indexed: that of one.
            vec![Array::scalar(0, Dtype::Int32)]
        } else {
            (0..axes.len()).map(|i| reshape_to(&narrow(&start, 0, i, 1)?, &[])).collect::<Result<_>>()?
        };
        let place = |i: usize| along.iter().position(|&a| a == i);
        let reach: Shape = (0..a.ndim()).map(|i| if place(i).is_some() { a.shape()[i] } else { size[i] }).collect();
        let source = |i: usize| place(i).map_or(Source::Whole, |which| Source::Index { which, size: size[i] });
        let part = window(a, &Shape::from_elem(0, a.ndim()), &Strides::from_elem(1, a.ndim()), &reach)?;
        Ok(Placed { a: part, starts, sources: (0..a.ndim()).map(source).collect() })
    }
}
