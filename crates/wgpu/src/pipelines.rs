//! Pipelines, built once for each kernel, and bind groups, kept while their buffers live.

use crate::device::Device;
use millpond_core::error::{Error, Kind, Result};
use millpond_core::gpu::{Kernel, wgsl};
use smallvec::SmallVec;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard};
use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry,
    BindingResource, BindingType, BufferBinding, BufferBindingType, ComputePipeline, ComputePipelineDescriptor,
    PipelineLayoutDescriptor, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

/// The most bytes of parameters of one run.
pub const PARAM_BYTES: u64 = 4096;

/// The most bind groups made before all are dropped: tables by buffer name groups that are gone.
const MOST_GROUPS: usize = 4096;

/// A kernel ready to run.
pub struct Pipeline {
    pub compute: ComputePipeline,
    layout: BindGroupLayout,
}

/// Buffers bound together: the layout's shape, then identity, offset and length of each.
pub type GroupKey = SmallVec<[u64; 16]>;

#[derive(Default)]
pub struct Pipelines {
    built: Mutex<HashMap<u64, Result<Arc<Pipeline>>>>,
    groups: Mutex<Groups>,
}

#[derive(Default)]
struct Groups {
    by_key: HashMap<GroupKey, BindGroup>,
    of_buffer: HashMap<u64, Vec<GroupKey>>,
    /// How many were made since the tables were empty.
    made: usize,
}

/// A buffer to bind, whole or in part.
pub struct Bound<'a> {
    pub id: u64,
    pub raw: &'a wgpu::Buffer,
    pub offset: u64,
    pub bytes: u64,
}

impl Pipelines {
    /// The pipeline of `kernel`.
    ///
    /// # Errors
    /// What the shader compiler says; the same at every call.
    pub fn get(&self, device: &Device, kernel: &Kernel) -> Result<Arc<Pipeline>> {
        let mut built = self.built.lock().unwrap_or_else(|e| e.into_inner());
        built.entry(kernel.id).or_insert_with(|| build(device, kernel).map(Arc::new)).clone()
    }

    /// The bind group of `buffers`, parameters first.
    pub fn group(&self, device: &Device, pipeline: &Pipeline, kernel: &Kernel, buffers: &[Bound]) -> BindGroup {
        let mut key: GroupKey = smallvec::smallvec![kernel.reads as u64, kernel.writes as u64];
        for b in buffers {
            key.extend_from_slice(&[b.id, b.offset, b.bytes]);
        }
        let mut groups = self.lock();
        if let Some(group) = groups.by_key.get(&key) {
            return group.clone();
        }
        let mut entries: SmallVec<[BindGroupEntry; 8]> = SmallVec::new();
        for (i, b) in buffers.iter().enumerate() {
            let part = BufferBinding { buffer: b.raw, offset: b.offset, size: NonZeroU64::new(b.bytes) };
            entries.push(BindGroupEntry { binding: i as u32, resource: BindingResource::Buffer(part) });
        }
        let group =
            device.wgpu.create_bind_group(&BindGroupDescriptor { label: None, layout: &pipeline.layout, entries: &entries });
        if groups.made >= MOST_GROUPS {
            *groups = Groups::default();
        }
        groups.made += 1;
        for b in buffers {
            groups.of_buffer.entry(b.id).or_default().push(key.clone());
        }
        groups.by_key.insert(key, group.clone());
        group
    }

    /// Drops the bind groups that hold a buffer which is no more.
    pub fn forget(&self, buffer: u64) {
        let mut groups = self.lock();
        let dead: Vec<BindGroup> =
            groups.of_buffer.remove(&buffer).into_iter().flatten().filter_map(|key| groups.by_key.remove(&key)).collect();
        drop(groups);
        drop(dead);
    }

    fn lock(&self) -> MutexGuard<'_, Groups> {
        self.groups.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// What the compiler has against `kernel`, with the line of its source; `None` when that is not where the fault is.
fn complaints(module: &wgpu::ShaderModule, kernel: &Kernel) -> Option<String> {
    let said = pollster::block_on(module.get_compilation_info()).messages;
    let errors: Vec<String> = said
        .iter()
        .filter(|m| matches!(m.message_type, wgpu::CompilationMessageType::Error))
        .map(|m| {
            // The compiler's own picture counts the lines of the whole text, so its first line must do.
            let what = m.message.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
            let notes = m.message.lines().filter(|l| l.contains("= note:")).map(|l| format!("\n  {}", l.trim()));
            match &m.location {
                Some(at) => {
                    format!("{what}\n  {}{}", wgsl::place(&kernel.source, at.line_number as usize), notes.collect::<String>())
                }
                None => m.message.clone(),
            }
        })
        .collect();
    (!errors.is_empty()).then(|| errors.join("\n"))
}

fn build(device: &Device, kernel: &Kernel) -> Result<Pipeline> {
    let mut complaint = None;
    let made = device.scoped(|d| {
        let label = Some(&*kernel.name);
        let entry = |binding: usize| BindGroupLayoutEntry {
            binding: binding as u32,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Buffer {
                ty: BufferBindingType::Storage { read_only: binding <= kernel.reads },
                has_dynamic_offset: binding == 0,
                min_binding_size: None,
            },
            count: None,
        };
        let entries: Vec<BindGroupLayoutEntry> = (0..=kernel.reads + kernel.writes).map(entry).collect();
        let layout = d.create_bind_group_layout(&BindGroupLayoutDescriptor { label, entries: &entries });
        let pipeline_layout = d.create_pipeline_layout(&PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&layout)],
            ..PipelineLayoutDescriptor::default()
        });
        let source = ShaderSource::Wgsl(kernel.source.as_str().into());
        let module = d.create_shader_module(ShaderModuleDescriptor { label, source });
        complaint = complaints(&module, kernel);
        let compute = d.create_compute_pipeline(&ComputePipelineDescriptor {
            label,
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: Default::default(),
            cache: None,
        });
        Pipeline { compute, layout }
    });
    made.map_err(|e| {
        let why = complaint.unwrap_or_else(|| e.to_string());
        Error::new(Kind::Runtime, format!("the GPU kernel {} can't be built: {why}", kernel.name))
    })
}
