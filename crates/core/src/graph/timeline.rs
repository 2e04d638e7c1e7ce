//! A record of which task ran when, on which stream: off until asked for, nearly free then.

use crate::shape::Shape;
use crate::stream::Stream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What ran.
#[derive(Clone, Debug)]
pub struct Task {
    /// The operations, joined by `+`.
    pub name: String,
    /// The shape of the first output.
    pub shape: Shape,
    /// Bytes written.
    pub bytes: usize,
    /// The stream.
    pub stream: Stream,
}

/// One task's place in time, in nanoseconds since recording began.
#[derive(Clone, Debug)]
pub struct Span {
    /// What ran.
    pub task: Task,
    /// When its turn in the queue came.
    pub queued: u64,
    /// When its inputs were ready and the kernel started.
    pub start: u64,
    /// When the kernel ended.
    pub end: u64,
}

static ON: AtomicBool = AtomicBool::new(false);
static LOG: Mutex<Option<(Instant, Vec<Span>)>> = Mutex::new(None);

/// Records all tasks that run during `f`, of any thread, and returns them in the order they ended.
pub fn record<R>(f: impl FnOnce() -> R) -> (R, Vec<Span>) {
    begin();
    let result = f();
    (result, end())
}

/// Starts recording, dropping what an unfinished recording held.
pub fn begin() {
    *LOG.lock().unwrap() = Some((Instant::now(), Vec::new()));
    ON.store(true, Ordering::Release);
}

/// Ends recording and returns the tasks.
pub fn end() -> Vec<Span> {
    ON.store(false, Ordering::Release);
    LOG.lock().unwrap().take().map_or(Vec::new(), |(_, spans)| spans)
}

pub(crate) fn start() -> Option<Instant> {
    ON.load(Ordering::Relaxed).then(Instant::now)
}

pub(crate) fn lap(span: &Option<Instant>) -> Option<Instant> {
    span.map(|_| Instant::now())
}

pub(crate) fn finish(span: &Option<Instant>, started: Option<Instant>, task: impl FnOnce() -> Task) {
    let (Some(queued), Some(started)) = (*span, started) else { return };
    let end = Instant::now();
    let task = task();
    if let Some((origin, spans)) = &mut *LOG.lock().unwrap() {
        let at = |t: Instant| t.saturating_duration_since(*origin).as_nanos() as u64;
        spans.push(Span { task, queued: at(queued), start: at(started), end: at(end) });
    }
}
