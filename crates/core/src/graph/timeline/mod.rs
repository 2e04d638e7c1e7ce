//! A record of which task ran when and what it waited for: off until asked for, nearly free then.
//!
//! All recordings share one log; each remembers where in it it began. The log lives while a recording is open and keeps the
//! latest [`LIMIT`] tasks. [`Destination`] writes a recording as a page for people, or as a Chrome trace.

mod chrome;
mod file;
mod json;
mod page;
#[cfg(test)]
mod tests;

pub use file::Destination;

use crate::error::{Error, Result};
use crate::graph::Event;
use crate::shape::Shape;
use crate::stream::{Stream, synchronize};
use smallvec::SmallVec;
use std::collections::{HashSet, VecDeque};
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard};
use std::time::Instant;

/// Tasks kept; of longer recordings, the latest.
pub const LIMIT: usize = 1 << 18;
/// Inputs from other streams that are kept of one task.
const NEEDS: usize = 64;
/// Interned names after which unused ones are dropped.
const NAMES: usize = 1 << 16;

/// What ran.
#[derive(Clone, Debug)]
pub struct Task {
    /// The operations, joined by `+`; of many, the first and the last.
    pub name: Arc<str>,
    /// All operations in order, `×` counting those that follow themselves.
    pub ops: Arc<str>,
    /// The shape of the first output.
    pub shape: Shape,
    /// Bytes written.
    pub bytes: usize,
    /// The stream.
    pub stream: Stream,
    /// Whether it moved an array between memories rather than computed.
    pub transfer: bool,
}

/// An input of a task that another stream computed.
#[derive(Clone, Debug)]
pub struct Need {
    /// The [`Span::id`] of the task that computed it, which may have run before the recording.
    pub id: u64,
    /// That task's stream.
    pub stream: Stream,
    /// Nanoseconds that this task waited for it, after the inputs before it.
    pub waited: u64,
}

/// One task's place in time, in nanoseconds since recording began.
#[derive(Clone, Debug)]
pub struct Span {
    /// Tells tasks apart.
    pub id: u64,
    /// What ran.
    pub task: Task,
    /// When its turn in the queue came.
    pub queued: u64,
    /// When its inputs were ready and the kernel started.
    pub start: u64,
    /// When the kernel ended.
    pub end: u64,
    /// Whether the kernel failed.
    pub failed: bool,
    /// What it read from other streams, the reasons for `start - queued`.
    pub needs: SmallVec<[Need; 1]>,
}

/// A finished recording: its tasks in the order they ended.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// The tasks.
    pub spans: Vec<Span>,
    /// How many tasks ran before these and were dropped, since there were more than [`LIMIT`].
    pub dropped: u64,
}

impl Deref for Recording {
    type Target = [Span];
    fn deref(&self) -> &[Span] {
        &self.spans
    }
}

/// Records all tasks that run during `f`, on any thread, and those that `f` left queued, for which it waits.
pub fn record<R>(f: impl FnOnce() -> R) -> (R, Recording) {
    let recorder = Recorder::begin();
    let result = f();
    // An interrupt shows in the arrays it kept from being computed.
    let _ = synchronize();
    (result, recorder.end())
}

/// [`record`], written to the file at `path`: a page to look at (`.html`), or a Chrome trace (`.json`) for Perfetto.
///
/// # Errors
/// When the path has another extension or cannot be written, before `f` is called; when writing fails in the end; and the
/// error of [`synchronize`].
pub fn record_to<R>(path: impl AsRef<Path>, f: impl FnOnce() -> R) -> Result<(R, Recording)> {
    let failed = |e: std::io::Error| Error::value(e.to_string());
    let destination = Destination::create(path).map_err(failed)?;
    let recorder = Recorder::begin();
    let result = f();
    let waited = synchronize();
    let recording = recorder.end();
    destination.write(&recording).map_err(failed)?;
    waited.map(|()| (result, recording))
}

/// An open recording. Any number may be open at once, on any threads; each sees all tasks.
#[derive(Debug)]
pub struct Recorder {
    /// When it began, since the process's zero.
    began: u64,
    /// How many tasks had been logged by then.
    from: u64,
}

struct Log {
    spans: VecDeque<Span>,
    /// How many spans were logged before the first that is kept.
    before: u64,
    names: HashSet<Arc<str>>,
}

static OPEN: AtomicUsize = AtomicUsize::new(0);
static LOG: LazyLock<Mutex<Log>> = LazyLock::new(|| Mutex::new(Log { spans: VecDeque::new(), before: 0, names: HashSet::new() }));
static ZERO: LazyLock<Instant> = LazyLock::new(Instant::now);

fn log() -> MutexGuard<'static, Log> {
    LOG.lock().unwrap_or_else(|e| e.into_inner())
}

fn nanoseconds(time: Instant) -> u64 {
    time.saturating_duration_since(*ZERO).as_nanos() as u64
}

impl Recorder {
    /// Starts recording.
    pub fn begin() -> Recorder {
        let log = log();
        OPEN.fetch_add(1, Ordering::Release);
        LazyLock::force(&ZERO);
        Recorder { began: nanoseconds(Instant::now()), from: log.before + log.spans.len() as u64 }
    }

