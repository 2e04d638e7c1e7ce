//! A lane: the thread behind a stream of a GPU. It takes tasks off the stream's queue in order, encodes those that have a kernel
//! into a batch, runs the others on the host, and submits the batch when there is nothing more to encode or something to wait for.
//!
//! Ownership on a device is logical: what the batch alone still holds when its last reader is encoded is used again for later
//! outputs of the same batch, which run after it. All else a batch uses is held until the device is done with it; then the events
//! of its tasks fire, in order.
//!
//! A batch ends with a task that something else waits for, so that it need not wait for more than that. Where the host has to have a copy
//! of what such a task wrote, the copy is the last thing in the batch.

use super::fault::{Decide, Faults};
use super::pace::{Clock, Pace};
use super::{Done, Encoder, Gpu, GpuCall, Memory, program};
use crate::array::Value;
use crate::error::{Error, Kind, Result};
use crate::graph::{Event, Output, Task, Work, timeline, wait_inside_task};
use crate::memory::{Block, Storage};
use crate::stream::Stream;
use smallvec::SmallVec;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

/// Runs of kernels after which a batch is submitted though there is more to encode.
const MOST_DISPATCHES: usize = 512;

/// Batches the device has not finished from which on a batch does not end with what something else waits for: there is enough to run.
const AHEAD: usize = 4;

/// Bytes to be copied to a device's own memory from which on it is worth giving the device what is encoded, to run meanwhile.
const LARGE_COPY: usize = 1 << 20;

/// Serves `stream` for as long as the process lives.
pub(crate) fn attend(stream: Stream) {
    let mut lane: Option<Lane> = None;
    loop {
        let idle = lane.as_ref().is_none_or(|l| l.batch.is_empty());
        let Some(task) = stream.next_task(idle) else {
            lane.iter_mut().for_each(Lane::submit);
            continue;
        };
        let ready = match &mut lane {
            Some(lane) => Ok(lane),
            None => Lane::new(stream).map(|new| lane.insert(new)),
        };
        match ready {
            Ok(lane) => lane.run(task),
            Err(e) => task.finish(Err(e)),
        }
    }
}

/// How many batches of a lane the device has not finished.
#[derive(Default)]
struct InFlight {
    count: Mutex<usize>,
    changed: Condvar,
}

impl InFlight {
    fn add(&self, n: isize) {
        let mut count = self.count.lock().unwrap_or_else(|e| e.into_inner());
        *count = count.wrapping_add_signed(n);
        self.changed.notify_all();
    }

    fn fewer_than(&self, n: usize) -> bool {
        *self.count.lock().unwrap_or_else(|e| e.into_inner()) < n
    }

    fn wait_for_none(&self) {
        let count = self.count.lock().unwrap_or_else(|e| e.into_inner());
        drop(self.changed.wait_while(count, |n| *n > 0));
    }
}

/// Counts a batch as finished when it goes, whichever way.
struct Landed(Arc<InFlight>);

impl Drop for Landed {
    fn drop(&mut self) {
        self.0.add(-1);
    }
}

pub(super) struct Lane {
    pub(super) stream: Stream,
    pub(super) gpu: Arc<dyn Gpu>,
    pub(super) encoder: Box<dyn Encoder>,
    pub(super) batch: Batch,
    in_flight: Arc<InFlight>,
    clock: Clock,
}

/// What was encoded since the last submission.
#[derive(Default)]
pub(super) struct Batch {
    tasks: Vec<Encoded>,
    /// Read by the batch.
    inputs: Vec<Value>,
    /// Written by the batch, by address.
    outputs: HashMap<usize, Arc<Storage>>,
    /// Memory that only this batch still uses, for later outputs.
    free_blocks: Vec<Block>,
    free_memory: Vec<Arc<dyn Memory>>,
    /// Other memory the batch uses.
    pub(super) kept: Vec<Arc<dyn Memory>>,
    pub(super) dispatches: usize,
    /// Whether something that the device does not run waits for one of the tasks.
    awaited: bool,
    /// Copies for the host that it ends with.
    staged: Option<Staged>,
    /// What kernels found wrong, by task.
    faults: Faults,
    /// The device's last note of its time.
    tick: Option<usize>,
}

