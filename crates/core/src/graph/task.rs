//! A task: what one entry of a stream's queue runs. One primitive, a fused program, or a program that feeds a reduction.

use crate::array::Value;
use crate::cpu::Loader;
use crate::cpu::fused::{self, Compiled, Sink, Source};
use crate::dtype::{Dtype, Element};
use crate::error::{Error, Kind, Result};
use crate::graph::{Event, timeline};
use crate::memory::{Block, Storage};
use crate::primitive::Handle;
use crate::scalar::Program;
use crate::shape::{Layout, Shape};
use smallvec::SmallVec;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::sync::{Arc, Weak};

pub(crate) struct Task {
    pub(crate) work: Work,
    pub(crate) inputs: SmallVec<[Value; 3]>,
    pub(crate) outputs: SmallVec<[Output; 1]>,
    pub(crate) event: Arc<Event>,
}

pub(crate) enum Work {
    /// One primitive's own kernel.
    Primitive(Handle),
    /// A scalar program over inputs of one shape; outputs are the program's, in order.
    Fused { program: Program, shape: Shape, names: SmallVec<[Handle; 4]> },
    /// A program whose first output feeds a reduction. The task's first outputs are the reduction's, `stored` more are the
    /// program's other outputs.
    Reduce { program: Program, shape: Shape, reduction: Handle, stored: usize, names: SmallVec<[Handle; 4]> },
}

/// A task that ran out of memory. Its outputs are held weakly: they hold the event that holds this.
pub(crate) struct Retry {
    work: Work,
    pub(crate) inputs: SmallVec<[Value; 3]>,
    outputs: SmallVec<[(Weak<Storage>, Shape, Dtype); 1]>,
}

impl Retry {
    /// The task again, to fire `event`.
    pub(crate) fn into_task(self, event: Arc<Event>) -> Task {
        let Retry { work, inputs, outputs } = self;
        let renew = |(storage, shape, dtype): (Weak<Storage>, Shape, Dtype)| {
            let bytes = crate::shape::size(&shape) * dtype.size();
            let storage = storage.upgrade().unwrap_or_else(|| Arc::new(Storage::pending(bytes, event.clone())));
            Output { storage, shape, dtype }
        };
        let outputs = outputs.into_iter().map(renew).collect();
        Task { work, inputs, outputs, event }
    }
}

/// A storage to fill and what will be in it: always row-major.
pub(crate) struct Output {
    pub(crate) storage: Arc<Storage>,
    pub(crate) shape: Shape,
    pub(crate) dtype: Dtype,
}

impl Output {
    pub(crate) fn bytes(&self) -> usize {
        crate::shape::size(&self.shape) * self.dtype.size()
    }

    pub(super) fn allocate(&self) -> Result<*mut u8> {
        if !self.storage.is_filled() {
            self.storage.fill(Block::allocate(self.bytes())?);
        }
        Ok(self.storage.ptr().cast_mut())
    }

    pub(super) fn sink(&self) -> Result<Sink> {
        Ok(Sink::new(self.allocate()?, self.bytes()))
    }

    /// Whether nothing else can see the memory of `input` and it is laid out like this output.
    fn fits(&self, input: &mut Value) -> bool {
        input.layout.is_contiguous()
            && input.layout.offset == 0
            && input.layout.shape == self.shape
            && input.dtype.size() == self.dtype.size()
            && !self.storage.is_filled()
            // A constant lies in the storage itself: it can't be given away, and to borrow it would end what reads it.
            && input.storage.constant().is_none()
            && Arc::get_mut(&mut input.storage).is_some()
    }

    /// Takes over the memory of `input` if it fits.
    fn donate(&self, input: &mut Value) -> bool {
        if !self.fits(input) {
            return false;
        }
        let Some(block) = Arc::get_mut(&mut input.storage).and_then(|s| s.take_block(self.bytes())) else { return false };
        self.storage.fill(block);
        true
    }
}

impl Task {
    /// Waits for the inputs, runs on the CPU, and fires the event with the outcome. Never panics.
    pub(crate) fn run(mut self: Box<Task>) {
        let mut span = timeline::start();
        let outcome = self.wait_for_inputs(&mut span).and_then(|()| {
            if let Some(span) = &mut span {
                span.ready();
            }
            let result = catch_unwind(AssertUnwindSafe(|| self.compute())).unwrap_or_else(|panic| {
                let what = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
                let what = what.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                Err(Error::runtime(format!("[{}] the kernel panicked: {what}", self.name())))
            });
            if let Some(span) = span {
                span.finish(&self.event, result.is_err(), || self.describe());
            }
            result
        });
        self.finish(outcome);
    }

