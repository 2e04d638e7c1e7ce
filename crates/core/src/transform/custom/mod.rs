//! Functions that bring their own rules: [`CustomFunction`], [`checkpoint`](checkpoint()), and [`depends`](depends()).
//!
//! A function with rules runs on arguments hidden from the transforms that it has a rule for. Then a node takes the arguments
//! and the results, and passes the results on: the transforms find its rule there, and those that the function has no rule
//! for go through the results to what the function did.

mod checkpoint;
mod depends;
#[cfg(test)]
mod tests;

pub use checkpoint::{checkpoint, recomputing};
pub use depends::depends;

use super::trace::{Identity, Record, Rule, traces_of};
use super::vmap::vmap_axes;
use crate::array::{Array, Spec};
use crate::error::{Error, Result};
use crate::graph::CpuCall;
use crate::ops::reduce::sum;
use crate::ops::view::batch_to_front;
use crate::primitive::{Batched, Handle, Jvp, Primitive, Specs, Vjp, Vmap};
use crate::stream::Stream;
use smallvec::smallvec;
use std::sync::Arc;

/// Cotangents of the arguments (`None` for zero), from the arguments, the cotangents of the results, and the results.
pub type VjpRule = dyn Fn(&[Array], &[Array], &[Array]) -> Result<Vec<Option<Array>>> + Send + Sync;
/// Tangents of the results, from the arguments and their tangents (`None` for zero).
pub type JvpRule = dyn Fn(&[Array], &[Option<Array>]) -> Result<Vec<Array>> + Send + Sync;
/// Results and their batch axes, from the arguments and theirs.
pub type VmapRule = dyn Fn(&[Array], &[Option<usize>]) -> Result<Batched> + Send + Sync;

/// The rules a function brings. What it does not bring is derived from what it does.
#[derive(Default)]
pub struct Rules {
    /// Reverse differentiation.
    pub vjp: Option<Box<VjpRule>>,
    /// Forward differentiation.
    pub jvp: Option<Box<JvpRule>>,
    /// Vectorization.
    pub vmap: Option<Box<VmapRule>>,
    /// Whether cotangents flow to arrays that the function has captured, past its vjp rule; else those are constants to it.
    pub captures: bool,
}

/// A function of arrays with rules of its own.
///
/// ```
/// use millpond_core::{array::Array, transform::{CustomFunction, grad}};
///
/// # fn main() -> millpond_core::error::Result<()> {
/// // The square root, with a gradient that is finite at 0.
/// let root = CustomFunction::new(|x| Ok(vec![x[0].sqrt()?]))
///     .with_vjp(|_, cotangents, outputs| Ok(vec![Some(cotangents[0].divide(outputs[0].multiply(2)?.maximum(0.125)?)?)]));
/// let slope = grad(move |x| Ok(root.call(x)?.remove(0)), &[0])(&[Array::from_slice(&[0f32], &[])?])?;
/// assert_eq!(slope[0].item::<f32>()?, 8.0);
/// # Ok(())
/// # }
/// ```
pub struct CustomFunction<F> {
    f: F,
    rules: Arc<Rules>,
}

impl<F: Fn(&[Array]) -> Result<Vec<Array>>> CustomFunction<F> {
    /// `f` without rules yet.
    pub fn new(f: F) -> CustomFunction<F> {
        CustomFunction { f, rules: Arc::default() }
    }

    /// With this rule for reverse differentiation: of the arguments, the cotangents of the results, and the results. Arrays
    /// that `f` captures are constants to it.
    pub fn with_vjp(
        self,
        rule: impl Fn(&[Array], &[Array], &[Array]) -> Result<Vec<Option<Array>>> + Send + Sync + 'static,
    ) -> Self {
        self.changed(|rules| rules.vjp = Some(Box::new(rule)))
    }

    /// With this rule for forward differentiation: of the arguments and their tangents.
    pub fn with_jvp(self, rule: impl Fn(&[Array], &[Option<Array>]) -> Result<Vec<Array>> + Send + Sync + 'static) -> Self {
        self.changed(|rules| rules.jvp = Some(Box::new(rule)))
    }

