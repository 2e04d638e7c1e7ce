//! GPUs, seen from the core: what a backend supplies, and how tasks of a GPU's stream are encoded. No GPU library is named here.
//!
//! A backend crate registers itself with [`Registration`]; its devices become `Device(gpu, i)`. Every stream of such a device has a
//! [`lane`]: a thread that takes tasks off the stream's queue in order. A task whose operation has a kernel is encoded into the
//! lane's batch; any other runs as a host task at its place in the order. Kernels are WGSL text, made here ([`program`]) or beside
//! their operations.

mod call;
mod fault;
mod kernel;
pub(crate) mod lane;
mod pace;
pub mod program;
mod reduce;
pub mod wgsl;
mod words;

pub use call::{GROUP, GpuCall, Part};
pub use kernel::{Kernel, kernels};
pub use reduce::Fold;
pub use words::push_walk;

use crate::device::DeviceInfo;
use crate::error::{Error, Kind, Result};
use crate::graph::timeline;
use crate::memory::{allocator, evict};
use crate::stream::Stream;
use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};

pub use inventory;

/// The name of a device for memory: no two devices of the process share one.
pub type DeviceId = u32;

/// A backend: a way to find devices. Backend crates hand it in with [`inventory::submit`].
pub struct Registration {
    /// The backend's name.
    pub name: &'static str,
    /// The devices to use, called once, when something first asks for a GPU.
    pub devices: fn() -> Found,
}

/// What a backend found.
#[derive(Default)]
pub struct Found {
    /// The devices, in the order of their indices.
    pub devices: Vec<Arc<dyn Gpu>>,
    /// Why there are no others, for whoever asks for one.
    pub missing: Vec<String>,
}

inventory::collect!(Registration);

/// What kernels may count on.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The most bytes a kernel can reach through one binding.
    pub binding_bytes: u64,
    /// What offsets of bindings are multiples of.
    pub offset_alignment: u64,
    /// The most workgroups along one dimension.
    pub groups: u32,
    /// The most buffers one kernel can be given, parameters included.
    pub bindings: usize,
    /// The most rounds of loops that a thread may make: drivers that run on the CPU end longer ones silently.
    pub rounds: usize,
    /// Whether kernels can use 64-bit integers.
    pub int64: bool,
    /// Whether threads that run together can read each other's values (`subgroupShuffleXor`).
    pub subgroups: bool,
    /// Whether the device and the host share memory.
    pub shared: bool,
}

/// A device.
pub trait Gpu: Send + Sync + 'static {
    /// Its name for memory.
    fn id(&self) -> DeviceId;
    /// What is known about it.
    fn info(&self) -> DeviceInfo;
    /// What kernels may count on.
    fn limits(&self) -> &Limits;
    /// Memory of the device.
    ///
    /// # Errors
    /// [`Kind::Memory`] when there is not enough, [`Kind::Device`] when the device is lost.
    fn allocate(&self, bytes: usize) -> Result<Arc<dyn Memory>>;
    /// Memory that the host and the device both see; [`Memory::host`] says where.
    ///
    /// # Errors
    /// As [`Gpu::allocate`].
    fn allocate_shared(&self, bytes: usize) -> Result<Arc<dyn Memory>>;
    /// A new encoder, for a stream.
    fn encoder(&self) -> Result<Box<dyn Encoder>>;
    /// Fills `to` with the first bytes of `from`, which no encoded work is still to write, and waits.
    ///
    /// # Errors
    /// When the device is lost.
    fn read(&self, from: &Arc<dyn Memory>, to: &mut [u8]) -> Result<()>;
    /// Gives the device up: all that was submitted and all that is asked of it from now on fails. Memory that the host sees stays
    /// where it is.
    fn give_up(&self);
}

/// Memory of a device. Dropping the last handle frees it once no submitted work uses it.
pub trait Memory: std::any::Any + Send + Sync {
    /// The device it belongs to.
    fn device(&self) -> DeviceId;
    /// Where the host sees it, if it does.
    fn host(&self) -> Option<NonNull<u8>>;
    /// Its size.
    fn bytes(&self) -> usize;
}

