//! Other axes for the same elements in row-major order.

use super::{batch_to_front, batched, linear};
use crate::ext::*;

op! {
    reshape "(a: array, /, shape: ints)" => |c| reshape(c.array(0)?, &c.ints(1)?);
    /// The elements of `a` in row-major order under another shape. One length may be `-1`: it is what the others leave.
    /// Nothing is copied when the layout of `a` allows it.
    ///
    /// # Errors
    /// When the sizes differ, or more than one length is `-1`.
    pub fn reshape(a: &Array, shape: &[i64]) -> Result<Array> {
        reshape_to(a, &fill_in("reshape", shape, a.shape(), a.size())?)
    }

    flatten "(a: array, /, start_axis: int = 0, end_axis: int = -1)" => |c| flatten(c.array(0)?, c.int(1)?, c.int(2)?);
    /// `a` with the axes from `start` to `end`, that one too, merged into one. A 0-d array becomes one of shape `(1,)`.
    ///
    /// # Errors
    /// When an axis is out of range or `start` comes after `end`.
    pub fn flatten(a: &Array, start: i64, end: i64) -> Result<Array> {
        let ndim = a.ndim().max(1);
        let (start, end) = (axis("flatten", start, ndim)?, axis("flatten", end, ndim)?);
        if start > end {
            return Err(Error::value(format!("[flatten] start_axis {start} must not come after end_axis {end}")));
        }
        let dims = a.shape();
        let (before, rest) = dims.split_at(start.min(dims.len()));
        let (merged, after) = rest.split_at((end + 1 - start).min(rest.len()));
        let shape: Shape = before.iter().copied().chain([size(merged)]).chain(after.iter().copied()).collect();
        reshape_to(a, &shape)
    }

    unflatten "(a: array, /, axis: int, shape: ints)" => |c| unflatten(c.array(0)?, c.int(1)?, &c.ints(2)?);
    /// `a` with `along` split into axes of the lengths `shape`, one of which may be `-1`.
    ///
    /// # Errors
    /// When `shape` is empty or does not have as many elements as the axis.
    pub fn unflatten(a: &Array, along: i64, shape: &[i64]) -> Result<Array> {
        let along = axis("unflatten", along, a.ndim())?;
        if shape.is_empty() {
            return Err(Error::value("[unflatten] the shape to unflatten to must not be empty"));
        }
        let middle = fill_in("unflatten", shape, &a.shape()[along..=along], a.shape()[along])?;
        let (before, after) = (&a.shape()[..along], &a.shape()[along + 1..]);
        let shape: Shape = before.iter().chain(&middle).chain(after).copied().collect();
        reshape_to(a, &shape)
    }

    squeeze "(a: array, /, axis: axes = None)" => |c| squeeze(c.array(0)?, c.axes(1)?);
    /// `a` without the given axes, which have length 1; without all axes of length 1 for `..`.
    ///
    /// # Errors
    /// When a given axis is not of length 1.
    pub fn squeeze(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        let axes = axes.into();
        let gone = axes.resolve("squeeze", a.ndim())?;
        if let Some(&long) = gone.iter().find(|&&g| !axes.is_all() && a.shape()[g] != 1) {
            let message = format!("[squeeze] axis {long} of shape {} does not have length 1", show(a.shape()));
            return Err(Error::value(message));
        }
        let stays = |(i, &n): (usize, &usize)| (n != 1 || !gone.contains(&i)).then_some(n);
        reshape_to(a, &a.shape().iter().enumerate().filter_map(stays).collect::<Shape>())
    }

    expand_dims "(a: array, /, axis: ints)" => |c| expand_dims(c.array(0)?, c.ints(1)?);
    /// `a` with new axes of length 1 at the given positions of the result.
    ///
    /// # Errors
    /// When a position is out of range or named twice.
    pub fn expand_dims(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        let axes = axes.into();
        let given = axes.given().unwrap_or_default();
        let new = crate::ext::axes("expand_dims", given, a.ndim() + given.len())?;
        let mut shape = Shape::from_slice(a.shape());
        new.iter().for_each(|&at| shape.insert(at, 1));
        reshape_to(a, &shape)
    }
}

/// [`reshape`] to a shape that is known to be right but for its size.
///
/// # Errors
/// When the sizes differ.
pub fn reshape_to(a: &Array, shape: &[usize]) -> Result<Array> {
    if a.shape() == shape {
        return Ok(a.clone());
    }
    if checked_size("reshape", shape)? != a.size() {
        let message = format!("[reshape] an array of shape {} cannot be reshaped to {}", show(a.shape()), show(shape));
        return Err(Error::value(message));
    }
    Array::apply(Reshape { shape: Shape::from_slice(shape) }, std::slice::from_ref(a))
}

/// `shape` with its `-1` replaced by what makes it hold the `count` elements of `from`.
fn fill_in(op: &str, shape: &[i64], from: &[usize], count: usize) -> Result<Shape> {
    let refuse = |why: &str| Err(Error::value(format!("[{op}] shape {} cannot become {shape:?}: {why}", show(from))));
    let free = shape.iter().filter(|&&n| n == -1).count();
    if free > 1 {
        return refuse("only one length can be inferred");
    }
    if shape.iter().any(|&n| n < -1) {
        return refuse("lengths must not be negative");
    }
    let fixed: Shape = shape.iter().filter(|&&n| n != -1).map(|&n| n as usize).collect();
    let known = checked_size(op, &fixed)?;
    let filled = match (free, known) {
        (0, _) => 1,
        (_, 0) => return refuse("the length of an axis cannot be inferred beside an axis of length 0"),
        _ => count / known,
    };
    if known * filled != count {
        return refuse("the sizes differ");
    }
    Ok(shape.iter().map(|&n| if n == -1 { filled } else { n as usize }).collect())
}

struct Reshape {
    shape: Shape,
}

impl Primitive for Reshape {
    fn name(&self) -> &str {
        "reshape"
    }
    fn attributes(&self) -> Attributes {
        vec![("shape", self.shape[..].into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![Spec { shape: self.shape.clone(), dtype: inputs[0].dtype }])
    }
    fn view(&self, input: &Layout) -> Option<Layout> {
        input.reshape(&self.shape)
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        super::copy_row_major(call).map(drop)
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        call.copy_row_major()
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(reshape_to(&call.cotangents[0], call.primals[0].shape())?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        Ok(vec![(reshape_to(&input, &batched(call.size, &self.shape))?, Some(0))])
    }
}
