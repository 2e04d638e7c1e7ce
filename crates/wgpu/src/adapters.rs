//! Finding GPUs.

use crate::device::Device;
use millpond_core::gpu::{Found, Gpu};
use std::sync::Arc;
use wgpu::{Adapter, Backends, DeviceType, Features, Instance, InstanceDescriptor, InstanceFlags};

/// What `MILLPOND_GPU` asks for.
enum Choice {
    Real,
    Software,
    Nothing,
    Numbers(Vec<usize>),
    Name(String),
}

fn choice() -> Choice {
    let text = std::env::var("MILLPOND_GPU").unwrap_or_default();
    match text.trim().to_lowercase().as_str() {
        "" => Choice::Real,
        "none" => Choice::Nothing,
        "software" => Choice::Software,
        text => match text.split(',').map(|n| n.trim().parse().ok()).collect() {
            Some(numbers) => Choice::Numbers(numbers),
            None => Choice::Name(text.to_owned()),
        },
    }
}

/// What devices can have, by the names that `MILLPOND_GPU_WITHOUT` knows.
const OPTIONAL: [(&str, Features); 3] = [
    ("int64", Features::SHADER_INT64),
    ("subgroups", Features::SUBGROUP),
    ("timestamps", Features::TIMESTAMP_QUERY.union(Features::TIMESTAMP_QUERY_INSIDE_ENCODERS)),
];

/// What to ask devices for.
pub struct Wanted {
    /// Those of the features that there are.
    pub features: Features,
    /// No more than this through one binding.
    pub binding_bytes: u64,
    /// No more buffers than this for one kernel.
    pub bindings: u32,
}

fn wanted() -> Result<Wanted, String> {
    let all = OPTIONAL.iter().fold(Features::MAPPABLE_PRIMARY_BUFFERS, |all, (_, f)| all | *f);
    let without = std::env::var("MILLPOND_GPU_WITHOUT").unwrap_or_default();
    let features = without.split(',').map(str::trim).filter(|name| !name.is_empty()).try_fold(all, |all, name| {
        let known = OPTIONAL.iter().find(|(known, _)| *known == name);
        let names = || OPTIONAL.map(|(known, _)| known).join(", ");
        known.map(|(_, f)| all - *f).ok_or_else(|| format!("MILLPOND_GPU_WITHOUT knows {}, not {name:?}", names()))
    })?;
    let binding_bytes = limit("MILLPOND_GPU_BINDING_BYTES", LEAST_BINDING_BYTES)?;
    let bindings = limit("MILLPOND_GPU_BINDINGS", LEAST_BINDINGS)?.try_into().unwrap_or(u32::MAX);
    Ok(Wanted { features, binding_bytes, bindings })
}

/// Kernels count on reaching so much: pages of parameters and what elementwise kernels do at a time.
const LEAST_BINDING_BYTES: u64 = 4 << 20;
/// Kernels of single operations count on so many buffers.
const LEAST_BINDINGS: u64 = 8;

/// The limit that `variable` sets, which is not below `least`.
fn limit(variable: &str, least: u64) -> Result<u64, String> {
    let Ok(text) = std::env::var(variable) else { return Ok(u64::MAX) };
    let number = text.trim().parse().ok().filter(|&n| n >= least);
    number.ok_or_else(|| format!("{variable} is a number from {least} on, not {text:?}"))
}

/// Whether looking for real GPUs can find any: loading drivers takes long, and a Linux machine without device files has none.
fn may_have_hardware() -> bool {
    !cfg!(target_os = "linux")
        || ["/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kfd", "/dev/kgsl-3d0", "/dev/mali0"]
            .iter()
            .any(|p| std::path::Path::new(p).exists())
}

/// The devices to use, in order, and why there are no others.
pub fn devices() -> Found {
    let choice = choice();
    let wanted = match wanted() {
        Ok(wanted) => wanted,
        Err(why) => return Found { missing: vec![why], ..Found::default() },
    };
    let real = !matches!(choice, Choice::Software);
    let mut missing = Vec::new();
    let adapters = match choice {
        Choice::Nothing => Vec::new(),
        _ if real && !may_have_hardware() => Vec::new(),
        _ => adapters().unwrap_or_else(|| {
            missing.push("the GPU drivers of this machine fail when they are asked for adapters".to_owned());
            Vec::new()
        }),
    };
    let chosen = choose(adapters, &choice, &mut missing);
    let mut devices: Vec<Arc<dyn Gpu>> = Vec::new();
    for adapter in chosen {
        // A driver that can't open its own adapter is no device of ours.
        match Device::open(devices.len() as u32, &adapter, &wanted) {
            Ok(device) => devices.push(device),
            Err(e) => missing.push(format!("{}: {e}", adapter.get_info().name)),
        }
    }
    Found { devices, missing }
}

/// All adapters; `None` when a driver has panicked.
fn adapters() -> Option<Vec<Adapter>> {
    let look = || {
        let mut desc = InstanceDescriptor::new_without_display_handle();
        desc.backends = Backends::from_env().unwrap_or(Backends::VULKAN | Backends::METAL | Backends::DX12);
        desc.flags = InstanceFlags::empty();
        pollster::block_on(Instance::new(desc).enumerate_adapters(Backends::all()))
    };
    std::panic::catch_unwind(look).ok()
}

fn choose(adapters: Vec<Adapter>, choice: &Choice, missing: &mut Vec<String>) -> Vec<Adapter> {
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
    let names: Vec<String> = kept.iter().map(|a| a.get_info().name).collect();
    let there = if names.is_empty() { "no real GPUs here".to_owned() } else { format!("these: {}", names.join(", ")) };
    match choice {
        Choice::Nothing => missing.push("MILLPOND_GPU=none hides all GPUs".to_owned()),
        Choice::Software if kept.is_empty() => missing.push(
            "MILLPOND_GPU=software found no driver that runs on the CPU (on Debian and Ubuntu: apt-get install \
             mesa-vulkan-drivers libvulkan1)"
                .to_owned(),
        ),
        Choice::Real if kept.is_empty() => {
            missing.push("no driver offers a real GPU; MILLPOND_GPU=software takes one that runs on the CPU".to_owned());
        }
        Choice::Numbers(numbers) => {
            let absent = numbers.iter().filter(|&&n| n >= kept.len());
            missing.extend(absent.map(|n| format!("MILLPOND_GPU asks for number {n}, and there are {there}")));
            return numbers.iter().filter_map(|&n| kept.get(n).cloned()).collect();
        }
        Choice::Name(part) => {
            kept.retain(|a| a.get_info().name.to_lowercase().contains(part));
            if kept.is_empty() {
                missing.push(format!("MILLPOND_GPU asks for names with {part:?} in them, and there are {there}"));
            }
        }
        Choice::Real | Choice::Software => {}
    }
    kept
}
