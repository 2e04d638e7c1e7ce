//! Encoding: runs of kernels collect in one compute pass, their parameters in pages that are uploaded with the batch.

use crate::device::{Device, Scopes, buffer};
use crate::memory::Buffer;
use crate::pipelines::{Bound, PARAM_BYTES};
use millpond_core::error::{Error, Kind, Result};
use millpond_core::gpu::{Binding, Done, Encoder, Kernel, Memory, Ticks};
use std::collections::HashMap;
use std::sync::Arc;
use wgpu::{
    BufferDescriptor, BufferUsages, CommandEncoder, ComputePass, Features, QUERY_SET_MAX_QUERIES, QuerySet, QuerySetDescriptor,
    QueryType,
};

/// Bytes of parameters in a page.
const PAGE: usize = 256 << 10;
/// Bytes handed to the queue at a time.
const PIECE: usize = 64 << 20;

/// Parameters of a batch.
struct Page {
    buffer: Buffer,
    bytes: Vec<u8>,
}

/// Where the device notes its time.
struct Notes {
    set: QuerySet,
    resolved: wgpu::Buffer,
    /// How many the batch has.
    used: u32,
}

impl Notes {
    fn new(device: &wgpu::Device) -> Notes {
        let set = QuerySetDescriptor { label: None, ty: QueryType::Timestamp, count: QUERY_SET_MAX_QUERIES };
        let usage = BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC;
        let size = 8 * u64::from(QUERY_SET_MAX_QUERIES);
        let resolved = BufferDescriptor { label: None, size, usage, mapped_at_creation: false };
        Notes { set: device.create_query_set(&set), resolved: device.create_buffer(&resolved), used: 0 }
    }
}

/// Encodes for one stream.
pub struct WgpuEncoder {
    device: Arc<Device>,
    open: Option<Open>,
    /// The first `used` hold parameters of the batch.
    pages: Vec<Page>,
    used: usize,
    /// Buffers the host sees that the batch writes.
    written: HashMap<u64, wgpu::Buffer>,
    /// Made when somebody first records a timeline.
    notes: Option<Notes>,
}

/// A batch under construction.
struct Open {
    // Fields are dropped in this order: the pass ends before its encoder.
    pass: Option<ComputePass<'static>>,
    commands: CommandEncoder,
    scopes: Scopes,
}

impl WgpuEncoder {
    pub fn new(device: Arc<Device>) -> WgpuEncoder {
        WgpuEncoder { device, open: None, pages: Vec::new(), used: 0, written: HashMap::new(), notes: None }
    }

    fn open(&mut self) -> &mut Open {
        self.open.get_or_insert_with(|| Open {
            scopes: Scopes::open(&self.device.wgpu),
            commands: self.device.wgpu.create_command_encoder(&Default::default()),
            pass: None,
        })
    }

    /// Room for parameters: which page, and where in it.
    fn place(&mut self, params: &[u32]) -> Result<(usize, u32)> {
        let bytes = params.len() * 4;
        if bytes as u64 > PARAM_BYTES {
            return Err(Error::new(
                Kind::Runtime,
                format!("a GPU kernel has {bytes} bytes of parameters, more than {PARAM_BYTES}"),
            ));
        }
        let align = self.device.limits.offset_alignment as usize;
        let fits = |p: &Page| p.bytes.len().next_multiple_of(align) + PARAM_BYTES as usize <= PAGE;
        if self.used == 0 || !fits(&self.pages[self.used - 1]) {
            if self.used == self.pages.len() {
                self.pages.push(Page { buffer: Buffer::own(&self.device, PAGE)?, bytes: Vec::with_capacity(PAGE) });
            }
            self.used += 1;
        }
        let page = &mut self.pages[self.used - 1];
        let at = page.bytes.len().next_multiple_of(align);
        page.bytes.resize(at, 0);
        page.bytes.extend(params.iter().flat_map(|w| w.to_le_bytes()));
        Ok((self.used - 1, at as u32))
    }
}

impl Encoder for WgpuEncoder {
    fn dispatch(&mut self, kernel: &Arc<Kernel>, bindings: &[Binding], params: &[u32], groups: [u32; 3]) -> Result<()> {
        self.device.check()?;
        let pipeline = self.device.pipelines.get(&self.device, kernel)?;
        let (page, at) = self.place(params)?;
        self.open();
        let page = &self.pages[page].buffer;
        let mut bound: smallvec::SmallVec<[Bound; 8]> = smallvec::SmallVec::new();
        bound.push(Bound { id: page.id, raw: &page.raw, offset: 0, bytes: PARAM_BYTES });
        for (i, b) in bindings.iter().enumerate() {
            let buffer = buffer(&b.memory)?;
            bound.push(Bound { id: buffer.id, raw: &buffer.raw, offset: b.offset, bytes: b.bytes });
            if i >= kernel.reads && buffer.host().is_some() {
                self.written.entry(buffer.id).or_insert_with(|| buffer.raw.clone());
            }
        }
        let group = self.device.pipelines.group(&self.device, &pipeline, kernel, &bound);
        let open = self.open.as_mut().expect("opened above");
        let pass = open.pass.get_or_insert_with(|| open.commands.begin_compute_pass(&Default::default()).forget_lifetime());
        pass.set_pipeline(&pipeline.compute);
        pass.set_bind_group(0, &group, &[at]);
        pass.dispatch_workgroups(groups[0], groups[1], groups[2]);
        Ok(())
    }

