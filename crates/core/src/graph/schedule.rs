//! Scheduling: from the arrays asked for to tasks on the queues of streams.
//!
//! What a target needs is collected by walking pending operations, put in creation order, and claimed in batches under one
//! lock: operations become units (see [`fuse`](super::fuse)), their outputs get promised storages, and tasks enter the queues.
//! Every task is enqueued after all it reads, whatever thread enqueues it, so waiting for inputs can't deadlock.

use super::at_once;
use super::fuse::{self, Plan, Planned, Unit, UnitKind};
use super::op::Op;
use super::task::{Output, Task, Work};
use crate::array::{Array, Node, Spec, Value};
use crate::error::Result;
use crate::graph::Event;
use crate::memory::Storage;
use crate::primitive::Handle;
use crate::scalar::{Builder, Program};
use crate::shape::{Layout, Shape, size};
use crate::stream::Stream;
use smallvec::SmallVec;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

/// Operations claimed at a time: what fusion can see, and the longest the lock is held for.
const BATCH: usize = 512;
/// Tasks a stream may have waiting before whoever enqueues more helps to run them.
const BACKLOG: usize = 1024;

/// Bytes from which on a result that nobody has asked for is left pending instead of being stored in passing.
const LARGE: usize = 256 << 10;

static SCHEDULER: Mutex<()> = Mutex::new(());
static EPOCH: AtomicU64 = AtomicU64::new(1);

/// The scheduler's lock; nothing is claimed while it is held.
pub(crate) fn lock() -> MutexGuard<'static, ()> {
    SCHEDULER.lock().unwrap_or_else(|e| e.into_inner())
}

/// Computes `arrays` and waits for them.
///
/// # Errors
/// The error of the first of them that failed.
pub fn eval<'a>(arrays: impl IntoIterator<Item = &'a Array>) -> Result<()> {
    let arrays: SmallVec<[&Array; 4]> = arrays.into_iter().collect();
    compute(&arrays, false)
}

/// Computes `array` for the host to read, and waits for it.
pub(crate) fn eval_for_host(array: &Array) -> Result<()> {
    compute(&[array], true)
}

fn compute(arrays: &[&Array], for_host: bool) -> Result<()> {
    let target = arrays.iter().find(|a| pending(a)).and_then(|a| a.0.op.as_ref()).map(|op| op.stream);
    schedule(arrays, target, for_host)?;
    let mut outcome = Ok(());
    for array in arrays {
        let result = finish(array);
        outcome = outcome.and(result);
    }
    outcome
}

/// Starts computing `arrays` and returns at once; reading one waits for it.
///
/// # Errors
/// Only [`crate::error::Kind::Interrupted`]: a failing computation is reported when its result is read.
pub fn async_eval<'a>(arrays: impl IntoIterator<Item = &'a Array>) -> Result<()> {
    let arrays: SmallVec<[&Array; 4]> = arrays.into_iter().collect();
    schedule(&arrays, None, false)
}

/// Waits for a scheduled array.
fn finish(array: &Array) -> Result<()> {
    let value = array.0.value.get().expect("scheduled");
    let Some(event) = value.storage.event() else { return Ok(()) };
    while !event.poll()? {
        event.stream().wait(event)?;
    }
    Ok(())
}

fn pending(array: &Array) -> bool {
    array.0.value.get().is_none()
}

/// Tells the devices that compute `arrays` that the host waits for them.
fn announce(arrays: &[&Array]) {
    for event in arrays.iter().filter_map(|a| a.0.value.get()?.storage.event()).filter(|e| e.stream().is_gpu()) {
        event.mark_awaited();
    }
}

