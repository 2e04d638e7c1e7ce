//! What a GPU kernel is given: inputs and outputs as memory of the device, and the means to run kernels on them.

use super::kernel::kernel;
use super::lane::{Lane, Scratch};
use super::{Binding, Kernel, Limits, Memory, allocate, count_upload, no_kernel};
use crate::array::Value;
use crate::dtype::Dtype;
use crate::error::{Error, Kind, Result};
use crate::graph::{Output, timeline};
use crate::memory::Block;
use std::sync::Arc;

/// Threads of a workgroup, unless a kernel says otherwise.
pub const GROUP: u32 = 256;

/// A part of a memory for a kernel, and where in it the first element is.
#[derive(Clone)]
pub struct Part {
    memory: Arc<dyn Memory>,
    offset: u64,
    bytes: u64,
    /// The position of the first element, in elements, from the start of the binding.
    pub start: u32,
}

/// What a GPU kernel is given.
pub struct GpuCall<'a> {
    name: &'a str,
    lane: &'a mut Lane,
    inputs: &'a [Value],
    outputs: &'a [Output],
    encoded: bool,
}

impl<'a> GpuCall<'a> {
    pub(super) fn new(name: &'a str, lane: &'a mut Lane, inputs: &'a [Value], outputs: &'a [Output]) -> GpuCall<'a> {
        GpuCall { name, lane, inputs, outputs, encoded: false }
    }

    pub(super) fn has_encoded(&self) -> bool {
        self.encoded
    }

    /// The name of the primitive, for messages.
    pub fn name(&self) -> &str {
        self.name
    }

    /// What kernels may count on here.
    pub fn limits(&self) -> &Limits {
        self.lane.gpu.limits()
    }

    /// The shape, layout and dtype of input `i`; its elements are on the device.
    pub fn input(&self, i: usize) -> &Value {
        &self.inputs[i]
    }

    /// All inputs.
    pub fn inputs(&self) -> &'a [Value] {
        self.inputs
    }

    /// How many inputs there are.
    pub fn input_count(&self) -> usize {
        self.inputs.len()
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

    /// The error that says there is no kernel for this, so that the operation runs on the host. To be returned before anything
    /// was run and any output asked for.
    pub fn declined(&self, why: &str) -> Error {
        no_kernel(self.name, why)
    }

    /// Whether kernels here compute with `dtype`: not `float64`, and 64-bit integers only where the device has them.
    pub fn supports(&self, dtype: Dtype) -> bool {
        match dtype {
            Dtype::Float64 => false,
            Dtype::Int64 | Dtype::Uint64 => self.limits().int64,
            _ => true,
        }
    }

    /// Whether the bytes from element `lo` to `hi` of elements of `size` bytes can be bound at once.
    pub fn fits(&self, lo: usize, hi: usize, size: usize) -> bool {
        let align = self.limits().offset_alignment as usize;
        let start = lo * size / align * align;
        ((hi * size - start).next_multiple_of(4)) as u64 <= self.limits().binding_bytes
    }

    /// The constant that input `i` shows everywhere, if it is one that never was in memory.
    pub(super) fn constant(&self, i: usize) -> Option<[u64; 2]> {
        self.inputs[i].storage.constant().copied()
    }

    /// The elements of input `i` as memory of the device, copied there if need be.
    ///
    /// # Errors
    /// [`Kind::NoKernel`] when they are spread wider than a kernel can reach; [`Kind::Memory`].
    pub fn source(&mut self, i: usize) -> Result<Part> {
        let value = &self.inputs[i];
        let (lo, hi) = value.layout.bounds().unwrap_or((0, 0));
        if !self.fits(lo, hi, value.dtype.size()) {
            return Err(self.declined("for arrays of this size"));
        }
        let first = value.layout.offset as isize - lo as isize;
        let part = self.window(i, lo, hi)?;
        Ok(Part { start: (part.start as isize + first) as u32, ..part })
    }

    /// As [`GpuCall::source`], of elements `lo..hi` of the storage only; `start` is that of element `lo`.
    pub(super) fn window(&mut self, i: usize, lo: usize, hi: usize) -> Result<Part> {
        let memory = self.memory_of(i)?;
        Ok(self.part(memory, lo, hi, self.inputs[i].dtype.size()))
    }

    fn part(&self, memory: Arc<dyn Memory>, lo: usize, hi: usize, size: usize) -> Part {
        let align = self.limits().offset_alignment as usize;
        let offset = lo * size / align * align;
        let bytes = (hi * size - offset).next_multiple_of(4).max(4);
        debug_assert!(offset + bytes <= memory.bytes());
        Part { memory, offset: offset as u64, bytes: bytes as u64, start: (lo - offset / size) as u32 }
    }

    fn memory_of(&mut self, i: usize) -> Result<Arc<dyn Memory>> {
        let storage = &self.inputs[i].storage;
        let gpu = &self.lane.gpu;
        if let Some(memory) = storage.memory_on(gpu.id()) {
            return Ok(memory);
        }
        storage.ensure_host()?;
        if !storage.is_filled() {
            return Err(Error::runtime(format!("[{}] input {i} was never computed", self.name)));
        }
        let memory = allocate(gpu.as_ref(), storage.bytes())?;
        // A constant is a parameter rather than an array.
        let span = if storage.constant().is_none() { timeline::start() } else { None };
        // SAFETY: the storage is ready and readable for its length while the value is held.
        let bytes = unsafe { std::slice::from_raw_parts(storage.ptr(), storage.bytes()) };
        self.lane.encoder.upload(&memory, bytes)?;
        if let Some(span) = span {
            span.finish_transfer(self.lane.stream, "copy to the device", bytes.len(), false);
        }
        count_upload(bytes.len());
        if storage.is_foreign() {
            // Somebody else may write there, and the copy would not follow.
            self.lane.batch.kept.push(memory.clone());
        } else {
            storage.add_replica(memory.clone());
        }
        Ok(memory)
    }

    /// Output `i`, allocated: row-major elements that kernels write, all of them.
    ///
    /// # Errors
    /// [`Kind::Memory`].
    pub fn sink(&mut self, i: usize) -> Result<Part> {
        let output = &self.outputs[i];
        let n = crate::shape::size(&output.shape);
        let memory = self.sink_memory(i)?;
        Ok(self.part(memory, 0, n, output.dtype.size()))
    }

    /// Elements `lo..hi` of output `i`, seen as elements of `size` bytes; `lo` is at an aligned place.
    pub(super) fn sink_window(&mut self, i: usize, lo: usize, hi: usize, size: usize) -> Result<Part> {
        let memory = self.sink_memory(i)?;
        Ok(self.part(memory, lo, hi, size))
    }

    fn sink_memory(&mut self, i: usize) -> Result<Arc<dyn Memory>> {
        let id = self.lane.gpu.id();
        let output = &self.outputs[i];
        if let Some(memory) = output.storage.memory_on(id) {
            return Ok(memory);
        }
        self.encoded = true;
        match self.scratch_memory(output.bytes())? {
            Scratch::Block(block) => output.storage.fill(block),
            Scratch::Memory(memory) => output.storage.add_replica(memory),
        }
        output.storage.memory_on(id).ok_or_else(|| Error::runtime("[gpu] an output has no memory"))
    }

    fn scratch_memory(&mut self, bytes: usize) -> Result<Scratch> {
        let lane = &mut *self.lane;
        if !lane.gpu.limits().shared {
            let memory = lane.batch.reuse_memory(bytes);
            return Ok(Scratch::Memory(memory.map_or_else(|| allocate(lane.gpu.as_ref(), bytes), Ok)?));
        }
        let block = lane.batch.reuse_block(bytes).map_or_else(|| Block::allocate(bytes), Ok)?;
        if block.memory_on(lane.gpu.id()).is_none() {
            // The allocator fell back to memory of the host alone, or works with another device.
            return Ok(Scratch::Memory(allocate(lane.gpu.as_ref(), bytes)?));
        }
        Ok(Scratch::Block(block))
    }

    /// Memory for `bytes` bytes of intermediate results, to be given back by [`GpuCall::recycle`] when the last run that reads it is
    /// encoded.
    pub(super) fn scratch(&mut self, bytes: usize) -> Result<(Scratch, Part)> {
        self.encoded = true;
        let scratch = self.scratch_memory(bytes)?;
        let memory = match &scratch {
            Scratch::Block(block) => block.memory_on(self.lane.gpu.id()).expect("checked when allocated").clone(),
            Scratch::Memory(memory) => memory.clone(),
        };
        let part = self.part(memory, 0, bytes.max(4), 1);
        Ok((scratch, part))
    }

    /// Takes back what [`GpuCall::scratch`] gave.
    pub(super) fn recycle(&mut self, scratch: Scratch) {
        self.lane.batch.recycle(scratch);
    }

    /// Runs `f` with memory for `bytes` bytes of intermediate results.
    ///
    /// # Errors
    /// [`Kind::Memory`], and what `f` returns.
    pub fn with_scratch<R>(&mut self, bytes: usize, f: impl FnOnce(&mut Self, &Part) -> Result<R>) -> Result<R> {
        let (scratch, part) = self.scratch(bytes)?;
        let result = f(self, &part);
        drop(part);
        self.recycle(scratch);
        result
    }

    /// Copies input 0 to output 0 in row-major order, whatever its strides; elements are moved by size.
    ///
    /// # Errors
    /// [`Kind::NoKernel`] for sizes out of reach; [`Kind::Memory`].
    pub fn copy_row_major(&mut self) -> Result<()> {
        let value = &self.inputs[0];
        let shape = value.layout.shape.clone();
        let dtype = super::wgsl::carrier(value.dtype.size());
        super::program::run(&crate::scalar::Builder::new(&[dtype]).finish(&[0]), &shape, 0, self)
    }

    /// Memory of `words` words, all 0, that kernels write to when something is wrong, and where in it they are. When the device is done
    /// `decide` looks at them; an error it returns is the operation's.
    ///
    /// # Errors
    /// [`Kind::Memory`].
    pub fn fault(&mut self, words: usize, decide: impl FnOnce(&[u32]) -> Option<Error> + Send + 'static) -> Result<(Part, u32)> {
        self.encoded = true;
        let (memory, at) = self.lane.fault(words, Box::new(decide))?;
        let bytes = memory.bytes() as u64 & !3;
        Ok((Part { memory, offset: 0, bytes, start: 0 }, at as u32))
    }

    /// Runs the kernel called `key`, whose WGSL `source` writes when it is first needed, in `groups` workgroups.
    ///
    /// # Errors
    /// When the kernel can't be built, memory is exhausted or the device is lost.
    pub fn run(
        &mut self,
        key: &str,
        reads: &[&Part],
        writes: &[&Part],
        params: &[u32],
        groups: [u32; 3],
        source: impl FnOnce() -> Result<String>,
    ) -> Result<()> {
        let kernel = kernel(key, reads.len(), writes.len(), source)?;
        self.dispatch(&kernel, reads, writes, params, groups)
    }

    pub(super) fn dispatch(
        &mut self,
        kernel: &Arc<Kernel>,
        reads: &[&Part],
        writes: &[&Part],
        params: &[u32],
        groups: [u32; 3],
    ) -> Result<()> {
        if reads.len() + writes.len() + 1 > self.limits().bindings {
            let message = format!("[{}] a kernel is given more buffers than the device can bind", self.name);
            return Err(Error::new(Kind::Runtime, message));
        }
        let most = self.limits().groups;
        if groups.iter().any(|g| *g > most) {
            let name = self.name;
            return Err(Error::runtime(format!(
                "[{name}] a GPU kernel is run in {groups:?} workgroups; {most} fit along an axis"
            )));
        }
        let bind = |p: &&Part| Binding { memory: p.memory.clone(), offset: p.offset, bytes: p.bytes };
        let bindings: smallvec::SmallVec<[Binding; 8]> = reads.iter().chain(writes).map(bind).collect();
        self.encoded = true;
        self.lane.batch.dispatches += 1;
        self.lane.encoder.dispatch(kernel, &bindings, params, groups)
    }

    /// Workgroups of [`GROUP`] threads for `threads` threads, folded into two dimensions.
    pub fn groups_for(&self, threads: usize) -> [u32; 3] {
        self.fold_groups(threads.div_ceil(GROUP as usize))
    }

    /// `groups` workgroups folded into two dimensions; kernels find their number with `group_number`.
    pub fn fold_groups(&self, groups: usize) -> [u32; 3] {
        let limit = self.limits().groups as usize;
        let y = groups.div_ceil(limit).max(1);
        [groups.div_ceil(y).max(1) as u32, y as u32, 1]
    }
}
