//! `a[…]`: integers, ranges, new axes, an ellipsis, arrays of indices and masks, in any mix.
//!
//! The axes of index arrays, broadcast together, take the place of the axes they index when those are neighbours in the
//! subscript (integers count as index arrays beside one), and come first when something stands between them, as in numpy.

use super::along::{addressed, at, chosen};
use super::part::Index;
use super::scatter::{Mode, scatter};
use crate::ext::*;
use crate::ops::elementwise as el;
use crate::ops::view::{broadcast_to, put_part, reshape_to, window};

/// What [`update`] does with the elements it finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Update {
    /// Adds the value.
    Add,
    /// Subtracts the value.
    Subtract,
    /// Multiplies by the value.
    Multiply,
    /// Divides by the value.
    Divide,
    /// Keeps the larger.
    Maximum,
    /// Keeps the smaller.
    Minimum,
}

/// The elements of `a` that `subscript` names. A mask is evaluated, since the result's shape depends on it.
///
/// # Errors
/// When the subscript has more parts than `a` has axes, an integer is out of range (an [`Kind::Index`] error), index arrays are
/// not of integers or do not broadcast together, or a mask does not have the shape of the axes it stands for. An index out of
/// range in an array is an error of the result.
pub fn get(a: &Array, subscript: &[Index]) -> Result<Array> {
    let selection = Selection::new(a, subscript)?;
    let part = selection.window(a)?;
    let part = match &selection.arrays[..] {
        [] => part,
        arrays => chosen("index", &part, arrays, selection.lead)?.0,
    };
    reshape_to(&part, &selection.shape)
}

/// `a` with the elements that `subscript` names replaced by `value`, converted to the dtype of `a` and broadcast. Where an
/// element is named twice the last value stays.
///
/// # Errors
/// As [`get`]; and when the value does not broadcast to the selection, or is an integer that the dtype does not hold. Masks are
/// evaluated only when there is a value for each element they select.
pub fn set(a: &Array, subscript: &[Index], value: impl Into<Operand>) -> Result<Array> {
    let value = convert(a, value)?;
    if let Some(masked) = masked(a, subscript, &value, |_, value| Ok(value.clone()))? {
        return Ok(masked);
    }
    Selection::new(a, subscript)?.put(a, &value, Mode::Assign, |_, value| Ok(value.clone()))
}

/// `a` with the elements that `subscript` names changed by `value`, as [`set`] but every occurrence of an element counts.
///
/// # Errors
/// As [`set`]; and when an array of integers is to be divided.
pub fn update(a: &Array, subscript: &[Index], value: impl Into<Operand>, how: Update) -> Result<Array> {
    let value = convert(a, value)?;
    if how == Update::Divide && !a.dtype().is_inexact() {
        return Err(Error::value(format!("[index] an array of type {} cannot be divided in place", a.dtype())));
    }
    let change = |old: &Array, value: &Array| match how {
        Update::Add => el::add(old, value),
        Update::Subtract => el::subtract(old, value),
        Update::Multiply => el::multiply(old, value),
        Update::Divide => el::divide(old, value),
        Update::Maximum => el::maximum(old, value),
        Update::Minimum => el::minimum(old, value),
    };
    if let Some(masked) = masked(a, subscript, &value, change)? {
        return Ok(masked);
    }
    let selection = Selection::new(a, subscript)?;
    if selection.arrays.is_empty() {
        return selection.put(a, &value, Mode::Assign, change);
    }
    let (mode, value) = match how {
        Update::Add => (Mode::Add, value),
        Update::Subtract => (Mode::Add, el::negative(&value)?),
        Update::Multiply => (Mode::Multiply, value),
        Update::Divide => (Mode::Multiply, el::reciprocal(&value)?),
        Update::Maximum => (Mode::Maximum, value),
        Update::Minimum => (Mode::Minimum, value),
    };
    selection.put(a, &value, mode, |_, value| Ok(value.clone()))
}

fn convert(a: &Array, value: impl Into<Operand>) -> Result<Array> {
    let [value] = el::align("index", [value.into()], a.dtype())?;
    Ok(value)
}

/// What a subscript names.
struct Selection {
    /// The shape of the array with the new axes that 0-d masks index.
    base: Shape,
    /// The window of it that integers and ranges leave; integers leave an axis of length 1.
    starts: Shape,
    steps: Strides,
    lengths: Shape,
    /// Index arrays by axis.
    arrays: Vec<(usize, Array)>,
    /// The axes of the base before the first of neighbouring arrays; `None` when the axes of the arrays come first.
    lead: Option<usize>,
    /// The shape of the result.
    shape: Shape,
}

