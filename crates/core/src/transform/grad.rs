//! Reverse and forward differentiation, by walking a tape.

use super::trace::{Identity, Record, Rule, Trace};
use crate::array::{Array, Spec};
use crate::error::{Error, Result};
use crate::ops::elementwise::{add, astype};
use crate::primitive::{Handle, Jvp, Primitive, Specs, Vjp, Vmap};
use crate::shape::{Layout, show};
use smallvec::smallvec;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// Closes its trace when dropped, so that a function that fails leaves no open tape behind.
struct Tape(Arc<Trace>);

impl Tape {
    fn start(rule: Rule, primals: &[Array]) -> Result<(Tape, Vec<Array>)> {
        let tape = Tape(Trace::new(rule));
        let wrapped = primals.iter().map(|p| tape.0.wrap(p)).collect::<Result<_>>()?;
        Ok((tape, wrapped))
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        drop(self.0.close());
    }
}

/// The outputs of `f` at `primals`, and the cotangents of the primals given those of the outputs: `vᵀ J`.
///
/// # Errors
/// What `f` or a rule returns; when number or shapes of the cotangents are not those of the outputs; when a primal holds
/// integers; when an operation on the way has no vjp rule.
pub fn vjp(
    f: impl FnOnce(&[Array]) -> Result<Vec<Array>>,
    primals: &[Array],
    cotangents: &[Array],
) -> Result<(Vec<Array>, Vec<Array>)> {
    check_differentiable("vjp", primals)?;
    vjp_with(f, primals, |outputs| paired("vjp", "output", "cotangent", outputs, cotangents))
}

/// [`vjp`] whose cotangents are made from the outputs.
pub(super) fn vjp_with(
    f: impl FnOnce(&[Array]) -> Result<Vec<Array>>,
    primals: &[Array],
    cotangents: impl FnOnce(&[Array]) -> Result<Vec<Array>>,
) -> Result<(Vec<Array>, Vec<Array>)> {
    let (tape, wrapped) = Tape::start(Rule::Vjp, primals)?;
    let outputs = f(&wrapped)?;
    let records = tape.0.close();
    let mut flow = Flow::default();
    for (output, cotangent) in outputs.iter().zip(cotangents(&outputs)?) {
        // Nothing flows back from integers, which do not change with what they are made of but in steps.
        if output.dtype().is_inexact() {
            flow.add(output, cotangent)?;
        }
    }
    flow.reached = reached_from(&wrapped, &records);
    for record in records.into_iter().rev() {
        flow.pull_back(&record)?;
    }
    let grads = wrapped.iter().map(|p| flow.take(p).unwrap_or_else(|| zeros_like(p))).collect();
    Ok((outputs, grads))
}

/// All arrays on the tape that depend on `primals`: the ones whose cotangents matter.
fn reached_from(primals: &[Array], records: &[Arc<Record>]) -> HashSet<usize> {
    let mut reached: HashSet<usize> = primals.iter().map(Array::id).collect();
    for record in records {
        if record.inputs.iter().any(|i| reached.contains(&i.id())) {
            reached.extend(record.outputs.iter().map(Array::id));
        }
    }
    reached
}

/// Cotangents on their way back, by array.
#[derive(Default)]
struct Flow {
    cotangents: HashMap<usize, Array>,
    reached: HashSet<usize>,
}

impl Flow {
    fn add(&mut self, array: &Array, cotangent: Array) -> Result<()> {
        let sum = match self.cotangents.remove(&array.id()) {
            Some(other) => add(&other, &cotangent)?,
            None => cotangent,
        };
        self.cotangents.insert(array.id(), sum);
        Ok(())
    }

    fn take(&mut self, array: &Array) -> Option<Array> {
        self.cotangents.get(&array.id()).cloned()
    }

