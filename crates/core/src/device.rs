//! Devices: where operations run. Arrays have none.

use crate::error::{Error, Result};
use crate::gpu::{self, Gpu};
use crate::memory::allocator;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The kind of a device.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum DeviceType {
    /// The processor and its memory.
    Cpu,
    /// A graphics processor, through a backend crate.
    Gpu,
}

impl DeviceType {
    /// `cpu` or `gpu`.
    pub const fn name(self) -> &'static str {
        match self {
            DeviceType::Cpu => "cpu",
            DeviceType::Gpu => "gpu",
        }
    }
}

/// One device: its type and its number among those of that type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Device {
    /// CPU or GPU.
    pub kind: DeviceType,
    /// The number among devices of this kind, from 0.
    pub index: u32,
}

impl From<DeviceType> for Device {
    fn from(kind: DeviceType) -> Device {
        Device { kind, index: 0 }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Device({}, {})", self.kind.name(), self.index)
    }
}

/// What is known about a device.
#[derive(Clone, Debug)]
pub struct DeviceInfo {
    /// The maker's name for it.
    pub name: String,
    /// The instruction set: `x86_64`, `aarch64`, …
    pub architecture: String,
    /// Bytes of memory.
    pub memory: usize,
    /// Threads it can run at once.
    pub cores: usize,
    /// The widest vector instructions that kernels can use here.
    pub simd: &'static str,
}

fn cpu_name() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|l| l.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

fn simd_level() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            return "avx512";
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return "avx2";
        }
        "sse2"
    }
    #[cfg(target_arch = "aarch64")]
    {
        "neon"
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        "baseline"
    }
}

/// The CPU.
pub const CPU: Device = Device { kind: DeviceType::Cpu, index: 0 };

static DEFAULT: AtomicU64 = AtomicU64::new(0);

/// The device operations run on when nothing else is said; see [`Device::set_default`].
impl Default for Device {
    fn default() -> Device {
        let bits = DEFAULT.load(Ordering::Relaxed);
        let kind = if bits >> 32 == 0 { DeviceType::Cpu } else { DeviceType::Gpu };
        Device { kind, index: bits as u32 }
    }
}

impl Device {
    /// Whether operations can run here.
    pub fn is_available(self) -> bool {
        (self.index as usize) < Device::count(self.kind)
    }

    /// How many devices of `kind` there are.
    pub fn count(kind: DeviceType) -> usize {
        match kind {
            DeviceType::Cpu => 1,
            DeviceType::Gpu => gpu::devices().len(),
        }
    }

    /// An error unless operations can run here, saying what there is.
    pub fn check(self) -> Result<()> {
        if self.is_available() {
            return Ok(());
        }
        let kind = self.kind.name();
        let there = match Device::count(self.kind) {
            0 => format!("there is no {kind} that Millpond can use"),
            1 => format!("there is 1 {kind}, and they are numbered from 0"),
            n => format!("there are {n} {kind}s, numbered from 0"),
        };
        let why = if self.kind == DeviceType::Gpu { gpu::missing() } else { &[] };
        let why: String = why.iter().map(|why| format!("; {why}")).collect();
        Err(Error::value(format!("{self} is not available: {there}{why}")))
    }

    /// What is known about this device: its name, architecture, memory and, for the CPU, cores and SIMD level.
    ///
    /// # Errors
    /// When the device does not exist.
    pub fn info(self) -> Result<DeviceInfo> {
        self.check()?;
        if self.kind == DeviceType::Gpu {
            return Ok(self.gpu()?.info());
        }
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(DeviceInfo {
            name: cpu_name(),
            architecture: std::env::consts::ARCH.to_owned(),
            memory: allocator::total_memory(),
            cores,
            simd: simd_level(),
        })
    }

    /// The GPU this names.
    pub(crate) fn gpu(self) -> Result<&'static Arc<dyn Gpu>> {
        let found = if self.kind == DeviceType::Gpu { gpu::devices().get(self.index as usize) } else { None };
        found.ok_or_else(|| Error::value(format!("{self} is not available")))
    }

    /// Makes this the default device of the process.
    pub fn set_default(self) -> Result<()> {
        self.check()?;
        DEFAULT.store((self.kind as u64) << 32 | u64::from(self.index), Ordering::Relaxed);
        Ok(())
    }
}