    /// Ends recording. Tasks still queued are not waited for; [`synchronize`] does that.
    pub fn end(self) -> Recording {
        let mut log = log();
        let from = self.from.max(log.before);
        let skip = (from - log.before) as usize;
        let mut spans: Vec<Span> = if OPEN.load(Ordering::Relaxed) == 1 {
            std::mem::take(&mut log.spans).into_iter().skip(skip).collect()
        } else {
            log.spans.range(skip..).cloned().collect()
        };
        drop(log);
        for span in &mut spans {
            for time in [&mut span.queued, &mut span.start, &mut span.end] {
                *time = time.saturating_sub(self.began);
            }
        }
        Recording { spans, dropped: from - self.from }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let mut log = log();
        if OPEN.fetch_sub(1, Ordering::Release) == 1 {
            *log = Log { spans: VecDeque::new(), before: 0, names: HashSet::new() };
        }
    }
}

impl Log {
    fn push(&mut self, mut span: Span) {
        for name in [&mut span.task.name, &mut span.task.ops] {
            match self.names.get(name) {
                Some(known) => *name = known.clone(),
                None => drop(self.names.insert(name.clone())),
            }
        }
        if self.names.len() > NAMES {
            self.names.retain(|name| Arc::strong_count(name) > 1);
        }
        if self.spans.len() == LIMIT {
            self.spans.pop_front();
            self.before += 1;
        }
        self.spans.push_back(span);
    }
}

/// A task that runs while somebody records.
pub(crate) struct Run {
    queued: Instant,
    /// When the last input that was looked at was ready.
    mark: Instant,
    needs: SmallVec<[Need; 1]>,
}

/// Whether somebody records.
pub(crate) fn is_on() -> bool {
    OPEN.load(Ordering::Relaxed) > 0
}

/// Notes that a task's turn has come, if somebody records.
pub(crate) fn start() -> Option<Run> {
    is_on().then(|| {
        let now = Instant::now();
        Run { queued: now, mark: now, needs: SmallVec::new() }
    })
}

impl Run {
    /// Notes that a task of `stream` reads what the task of `event` wrote, which is ready now, and whether it waited for that.
    pub(crate) fn reads(&mut self, event: &Event, stream: Stream, waited: bool) {
        let since = std::mem::replace(&mut self.mark, Instant::now());
        let id = event.id();
        if event.stream() != stream && self.needs.len() < NEEDS && self.needs.iter().all(|n| n.id != id) {
            let waited = if waited { (self.mark - since).as_nanos() as u64 } else { 0 };
            self.needs.push(Need { id, stream: event.stream(), waited });
        }
    }

    /// Notes that all inputs are ready.
    pub(crate) fn ready(&mut self) {
        self.mark = Instant::now();
    }

    /// Logs the task, which has just ended.
    pub(crate) fn finish(self, event: &Event, failed: bool, task: impl FnOnce() -> Task) {
        let (start, end) = (self.mark, Instant::now());
        self.log(event, failed, start, end, task());
    }

    /// Logs a copy of `bytes` bytes between memories for `stream`, which has just ended.
    pub(crate) fn finish_transfer(self, stream: Stream, name: &str, bytes: usize, failed: bool) {
        let (start, end) = (self.mark, Instant::now());
        self.finish_transfer_between(start, end, stream, name, bytes, failed);
    }

    /// As [`Run::finish_transfer`], of a copy that a device made from `start` to `end`.
    pub(crate) fn finish_transfer_between(
        self,
        start: Instant,
        end: Instant,
        stream: Stream,
        name: &str,
        bytes: usize,
        failed: bool,
    ) {
        let task =
            Task { name: name.into(), ops: name.into(), shape: [bytes].into_iter().collect(), bytes, stream, transfer: true };
        self.log(&Event::new(stream), failed, start, end.max(start), task);
    }

    /// As [`Run::finish`], of a task that ran elsewhere from `start` to `end`, after the one that ended at `last`. Returns when it
    /// ended, which is not before that.
    pub(crate) fn finish_between(
        mut self,
        last: Option<Instant>,
        start: Instant,
        end: Instant,
        event: &Event,
        failed: bool,
        task: Task,
    ) -> Instant {
        self.queued = last.map_or(self.queued, |last| self.queued.max(last));
        let start = start.max(self.queued);
        let end = end.max(start);
        self.log(event, failed, start, end, task);
        end
    }

    fn log(self, event: &Event, failed: bool, start: Instant, end: Instant, task: Task) {
        let (queued, start, end) = (nanoseconds(self.queued), nanoseconds(start), nanoseconds(end));
        let span = Span { id: event.id(), task, queued, start, end, failed, needs: self.needs };
        let mut log = log();
        if OPEN.load(Ordering::Relaxed) > 0 {
            log.push(span);
        }
    }
}

/// The names of operations in order, those that follow themselves counted; cut where it gets long.
pub(crate) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut runs: Vec<(&str, usize)> = Vec::new();
    for name in names {
        match runs.last_mut() {
            Some((last, n)) if *last == name => *n += 1,
            _ => runs.push((name, 1)),
        }
    }
    let mut text = String::new();
    for (i, (name, n)) in runs.iter().enumerate() {
        if text.len() > 500 {
            return format!("{text}, … {} more", runs[i..].iter().map(|(_, n)| n).sum::<usize>());
        }
        let comma = if i > 0 { ", " } else { "" };
        let times = if *n > 1 { format!(" ×{n}") } else { String::new() };
        text.push_str(&format!("{comma}{name}{times}"));
    }
    text
}
