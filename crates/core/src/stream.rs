//! Streams: ordered queues of tasks, one worker each. Different streams overlap; a task waits for what it reads.
//!
//! Who runs the tasks of a CPU stream: its worker thread, or a thread that waits in `eval` for one of them and finds the
//! queue unattended. Whoever runs holds the queue's `busy` flag; whoever lets go of a queue that is not empty wakes the worker.
//! Tasks of a GPU's stream are taken by its worker alone, the [`lane`](crate::gpu).

use crate::device::{CPU, Device, DeviceType};
use crate::error::{Error, Kind, Result};
use crate::gpu::{self, lane};
use crate::graph::{Event, Task, check_interrupt, rows};
use smallvec::SmallVec;
#[cfg(unix)]
mod fork;
mod local;

pub use local::ThreadLocalStream;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock, Weak};
use std::time::Duration;

/// A queue of work on one device. A cheap handle; streams live as long as the process.
#[derive(Clone, Copy)]
pub struct Stream(&'static Inner);

struct Inner {
    index: usize,
    device: Device,
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    tasks: VecDeque<Box<Task>>,
    /// Somebody is running tasks of this queue.
    busy: bool,
    /// The worker thread exists.
    worker: bool,
    /// The worker should look at the queue.
    notified: bool,
    /// The completions of the tasks being run.
    current: SmallVec<[Arc<Event>; 1]>,
    /// The completion of the task enqueued last, on a GPU's stream.
    last: Weak<Event>,
}

/// All streams ever made, in the order of their indices.
static STREAMS: RwLock<Vec<Stream>> = RwLock::new(Vec::new());
/// The default stream of each device.
static DEFAULTS: RwLock<Vec<(Device, Stream)>> = RwLock::new(Vec::new());

thread_local! {
    /// The stream chosen by `run` on this thread.
    static CURRENT: Cell<Option<Stream>> = const { Cell::new(None) };
    /// The streams whose tasks this thread is running, innermost last.
    static RUNNING: RefCell<Vec<Stream>> = const { RefCell::new(Vec::new()) };
}

impl PartialEq for Stream {
    fn eq(&self, other: &Stream) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}
impl Eq for Stream {}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Stream({}, {})", self.device(), self.index())
    }
}
impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Stream {
    /// A new stream on `device`.
    ///
    /// # Errors
    /// When the device does not exist.
    pub fn new(device: impl Into<Device>) -> Result<Stream> {
        let device = device.into();
        device.check()?;
        #[cfg(unix)]
        fork::prepare_for_forks();
        let mut streams = STREAMS.write().unwrap();
        let inner = Inner { index: streams.len(), device, queue: Mutex::default(), wake: Condvar::new() };
        let stream = Stream(Box::leak(Box::new(inner)));
        streams.push(stream);
        drop(streams);
        if stream.is_gpu() && !stream.start_worker(&mut stream.lock()) {
            return Err(Error::new(Kind::Device, format!("no thread could be started for {stream}")));
        }
        Ok(stream)
    }

    /// The default stream of `device`, made at the first call.
    pub fn default_of(device: impl Into<Device>) -> Result<Stream> {
        let device = device.into();
        if let Some(s) = find_default(&DEFAULTS.read().unwrap(), device) {
            return Ok(s);
        }
        device.check()?;
        let mut defaults = DEFAULTS.write().unwrap();
        if let Some(s) = find_default(&defaults, device) {
            return Ok(s);
        }
        let stream = Stream::new(device)?;
        defaults.push((device, stream));
        Ok(stream)
    }

    /// Makes this the default stream of its device.
    pub fn set_default(self) {
        let mut defaults = DEFAULTS.write().unwrap();
        defaults.retain(|(d, _)| *d != self.device());
        defaults.push((self.device(), self));
    }

    /// The stream that operations built on this thread go to: the innermost [`Stream::run`]'s, else the default device's default.
    pub fn current() -> Stream {
        CURRENT.get().unwrap_or_else(|| {
            let device = Device::default();
            Stream::default_of(device).or_else(|_| Stream::default_of(CPU)).expect("the CPU is always there")
        })
    }

    /// Sets the stream for operations built on this thread and returns what was set before: `None` is the default device's.
    pub fn replace_current(stream: Option<Stream>) -> Option<Stream> {
        CURRENT.replace(stream)
    }

    /// Runs `f` with this as the current stream of the thread.
    pub fn run<R>(self, f: impl FnOnce() -> R) -> R {
        struct Restore(Option<Stream>);
        impl Drop for Restore {
            fn drop(&mut self) {
                CURRENT.set(self.0);
            }
        }
        let _restore = Restore(CURRENT.replace(Some(self)));
        f()
    }

    /// The device it runs on.
    pub fn device(self) -> Device {
        self.0.device
    }

    /// Its number, counted over all streams.
    pub fn index(self) -> usize {
        self.0.index
    }

    /// All streams made so far.
    pub fn all() -> Vec<Stream> {
        STREAMS.read().unwrap().clone()
    }

    /// Whether its tasks go to a GPU.
    pub(crate) fn is_gpu(self) -> bool {
        self.device().kind == DeviceType::Gpu
    }

    /// Waits until everything enqueued on this stream so far has run. Failures stay with their arrays.
    pub fn synchronize(self) -> Result<()> {
        if self.is_gpu() {
            let last = self.lock().last.upgrade();
            self.notify();
            // An event nobody holds has fired.
            let outcome = last.map_or(Ok(()), |event| self.wait(&event));
            return outcome.or_else(|e| if e.kind() == Kind::Interrupted { Err(e) } else { Ok(()) });
        }
        let Some(last) = self.lock().tasks.back().map(|t| t.event.clone()) else {
            // Nothing queued: wait for the task that is being run, if any.
            while self.lock().busy && !self.is_running_here() {
                std::thread::sleep(Duration::from_micros(50));
                check_interrupt()?;
            }
            return Ok(());
        };
        match self.wait(&last) {
            Err(e) if matches!(e.kind(), Kind::Interrupted | Kind::Device) => Err(e),
            _ => Ok(()),
        }
    }

    fn lock(self) -> MutexGuard<'static, Queue> {
        self.0.queue.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn is_running_here(self) -> bool {
        RUNNING.with_borrow(|r| r.contains(&self))
    }

    /// Appends tasks. The scheduler calls this under its lock, in topological order, and afterwards makes sure that
    /// somebody attends to the queue: by [`Stream::notify`] or by waiting itself.
    pub(crate) fn enqueue(self, task: Box<Task>) {
        let mut queue = self.lock();
        if self.is_gpu() {
            queue.last = Arc::downgrade(&task.event);
        }
        queue.tasks.push_back(task);
    }

    /// How many tasks are waiting.
    pub(crate) fn backlog(self) -> usize {
        self.lock().tasks.len()
    }

    /// Whether nothing waits or runs.
    pub(crate) fn is_idle(self) -> bool {
        let queue = self.lock();
        !queue.busy && queue.tasks.is_empty()
    }

    /// Has the worker attend to the queue, starting it if need be.
    pub(crate) fn notify(self) {
        let mut queue = self.lock();
        if queue.tasks.is_empty() || queue.busy {
            return;
        }
        queue.notified = true;
        if queue.worker {
            self.0.wake.notify_one();
            return;
        }
        // If no thread can be had, waiting callers run the tasks.
        self.start_worker(&mut queue);
    }

    fn start_worker(self, queue: &mut Queue) -> bool {
        let name = format!("millpond-{}-{}", self.device().kind.name(), self.index());
        queue.worker = std::thread::Builder::new().name(name).spawn(move || self.work()).is_ok();
        queue.worker
    }

    /// The next task of a GPU's stream; with `wait`, blocks until there is one.
    pub(crate) fn next_task(self, wait: bool) -> Option<Box<Task>> {
        let mut queue = self.lock();
        loop {
            match queue.tasks.pop_front() {
                None if wait => queue = self.0.wake.wait(queue).unwrap_or_else(|e| e.into_inner()),
                task => return task,
            }
        }
    }

    fn work(self) {
        if self.is_gpu() {
            RUNNING.with_borrow_mut(|r| r.push(self));
            return lane::attend(self);
        }
        loop {
            let mut queue = self.lock();
            while !queue.notified || queue.busy {
                queue = self.0.wake.wait(queue).unwrap_or_else(|e| e.into_inner());
            }
            queue.notified = false;
            queue.busy = true;
            drop(queue);
            self.drain(|_| false);
        }
    }

    /// Runs queued tasks in order until there is none or `enough`, given how many are waiting, says so. The caller has set
    /// `busy`; it is cleared at the end.
    fn drain(self, enough: impl Fn(usize) -> bool) {
        RUNNING.with_borrow_mut(|r| r.push(self));
        let mut waiting = self.backlog();
        while !enough(waiting) {
            let mut queue = self.lock();
            let Some(task) = queue.tasks.pop_front() else { break };
            let followers = rows::followers(&task, &queue.tasks);
            let mut run: SmallVec<[Box<Task>; 1]> = SmallVec::from_buf([task]);
            run.extend(queue.tasks.drain(..followers));
            queue.current.clear();
            queue.current.extend(run.iter().map(|t| t.event.clone()));
            waiting = queue.tasks.len();
            drop(queue);
            rows::run(run);
        }
        let mut queue = self.lock();
        queue.busy = false;
        queue.current.clear();
        if !queue.tasks.is_empty() {
            drop(queue);
            self.notify();
        } else {
            drop(queue);
        }
        RUNNING.with_borrow_mut(|r| r.pop());
    }

    /// Runs queued tasks on this thread until `enough`, if nobody else is. Tells whether it did.
    pub(crate) fn help(self, enough: impl Fn(usize) -> bool) -> bool {
        if self.is_gpu() {
            return false;
        }
        let mut queue = self.lock();
        if queue.busy || queue.tasks.is_empty() {
            return false;
        }
        queue.busy = true;
        drop(queue);
        self.drain(enough);
        true
    }

    /// [`Kind::Device`] when `event` is that of a GPU's task which a fork has left behind in the parent process.
    pub(crate) fn check_reachable(self, event: &Event) -> Result<()> {
        let left = self.is_gpu() && gpu::is_forked() && self.backlog() == 0 && !event.wait_for(Duration::from_millis(100));
        if left { gpu::check_process() } else { Ok(()) }
    }

    /// Waits for `event` of this stream, running its queue on this thread when nobody else does.
    ///
    /// # Errors
    /// The task's error; [`Kind::Interrupted`]; [`Kind::Device`] from inside a task of the same stream, which would wait for itself.
    pub(crate) fn wait(self, event: &Event) -> Result<()> {
        while !event.has_fired() {
            if self.is_running_here() {
                let message = format!("eval was called from inside a task of {self}, the stream that has to compute the result");
                return Err(Error::new(Kind::Device, message));
            }
            // A signal is reported once, so what stopped the help is kept.
            let interrupt = RefCell::new(Ok(()));
            let stop = |_| {
                if event.has_fired() {
                    return true;
                }
                let asked = check_interrupt();
                let stop = asked.is_err();
                *interrupt.borrow_mut() = asked;
                stop
            };
            if !self.help(stop) {
                event.wait_for(Duration::from_millis(20));
            }
            interrupt.into_inner()?;
            if !event.has_fired() {
                self.check_reachable(event)?;
                check_interrupt()?;
            }
        }
        event.poll().map(drop)
    }
}

fn find_default(defaults: &[(Device, Stream)], device: Device) -> Option<Stream> {
    defaults.iter().find(|(d, _)| *d == device).map(|(_, s)| *s)
}

/// The CPU's default stream.
pub fn cpu() -> Stream {
    Stream::default_of(CPU).expect("the CPU is always there")
}

/// The first GPU's default stream.
///
/// # Errors
/// When there is no GPU.
pub fn gpu() -> Result<Stream> {
    Stream::default_of(DeviceType::Gpu)
}

/// Waits for all streams.
pub fn synchronize() -> Result<()> {
    Stream::all().into_iter().try_for_each(Stream::synchronize)
}
