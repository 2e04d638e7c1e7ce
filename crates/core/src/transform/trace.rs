//! Traces: which operations a transform has seen.

use crate::array::{Array, Spec, Value};
use crate::error::{Error, Kind, Result};
use crate::graph::CpuCall;
use crate::primitive::{Handle, Jvp, Primitive, Specs, Vjp, Vmap};
use crate::shape::Layout;
use crate::stream::Stream;
use smallvec::{SmallVec, smallvec};
use std::sync::{Arc, Mutex, Weak};

/// One operation on a tape.
pub struct Record {
    /// What was applied.
    pub primitive: Handle,
    /// Where. Rules for this record run on the same stream.
    pub stream: Stream,
    /// To what.
    pub inputs: SmallVec<[Array; 2]>,
    /// With what result.
    pub outputs: SmallVec<[Array; 1]>,
}

impl Record {
    /// # Errors
    /// When a rule has given another number of arrays than it must.
    pub(super) fn check_count(&self, rule: &str, given: usize, wanted: usize) -> Result<()> {
        if given == wanted {
            return Ok(());
        }
        Err(Error::runtime(format!("[{}] the {rule} rule gives {given} arrays, not {wanted}", self.primitive.name())))
    }
}

/// Which of a primitive's rules a transform applies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rule {
    /// Cotangents backwards.
    Vjp,
    /// Tangents forwards.
    Jvp,
    /// Batches.
    Vmap,
    /// None: operations are applied to other arrays as they are.
    Replay,
}

/// The tape of one transform call. Arrays refer to it weakly; the call owns it.
pub struct Trace {
    /// What the tape is for.
    rule: Rule,
    /// `None` once the function has returned: later operations are not part of it.
    tape: Mutex<Option<Vec<Arc<Record>>>>,
}

/// The traces that watch an array.
pub struct TraceSet(SmallVec<[Weak<Trace>; 1]>);

impl Trace {
    /// A new tape, for a transform that applies `rule`.
    pub(crate) fn new(rule: Rule) -> Arc<Trace> {
        Arc::new(Trace { rule, tape: Mutex::new(Some(Vec::new())) })
    }

    /// Closes the tape and returns it.
    pub(crate) fn close(&self) -> Vec<Arc<Record>> {
        self.tape.lock().unwrap().take().unwrap_or_default()
    }

    /// A fresh array equal to `array` that this trace watches.
    pub(crate) fn wrap(self: &Arc<Trace>, array: &Array) -> Result<Array> {
        let recorders = traces_of(std::slice::from_ref(array));
        let watchers = Some(TraceSet::with(recorders.as_ref(), self));
        Ok(Array::build(Handle::Static(&Identity), std::slice::from_ref(array), recorders, watchers)?.swap_remove(0))
    }

    /// A fresh array without data that this trace watches: it has a shape and a dtype, and is an error to evaluate.
    pub(crate) fn placeholder(self: &Arc<Trace>, spec: Spec, transform: &'static str) -> Result<Array> {
        let watchers = Some(TraceSet::with(None, self));
        Ok(Array::build(Placeholder { spec, transform }.into(), &[], None, watchers)?.swap_remove(0))
    }

    fn is_open(&self) -> bool {
        self.tape.lock().unwrap().is_some()
    }
}

/// The open traces that watch any of `inputs`, together.
pub(crate) fn traces_of(inputs: &[Array]) -> Option<Arc<TraceSet>> {
    let mut found: Option<Arc<TraceSet>> = None;
    for traces in inputs.iter().filter_map(|a| a.0.traces.as_ref()) {
        found = Some(match found {
            None => traces.clone(),
            Some(f) if Arc::ptr_eq(&f, traces) => f,
            Some(f) => f.union(traces),
        });
    }
    found.filter(|f| f.0.iter().any(|t| t.upgrade().is_some_and(|t| t.is_open())))
}

