//! Buffers: the device's own, kept for reuse, and those that the host sees too.

use crate::device::Device;
use millpond_core::error::{Error, Kind, Result};
use millpond_core::gpu::{DeviceId, Memory};
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use wgpu::{Buffer as Raw, BufferDescriptor, BufferUsages, BufferUses};

/// Bytes of freed buffers a device keeps for reuse.
const MOST_FREE: usize = 1 << 30;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// A buffer of a device.
pub struct Buffer {
    /// Tells it from every other buffer of the process.
    pub id: u64,
    pub raw: Raw,
    pub bytes: usize,
    host: Option<NonNull<u8>>,
    device: Arc<Device>,
    /// What keeps the host's view when wgpu lets go of its own, as it does of all buffers of a lost device.
    _view: Option<View>,
}

type View = Arc<dyn std::any::Any + Send + Sync>;

/// A buffer of the driver that goes when nobody uses it any more.
#[cfg(not(target_vendor = "apple"))]
struct Pinned {
    buffer: Option<wgpu::hal::vulkan::Buffer>,
    device: wgpu::Device,
}

#[cfg(not(target_vendor = "apple"))]
impl Pinned {
    /// Keeps `buffer`. What is returned beside it is the same buffer for wgpu, which does not own it.
    fn pin(buffer: wgpu::hal::vulkan::Buffer, device: &wgpu::Device) -> (wgpu::hal::vulkan::Buffer, Option<View>) {
        // SAFETY: the handle is not destroyed but through the buffer it is from.
        let handle = unsafe { buffer.raw_handle() };
        let pinned = Arc::new(Pinned { buffer: Some(buffer), device: device.clone() });
        let held = pinned.clone();
        // SAFETY: the buffer lives until the callback, which drops this hold of it, is called.
        let lent = unsafe { wgpu::hal::vulkan::Buffer::from_raw_externally_owned(handle, Box::new(move || drop(held))) };
        (lent, Some(pinned))
    }
}

#[cfg(not(target_vendor = "apple"))]
impl Drop for Pinned {
    fn drop(&mut self) {
        use wgpu::hal::Device as _;
        // SAFETY: the guard is dropped at the end of this function, and the device is not destroyed through it.
        let hal = unsafe { self.device.as_hal::<wgpu::hal::api::Vulkan>() };
        if let Some((hal, buffer)) = hal.zip(self.buffer.take()) {
            // SAFETY: the buffer is of this device, and neither wgpu nor the host uses it any more.
            unsafe { hal.destroy_buffer(buffer) };
        }
    }
}

// SAFETY: `host` is only an address; who may use it when is the core's business.
unsafe impl Send for Buffer {}
// SAFETY: as above.
unsafe impl Sync for Buffer {}

impl Memory for Buffer {
    fn device(&self) -> DeviceId {
        self.device.id
    }

    fn host(&self) -> Option<NonNull<u8>> {
        self.host
    }

    fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.host.is_none() {
            self.device.owned.fetch_sub(self.bytes, Relaxed);
        }
        if self.host.is_none() && self.device.free.put(self.id, &self.raw, self.bytes) {
            return;
        }
        self.device.pipelines.forget(self.id);
    }
}

/// Freed buffers of a device, by size. The queue runs what it gets in order, so a buffer can be used again at once.
#[derive(Default)]
pub struct Free(Mutex<Lists>);

#[derive(Default)]
struct Lists {
    /// Bytes in all of them.
    bytes: usize,
    by_size: BTreeMap<usize, Vec<(u64, Raw)>>,
}

impl Free {
    fn put(&self, id: u64, raw: &Raw, bytes: usize) -> bool {
        let mut free = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if free.bytes + bytes > MOST_FREE {
            return false;
        }
        free.bytes += bytes;
        free.by_size.entry(bytes).or_default().push((id, raw.clone()));
        true
    }

    fn take(&self, bytes: usize) -> Option<(u64, Raw)> {
        let mut free = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let found = free.by_size.get_mut(&bytes)?.pop()?;
        free.bytes -= bytes;
        Some(found)
    }

    fn clear(&self) -> Vec<(u64, Raw)> {
        let mut free = self.0.lock().unwrap_or_else(|e| e.into_inner());
        std::mem::take(&mut *free).by_size.into_values().flatten().collect()
    }
}

/// Eight sizes to a doubling, so that buffers meet requests again.
fn capacity(bytes: usize) -> usize {
    let bytes = bytes.max(256);
    bytes.next_multiple_of((bytes.next_power_of_two() / 16).max(256))
}

const USES: BufferUsages = BufferUsages::STORAGE.union(BufferUsages::COPY_SRC).union(BufferUsages::COPY_DST);

