//! Vectorization: traces a function of one example with placeholders, then replays the tape with whole batches.

use super::trace::{Record, Rule, Trace};
use crate::array::{Array, Spec};
use crate::error::{Error, Result};
use crate::ops::view::{batch_to_front, moveaxis};
use crate::primitive::Vmap;
use crate::shape::show;
use std::collections::HashMap;
use std::sync::Arc;

/// A function that applies `f` to every slice of its arguments along axis 0 at once and stacks the results along axis 0.
pub fn vmap<F>(f: F) -> impl Fn(&[Array]) -> Result<Vec<Array>> + use<F>
where
    F: Fn(&[Array]) -> Result<Vec<Array>>,
{
    move |args| vmap_axes(&f, args, &vec![Some(0); args.len()], |n| vec![Some(0); n])
}

/// Applies `f` to every slice of `args` along `in_axes` (`None`: the same whole argument for all) at once. `out_axes` gives,
/// for the number of outputs, the axis each is stacked along (`None`: the output must not depend on the batch).
///
/// # Errors
/// When an axis is out of range, batch lengths differ, nothing is batched, an operation has no vmap rule, or what `f` returns.
pub fn vmap_axes(
    f: impl FnOnce(&[Array]) -> Result<Vec<Array>>,
    args: &[Array],
    in_axes: &[Option<i64>],
    out_axes: impl FnOnce(usize) -> Vec<Option<i64>>,
) -> Result<Vec<Array>> {
    if args.len() != in_axes.len() {
        return Err(Error::value(format!("[vmap] there are {} arguments but {} in_axes", args.len(), in_axes.len())));
    }
    let mut size = None;
    let mut axes = Vec::with_capacity(args.len());
    for (arg, axis) in args.iter().zip(in_axes) {
        let axis = axis.map(|a| crate::shape::axis("vmap", a, arg.ndim())).transpose()?;
        if let Some(a) = axis {
            let n = arg.shape()[a];
            if *size.get_or_insert(n) != n {
                let shapes: Vec<String> = args.iter().map(|a| show(a.shape()).to_string()).collect();
                let message =
                    format!("[vmap] inconsistent axis sizes: arguments of shapes {} over in_axes {in_axes:?}", shapes.join(", "));
                return Err(Error::value(message));
            }
        }
        axes.push(axis);
    }
    let Some(size) = size else {
        return Err(Error::value("[vmap] at least one of in_axes must be not None"));
    };

    let trace = Trace::new(Rule::Vmap);
    let _close = Close(&trace);
    let mut replay = Replay { size, batched: HashMap::new() };
    let mut inner = Vec::with_capacity(args.len());
    for (arg, &axis) in args.iter().zip(&axes) {
        let Some(axis) = axis else {
            inner.push(arg.clone());
            continue;
        };
        let mut shape = crate::shape::Shape::from_slice(arg.shape());
        shape.remove(axis);
        let placeholder = trace.placeholder(Spec { shape, dtype: arg.dtype() }, "vmap")?;
        replay.batched.insert(placeholder.id(), (arg.clone(), Some(axis)));
        inner.push(placeholder);
    }
    let outputs = f(&inner)?;
    for record in trace.close() {
        replay.step(&record)?;
    }
    let axes = out_axes(outputs.len());
    if axes.len() != outputs.len() {
        return Err(Error::value(format!("[vmap] there are {} outputs but {} out_axes", outputs.len(), axes.len())));
    }
    outputs.iter().zip(axes).map(|(o, axis)| replay.output(o, axis)).collect()
}

struct Close<'a>(&'a Arc<Trace>);

impl Drop for Close<'_> {
    fn drop(&mut self) {
        drop(self.0.close());
    }
}

/// The batched counterparts of traced arrays.
struct Replay {
    size: usize,
    batched: HashMap<usize, (Array, Option<usize>)>,
}

impl Replay {
    fn step(&mut self, record: &Record) -> Result<()> {
        let found: Vec<(Array, Option<usize>)> =
            record.inputs.iter().map(|i| self.batched.get(&i.id()).cloned().unwrap_or_else(|| (i.clone(), None))).collect();
        let (inputs, axes): (Vec<Array>, Vec<Option<usize>>) = found.into_iter().unzip();
        let outputs = record.stream.run(|| {
            if axes.iter().all(Option::is_none) {
                // Not batched, but perhaps made from the replay of something that was not.
                let out = Array::from_primitive(record.primitive.clone(), &inputs)?;
                return Ok(out.into_iter().map(|o| (o, None)).collect());
            }
            record.primitive.vmap(&Vmap { primitive: &record.primitive, inputs: &inputs, axes: &axes, size: self.size })
        })?;
        record.check_count("vmap", outputs.len(), record.outputs.len())?;
        for (old, new) in record.outputs.iter().zip(outputs) {
            self.batched.insert(old.id(), new);
        }
        Ok(())
    }

    fn output(&self, output: &Array, axis: Option<i64>) -> Result<Array> {
        let (array, from) = self.batched.get(&output.id()).cloned().unwrap_or_else(|| (output.clone(), None));
        match (axis, from) {
            (None, None) => Ok(array),
            (None, Some(_)) => Err(Error::value("[vmap] an output with out_axes None depends on the batch")),
            (Some(to), Some(from)) => moveaxis(&array, from as i64, to),
            (Some(to), None) => moveaxis(&batch_to_front(&array, None, self.size)?, 0, to),
        }
    }
}