    /// With this rule for vectorization: of the arguments and their batch axes.
    pub fn with_vmap(self, rule: impl Fn(&[Array], &[Option<usize>]) -> Result<Batched> + Send + Sync + 'static) -> Self {
        self.changed(|rules| rules.vmap = Some(Box::new(rule)))
    }

    fn changed(mut self, change: impl FnOnce(&mut Rules)) -> Self {
        change(Arc::get_mut(&mut self.rules).expect("not called yet"));
        self
    }

    /// The results at `args`.
    pub fn call(&self, args: &[Array]) -> Result<Vec<Array>> {
        apply(&self.f, args, &self.rules)
    }
}

/// The results of `f` at `args`, where transforms that watch `args` apply `rules` where there is one.
pub fn apply(f: impl FnOnce(&[Array]) -> Result<Vec<Array>>, args: &[Array], rules: &Arc<Rules>) -> Result<Vec<Array>> {
    let own = [(Rule::Vjp, rules.vjp.is_some()), (Rule::Jvp, rules.jvp.is_some()), (Rule::Vmap, rules.vmap.is_some())];
    let own: Vec<Rule> = own.into_iter().filter(|(_, there)| *there).map(|(rule, _)| rule).collect();
    let hidden = args.iter().map(|a| a.hidden_from(&own)).collect::<Result<Vec<_>>>()?;
    let results = f(&hidden)?;
    // What `f` captures may be watched where its arguments are not.
    if !args.iter().any(Array::is_traced) && (rules.captures || !results.iter().any(Array::is_traced)) {
        return Ok(results);
    }
    Custom { args: args.len(), rules: rules.clone() }.over(args, results)
}

/// Takes `args` arguments and the results, and passes the results on.
struct Custom {
    args: usize,
    rules: Arc<Rules>,
}

impl Custom {
    fn over(self, args: &[Array], results: Vec<Array>) -> Result<Vec<Array>> {
        if results.is_empty() {
            return Ok(results);
        }
        let captures = self.rules.captures;
        let inputs: Vec<Array> = args.iter().cloned().chain(results).collect();
        let Some(traces) = traces_of(&inputs).filter(|_| captures) else {
            return Ok(Array::from_primitive(self, &inputs)?.into_vec());
        };
        // A replay sees all that the function did, and that again under the rule would be twice.
        let recorders = traces.without(&[Rule::Replay]);
        let outputs = Array::build(self.into(), &inputs, recorders, Some(traces.clone()))?;
        if let Some(replays) = traces.only(Rule::Replay) {
            for (result, output) in inputs[args.len()..].iter().zip(&outputs) {
                let (inputs, outputs) = (smallvec![result.clone()], smallvec![output.clone()]);
                replays.record(|| Record { primitive: Handle::Static(&Identity), stream: Stream::current(), inputs, outputs });
            }
        }
        Ok(outputs.into_vec())
    }

    fn counted<T>(&self, rule: &str, got: Vec<T>, want: usize, of: &str) -> Result<Vec<T>> {
        if got.len() == want {
            return Ok(got);
        }
        Err(Error::value(format!("[custom_function] the {rule} rule returned {} arrays for {want} {of}", got.len())))
    }
}