    /// Turns the cotangents of a record's outputs into those of its differentiable inputs.
    fn pull_back(&mut self, record: &Record) -> Result<()> {
        if !record.outputs.iter().any(|o| self.cotangents.contains_key(&o.id())) {
            return Ok(());
        }
        let wanted: Vec<usize> = (0..record.inputs.len())
            .filter(|&i| self.reached.contains(&record.inputs[i].id()) && record.inputs[i].dtype().is_inexact())
            .collect();
        let out: Vec<Option<Array>> = record.outputs.iter().map(|o| self.cotangents.remove(&o.id())).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        record.stream.run(|| {
            let cotangents: Vec<Array> =
                out.into_iter().zip(&record.outputs).map(|(c, o)| c.unwrap_or_else(|| zeros_like(o))).collect();
            let call = Vjp {
                primitive: &record.primitive,
                primals: &record.inputs,
                outputs: &record.outputs,
                cotangents: &cotangents,
                wanted: &wanted,
            };
            let grads = record.primitive.vjp(&call)?;
            record.check_count("vjp", grads.len(), wanted.len())?;
            for (&i, grad) in wanted.iter().zip(grads) {
                if let Some(grad) = grad {
                    let input = &record.inputs[i];
                    check_like("vjp", record.primitive.name(), "cotangent", input, &grad)?;
                    self.add(input, grad)?;
                }
            }
            Ok(())
        })
    }
}

/// The outputs of `f` at `primals`, and their tangents given those of the primals: `J v`.
///
/// # Errors
/// As [`vjp`], for jvp rules.
pub fn jvp(
    f: impl FnOnce(&[Array]) -> Result<Vec<Array>>,
    primals: &[Array],
    tangents: &[Array],
) -> Result<(Vec<Array>, Vec<Array>)> {
    check_differentiable("jvp", primals)?;
    let tangents = paired("jvp", "primal", "tangent", primals, tangents)?;
    let (tape, wrapped) = Tape::start(Rule::Jvp, primals)?;
    let outputs = f(&wrapped)?;
    let records = tape.0.close();
    let mut flow: HashMap<usize, Array> = wrapped.iter().map(Array::id).zip(tangents).collect();
    for record in &records {
        let tangents: Vec<Option<Array>> = record.inputs.iter().map(|i| flow.get(&i.id()).cloned()).collect();
        if tangents.iter().all(Option::is_none) || !record.outputs.iter().any(|o| o.dtype().is_inexact()) {
            continue;
        }
        let call = Jvp { primitive: &record.primitive, primals: &record.inputs, outputs: &record.outputs, tangents: &tangents };
        let out = record.stream.run(|| record.primitive.jvp(&call))?;
        record.check_count("jvp", out.len(), record.outputs.len())?;
        for (output, tangent) in record.outputs.iter().zip(out) {
            if let Some(tangent) = tangent {
                check_like("jvp", record.primitive.name(), "tangent", output, &tangent)?;
                flow.insert(output.id(), tangent);
            }
        }
    }
    let tangents = outputs.iter().map(|o| flow.get(&o.id()).cloned().unwrap_or_else(|| zeros_like(o))).collect();
    Ok((outputs, tangents))
}

/// The value of the scalar-valued `f` at `primals`, what else `f` returns, and the gradients with respect to all primals;
/// those of integers, which parameters may have among them, are zero.
///
/// # Errors
/// When the value is not a 0-d array; as [`vjp`].
pub fn value_and_grad_with<A>(
    f: impl FnOnce(&[Array]) -> Result<(Array, A)>,
    primals: &[Array],
) -> Result<(Array, A, Vec<Array>)> {
    let mut extra = None;
    let body = |wrapped: &[Array]| {
        let (loss, other) = f(wrapped)?;
        extra = Some(other);
        Ok(vec![loss])
    };
    let (mut outputs, grads) = vjp_with(body, primals, |outputs| {
        check_scalar_loss(&outputs[0])?;
        Ok(vec![Array::splat(1.0, outputs[0].shape(), outputs[0].dtype())])
    })?;
    Ok((outputs.swap_remove(0), extra.expect("the function has returned"), grads))
}