/// Enqueues all that `arrays` need, `for_host` if the host will read them. Workers of all streams but `own` are woken; the caller
/// attends to that one by waiting.
fn schedule(arrays: &[&Array], own: Option<Stream>, for_host: bool) -> Result<()> {
    if !arrays.iter().any(|a| pending(a) || retryable(&a.0).is_some()) {
        if for_host {
            announce(arrays);
        }
        return Ok(());
    }
    let mut touched: SmallVec<[Stream; 4]> = SmallVec::new();
    let mut guard = lock();
    if let [array] = arrays
        && let Some(op) = &array.0.op
        && !op.claimed.load(Relaxed)
        && op.inputs.lock().unwrap().iter().all(|i| !pending(i) && retryable(&i.0).is_none())
    {
        // One operation on values that are there: nothing to plan.
        let inputs = std::mem::take(&mut *op.inputs.lock().unwrap());
        op.claimed.store(true, Relaxed);
        if Some(op.stream) != own || !at_once::compute(op, &inputs) {
            claim_one(op, &inputs, &mut touched);
        }
        if for_host {
            announce(arrays);
        }
        drop(guard);
        drop(inputs);
        touched.iter().filter(|s| Some(**s) != own || s.is_gpu()).for_each(|s| s.notify());
        return Ok(());
    }
    let Needed { ops: mut list, failed } = collect(arrays);
    list.reverse();
    retry(failed, &mut touched);
    if list.is_empty() {
        drop(guard);
        touched.iter().for_each(|s| s.notify());
        return Ok(());
    }
    while !list.is_empty() {
        let mut batch = Vec::with_capacity(list.len().min(BATCH));
        while batch.len() < BATCH
            && let Some(op) = list.pop()
        {
            // Another thread may have claimed it while the lock was free.
            if !op.claimed.load(Relaxed) {
                batch.push(op);
            }
        }
        let mut plan = Plan::new(batch, EPOCH.fetch_add(1, Relaxed));
        plan.want(arrays, !list.is_empty());
        let mut claim = Claim { plan, touched: &mut touched };
        claim.enqueue_all();
        let garbage = claim.plan;
        if for_host {
            announce(arrays);
        }
        drop(guard);
        // Handles of inputs die here, outside the lock: destructors may be anybody's code.
        drop(garbage);
        for &stream in &touched {
            if Some(stream) != own || stream.is_gpu() || !list.is_empty() {
                stream.notify();
            }
            while stream.backlog() > BACKLOG {
                if !stream.help(|waiting| waiting <= BACKLOG / 2) {
                    std::thread::sleep(std::time::Duration::from_micros(100));
                }
                if let Err(interrupted) = super::check_interrupt() {
                    touched.iter().for_each(|s| s.notify());
                    return Err(interrupted);
                }
            }
        }
        if list.is_empty() {
            break;
        }
        guard = lock();
    }
    Ok(())
}

/// What has to run for some arrays.
struct Needed {
    /// Operations not claimed yet, in creation order.
    ops: Vec<Arc<Op>>,
    /// Tasks that ran out of memory before.
    failed: Vec<Arc<Event>>,
}

fn collect(arrays: &[&Array]) -> Needed {
    let epoch = EPOCH.fetch_add(1, Relaxed) << fuse::POSITION_BITS;
    let mut needed = Needed { ops: Vec::new(), failed: Vec::new() };
    let mut found: Vec<Arc<Op>> = Vec::new();
    let visit = |node: &Node, failed: &mut Vec<Arc<Event>>, found: &mut Vec<Arc<Op>>| {
        let Some(op) = &node.op else { return };
        if op.claimed.load(Relaxed) {
            failed.extend(retryable(node));
        } else if op.mark.load(Relaxed) != epoch {
            op.mark.store(epoch, Relaxed);
            found.push(op.clone());
        }
    };
    for array in arrays {
        visit(&array.0, &mut needed.failed, &mut needed.ops);
    }
    let mut next = 0;
    while next < needed.ops.len() {
        for input in needed.ops[next].inputs.lock().unwrap().iter() {
            visit(&input.0, &mut needed.failed, &mut found);
        }
        needed.ops.append(&mut found);
        next += 1;
    }
    needed.ops.sort_unstable_by_key(|op| op.sequence);
    needed
}

