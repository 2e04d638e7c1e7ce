//! A device and its state: lost or not, its queue, its pipelines.

use crate::adapters::Wanted;
use crate::completion::Completion;
use crate::encoder::WgpuEncoder;
use crate::memory::{Buffer, Free};
use crate::pipelines::Pipelines;
use millpond_core::device::DeviceInfo;
use millpond_core::error::{Error, Kind, Result};
use millpond_core::gpu::{DeviceId, Encoder, Gpu, Limits, Memory};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, Weak};
use wgpu::{Adapter, DeviceDescriptor, DeviceType, ErrorFilter, Features, MemoryHints};

/// An open device.
pub struct Device {
    pub id: DeviceId,
    pub name: String,
    pub wgpu: wgpu::Device,
    pub queue: wgpu::Queue,
    pub limits: Limits,
    pub pipelines: Pipelines,
    pub free: Free,
    /// Bytes in buffers of the device's own that are in use.
    pub owned: AtomicUsize,
    pub completion: Completion,
    architecture: String,
    memory: usize,
    /// Why nothing works any more.
    lost: Arc<Mutex<Option<Error>>>,
    this: Weak<Device>,
}

impl Device {
    /// Opens `adapter` with what is `wanted` as far as it has that.
    pub fn open(id: DeviceId, adapter: &Adapter, wanted: &Wanted) -> Result<Arc<Device>> {
        let failed = |e: &dyn std::fmt::Display| Error::new(Kind::Device, format!("the GPU can't be opened: {e}"));
        let info = adapter.get_info();
        let mut limits = adapter.limits();
        limits.max_storage_buffer_binding_size = limits.max_storage_buffer_binding_size.min(wanted.binding_bytes);
        limits.max_storage_buffers_per_shader_stage = limits.max_storage_buffers_per_shader_stage.min(wanted.bindings);
        let desc = DeviceDescriptor {
            label: Some("millpond"),
            required_features: adapter.features() & wanted.features,
            required_limits: limits,
            memory_hints: MemoryHints::Manual { suballocated_device_memory_block_size: 8 << 20..128 << 20 },
            ..DeviceDescriptor::default()
        };
        let (wgpu, queue) = pollster::block_on(adapter.request_device(&desc)).map_err(|e| failed(&e))?;
        let lost: Arc<Mutex<Option<Error>>> = Arc::default();
        let record = {
            let (lost, name) = (lost.clone(), info.name.clone());
            move |why: &str| note_loss(&lost, &name, why)
        };
        let on_lost = record.clone();
        wgpu.set_device_lost_callback(move |_, message| on_lost(&message));
        // What no scope has caught is not known to belong to any work: nothing after it can be trusted.
        wgpu.on_uncaptured_error(Arc::new(move |e: wgpu::Error| record(&e.to_string())));
        let limits = wgpu.limits();
        let unified =
            matches!(info.device_type, DeviceType::Cpu | DeviceType::IntegratedGpu) && info.backend != wgpu::Backend::Dx12;
        let discrete = std::env::var("MILLPOND_GPU_DISCRETE").is_ok_and(|v| v == "1");
        let completion = Completion::start(wgpu.clone(), lost.clone()).map_err(|e| failed(&e))?;
        Ok(Arc::new_cyclic(|this| Device {
            id,
            name: info.name.clone(),
            limits: Limits {
                binding_bytes: limits.max_storage_buffer_binding_size & !3,
                offset_alignment: u64::from(limits.min_storage_buffer_offset_alignment.max(16)),
                groups: limits.max_compute_workgroups_per_dimension,
                bindings: limits.max_storage_buffers_per_shader_stage as usize,
                // llvmpipe stops after 65 535 rounds of all loops together.
                rounds: if info.device_type == DeviceType::Cpu { 1 << 15 } else { usize::MAX },
                int64: wgpu.features().contains(Features::SHADER_INT64),
                subgroups: wgpu.features().contains(Features::SUBGROUP),
                shared: unified && !discrete && wgpu.features().contains(Features::MAPPABLE_PRIMARY_BUFFERS),
            },
            pipelines: Pipelines::default(),
            free: Free::default(),
            owned: AtomicUsize::new(0),
            completion,
            architecture: format!("{} ({})", info.backend, info.driver),
            memory: usize::try_from(limits.max_buffer_size).unwrap_or(usize::MAX),
            lost,
            wgpu,
            queue,
            this: this.clone(),
        }))
    }