/// A function that returns the value of the scalar-valued `f`, and its gradients with respect to the arguments `argnums`.
pub fn value_and_grad<F>(f: F, argnums: &[usize]) -> impl Fn(&[Array]) -> Result<(Array, Vec<Array>)> + use<F>
where
    F: Fn(&[Array]) -> Result<Array>,
{
    let argnums = argnums.to_vec();
    move |args| {
        if let Some(&bad) = argnums.iter().find(|&&i| i >= args.len()) {
            return Err(Error::value(format!("[grad] argnum {bad} is out of range: the function has {} arguments", args.len())));
        }
        let primals: Vec<Array> = argnums.iter().map(|&i| args[i].clone()).collect();
        check_differentiable("grad", &primals)?;
        let body = |wrapped: &[Array]| {
            let mut all = args.to_vec();
            for (&i, w) in argnums.iter().zip(wrapped) {
                all[i] = w.clone();
            }
            Ok((f(&all)?, ()))
        };
        let (value, (), grads) = value_and_grad_with(body, &primals)?;
        Ok((value, grads))
    }
}

/// A function that returns the gradients of the scalar-valued `f` with respect to the arguments `argnums`.
pub fn grad<F>(f: F, argnums: &[usize]) -> impl Fn(&[Array]) -> Result<Vec<Array>> + use<F>
where
    F: Fn(&[Array]) -> Result<Array>,
{
    let both = value_and_grad(f, argnums);
    move |args| Ok(both(args)?.1)
}

/// An error when one of `primals` has no derivative, because it holds integers or truth values.
///
/// # Errors
/// When there is one.
pub fn check_differentiable(op: &str, primals: &[Array]) -> Result<()> {
    match primals.iter().map(Array::dtype).find(|dtype| !dtype.is_inexact()) {
        None => Ok(()),
        Some(dtype) => {
            let message = format!("[{op}] an argument of type {dtype} has no derivative: cast it to a floating-point type");
            Err(Error::value(message))
        }
    }
}

fn check_scalar_loss(loss: &Array) -> Result<()> {
    if loss.ndim() != 0 {
        let message =
            format!("[grad] the function must return a scalar to differentiate, but returned shape {}", show(loss.shape()));
        return Err(Error::value(message));
    }
    Ok(())
}

/// `array`, which gradients do not flow through.
pub fn stop_gradient(array: &Array) -> Result<Array> {
    Array::apply(Handle::Static(&StopGradient), std::slice::from_ref(array))
}

struct StopGradient;

impl Primitive for StopGradient {
    fn name(&self) -> &str {
        "stop_gradient"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn view(&self, input: &Layout) -> Option<Layout> {
        Some(input.clone())
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None; call.wanted.len()])
    }
    fn jvp(&self, _call: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None])
    }
    fn vmap(&self, call: &Vmap) -> Result<crate::primitive::Batched> {
        Identity.vmap(call)
    }
}

fn zeros_like(a: &Array) -> Array {
    Array::splat(0, a.shape(), a.dtype())
}

/// `b` with the dtypes of `a`: as many arrays, of the same shapes.
fn paired(op: &str, one: &str, other: &str, a: &[Array], b: &[Array]) -> Result<Vec<Array>> {
    if a.len() != b.len() {
        return Err(Error::value(format!("[{op}] there are {} {one}s but {} {other}s", a.len(), b.len())));
    }
    let alike = |(a, b): (&Array, &Array)| {
        let real = a.dtype().is_complex() || !b.dtype().is_complex();
        let b = if real { astype(b, a.dtype())? } else { b.clone() };
        check_like(op, one, other, a, &b)?;
        Ok(b)
    };
    a.iter().zip(b).map(alike).collect()
}

fn check_like(op: &str, of: &str, what: &str, a: &Array, b: &Array) -> Result<()> {
    if a.shape() == b.shape() && a.dtype() == b.dtype() {
        return Ok(());
    }
    let (sa, sb) = (show(a.shape()), show(b.shape()));
    let message =
        format!("[{op}] {of}: the {what} of shape {sb} and type {} does not match shape {sa} and type {}", b.dtype(), a.dtype());
    Err(Error::value(message))
}