    /// Lets go of what the task holds and fires its event.
    pub(crate) fn finish(self: Box<Self>, outcome: Result<()>) {
        // Inputs go first, so that memory is free again by the time a waiter wakes up.
        let Task { work, inputs, outputs, event } = *self;
        let intact = || inputs.iter().all(|v| v.storage.is_somewhere() || v.storage.event().is_some_and(|e| e.can_retry()));
        if outcome.as_ref().is_err_and(|e| e.kind() == Kind::Memory) && intact() {
            let outputs = outputs.into_iter().map(|o| (Arc::downgrade(&o.storage), o.shape, o.dtype)).collect();
            event.keep(Retry { work, inputs, outputs });
        } else {
            drop((inputs, outputs, work));
        }
        event.fire(outcome);
    }

    fn wait_for_inputs(&self, span: &mut Option<timeline::Run>) -> Result<()> {
        for input in &self.inputs {
            if let Some(event) = input.storage.event() {
                let ready = event.poll()?;
                await_value(input)?;
                if let Some(span) = span {
                    span.reads(event, self.event.stream(), !ready);
                }
            } else {
                await_value(input)?;
            }
        }
        Ok(())
    }

    fn compute(&mut self) -> Result<()> {
        let Task { work, inputs, outputs, .. } = &mut *self;
        match work {
            Work::Primitive(primitive) => {
                let mut call = CpuCall { name: primitive.name(), inputs, outputs };
                primitive.eval_cpu(&mut call)?;
            }
            Work::Fused { program, shape, .. } => {
                let compiled = Compiled::new(program)?;
                let sources = sources(&*inputs);
                let sinks = sinks(inputs, outputs)?;
                // SAFETY: inputs are ready values of this shape and of the program's dtypes; every sink is a block of the output's
                // size, fresh or taken over from a row-major input of the same shape and element size.
                unsafe { fused::run(&compiled, shape, &sources, &sinks) };
            }
            Work::Reduce { program, shape, reduction, stored, .. } => {
                let compiled = Compiled::new(program)?;
                let dtype = program.dtype_of(program.outputs()[0]);
                let sources = sources(&*inputs);
                let split = outputs.len() - *stored;
                let (reduced, kept) = outputs.split_at_mut(split);
                let sinks = kept.iter().map(Output::sink).collect::<Result<_>>()?;
                let loader = Loader { program: &compiled, shape: shape.clone(), sources, sinks, dtype };
                reduce(reduction, &loader, reduced)?;
            }
        }
        match self.outputs.iter().find(|o| !o.storage.is_filled()) {
            Some(_) => Err(Error::runtime(format!("[{}] the kernel left an output unwritten", self.name()))),
            None => Ok(()),
        }
    }

    pub(crate) fn name(&self) -> String {
        match &self.work {
            Work::Primitive(p) => p.name().to_owned(),
            Work::Fused { names, .. } => join(names),
            Work::Reduce { reduction, names, .. } if names.is_empty() => reduction.name().to_owned(),
            Work::Reduce { reduction, names, .. } => format!("{}+{}", join(names), reduction.name()),
        }
    }

    pub(crate) fn describe(&self) -> timeline::Task {
        let shape = self.outputs.first().map(|o| o.shape.clone()).unwrap_or_default();
        let bytes = self.outputs.iter().map(Output::bytes).sum();
        let ops = match &self.work {
            Work::Primitive(p) => p.name().to_owned(),
            Work::Fused { names, .. } => timeline::listed(names.iter().map(|h| h.name())),
            Work::Reduce { reduction, names, .. } => timeline::listed(names.iter().chain([reduction]).map(|h| h.name())),
        };
        let (name, ops) = (self.name().into(), ops.into());
        timeline::Task { name, ops, shape, bytes, stream: self.event.stream(), transfer: false }
    }
}

/// Waits, inside a task, until the host can read `value`.
pub(super) fn await_value(value: &Value) -> Result<()> {
    if let Some(event) = value.storage.event()
        && !event.poll()?
    {
        wait_inside_task(event, false)?;
    }
    value.storage.ensure_host()
}

/// Runs a reduction over what `loader` reads.
pub(super) fn reduce(reduction: &Handle, loader: &Loader, outputs: &mut [Output]) -> Result<()> {
    let mut call = CpuCall { name: reduction.name(), inputs: &mut [], outputs };
    reduction.reduction().expect("scheduled as a reduction").reduce_cpu(loader, &mut call)
}

/// Waits, inside a task, for another stream's event. That stream has its worker; should it be left unattended, this thread
/// runs it up to the event: all of that was enqueued before the waiting task, so none of it can wait for this one. With `ordered`
/// it is enough that a device has got the task: the waiting one goes to the same device.
pub(crate) fn wait_inside_task(event: &Event, ordered: bool) -> Result<()> {
    let wait = if ordered { Event::wait_submitted } else { Event::wait_for };
    while !wait(event, std::time::Duration::from_millis(20)) {
        event.stream().help(|_| event.has_fired());
        event.stream().check_reachable(event)?;
    }
    event.poll().map(drop)
}

fn join(names: &[Handle]) -> String {
    let all: Vec<&str> = names.iter().map(|h| h.name()).collect();
    match &all[..] {
        [first, .., last] if all.len() > 6 => format!("{first}+…+{last} ({} ops)", all.len()),
        _ => all.join("+"),
    }
}