/// A part of a memory that a kernel is given.
pub struct Binding {
    /// The memory.
    pub memory: Arc<dyn Memory>,
    /// Where the part starts: a multiple of [`Limits::offset_alignment`].
    pub offset: u64,
    /// Its length: a multiple of 4, at most [`Limits::binding_bytes`].
    pub bytes: u64,
}

/// Times that a device noted.
pub struct Ticks {
    /// Memory seen by the host that will hold them, 64 bits each, once the batch is done.
    pub memory: Arc<dyn Memory>,
    /// How many there are.
    pub count: usize,
    /// What the device counts, in nanoseconds.
    pub period: f64,
}

/// Called when submitted work is done, or will never be.
pub type Done = Box<dyn FnOnce(Result<()>) + Send>;

/// Collects work for a device. It stays on the thread that made it.
pub trait Encoder {
    /// Adds a run of `kernel`: its parameters, then the memory it reads, then the memory it writes.
    ///
    /// # Errors
    /// When the kernel can't be built or the device is lost.
    fn dispatch(&mut self, kernel: &Arc<Kernel>, bindings: &[Binding], params: &[u32], groups: [u32; 3]) -> Result<()>;
    /// Fills `to` with `bytes` before anything encoded from here on runs.
    ///
    /// # Errors
    /// When the device is lost or memory is exhausted.
    fn upload(&mut self, to: &Arc<dyn Memory>, bytes: &[u8]) -> Result<()>;
    /// Memory seen by the host that will hold the first `bytes` bytes of `from`, as they are when what was encoded so far has run,
    /// once the batch is done.
    ///
    /// # Errors
    /// As [`Encoder::upload`].
    fn download(&mut self, from: &Arc<dyn Memory>, bytes: usize) -> Result<Arc<dyn Memory>>;
    /// Has the device note its time when what was encoded so far has run, where it can. Returns the note's place in the batch.
    fn tick(&mut self) -> Option<usize>;
    /// The notes of the batch, of which there is one at least: to be asked for right before it is submitted.
    ///
    /// # Errors
    /// As [`Encoder::upload`].
    fn ticks(&mut self) -> Result<Ticks>;
    /// Hands what was encoded to the device. `done` is called from another thread, in the order of submissions to the device.
    fn submit(&mut self, done: Done);
}

fn found() -> &'static Found {
    static FOUND: OnceLock<Found> = OnceLock::new();
    FOUND.get_or_init(|| {
        let mut all = Found::default();
        for Found { devices, missing } in inventory::iter::<Registration>.into_iter().map(|r| (r.devices)()) {
            all.devices.extend(devices);
            all.missing.extend(missing);
        }
        if backends().is_empty() {
            all.missing.push("no GPU backend is linked into this program".to_owned());
        }
        if let Some(shared) = all.devices.iter().find(|g| g.limits().shared) {
            allocator::share_with(shared);
        }
        all
    })
}

/// The devices found, in the order of their indices.
pub(crate) fn devices() -> &'static [Arc<dyn Gpu>] {
    &found().devices
}

/// Why there are no other devices.
pub(crate) fn missing() -> &'static [String] {
    &found().missing
}

/// Gives up a GPU as if it were lost: what it was to compute fails, and what the host's memory holds stays. There is no way back
/// in this process. It is how programs that must survive the loss of a device can be tested.
///
/// # Errors
/// When `device` is no GPU of this machine.
pub fn give_up(device: crate::device::Device) -> Result<()> {
    device.gpu().map(|gpu| gpu.give_up())
}

/// The backends linked into this program.
pub fn backends() -> Vec<&'static str> {
    inventory::iter::<Registration>.into_iter().map(|r| r.name).collect()
}

static FORKED: AtomicBool = AtomicBool::new(false);

/// Marks this process as the child of one that may have used a GPU: drivers do not survive that.
#[cfg(unix)]
pub(crate) fn after_fork() {
    FORKED.store(true, SeqCst);
    allocator::after_fork();
}

/// Whether GPUs are out of reach because the process was forked.
pub(crate) fn is_forked() -> bool {
    FORKED.load(Relaxed)
}

/// [`Kind::Device`] in a forked process.
pub(crate) fn check_process() -> Result<()> {
    if is_forked() {
        let message = "a GPU can't be used in a process made by fork(): start it with spawn, or keep it to the CPU";
        return Err(Error::new(Kind::Device, message));
    }
    Ok(())
}

