//! Finding GPUs.

use crate::device::Device;
use millpond_core::gpu::Gpu;
use std::sync::Arc;
use wgpu::{Adapter, Backends, DeviceType, Instance, InstanceDescriptor, InstanceFlags};

/// What `MILLPOND_GPU` asks for.
enum Choice {
    Real,
    Software,
    Numbers(Vec<usize>),
    Name(String),
}

fn choice() -> Option<Choice> {
    let text = std::env::var("MILLPOND_GPU").unwrap_or_default();
    match text.trim().to_lowercase().as_str() {
        "" => Some(Choice::Real),
        "none" => None,
        "software" => Some(Choice::Software),
        text => match text.split(',').map(|n| n.trim().parse().ok()).collect() {
            Some(numbers) => Some(Choice::Numbers(numbers)),
            None => Some(Choice::Name(text.to_owned())),
        },
    }
}

/// Whether looking for real GPUs can find any: loading drivers takes long, and a Linux machine without device files has none.
fn may_have_hardware() -> bool {
    !cfg!(target_os = "linux")
        || ["/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd", "/dev/kgsl-3d0", "/dev/mali0"]
            .iter()
            .any(|p| std::path::Path::new(p).exists())
}

/// The devices to use, in order.
pub fn devices() -> Vec<Arc<dyn Gpu>> {
    let Some(choice) = choice() else { return Vec::new() };
    if !matches!(choice, Choice::Software) && !may_have_hardware() {
        return Vec::new();
    }
    let adapters = std::panic::catch_unwind(|| {
        let mut desc = InstanceDescriptor::new_without_display_handle();
        desc.backends = Backends::from_env().unwrap_or(Backends::VULKAN | Backends::METAL | Backends::DX12);
        desc.flags = InstanceFlags::empty();
        pollster::block_on(Instance::new(desc).enumerate_adapters(Backends::all()))
    });
    let chosen = choose(adapters.unwrap_or_default(), &choice);
    let open = |(id, adapter): (usize, Adapter)| {
        // A driver that can't open its own adapter is no device of ours.
        let device = Device::open(id as u32, &adapter).ok()?;
        Some(device as Arc<dyn Gpu>)
    };
    chosen.into_iter().enumerate().filter_map(open).collect()
}

fn choose(adapters: Vec<Adapter>, choice: &Choice) -> Vec<Adapter> {
    let software = matches!(choice, Choice::Software);
    let mut kept: Vec<Adapter> = Vec::new();
    for adapter in adapters {
        let info = adapter.get_info();
        // Some systems offer a card through two interfaces: the first counts.
        let twin = |k: &Adapter| {
            let other = k.get_info();
            other.backend != info.backend && (other.vendor, other.device) == (info.vendor, info.device)
        };
        if (info.device_type == DeviceType::Cpu) == software && !kept.iter().any(twin) {
            kept.push(adapter);
        }
    }
    // Cards with memory of their own come first.
    kept.sort_by_key(|a| match a.get_info().device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        _ => 2,
    });
    match choice {
        Choice::Real | Choice::Software => kept,
        Choice::Numbers(numbers) => numbers.iter().filter_map(|&n| kept.get(n).cloned()).collect(),
        Choice::Name(part) => kept.into_iter().filter(|a| a.get_info().name.to_lowercase().contains(part)).collect(),
    }
}
