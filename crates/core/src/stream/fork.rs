//! Forking: the child has one thread, whatever the parent had. All queues are held while the process forks; in the child their
//! workers are forgotten (new ones start when needed), and a task that a vanished thread was running fails.

use super::{Queue, RUNNING, STREAMS};
use crate::error::Error;
use crate::{gpu, graph};
use std::cell::RefCell;
use std::sync::{MutexGuard, Once};

thread_local! {
    static HELD: RefCell<Option<Held>> = const { RefCell::new(None) };
}

struct Held {
    _scheduler: MutexGuard<'static, ()>,
    queues: Vec<MutexGuard<'static, Queue>>,
}

pub(super) fn prepare_for_forks() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the handlers are plain functions that live as long as the process.
        unsafe { libc::pthread_atfork(Some(before), Some(after_in_parent), Some(after_in_child)) };
    });
}

extern "C" fn before() {
    let scheduler = graph::hold_scheduler();
    let streams = STREAMS.read().unwrap_or_else(|e| e.into_inner()).clone();
    let queues = streams.into_iter().map(super::Stream::lock).collect();
    HELD.with_borrow_mut(|h| *h = Some(Held { _scheduler: scheduler, queues }));
}

extern "C" fn after_in_parent() {
    HELD.with_borrow_mut(Option::take);
}

extern "C" fn after_in_child() {
    let Some(held) = HELD.with_borrow_mut(Option::take) else { return };
    gpu::after_fork();
    let running_here = RUNNING.with_borrow(|r| !r.is_empty());
    for mut queue in held.queues {
        queue.worker = false;
        queue.notified = false;
        if running_here {
            continue;
        }
        queue.busy = false;
        for event in std::mem::take(&mut queue.current) {
            event.fire(Err(Error::runtime("the task was being run by another thread when the process forked")));
        }
    }
}