/// The device called `id`.
fn by_id(id: DeviceId) -> Result<&'static Arc<dyn Gpu>> {
    devices().iter().find(|g| g.id() == id).ok_or_else(|| Error::new(Kind::Device, "[gpu] the device is gone"))
}

/// Bytes copied between the host's memory and devices since the process started.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Transfers {
    /// From the host to devices.
    pub to_device: u64,
    /// From devices to the host.
    pub to_host: u64,
}

static TO_DEVICE: AtomicU64 = AtomicU64::new(0);
static TO_HOST: AtomicU64 = AtomicU64::new(0);

/// Bytes of arrays copied between memories so far. To a device that shares the host's memory only arrays are copied that are
/// older than its first use.
pub fn transfers() -> Transfers {
    Transfers { to_device: TO_DEVICE.load(Relaxed), to_host: TO_HOST.load(Relaxed) }
}

/// Copies a device's memory, which a task of `stream` filled, to the host and waits.
pub(crate) fn read(from: &Arc<dyn Memory>, stream: Option<Stream>, to: &mut [u8]) -> Result<()> {
    check_process()?;
    let span = timeline::start();
    let outcome = by_id(from.device())?.read(from, to);
    if let Some((span, stream)) = span.zip(stream) {
        span.finish_transfer(stream, "copy to the host", to.len(), outcome.is_err());
    }
    outcome?;
    TO_HOST.fetch_add(to.len() as u64, Relaxed);
    Ok(())
}

/// Takes what a device has copied for the host, to memory `from` that the host sees.
pub(crate) fn read_staged(from: &Arc<dyn Memory>, to: &mut [u8]) -> Result<()> {
    check_process()?;
    let host = from.host().filter(|_| from.bytes() >= to.len());
    let host = host.ok_or_else(|| Error::runtime("[gpu] memory for the host is not the host's"))?;
    // SAFETY: the memory is at least as long, the device is done with it, and nobody else uses it.
    unsafe { std::ptr::copy_nonoverlapping(host.as_ptr(), to.as_mut_ptr(), to.len()) };
    TO_HOST.fetch_add(to.len() as u64, Relaxed);
    Ok(())
}

static SUBMISSIONS: AtomicU64 = AtomicU64::new(0);

/// Batches handed to devices so far.
pub fn submissions() -> u64 {
    SUBMISSIONS.load(Relaxed)
}

/// Memory of `gpu`, whose room is made by dropping copies that the host has too if need be.
fn allocate(gpu: &dyn Gpu, bytes: usize) -> Result<Arc<dyn Memory>> {
    match gpu.allocate(bytes.max(4)) {
        Err(e) if e.kind() == Kind::Memory && evict(gpu.id()) > 0 => gpu.allocate(bytes.max(4)),
        outcome => outcome,
    }
}

fn count_upload(bytes: usize) {
    TO_DEVICE.fetch_add(bytes as u64, Relaxed);
}

/// The error by which a kernel declines: the operation then runs on the host.
pub(crate) fn no_kernel(name: &str, why: &str) -> Error {
    Error::new(Kind::NoKernel, format!("[{name}] has no GPU kernel {why}"))
}

static DECLINED: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Why operations of GPUs' streams ran on the host, and how often: what their kernels said.
pub fn declined() -> BTreeMap<String, u64> {
    DECLINED.lock().unwrap_or_else(|e| e.into_inner()).clone()
}

fn count_declined(why: &Error) {
    let mut declined = DECLINED.lock().unwrap_or_else(|e| e.into_inner());
    match declined.get_mut(why.message()) {
        Some(times) => *times += 1,
        None => drop(declined.insert(why.message().to_owned(), 1)),
    }
}

/// Whether operations without a GPU kernel are errors (`MILLPOND_STRICT_DEVICE=1`).
pub(crate) fn is_strict() -> bool {
    static STRICT: OnceLock<bool> = OnceLock::new();
    *STRICT.get_or_init(|| std::env::var("MILLPOND_STRICT_DEVICE").is_ok_and(|v| v == "1"))
}