/// The event of an array whose task ran out of memory.
fn retryable(node: &Node) -> Option<Arc<Event>> {
    node.value.get()?.storage.event().filter(|e| e.can_retry()).cloned()
}

/// Enqueues tasks that ran out of memory once more, after those they read from that did so too.
fn retry(failed: Vec<Arc<Event>>, touched: &mut SmallVec<[Stream; 4]>) {
    let mut stack = failed;
    while let Some(event) = stack.last().cloned() {
        let before = stack.len();
        event.with_retry(|task| {
            stack.extend(task.inputs.iter().filter_map(|v| v.storage.event()).filter(|e| e.can_retry()).cloned());
        });
        if stack.len() > before {
            continue;
        }
        stack.pop();
        if let Some(task) = event.rearm() {
            let stream = event.stream();
            if !touched.contains(&stream) {
                touched.push(stream);
            }
            stream.enqueue(Box::new(task.into_task(event)));
        }
    }
}

struct Claim<'a> {
    plan: Plan,
    touched: &'a mut SmallVec<[Stream; 4]>,
}

impl Claim<'_> {
    fn enqueue_all(&mut self) {
        for u in 0..self.plan.units.len() {
            let unit = &self.plan.units[u];
            let Some(&first) = unit.ops.first() else { continue };
            match unit.kind {
                UnitKind::View => {
                    let Planned { op, inputs, view, .. } = &mut self.plan.ops[first];
                    resolve_view(op, &value_of(&inputs[0]), view.take().expect("planned as a view"));
                }
                UnitKind::Map => self.enqueue_map(u),
                UnitKind::Single => {
                    let Planned { op, inputs, .. } = &self.plan.ops[first];
                    let values = inputs.iter().map(value_of).collect();
                    enqueue_single(op, inputs, values, None, self.touched);
                }
            }
        }
    }

    fn enqueue_map(&mut self, u: usize) {
        let unit = &self.plan.units[u];
        let stream = unit.stream;
        let event = Arc::new(Event::new(stream));
        let fused = Fused::new(&self.plan, unit);
        let mut stored = SmallVec::new();
        let mut regs = SmallVec::<[u16; 4]>::new();
        for (at, node) in self.stored(u, fused.values.iter().any(|v| v.storage.is_foreign())) {
            regs.push(fused.reg(at));
            stored.push(promise(&event, &Spec::new(&node.shape, node.dtype), Some(&node)));
        }
        let shape = unit.shape.clone();
        let task = match unit.reduction {
            Some(at) => {
                let Planned { op, inputs, .. } = &self.plan.ops[at];
                let live = live_outputs(op);
                let Ok(specs) = fuse::output_specs(op, inputs) else { return };
                let mut outputs: SmallVec<[Output; 1]> =
                    specs.into_iter().zip(&live).map(|(spec, node)| promise(&event, &spec, node.as_deref())).collect();
                let kept = stored.len();
                outputs.extend(stored);
                let operand = self.plan.position(&inputs[0].0).expect("computed in this unit");
                regs.insert(0, fused.reg(operand));
                let (program, values, names) = fused.finish(&regs);
                let work = Work::Reduce { program, shape, reduction: op.primitive.clone(), stored: kept, names };
                Task { work, inputs: values, outputs, event }
            }
            None if stored.is_empty() => return,
            None => {
                let (program, values, names) = fused.finish(&regs);
                Task { work: Work::Fused { program, shape, names }, inputs: values, outputs: stored, event }
            }
        };
        push(stream, task, self.touched);
    }
}

