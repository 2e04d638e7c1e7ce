//! Millpond's GPU backend: any GPU through Vulkan, Metal or DX12, by way of wgpu.
//!
//! Linking this crate (`use millpond_wgpu as _;`) is all there is to it: it registers itself with the core, which asks it for
//! devices when something first names a GPU.
//!
//! `MILLPOND_GPU` chooses: unset, all real GPUs; `software`, drivers that run on the CPU; `none`, nothing; a list of numbers
//! (`1,0`) or a part of a name, those of the real GPUs. With `MILLPOND_GPU_DISCRETE=1` a device that shares the host's memory is
//! used as if it did not; `MILLPOND_GPU_WITHOUT=int64,subgroups,timestamps` does without what it names, and
//! `MILLPOND_GPU_BINDING_BYTES` and `MILLPOND_GPU_BINDINGS` lower what a kernel can reach through one binding, and how many it has.

mod adapters;
mod completion;
mod device;
mod encoder;
mod memory;
mod pipelines;

use millpond_core::gpu::Registration;

millpond_core::gpu::inventory::submit! {
    Registration { name: "wgpu", devices: adapters::devices }
}