/// A task of a batch.
struct Encoded {
    event: Arc<Event>,
    /// Completions the task depends on that had not fired: by the time it is done they have.
    after: SmallVec<[Arc<Event>; 2]>,
    /// What went wrong when it was encoded.
    failure: Option<Error>,
    span: Option<Recorded>,
}

/// What the timeline is told of copies for the host.
struct Staged {
    run: timeline::Run,
    bytes: usize,
    /// The device's notes of its time before and after.
    notes: Option<(usize, usize)>,
}

/// What the timeline is told of a task when it is done.
struct Recorded {
    run: timeline::Run,
    task: timeline::Task,
    /// The device's notes of its time before and after.
    notes: Option<(usize, usize)>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.tasks.is_empty()
    }

    /// Keeps what a task writes until it is written.
    fn hold(&mut self, outputs: SmallVec<[Output; 1]>) {
        let key = |output: Output| (Arc::as_ptr(&output.storage) as usize, output.storage);
        self.outputs.extend(outputs.into_iter().map(key));
    }

    /// Memory for an output of `bytes` bytes that the batch is through with.
    pub(super) fn reuse_block(&mut self, bytes: usize) -> Option<Block> {
        let fits = |b: &Block| b.capacity().is_some_and(|c| c >= bytes && c / 2 <= bytes.max(64));
        self.free_blocks.iter().position(fits).map(|i| self.free_blocks.swap_remove(i))
    }

    /// As [`Batch::reuse_block`], of memory that is the device's own.
    pub(super) fn reuse_memory(&mut self, bytes: usize) -> Option<Arc<dyn Memory>> {
        let fits = |m: &Arc<dyn Memory>| m.bytes() >= bytes && m.bytes() / 2 <= bytes.max(64);
        self.free_memory.iter().position(fits).map(|i| self.free_memory.swap_remove(i))
    }

    /// Takes back memory that no later work of the batch reads.
    pub(super) fn recycle(&mut self, memory: Scratch) {
        match memory {
            Scratch::Block(block) => self.free_blocks.push(block),
            Scratch::Memory(memory) => self.free_memory.push(memory),
        }
    }

    /// Lets go of an input after its reader was encoded.
    fn retire(&mut self, value: Value) {
        let key = Arc::as_ptr(&value.storage) as usize;
        // The batch's own handle and this one: nobody else can get at it any more.
        if Arc::strong_count(&value.storage) == 2
            && let Some(storage) = self.outputs.remove(&key)
        {
            drop(value);
            match Arc::try_unwrap(storage) {
                Ok(storage) => {
                    let (block, replicas) = storage.into_memory();
                    self.free_blocks.extend(block);
                    self.free_memory.extend(replicas);
                }
                Err(storage) => {
                    self.outputs.insert(key, storage);
                }
            }
        } else {
            self.inputs.push(value);
        }
    }
}

/// Memory for intermediate results of one task.
pub(super) enum Scratch {
    /// Shared with the host.
    Block(Block),
    /// The device's own.
    Memory(Arc<dyn Memory>),
}

impl Lane {
    fn new(stream: Stream) -> Result<Lane> {
        super::check_process()?;
        let gpu = stream.device().gpu()?.clone();
        let encoder = gpu.encoder()?;
        Ok(Lane { stream, gpu, encoder, batch: Batch::default(), in_flight: Arc::default(), clock: Clock::default() })
    }