    fn upload(&mut self, to: &Arc<dyn Memory>, bytes: &[u8]) -> Result<()> {
        self.device.check()?;
        let target = buffer(to)?;
        let sent = self.device.scoped(|_| {
            for (i, piece) in bytes.chunks(PIECE).enumerate() {
                let (whole, rest) = piece.split_at(piece.len() & !3);
                let at = (i * PIECE) as u64;
                if !whole.is_empty() {
                    self.device.queue.write_buffer(&target.raw, at, whole);
                }
                if !rest.is_empty() {
                    let mut last = [0; 4];
                    last[..rest.len()].copy_from_slice(rest);
                    self.device.queue.write_buffer(&target.raw, at + whole.len() as u64, &last);
                }
            }
        });
        sent.map_err(|e| match e {
            wgpu::Error::OutOfMemory { .. } => Error::new(Kind::Memory, format!("out of memory copying to {}", self.device.name)),
            e => Error::new(Kind::Device, format!("copying to {} failed: {e}", self.device.name)),
        })
    }

    fn download(&mut self, from: &Arc<dyn Memory>, bytes: usize) -> Result<Arc<dyn Memory>> {
        self.device.check()?;
        let staging = Buffer::shared(&self.device, bytes)?;
        let source = buffer(from)?;
        let open = self.open();
        // A copy is no part of a pass.
        open.pass = None;
        open.commands.copy_buffer_to_buffer(&source.raw, 0, &staging.raw, 0, bytes as u64);
        self.written.insert(staging.id, staging.raw.clone());
        Ok(Arc::new(staging))
    }

    fn tick(&mut self) -> Option<usize> {
        let needed = Features::TIMESTAMP_QUERY | Features::TIMESTAMP_QUERY_INSIDE_ENCODERS;
        if !self.device.wgpu.features().contains(needed) || self.device.check().is_err() {
            return None;
        }
        self.open();
        let open = self.open.as_mut().expect("opened above");
        let notes = self.notes.get_or_insert_with(|| Notes::new(&self.device.wgpu));
        if notes.used == QUERY_SET_MAX_QUERIES {
            return None;
        }
        // The device notes its time between passes.
        open.pass = None;
        open.commands.write_timestamp(&notes.set, notes.used);
        notes.used += 1;
        Some(notes.used as usize - 1)
    }

    fn ticks(&mut self) -> Result<Ticks> {
        let notes = self.notes.as_mut().filter(|n| n.used > 0);
        let notes = notes.ok_or_else(|| Error::runtime("[gpu] the device noted no time"))?;
        let count = std::mem::take(&mut notes.used);
        let (set, resolved) = (notes.set.clone(), notes.resolved.clone());
        let bytes = 8 * u64::from(count);
        let staging = Buffer::shared(&self.device, bytes as usize)?;
        let open = self.open();
        open.pass = None;
        open.commands.resolve_query_set(&set, 0..count, &resolved, 0);
        open.commands.copy_buffer_to_buffer(&resolved, 0, &staging.raw, 0, bytes);
        self.written.insert(staging.id, staging.raw.clone());
        let period = f64::from(self.device.queue.get_timestamp_period());
        Ok(Ticks { memory: Arc::new(staging), count: count as usize, period })
    }

    fn submit(&mut self, done: Done) {
        let Some(Open { pass, commands, scopes }) = self.open.take() else {
            return self.device.completion.after(done);
        };
        drop(pass);
        for page in &mut self.pages[..self.used] {
            self.device.queue.write_buffer(&page.buffer.raw, 0, &page.bytes);
            page.bytes.clear();
        }
        self.used = 0;
        self.notes.iter_mut().for_each(|notes| notes.used = 0);
        let written: Vec<wgpu::Buffer> = self.written.drain().map(|(_, raw)| raw).collect();
        let read: Vec<&wgpu::Buffer> = written.iter().collect();
        // Errors show while commands are finished and submitted, before `done` can be called with success.
        let fault = Arc::new(std::sync::Mutex::new(None));
        let seen = fault.clone();
        let (closed, wait) = std::sync::mpsc::channel::<()>();
        let checked: Done = Box::new(move |outcome| {
            let _ = wait.recv();
            let fault = seen.lock().unwrap_or_else(|e| e.into_inner()).take();
            done(fault.map_or(outcome, Err));
        });
        self.device.completion.submit(&self.device.queue, commands, &read, checked);
        if let Some(error) = scopes.close() {
            let kind = if matches!(error, wgpu::Error::OutOfMemory { .. }) { Kind::Memory } else { Kind::Device };
            let error = Error::new(kind, format!("the GPU {} refused work: {error}", self.device.name));
            *fault.lock().unwrap_or_else(|e| e.into_inner()) = Some(error);
        }
        drop(closed);
    }
}