impl Claim<'_> {
    /// What a map stores, in order: results that others hold.
    ///
    /// Of those, a large one that nothing waits for is left pending the first time: writing it costs more than computing it once
    /// more, and a named intermediate is rarely read. It gets its inputs back, as do the operations it needs. Where `foreign`
    /// memory is read nothing is put off: its owner may be waiting for the evaluation to write there again.
    fn stored(&self, u: usize, foreign: bool) -> SmallVec<[(usize, Arc<Node>); 4]> {
        let unit = &self.plan.units[u];
        let mut stored = SmallVec::new();
        // What an operation left pending reads.
        let mut kept: SmallVec<[usize; 8]> = SmallVec::new();
        for &at in unit.ops.iter().rev().filter(|&&at| Some(at) != unit.reduction) {
            let planned = &self.plan.ops[at];
            let op = &planned.op;
            let Some(node) = &planned.result else { continue };
            // One count is the plan's; more than the uses inside the unit means that somebody else holds it.
            let held = planned.unit == u && Arc::strong_count(node) > planned.internal_uses + 1;
            let leave = || {
                let bytes = size(&node.shape) * node.dtype.size();
                !foreign && !planned.wanted && bytes >= LARGE && !op.replayed.swap(true, Relaxed)
            };
            if held && !leave() {
                stored.push((at, node.clone()));
            } else if held || kept.contains(&at) && node.value.get().is_none() {
                kept.extend(planned.inputs.iter().filter_map(|i| self.plan.position(&i.0)));
                *op.inputs.lock().unwrap() = planned.inputs.clone();
                op.claimed.store(false, Relaxed);
            }
        }
        stored.reverse();
        stored
    }
}

fn push(stream: Stream, task: Task, touched: &mut SmallVec<[Stream; 4]>) {
    if !touched.contains(&stream) {
        touched.push(stream);
    }
    for event in task.inputs.iter().filter_map(|v| v.storage.event()) {
        if event.stream().is_gpu() && event.stream().device() != stream.device() {
            event.mark_awaited();
        }
    }
    stream.enqueue(Box::new(task));
}

/// Claims an operation whose inputs have all been scheduled.
fn claim_one(op: &Op, inputs: &[Array], touched: &mut SmallVec<[Stream; 4]>) {
    let mut values: SmallVec<[Value; 3]> = SmallVec::new();
    inputs.iter().for_each(|i| values.push(value_of(i)));
    if let [value] = &values[..]
        && let Some(layout) = op.primitive.view(&value.layout)
    {
        return resolve_view(op, value, layout);
    }
    let mut dtypes: SmallVec<[_; 3]> = SmallVec::new();
    values.iter().for_each(|v| dtypes.push(v.dtype));
    let program = op.primitive.program(&dtypes);
    enqueue_single(op, inputs, values, program, touched);
}

fn resolve_view(op: &Op, input: &Value, layout: Layout) {
    for output in live_outputs(op).into_iter().flatten() {
        let value = Value { storage: input.storage.clone(), layout: layout.clone(), dtype: output.dtype };
        let _ = output.value.set(value);
    }
}

/// Enqueues one operation as a task of its own.
fn enqueue_single(
    op: &Op,
    inputs: &[Array],
    values: SmallVec<[Value; 3]>,
    program: Option<Program>,
    touched: &mut SmallVec<[Stream; 4]>,
) {
    let live = live_outputs(op);
    if live.iter().all(Option::is_none) {
        return;
    }
    let event = Arc::new(Event::new(op.stream));
    let mut outputs: SmallVec<[Output; 1]> = SmallVec::new();
    if live.iter().any(Option::is_none) {
        // Shapes of outputs nobody holds any more come from the shape rule, which has accepted these inputs before.
        let Ok(specs) = fuse::output_specs(op, inputs) else { return };
        outputs.extend(specs.into_iter().zip(&live).map(|(spec, node)| promise(&event, &spec, node.as_deref())));
    } else {
        live.iter().flatten().for_each(|n| outputs.push(promise(&event, &Spec::new(&n.shape, n.dtype), Some(n))));
    }
    let work = match (program, op.primitive.reduction(), &values[..]) {
        (Some(program), ..) => {
            let shape = Shape::from_slice(&outputs[0].shape);
            Work::Fused { program, shape, names: SmallVec::from_elem(op.primitive.clone(), 1) }
        }
        (None, Some(_), [value]) => Work::Reduce {
            program: identity(value.dtype),
            shape: Shape::from_slice(value.shape()),
            reduction: op.primitive.clone(),
            stored: 0,
            names: SmallVec::new(),
        },
        _ => Work::Primitive(op.primitive.clone()),
    };
    push(op.stream, Task { work, inputs: values, outputs, event }, touched);
}