    /// The device's failure, if it has failed.
    pub fn check(&self) -> Result<()> {
        self.lost.lock().unwrap_or_else(|e| e.into_inner()).clone().map_or(Ok(()), Err)
    }

    /// Runs `f`, returning what wgpu has to say against it.
    pub fn scoped<R>(&self, f: impl FnOnce(&wgpu::Device) -> R) -> std::result::Result<R, wgpu::Error> {
        let scopes = Scopes::open(&self.wgpu);
        let result = f(&self.wgpu);
        scopes.close().map_or(Ok(result), Err)
    }

    fn strong(&self) -> Arc<Device> {
        self.this.upgrade().expect("borrowed, so alive")
    }
}

/// Notes why a device does not work any more; the first reason stays.
fn note_loss(lost: &Mutex<Option<Error>>, name: &str, why: &str) {
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    let error = Error::new(Kind::Device, format!("the GPU {name} was lost{why}"));
    lost.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(error);
}

/// Error scopes of this thread for everything that can go wrong.
pub struct Scopes([wgpu::ErrorScopeGuard; 3]);

impl Scopes {
    /// Opens them.
    pub fn open(device: &wgpu::Device) -> Scopes {
        Scopes([ErrorFilter::Internal, ErrorFilter::OutOfMemory, ErrorFilter::Validation].map(|f| device.push_error_scope(f)))
    }

    /// Closes them and returns what they caught.
    pub fn close(self) -> Option<wgpu::Error> {
        let [a, b, c] = self.0;
        // The innermost goes first.
        [c, b, a].into_iter().map(|scope| pollster::block_on(scope.pop())).fold(None, Option::or)
    }
}

impl Gpu for Device {
    fn id(&self) -> DeviceId {
        self.id
    }

    fn info(&self) -> DeviceInfo {
        DeviceInfo {
            name: self.name.clone(),
            architecture: self.architecture.clone(),
            memory: self.memory,
            cores: 0,
            simd: "wgsl",
        }
    }

    fn limits(&self) -> &Limits {
        &self.limits
    }

    fn allocate(&self, bytes: usize) -> Result<Arc<dyn Memory>> {
        Ok(Arc::new(Buffer::own(&self.strong(), bytes)?))
    }

    fn allocate_shared(&self, bytes: usize) -> Result<Arc<dyn Memory>> {
        Ok(Arc::new(Buffer::shared(&self.strong(), bytes)?))
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        self.check()?;
        Ok(Box::new(WgpuEncoder::new(self.strong())))
    }

    fn give_up(&self) {
        note_loss(&self.lost, &self.name, "it was given up");
        self.wgpu.destroy();
    }

    fn read(&self, from: &Arc<dyn Memory>, to: &mut [u8]) -> Result<()> {
        /// Bytes copied at a time.
        const PIECE: usize = 64 << 20;
        if to.is_empty() {
            return Ok(());
        }
        let source = buffer(from)?;
        let staging = Buffer::shared(&self.strong(), to.len().min(PIECE))?;
        let host = staging.host().expect("made to be seen by the host");
        for (i, piece) in to.chunks_mut(PIECE).enumerate() {
            let (sender, receiver) = std::sync::mpsc::channel();
            let sent = self.scoped(|d| {
                let mut encoder = d.create_command_encoder(&Default::default());
                let bytes = piece.len().next_multiple_of(4) as u64;
                encoder.copy_buffer_to_buffer(&source.raw, (i * PIECE) as u64, &staging.raw, 0, bytes);
                self.completion.submit(
                    &self.queue,
                    encoder,
                    &[&staging.raw],
                    Box::new(move |r| {
                        let _ = sender.send(r);
                    }),
                );
            });
            sent.map_err(|e| Error::new(Kind::Device, format!("copying from {} failed: {e}", self.name)))?;
            receiver.recv().map_err(|_| Error::new(Kind::Device, "the GPU's thread has ended"))??;
            // SAFETY: the copy is done and the staging buffer, which nobody else uses, is at least as long as the piece.
            unsafe { std::ptr::copy_nonoverlapping(host.as_ptr(), piece.as_mut_ptr(), piece.len()) };
        }
        Ok(())
    }
}

/// The buffer that `memory` is.
///
/// # Errors
/// When it is another backend's.
pub fn buffer(memory: &Arc<dyn Memory>) -> Result<&Buffer> {
    let any: &dyn std::any::Any = &**memory;
    any.downcast_ref().ok_or_else(|| Error::new(Kind::Device, "memory of another backend"))
}