pub(super) fn sources<'a>(inputs: impl IntoIterator<Item = &'a Value>) -> Vec<Source> {
    inputs.into_iter().map(|v| Source { ptr: v.ptr(), strides: v.layout.strides.clone() }).collect()
}

fn sinks(inputs: &mut [Value], outputs: &[Output]) -> Result<Vec<Sink>> {
    // Outputs that no input can serve first: when their allocation fails, no input has lost its memory yet.
    let mut taken: SmallVec<[usize; 3]> = SmallVec::new();
    let mut donors: SmallVec<[Option<usize>; 1]> = SmallVec::new();
    for output in outputs {
        let donor = (0..inputs.len()).find(|i| !taken.contains(i) && output.fits(&mut inputs[*i]));
        taken.extend(donor);
        donors.push(donor);
        if donor.is_none() {
            output.allocate()?;
        }
    }
    let serve = |(output, donor): (&Output, Option<usize>)| {
        if let Some(i) = donor {
            output.donate(&mut inputs[i]);
        }
        output.sink()
    };
    outputs.iter().zip(donors).map(serve).collect()
}

/// What a CPU kernel is given: ready inputs and outputs to allocate and write.
pub struct CpuCall<'a> {
    name: &'a str,
    inputs: &'a mut [Value],
    outputs: &'a mut [Output],
}

impl CpuCall<'_> {
    /// The name of the primitive, for messages.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Input `i`, ready to be read.
    pub fn input(&self, i: usize) -> &Value {
        &self.inputs[i]
    }

    /// All inputs.
    pub fn inputs(&self) -> &[Value] {
        self.inputs
    }

    /// How many outputs there are.
    pub fn output_count(&self) -> usize {
        self.outputs.len()
    }

    /// The shape of output `i`.
    pub fn output_shape(&self, i: usize) -> &[usize] {
        &self.outputs[i].shape
    }

    /// The dtype of output `i`.
    pub fn output_dtype(&self, i: usize) -> Dtype {
        self.outputs[i].dtype
    }

    /// Has output `i` take over the memory of input `j` when nothing else can see it and shape, order and size agree.
    /// Then the output already holds the input's elements, and input `j` must not be read any more.
    pub fn donate(&mut self, j: usize, i: usize) -> bool {
        self.outputs[i].donate(&mut self.inputs[j])
    }

    /// Has output `i` hold the elements of input `j`, of the same shape and dtype: in the same memory where it is row-major,
    /// else in a copy.
    pub fn forward(&mut self, j: usize, i: usize) -> Result<()> {
        if self.donate(j, i) {
            return Ok(());
        }
        let input = self.inputs[j].contiguous()?;
        let ptr = NonNull::new(input.ptr().cast_mut()).expect("elements have an address");
        self.outputs[i].storage.fill(Storage::share(&input.storage, ptr));
        Ok(())
    }

    /// Output `i`, allocated: row-major elements that the kernel writes, all of them. The contents are undefined until then.
    ///
    /// # Errors
    /// When memory is exhausted, or the output is not of type `T`.
    pub fn output<T: Element>(&mut self, i: usize) -> Result<&mut [T]> {
        let out = &self.outputs[i];
        if out.dtype != T::DTYPE {
            let message = format!("[{}] the kernel writes {} into an output of type {}", self.name, T::DTYPE, out.dtype);
            return Err(Error::new(Kind::Runtime, message));
        }
        let (ptr, n) = (out.allocate()?, crate::shape::size(&out.shape));
        // SAFETY: the block has room for `n` elements and is aligned; until the event fires only this task uses it.
        Ok(unsafe { std::slice::from_raw_parts_mut(ptr.cast::<T>(), n) })
    }

    /// The address of output `i`, allocated; for kernels that move elements by size.
    pub fn output_ptr(&mut self, i: usize) -> Result<*mut u8> {
        self.outputs[i].allocate()
    }

    /// Input `j` in row-major order: itself when it is so already, else a copy.
    pub fn contiguous(&self, j: usize) -> Result<Value> {
        self.inputs[j].contiguous()
    }
}

impl Value {
    /// The same elements in row-major order: the value itself when they are so already, else a copy. The value must be ready.
    pub fn contiguous(&self) -> Result<Value> {
        if self.layout.is_contiguous() { Ok(self.clone()) } else { self.copied() }
    }

    /// The same elements in fresh memory, in row-major order. The value must be ready.
    pub fn copied(&self) -> Result<Value> {
        let bytes = self.size() * self.dtype.size();
        let block = Block::allocate(bytes)?;
        let layout = Layout::contiguous(self.shape());
        // SAFETY: the block is fresh and has room for all elements.
        unsafe { self.write_to(block.ptr().cast_mut()) };
        Ok(Value { storage: Arc::new(Storage::full(bytes, block)), layout, dtype: self.dtype })
    }
}