impl Primitive for Custom {
    fn name(&self) -> &str {
        "custom_function"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(inputs[self.args..].iter().cloned().collect())
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        (0..call.output_count()).try_for_each(|i| call.forward(self.args + i, i))
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let through = |i: usize| call.cotangents[i - self.args].clone();
        let Some(rule) = &self.rules.vjp else {
            return Ok(call.wanted.iter().map(|&i| (i >= self.args).then(|| through(i))).collect());
        };
        let mut grads = vec![None; self.args];
        if call.wanted.iter().any(|&i| i < self.args) {
            grads =
                self.counted("vjp", rule(&call.primals[..self.args], call.cotangents, call.outputs)?, self.args, "arguments")?;
        }
        let grad = |&i: &usize| match grads.get(i) {
            Some(grad) => grad.clone(),
            None => self.rules.captures.then(|| through(i)),
        };
        Ok(call.wanted.iter().map(grad).collect())
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let Some(rule) = &self.rules.jvp else { return Ok(call.tangents[self.args..].to_vec()) };
        let tangents = rule(&call.primals[..self.args], &call.tangents[..self.args])?;
        Ok(self.counted("jvp", tangents, call.outputs.len(), "results")?.into_iter().map(Some).collect())
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let (args, results) = call.inputs.split_at(self.args);
        let axes = &call.axes[..self.args];
        let results = match &self.rules.vmap {
            Some(rule) => self.counted("vmap", rule(args, axes)?, results.len(), "results")?,
            None => results.iter().cloned().zip(call.axes[self.args..].iter().copied()).collect(),
        };
        if self.rules.captures {
            return Ok(results);
        }
        // All results are batched, so that their cotangents are: the sum over the batch is then right for every argument.
        let results = results.into_iter().map(|(r, axis)| batch_to_front(&r, axis, call.size)).collect::<Result<_>>()?;
        let rules = Arc::new(batched(&self.rules, axes.to_vec()));
        Ok(Custom { args: self.args, rules }.over(args, results)?.into_iter().map(|r| (r, Some(0))).collect())
    }
}

/// The rules for a batch: the rules of one example, vectorized over arguments with batches along `axes` and results along axis 0.
fn batched(rules: &Arc<Rules>, axes: Vec<Option<usize>>) -> Rules {
    let signed = |axes: &[Option<usize>]| axes.iter().map(|a| a.map(|a| a as i64)).collect::<Vec<_>>();
    let mut out = Rules::default();
    if rules.vjp.is_some() {
        let (rules, axes) = (rules.clone(), axes.clone());
        out.vjp = Some(Box::new(move |args, cotangents, results| {
            let rule = rules.vjp.as_ref().expect("there is one");
            let all: Vec<Array> = [args, cotangents, results].concat();
            let mut in_axes = signed(&axes);
            in_axes.resize(all.len(), Some(0));
            // Which arguments have a cotangent is known when the rule has run.
            let mut found = Vec::new();
            let one = |x: &[Array]| {
                let (x, results) = x.split_at(args.len() + cotangents.len());
                let (x, cotangents) = x.split_at(args.len());
                let grads = rule(x, cotangents, results)?;
                found = grads.iter().map(Option::is_some).collect();
                Ok(grads.into_iter().flatten().collect())
            };
            let mut grads = vmap_axes(one, &all, &in_axes, |n| vec![Some(0); n])?.into_iter();
            let back = |(there, axis): (bool, &Option<usize>)| {
                let Some(grad) = there.then(|| grads.next()).flatten() else { return Ok(None) };
                match axis {
                    Some(axis) => crate::ops::view::moveaxis(&grad, 0, *axis as i64).map(Some),
                    None => sum(&grad, 0).map(Some),
                }
            };
            found.into_iter().zip(&axes).map(back).collect()
        }));
    }
    if rules.jvp.is_some() {
        let rules = rules.clone();
        out.jvp = Some(Box::new(move |args, tangents| {
            let rule = rules.jvp.as_ref().expect("there is one");
            let all: Vec<Array> = args.iter().chain(tangents.iter().flatten()).cloned().collect();
            let moved = tangents.iter().zip(&axes).filter(|(t, _)| t.is_some()).map(|(_, axis)| *axis);
            let in_axes: Vec<Option<usize>> = axes.iter().copied().chain(moved).collect();
            let one = |x: &[Array]| {
                let mut moved = x[args.len()..].iter().cloned();
                let tangents: Vec<Option<Array>> = tangents.iter().map(|t| t.as_ref().and_then(|_| moved.next())).collect();
                rule(&x[..args.len()], &tangents)
            };
            vmap_axes(one, &all, &signed(&in_axes), |n| vec![Some(0); n])
        }));
    }
    out
}