/// A scalar program under construction from the programs of a unit's operations.
struct Fused<'a> {
    plan: &'a Plan,
    builder: Builder,
    /// The register of each operation of the unit, in their order.
    regs: SmallVec<[(usize, u16); 8]>,
    values: SmallVec<[Value; 3]>,
    names: SmallVec<[Handle; 4]>,
}

impl<'a> Fused<'a> {
    fn new(plan: &'a Plan, unit: &Unit) -> Fused<'a> {
        let maps = || unit.ops.iter().copied().filter(|&at| Some(at) != unit.reduction);
        let inside = |array: &Array| plan.position(&array.0).filter(|p| unit.ops.binary_search(p).is_ok());
        // Inputs of the program: every distinct array from outside the unit.
        let mut outside: SmallVec<[&Array; 8]> = SmallVec::new();
        for at in maps() {
            for input in &plan.ops[at].inputs {
                if inside(input).is_none() && !outside.iter().any(|a| a.is_same(input)) {
                    outside.push(input);
                }
            }
        }
        let mut dtypes: SmallVec<[_; 8]> = SmallVec::new();
        let mut values = SmallVec::new();
        for array in &outside {
            dtypes.push(array.dtype());
            values.push(value_of(array));
        }
        let mut fused = Fused { plan, builder: Builder::new(&dtypes), regs: SmallVec::new(), values, names: SmallVec::new() };
        let program = |at: usize| plan.ops[at].program.as_ref().expect("planned as a map");
        fused.builder.reserve(maps().map(|at| program(at).instrs().len()).sum());
        for at in maps() {
            let planned = &plan.ops[at];
            let mut args: SmallVec<[u16; 3]> = SmallVec::new();
            for input in &planned.inputs {
                args.push(match inside(input) {
                    Some(p) => fused.reg(p),
                    None => outside.iter().position(|a| a.is_same(input)).expect("listed above") as u16,
                });
            }
            let out = fused.builder.append(program(at), &args);
            fused.regs.push((at, out[0]));
            fused.names.push(planned.op.primitive.clone());
        }
        fused
    }

    fn reg(&self, at: usize) -> u16 {
        let at = self.regs.binary_search_by_key(&at, |&(p, _)| p);
        self.regs[at.expect("operations come after their inputs")].1
    }

    fn finish(self, outputs: &[u16]) -> (Program, SmallVec<[Value; 3]>, SmallVec<[Handle; 4]>) {
        debug_assert!(self.plan.units.len() <= self.plan.ops.len());
        (self.builder.finish(outputs), self.values, self.names)
    }
}

fn identity(dtype: crate::dtype::Dtype) -> Program {
    Builder::new(&[dtype]).finish(&[0])
}

/// The value of an array whose operation has been scheduled.
fn value_of(array: &Array) -> Value {
    array.0.value.get().expect("inputs are scheduled before their users").clone()
}

fn live_outputs(op: &Op) -> SmallVec<[Option<Arc<Node>>; 1]> {
    let mut live = SmallVec::new();
    op.outputs.get().into_iter().flatten().for_each(|w| live.push(w.upgrade()));
    live
}

/// A storage for an output of the task behind `event`, made known to its array.
fn promise(event: &Arc<Event>, spec: &Spec, node: Option<&Node>) -> Output {
    let storage = Arc::new(Storage::pending(size(&spec.shape) * spec.dtype.size(), event.clone()));
    if let Some(node) = node {
        let layout = Layout::contiguous(&spec.shape);
        let _ = node.value.set(Value { storage: storage.clone(), layout, dtype: spec.dtype });
    }
    Output { storage, shape: spec.shape.clone(), dtype: spec.dtype }
}