    fn run(&mut self, mut task: Box<Task>) {
        let mut span = timeline::start();
        let after = match self.dependencies(&task, &mut span) {
            Ok(after) => after,
            Err(e) => return self.fail(*task, e),
        };
        if self.must_copy(&task) >= LARGE_COPY {
            self.submit();
        }
        if span.is_some() && self.batch.tick.is_none() {
            self.batch.tick = self.encoder.tick();
        }
        let mut outcome = self.encode(&mut task);
        if outcome.as_ref().is_err_and(|e| e.kind() == Kind::Memory) {
            // What is in flight holds memory; with it freed the task may fit.
            self.drain();
            outcome = self.encode(&mut task);
        }
        match outcome {
            Ok(()) => {}
            Err(e) if e.kind() == Kind::NoKernel && !super::is_strict() => {
                super::count_declined(&e);
                self.drain();
                return task.run();
            }
            Err(e) => return self.fail(*task, e),
        }
        let span = span.map(|run| {
            let before = self.batch.tick;
            self.batch.tick = before.and_then(|_| self.encoder.tick());
            Recorded { run, task: task.describe(), notes: before.zip(self.batch.tick) }
        });
        let Task { inputs, outputs, event, .. } = *task;
        self.batch.hold(outputs);
        for value in inputs {
            self.batch.retire(value);
        }
        self.batch.awaited |= event.is_awaited();
        self.batch.tasks.push(Encoded { event, after, failure: None, span });
        if self.batch.dispatches >= MOST_DISPATCHES || self.batch.awaited && self.in_flight.fewer_than(AHEAD) {
            self.submit();
        }
    }

    /// Bytes of the task's inputs that the device does not see yet.
    fn must_copy(&self, task: &Task) -> usize {
        let away = task.inputs.iter().filter(|i| i.storage.constant().is_none() && i.storage.memory_on(self.gpu.id()).is_none());
        away.map(|i| i.storage.bytes()).sum()
    }

    /// Fails `task` at its place in the order.
    fn fail(&mut self, task: Task, error: Error) {
        if error.kind() == Kind::Memory {
            // Kept for another try; what is before it goes first.
            self.drain();
            return Box::new(task).finish(Err(error));
        }
        let Task { inputs, outputs, event, .. } = task;
        // A part of it may have been encoded.
        self.batch.inputs.extend(inputs);
        self.batch.hold(outputs);
        self.batch.tasks.push(Encoded { event, after: SmallVec::new(), failure: Some(error), span: None });
    }

    /// Waits for what the task reads and the device itself does not wait for. Returns the completions that are still to come.
    fn dependencies(&mut self, task: &Task, span: &mut Option<timeline::Run>) -> Result<SmallVec<[Arc<Event>; 2]>> {
        let mut after = SmallVec::new();
        for input in &task.inputs {
            let Some(event) = input.storage.event() else { continue };
            if event.poll()? {
                span.iter_mut().for_each(|span| span.reads(event, self.stream, false));
                continue;
            }
            let mut waited = false;
            let stream = event.stream();
            if stream != self.stream {
                let ordered = stream.device() == self.stream.device();
                if !(ordered && event.is_submitted()) {
                    // The others may be waiting for what this lane has encoded.
                    self.submit();
                    wait_inside_task(event, ordered)?;
                    waited = true;
                }
            }
            if !input.storage.is_somewhere() {
                // It could not be encoded; its error comes when it fires.
                self.submit();
                wait_inside_task(event, false)?;
                waited = true;
            }
            // What the device waits for by itself takes a time that is not known here.
            span.iter_mut().for_each(|span| span.reads(event, self.stream, waited));
            if !event.poll()? {
                after.push(event.clone());
            }
        }
        Ok(after)
    }

    /// See [`GpuCall::fault`].
    pub(super) fn fault(&mut self, words: usize, decide: Decide) -> Result<(Arc<dyn Memory>, usize)> {
        let task = self.batch.tasks.len();
        self.batch.faults.add(task, words, decide, self.gpu.as_ref(), self.encoder.as_mut())
    }