impl TraceSet {
    /// `set` and `trace`, which is new to it.
    pub(crate) fn with(set: Option<&Arc<TraceSet>>, trace: &Arc<Trace>) -> Arc<TraceSet> {
        let old = set.into_iter().flat_map(|s| s.0.iter().cloned());
        Arc::new(TraceSet(old.chain([Arc::downgrade(trace)]).collect()))
    }

    fn union(self: Arc<TraceSet>, other: &TraceSet) -> Arc<TraceSet> {
        let new: SmallVec<[_; 1]> =
            other.0.iter().filter(|t| !self.0.iter().any(|s| s.ptr_eq(t)) && t.strong_count() > 0).cloned().collect();
        if new.is_empty() {
            return self;
        }
        Arc::new(TraceSet(self.0.iter().chain(&new).cloned().collect()))
    }

    /// The traces of this set that apply none of `rules`.
    pub(super) fn without(&self, rules: &[Rule]) -> Option<Arc<TraceSet>> {
        self.filtered(&|rule| !rules.contains(&rule))
    }

    /// The traces of this set that apply `rule`.
    pub(super) fn only(&self, rule: Rule) -> Option<Arc<TraceSet>> {
        self.filtered(&|r| r == rule)
    }

    fn filtered(&self, keep: &dyn Fn(Rule) -> bool) -> Option<Arc<TraceSet>> {
        let kept: SmallVec<[_; 1]> = self.0.iter().filter(|t| t.upgrade().is_some_and(|t| keep(t.rule))).cloned().collect();
        (!kept.is_empty()).then(|| Arc::new(TraceSet(kept)))
    }

    /// Writes a record on every open tape.
    pub(crate) fn record(&self, make: impl FnOnce() -> Record) {
        let mut make = Some(make);
        let mut record: Option<Arc<Record>> = None;
        for trace in self.0.iter().filter_map(Weak::upgrade) {
            if let Some(tape) = &mut *trace.tape.lock().unwrap() {
                let record = record.get_or_insert_with(|| Arc::new((make.take().expect("made once"))()));
                tape.push(record.clone());
            }
        }
    }
}

/// The same array under another handle, so that a trace can tell it from the original.
pub(crate) struct Identity;

impl Primitive for Identity {
    fn name(&self) -> &str {
        "identity"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn view(&self, input: &Layout) -> Option<Layout> {
        Some(input.clone())
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(call.cotangents[0].clone())])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![call.tangents[0].clone()])
    }
    fn vmap(&self, call: &Vmap) -> Result<crate::primitive::Batched> {
        Ok(vec![(call.inputs[0].clone(), call.axes[0])])
    }
}

/// An input that a transform has not been given a value for.
struct Placeholder {
    spec: Spec,
    transform: &'static str,
}

impl Primitive for Placeholder {
    fn name(&self) -> &str {
        "placeholder"
    }
    fn infer(&self, _inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![self.spec.clone()])
    }
    fn eval_cpu(&self, _call: &mut CpuCall) -> Result<()> {
        let Placeholder { spec, transform } = self;
        let shape = crate::shape::show(&spec.shape);
        let message = format!("[eval] an array of shape {shape} and type {} has no value inside {transform}", spec.dtype);
        Err(Error::new(Kind::Value, message))
    }
}

impl Array {
    /// The same array out of sight of the transforms that apply one of `rules`; the others go on watching it.
    pub(crate) fn hidden_from(&self, rules: &[Rule]) -> Result<Array> {
        let Some(traces) = self.0.traces.as_ref().filter(|_| !rules.is_empty()) else { return Ok(self.clone()) };
        let kept = traces.without(rules);
        Ok(Array::build(Handle::Static(&Identity), std::slice::from_ref(self), kept.clone(), kept)?.swap_remove(0))
    }

    /// Whether an open transform is watching this array.
    pub fn is_traced(&self) -> bool {
        traces_of(std::slice::from_ref(self)).is_some()
    }

    /// The value, if it is there already for the host to read; never computes.
    pub fn peek(&self) -> Option<&Value> {
        self.0.value.get().filter(|v| matches!(v.storage.ready(), Ok(true)) && v.storage.is_filled())
    }
}