impl Selection {
    fn new(a: &Array, subscript: &[Index]) -> Result<Selection> {
        let mut s = Selection {
            base: Shape::new(),
            starts: Shape::new(),
            steps: Strides::new(),
            lengths: Shape::new(),
            arrays: Vec::new(),
            lead: None,
            shape: Shape::new(),
        };
        let parts = expand(a, subscript)?;
        let advanced = |part: &Index| matches!(part, Index::At(_) | Index::Array(_) | Index::Mask(_));
        let any = parts.iter().any(|p| matches!(p, Index::Array(_) | Index::Mask(_)));
        let first = parts.iter().position(advanced).filter(|_| any);
        let last = parts.iter().rposition(advanced).filter(|_| any);
        let together = first.zip(last).is_some_and(|(first, last)| parts[first..=last].iter().all(advanced));
        // Where in the result the axes of the arrays go.
        let mut place = 0;
        let mut axis = 0;
        for (i, part) in parts.iter().enumerate() {
            if Some(i) == first && together {
                (place, s.lead) = (s.shape.len(), Some(s.base.len()));
            }
            match part {
                Index::At(i) => {
                    s.axis(a.shape()[axis], self::at("index", *i, axis, a.shape()[axis])?, 1, 1);
                    axis += 1;
                }
                Index::Range { start, stop, step } => {
                    let n = a.shape()[axis];
                    let (start, step, length) = resolve(n, *start, *stop, *step)?;
                    s.axis(n, start, step, length);
                    s.shape.push(length);
                    axis += 1;
                }
                Index::NewAxis => s.shape.push(1),
                Index::Array(indices) => {
                    s.array(a.shape()[axis], indices.clone());
                    axis += 1;
                }
                Index::Mask(mask) => {
                    let end = axis + mask.ndim();
                    if mask.shape() != &a.shape()[axis..end] {
                        let (m, a) = (show(mask.shape()), show(a.shape()));
                        return Err(Error::index(format!("[index] a mask of shape {m} does not fit axis {axis} of shape {a}")));
                    }
                    let places = nonzero(mask)?;
                    if mask.ndim() == 0 {
                        // It indexes a new axis of length 1.
                        s.array(1, Array::from_slice(&vec![0i64; places.len()], &[places.len()])?);
                    }
                    for (k, axis) in (axis..end).enumerate() {
                        let indices: Vec<i64> = places.iter().map(|p| p[k] as i64).collect();
                        s.array(a.shape()[axis], Array::from_slice(&indices, &[indices.len()])?);
                    }
                    axis = end;
                }
                Index::Ellipsis => unreachable!("the ellipsis has been expanded"),
            }
        }
        let positions = broadcast_all("index", s.arrays.iter().map(|(_, i)| i.shape()).collect::<Vec<_>>())?;
        s.shape.insert_many(place, positions);
        Ok(s)
    }

    fn axis(&mut self, n: usize, start: usize, step: isize, length: usize) {
        self.base.push(n);
        self.starts.push(start);
        self.steps.push(step);
        self.lengths.push(length);
    }

    fn array(&mut self, n: usize, indices: Array) {
        self.arrays.push((self.base.len(), indices));
        self.axis(n, 0, 1, n);
    }

    fn window(&self, a: &Array) -> Result<Array> {
        window(&reshape_to(a, &self.base)?, &self.starts, &self.steps, &self.lengths)
    }

    /// `a` with `value` put into the selection by `mode`, after `change` has seen what is there (where no array indexes).
    fn put(&self, a: &Array, value: &Array, mode: Mode, change: impl Fn(&Array, &Array) -> Result<Array>) -> Result<Array> {
        let value = fit(value, &self.shape)?;
        let base = reshape_to(a, &self.base)?;
        let part = match &self.arrays[..] {
            [] => {
                let value = reshape_to(&value, &self.lengths)?;
                change(&self.window(a)?, &value)?
            }
            arrays => {
                let part = self.window(a)?;
                let (indices, sources, lead) = addressed("index", part.shape(), arrays, self.lead)?;
                let mut shape = Shape::from_slice(indices[0].shape());
                let window = |axis: usize| if arrays.iter().any(|(i, _)| *i == axis) { 1 } else { part.shape()[axis] };
                shape.extend((lead..part.ndim()).map(window));
                scatter("index", mode, &part, &indices, &reshape_to(&value, &shape)?, &sources)?
            }
        };
        reshape_to(&put_part(&base, &part, &self.starts, &self.steps)?, a.shape())
    }
}

/// `value` broadcast to `shape`; leading axes of length 1 too many do not matter.
fn fit(value: &Array, shape: &[usize]) -> Result<Array> {
    let surplus = value.ndim().saturating_sub(shape.len());
    let refused = || {
        let (value, shape) = (show(value.shape()), show(shape));
        Error::value(format!("[index] a value of shape {value} cannot be broadcast to the selection of shape {shape}"))
    };
    let (extra, own) = value.shape().split_at(surplus);
    if extra.iter().any(|&n| n != 1) || broadcast(own, shape).as_deref() != Some(shape) {
        return Err(refused());
    }
    broadcast_to(&reshape_to(value, own)?, shape)
}