    fn encode(&mut self, task: &mut Task) -> Result<()> {
        let name = task.name();
        let Task { work, inputs, outputs, .. } = task;
        let mut call = GpuCall::new(&name, self, inputs, outputs);
        let encode = AssertUnwindSafe(|| match work {
            Work::Primitive(primitive) => primitive.eval_gpu(&mut call),
            Work::Fused { program, shape, .. } => program::run(program, shape, 0, &mut call),
            Work::Reduce { program, shape, reduction, stored, .. } => {
                let reduction = reduction.reduction().expect("scheduled as a reduction");
                super::reduce::run(program, shape, reduction, *stored, &mut call)
            }
        });
        let outcome = catch_unwind(encode).unwrap_or_else(|_| Err(Error::runtime(format!("[{name}] the GPU kernel panicked"))));
        match outcome {
            Err(e) if e.kind() == Kind::NoKernel && call.has_encoded() => {
                Err(Error::runtime(format!("[{name}] the GPU kernel gave up half way: {e}")))
            }
            outcome => outcome,
        }
    }

    /// Encodes copies for the host of what it waits for.
    fn stage(&mut self) {
        if self.gpu.limits().shared {
            return;
        }
        let Lane { gpu, encoder, batch, .. } = self;
        let run = timeline::start();
        let mut bytes = 0;
        for storage in batch.outputs.values() {
            if !storage.event().is_some_and(|e| e.is_awaited()) || !storage.can_stage() {
                continue;
            }
            // Without memory for it the copy is made when the host gets there.
            if let Some(memory) = storage.memory_on(gpu.id())
                && let Ok(copy) = encoder.download(&memory, storage.bytes().next_multiple_of(4))
            {
                storage.stage(copy.clone());
                batch.kept.push(copy);
                bytes += storage.bytes();
            }
        }
        if let Some(run) = run.filter(|_| bytes > 0) {
            let notes = batch.tick.and_then(|before| Some((before, encoder.tick()?)));
            batch.staged = Some(Staged { run, bytes, notes });
        }
    }

    /// Hands the batch to the device.
    fn submit(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        self.stage();
        let mut batch = std::mem::take(&mut self.batch);
        batch.faults.download(self.encoder.as_mut());
        let ticks = batch.tick.and_then(|_| self.encoder.ticks().ok());
        let (stream, clock, submitted) = (self.stream, self.clock.clone(), Instant::now());
        if batch.dispatches > 0 {
            super::SUBMISSIONS.fetch_add(1, Relaxed);
        }
        let events: Vec<Arc<Event>> = batch.tasks.iter().map(|t| t.event.clone()).collect();
        self.in_flight.add(1);
        let landed = Landed(self.in_flight.clone());
        let done: Done = Box::new(move |outcome| {
            let _landed = landed;
            let pace = Pace::new(submitted, ticks);
            batch.finish(stream, outcome, &pace, &clock);
        });
        self.encoder.submit(done);
        events.iter().for_each(|e| e.mark_submitted());
    }

    /// Submits and waits until the device has done everything this lane gave it.
    fn drain(&mut self) {
        self.submit();
        self.in_flight.wait_for_none();
    }
}

impl Batch {
    /// Releases what the batch holds and fires its events.
    fn finish(self, stream: Stream, outcome: Result<()>, pace: &Pace, clock: &Clock) {
        let Batch { tasks, inputs, outputs, free_blocks, free_memory, kept, staged, faults, .. } = self;
        let mut faults = if outcome.is_ok() { faults.errors() } else { HashMap::new() };
        drop((inputs, outputs, free_blocks, free_memory, kept));
        let count = tasks.len();
        if let Some(Staged { run, bytes, notes }) = staged {
            let (start, end) = pace.of(notes, count, count + 1);
            run.finish_transfer_between(start, end, stream, "copy to the host", bytes, outcome.is_err());
        }
        for (i, Encoded { event, after, failure, span }) in tasks.into_iter().enumerate() {
            let failure = failure.or_else(|| faults.remove(&i));
            let failed_before = after.iter().find_map(|e| e.poll().err());
            let outcome = match failure.or(failed_before) {
                Some(e) => Err(e),
                None => outcome.clone(),
            };
            if let Some(Recorded { run, task, notes }) = span {
                let mut last = clock.lock().unwrap_or_else(|e| e.into_inner());
                let (start, end) = pace.of(notes, i, count);
                *last = Some(run.finish_between(*last, start, end, &event, outcome.is_err(), task));
            }
            event.fire(outcome);
        }
    }
}
