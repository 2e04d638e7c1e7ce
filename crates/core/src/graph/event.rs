//! The completion of a task, which carries its failure too.

use crate::error::{Error, Kind, Result};
use crate::graph::task::Retry;
use crate::memory::Storage;
use crate::stream::Stream;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::{Duration, Instant};

const PENDING: u8 = 0;
const DONE: u8 = 1;
const FAILED: u8 = 2;

/// Fires once, when its task has run or failed.
pub struct Event {
    state: AtomicU8,
    /// The task is in the hands of a device, which runs what it gets in order.
    submitted: AtomicBool,
    /// Something that the device does not run is queued to read what the task writes.
    awaited: AtomicBool,
    waiters: AtomicU32,
    error: Mutex<Option<Error>>,
    /// The task itself, when it ran out of memory and can be run again.
    retry: Mutex<Option<Retry>>,
    lock: Mutex<()>,
    fired: Condvar,
    stream: Stream,
    /// Its number in timelines, given when one asks.
    id: AtomicU64,
}

static IDS: AtomicU64 = AtomicU64::new(1);

impl Event {
    pub(crate) fn new(stream: Stream) -> Event {
        Event {
            state: AtomicU8::new(PENDING),
            submitted: AtomicBool::new(false),
            awaited: AtomicBool::new(false),
            waiters: AtomicU32::new(0),
            error: Mutex::new(None),
            retry: Mutex::new(None),
            lock: Mutex::new(()),
            fired: Condvar::new(),
            stream,
            id: AtomicU64::new(0),
        }
    }

    /// A number that no other event has.
    pub(crate) fn id(&self) -> u64 {
        let known = self.id.load(Ordering::Relaxed);
        if known != 0 {
            return known;
        }
        let fresh = IDS.fetch_add(1, Ordering::Relaxed);
        self.id.compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed).map_or_else(|other| other, |_| fresh)
    }

    /// The stream whose task fires this event.
    pub(crate) fn stream(&self) -> Stream {
        self.stream
    }

    /// Fires with the task's outcome.
    pub(crate) fn fire(&self, outcome: Result<()>) {
        let state = match outcome {
            Ok(()) => DONE,
            Err(e) => {
                *self.error.lock().unwrap() = Some(e);
                FAILED
            }
        };
        // Sequentially consistent with the waiter's registration: either it sees the state or we see the waiter.
        self.state.store(state, Ordering::SeqCst);
        self.wake();
    }

    fn wake(&self) {
        if self.waiters.load(Ordering::SeqCst) > 0 {
            drop(self.lock.lock().unwrap());
            self.fired.notify_all();
        }
    }

    /// Tells that a device has got the task: what it gets from here on runs after it.
    pub(crate) fn mark_submitted(&self) {
        self.submitted.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Whether a device has got the task.
    pub(crate) fn is_submitted(&self) -> bool {
        self.submitted.load(Ordering::SeqCst)
    }

    /// Notes that something which the task's device does not run waits for it.
    pub(crate) fn mark_awaited(&self) {
        self.awaited.store(true, Ordering::Relaxed);
    }

    /// Whether something which the task's device does not run waits for it.
    pub(crate) fn is_awaited(&self) -> bool {
        self.awaited.load(Ordering::Relaxed)
    }

    /// `Ok(true)` when the task has run, `Ok(false)` while it has not, its error if it failed.
    pub(crate) fn poll(&self) -> Result<bool> {
        match self.state.load(Ordering::Acquire) {
            PENDING => Ok(false),
            DONE => Ok(true),
            // Without an error, the task has just been taken up again.
            _ => self.error.lock().unwrap().clone().map_or(Ok(false), Err),
        }
    }

    /// Whether the task has run or failed.
    pub(crate) fn has_fired(&self) -> bool {
        // In the order of the waiters' count: see `fire`.
        self.state.load(Ordering::SeqCst) != PENDING
    }

    /// Keeps what is needed to run the task again after it ran out of memory. To be called before the event fires.
    pub(crate) fn keep(&self, retry: Retry) {
        *self.retry.lock().unwrap() = Some(retry);
    }

    /// Whether the task failed for lack of memory and can be run again.
    pub(crate) fn can_retry(&self) -> bool {
        self.state.load(Ordering::Acquire) == FAILED && self.retry.lock().unwrap().is_some()
    }

    /// Calls `f` with the inputs of the task that can be run again, if there is one.
    pub(crate) fn with_retry(&self, f: impl FnOnce(&Retry)) {
        if let Some(retry) = &*self.retry.lock().unwrap() {
            f(retry);
        }
    }

    /// Makes the event wait for its task once more, and returns what to enqueue.
    pub(crate) fn rearm(&self) -> Option<Retry> {
        let retry = self.retry.lock().unwrap().take()?;
        self.submitted.store(false, Ordering::SeqCst);
        self.state.store(PENDING, Ordering::SeqCst);
        *self.error.lock().unwrap() = None;
        Some(retry)
    }

    /// Blocks until the event fires or `timeout` is over; tells whether it has fired.
    pub(crate) fn wait_for(&self, timeout: Duration) -> bool {
        self.wait_until(timeout, || self.has_fired())
    }

    /// As [`Event::wait_for`], for the task to be in the hands of its device.
    pub(crate) fn wait_submitted(&self, timeout: Duration) -> bool {
        self.wait_until(timeout, || self.is_submitted() || self.has_fired())
    }

    fn wait_until(&self, timeout: Duration, reached: impl Fn() -> bool) -> bool {
        if reached() {
            return true;
        }
        let deadline = Instant::now() + timeout;
        self.waiters.fetch_add(1, Ordering::SeqCst);
        let mut guard = self.lock.lock().unwrap();
        while !reached() {
            let now = Instant::now();
            if now >= deadline {
                break;
            }
            guard = self.fired.wait_timeout(guard, deadline - now).unwrap().0;
        }
        drop(guard);
        self.waiters.fetch_sub(1, Ordering::SeqCst);
        reached()
    }
}

impl Drop for Event {
    /// Takes a chain of kept tasks apart in a loop, as [`Op`](super::Op) does with operations.
    fn drop(&mut self) {
        let Some(retry) = self.retry.get_mut().unwrap_or_else(|e| e.into_inner()).take() else { return };
        let mut stack = retry.inputs;
        while let Some(value) = stack.pop() {
            let event = Arc::into_inner(value.storage).and_then(Storage::into_event).and_then(Arc::into_inner);
            let Some(mut event) = event else { continue };
            if let Some(retry) = event.retry.get_mut().unwrap_or_else(|e| e.into_inner()).take() {
                stack.extend(retry.inputs);
            }
        }
    }
}

thread_local! {
    static LAST_CHECK: Cell<Option<Instant>> = const { Cell::new(None) };
}

static INTERRUPT: OnceLock<fn() -> bool> = OnceLock::new();

/// Sets the function that long waits ask whether to stop, as Ctrl-C does in Python. The first call counts.
pub fn set_interrupt_check(check: fn() -> bool) {
    let _ = INTERRUPT.set(check);
}

/// [`Kind::Interrupted`] if a signal asks the waiting thread to stop. Asks at most every 20 ms, so that it can be called often.
pub(crate) fn check_interrupt() -> Result<()> {
    let Some(check) = INTERRUPT.get() else { return Ok(()) };
    let due = LAST_CHECK.get().is_none_or(|last| last.elapsed() > Duration::from_millis(20));
    if due {
        LAST_CHECK.set(Some(Instant::now()));
    }
    match check {
        check if due && check() => Err(Error::new(Kind::Interrupted, "interrupted while waiting for a computation")),
        _ => Ok(()),
    }
}