/// The subscript with the ellipsis, or the end where there is none, standing for ranges over the axes that are left; arrays of
/// truth values are masks.
fn expand(a: &Array, subscript: &[Index]) -> Result<Vec<Index>> {
    let axes = |part: &Index| match part {
        Index::NewAxis | Index::Ellipsis => 0,
        Index::Mask(mask) => mask.ndim(),
        Index::Array(mask) if mask.dtype() == Dtype::Bool => mask.ndim(),
        _ => 1,
    };
    let used: usize = subscript.iter().map(axes).sum();
    if used > a.ndim() {
        let message = format!("[index] too many indices: {used} for an array of shape {}", show(a.shape()));
        return Err(Error::value(message));
    }
    if subscript.iter().filter(|p| matches!(p, Index::Ellipsis)).count() > 1 {
        return Err(Error::value("[index] an index can only have a single ellipsis (...)"));
    }
    let mut parts = Vec::with_capacity(a.ndim() + 1);
    let rest = || std::iter::repeat_n(Index::from(..), a.ndim() - used);
    for part in subscript {
        match part {
            Index::Ellipsis => parts.extend(rest()),
            Index::Array(mask) if mask.dtype() == Dtype::Bool => parts.push(Index::Mask(mask.clone())),
            Index::Mask(mask) if mask.dtype() != Dtype::Bool => {
                return Err(Error::value(format!("[index] a mask must be of type bool, not {}", mask.dtype())));
            }
            Index::Array(indices) if !indices.dtype().is_integer() => {
                return Err(Error::value(format!("[index] indices must be integers, not {}", indices.dtype())));
            }
            _ => parts.push(part.clone()),
        }
    }
    if !subscript.iter().any(|p| matches!(p, Index::Ellipsis)) {
        parts.extend(rest());
    }
    Ok(parts)
}

/// The start, step and length of a range over `n` elements.
fn resolve(n: usize, start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Result<(usize, isize, usize)> {
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(Error::value("[index] the step of a range must not be 0"));
    }
    let n = n as i64;
    let (low, high) = if step > 0 { (0, n) } else { (-1, n - 1) };
    let clamp = |i: i64| (if i < 0 { i.saturating_add(n) } else { i }).clamp(low, high);
    let start = start.map_or(if step > 0 { low } else { high }, clamp);
    let stop = stop.map_or(if step > 0 { high } else { low }, clamp);
    let span = if step > 0 { stop - start } else { start - stop };
    let length = if span > 0 { (span as u64).div_ceil(step.unsigned_abs()) } else { 0 };
    let (start, step) = if length == 0 { (0, 1) } else { (start, if length == 1 { 1 } else { step }) };
    Ok((start as usize, step as isize, length as usize))
}

/// The indices at which `mask` is true, in row-major order.
fn nonzero(mask: &Array) -> Result<Vec<Shape>> {
    let shape = mask.shape();
    let index = |mut flat: usize| {
        let mut index: Shape = Shape::from_elem(0, shape.len());
        for (i, &n) in index.iter_mut().zip(shape).rev() {
            (*i, flat) = (flat % n, flat / n);
        }
        index
    };
    let bits = mask.to_vec::<bool>()?;
    Ok(bits.iter().enumerate().filter(|(_, set)| **set).map(|(flat, _)| index(flat)).collect())
}

/// What `change` makes of `a` and `value` where the one mask that `subscript` consists of is true, and `a` elsewhere. Nothing is
/// evaluated; `None` when the subscript is of another kind or the value has an axis for the elements that the mask selects.
fn masked(
    a: &Array,
    subscript: &[Index],
    value: &Array,
    change: impl Fn(&Array, &Array) -> Result<Array>,
) -> Result<Option<Array>> {
    let parts = expand(a, subscript)?;
    let all = |part: &Index| matches!(part, Index::Range { start: None, stop: None, step: None });
    let Some(first) = parts.iter().position(|p| !all(p)) else { return Ok(None) };
    let Index::Mask(mask) = &parts[first] else { return Ok(None) };
    let end = first + mask.ndim();
    if !parts[first + 1..].iter().all(all) || mask.shape() != &a.shape()[first..end] {
        return Ok(None);
    }
    let after = a.ndim() - end;
    let mut shape = Shape::from_slice(value.shape());
    if let Some(counted) = value.ndim().checked_sub(after + 1) {
        if shape[counted] != 1 {
            return Ok(None);
        }
        shape.remove(counted);
        shape.insert_many(counted, std::iter::repeat_n(1, mask.ndim()));
    }
    let value = fit(&reshape_to(value, &shape)?, a.shape())?;
    let mut behind = Shape::from_slice(mask.shape());
    behind.extend(std::iter::repeat_n(1, after));
    el::where_(reshape_to(mask, &behind)?, change(a, &value)?, a).map(Some)
}
