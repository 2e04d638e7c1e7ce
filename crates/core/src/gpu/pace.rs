//! When the tasks of a batch ran on the device, for the timeline.

use super::Ticks;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// When the last task of a lane ended, so that tasks are shown one after another, as they run.
pub(super) type Clock = Arc<Mutex<Option<Instant>>>;

/// How the tasks of a batch shared its time.
pub(super) struct Pace {
    submitted: Instant,
    ended: Instant,
    /// The device's times, in nanoseconds before `ended`.
    before_end: Option<Vec<u64>>,
}

impl Pace {
    /// Of a batch that has just ended.
    pub(super) fn new(submitted: Instant, ticks: Option<Ticks>) -> Pace {
        Pace { submitted, ended: Instant::now(), before_end: ticks.as_ref().and_then(before_end) }
    }

    /// When a task ran: between two of the device's notes where there are any; else the batch's time is divided evenly, and this is
    /// task `i` of `n`.
    pub(super) fn of(&self, notes: Option<(usize, usize)>, i: usize, n: usize) -> (Instant, Instant) {
        let noted = self.before_end.as_ref().zip(notes).and_then(|(times, (a, b))| Some((*times.get(a)?, *times.get(b)?)));
        match noted {
            Some((a, b)) => {
                let at = |ns| self.ended.checked_sub(Duration::from_nanos(ns)).unwrap_or(self.submitted);
                (at(a).max(self.submitted), at(b).max(self.submitted))
            }
            None => {
                let share = self.ended.saturating_duration_since(self.submitted) / n.max(1) as u32;
                (self.submitted + share * i as u32, self.submitted + share * (i as u32 + 1))
            }
        }
    }
}

fn before_end(ticks: &Ticks) -> Option<Vec<u64>> {
    let host = ticks.memory.host().filter(|_| ticks.memory.bytes() >= 8 * ticks.count)?;
    // SAFETY: the memory is the host's copy of that many words, written by the device, which is done, and held by `ticks`.
    let words = unsafe { std::slice::from_raw_parts(host.as_ptr().cast::<u64>(), ticks.count) };
    let last = *words.last()?;
    // A device that counted nothing has no time to tell.
    let span = last.checked_sub(words[0]).filter(|ns| *ns > 0)?;
    let ns = |word: &u64| (last.saturating_sub(*word).min(span) as f64 * ticks.period) as u64;
    Some(words.iter().map(ns).collect())
}