impl Buffer {
    /// Memory of the device's own, from what is free or fresh.
    pub fn own(device: &Arc<Device>, bytes: usize) -> Result<Buffer> {
        device.check()?;
        let bytes = capacity(bytes);
        if bytes as u64 > device.wgpu.limits().max_buffer_size {
            return Err(exhausted(device, bytes, "more than one buffer can hold"));
        }
        let limit = millpond_core::memory::allocator::memory_limit();
        if device.owned.load(Relaxed).saturating_add(bytes) > limit {
            return Err(exhausted(device, bytes, &format!("{} in use there, {limit} allowed", device.owned.load(Relaxed))));
        }
        if let Some((id, raw)) = device.free.take(bytes) {
            device.owned.fetch_add(bytes, Relaxed);
            return Ok(Buffer { id, raw, bytes, host: None, device: device.clone(), _view: None });
        }
        let make = || {
            device.scoped(|d| {
                d.create_buffer(&BufferDescriptor { label: None, size: bytes as u64, usage: USES, mapped_at_creation: false })
            })
        };
        let raw = make().or_else(|_| {
            for (id, _) in device.free.clear() {
                device.pipelines.forget(id);
            }
            make()
        });
        let raw = raw.map_err(|e| exhausted(device, bytes, &e.to_string()))?;
        device.owned.fetch_add(bytes, Relaxed);
        Ok(Buffer { id: NEXT.fetch_add(1, Relaxed), raw, bytes, host: None, device: device.clone(), _view: None })
    }

    /// Memory that the host sees at an address that stays the same.
    pub fn shared(device: &Arc<Device>, bytes: usize) -> Result<Buffer> {
        device.check()?;
        let bytes = bytes.next_multiple_of(64);
        if bytes as u64 > device.wgpu.limits().max_buffer_size {
            return Err(exhausted(device, bytes, "more than one buffer can hold"));
        }
        #[cfg(not(any(target_os = "windows", target_vendor = "apple")))]
        let made = Buffer::visible::<wgpu::hal::api::Vulkan>(device, bytes, Pinned::pin);
        #[cfg(target_vendor = "apple")]
        let made = Buffer::visible::<wgpu::hal::api::Metal>(device, bytes, |buffer, _| (buffer, None));
        #[cfg(target_os = "windows")]
        let made = Buffer::visible::<wgpu::hal::api::Vulkan>(device, bytes, Pinned::pin)
            .or_else(|_| Buffer::visible::<wgpu::hal::api::Dx12>(device, bytes, |buffer, _| (buffer, None)));
        let (raw, host, view) = made.map_err(|why| exhausted(device, bytes, &why))?;
        Ok(Buffer { id: NEXT.fetch_add(1, Relaxed), raw, bytes, host: Some(host), device: device.clone(), _view: view })
    }

    fn visible<A: wgpu::hal::Api>(
        device: &Device,
        bytes: usize,
        pin: impl FnOnce(A::Buffer, &wgpu::Device) -> (A::Buffer, Option<View>),
    ) -> std::result::Result<(Raw, NonNull<u8>, Option<View>), String> {
        use wgpu::hal::Device as _;
        let size = bytes as u64;
        // Memory that is mapped to be read is cached by the host; mapped to be written it may not be.
        let storage = if device.limits.shared {
            BufferUses::STORAGE_READ_ONLY | BufferUses::STORAGE_READ_WRITE
        } else {
            BufferUses::empty()
        };
        let usage = BufferUses::MAP_READ | BufferUses::COPY_DST | BufferUses::COPY_SRC | storage;
        let label = Some("millpond shared");
        // SAFETY: the guard is dropped at the end of this function, and the device is not destroyed through it.
        let hal = unsafe { device.wgpu.as_hal::<A>() }.ok_or("the device is of another kind")?;
        let memory_flags = wgpu::hal::MemoryFlags::PREFER_COHERENT;
        // SAFETY: the descriptor is a valid one: a size above 0 and uses that go together.
        let buffer = unsafe { hal.create_buffer(&wgpu::hal::BufferDescriptor { label, size, usage, memory_flags }) };
        let buffer = buffer.map_err(|e| e.to_string())?;
        // SAFETY: the buffer is fresh, mappable and of this size. It stays mapped until it is destroyed.
        let mapping = match unsafe { hal.map_buffer(&buffer, 0..size) } {
            Ok(mapping) if mapping.is_coherent && (mapping.ptr.as_ptr() as usize).is_multiple_of(16) => mapping,
            other => {
                // SAFETY: nothing uses the buffer.
                unsafe { hal.destroy_buffer(buffer) };
                return Err(other.map_or_else(|e| e.to_string(), |_| "the mapping is not coherent".into()));
            }
        };
        drop(hal);
        let shared = if device.limits.shared { USES } else { BufferUsages::COPY_SRC | BufferUsages::COPY_DST };
        let desc = BufferDescriptor { label, size, usage: shared | BufferUsages::MAP_READ, mapped_at_creation: false };
        let (buffer, view) = pin(buffer, &device.wgpu);
        // SAFETY: the buffer is of this device and was made with these uses and this size.
        let raw = unsafe { device.wgpu.create_buffer_from_hal::<A>(buffer, &desc) };
        Ok((raw, mapping.ptr, view))
    }
}

fn exhausted(device: &Device, bytes: usize, why: &str) -> Error {
    let message = format!("out of memory on {}: {bytes} bytes asked for ({why})", device.name);
    device.check().err().unwrap_or_else(|| Error::new(Kind::Memory, message))
}
