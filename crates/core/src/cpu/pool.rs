//! The private pool of threads that share the work inside one operation.
//!
//! Whoever calls [`parallel`] works too, so progress never depends on the helpers, and helpers run nothing but the tasks of such
//! calls: they never wait for a stream. Several callers may be at work at once; a call made inside a task runs inline. A panic
//! in a task is raised again in its caller. A forked child makes its own pool when it first needs one.
//!
//! Tasks are dealt out in [`Shares`]: a thread first does those of its own share, the same ones each time, so that it finds what
//! it read or wrote in the operation before in the caches of its own core. Then it helps with the others'.

use smallvec::SmallVec;
use std::any::Any;
use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long an idle thread looks for work or for the end of a job before it sleeps: about the cost of being woken.
const SPIN: Duration = Duration::from_micros(if cfg!(miri) { 0 } else { 20 });

static THREADS: AtomicUsize = AtomicUsize::new(0);

/// How many threads share an operation's work, the caller included. From `MILLPOND_NUM_THREADS`, else as many as the machine runs at once.
pub fn threads() -> usize {
    match THREADS.load(Relaxed) {
        0 => {
            let set = std::env::var("MILLPOND_NUM_THREADS").ok().and_then(|v| v.parse().ok()).filter(|&n| n > 0);
            let n = set.unwrap_or_else(|| thread::available_parallelism().map_or(1, |n| n.get()));
            let _ = THREADS.compare_exchange(0, n, Relaxed, Relaxed);
            THREADS.load(Relaxed)
        }
        n => n,
    }
}

/// Changes [`threads`] for the operations that start from now on; 0 restores the default.
pub fn set_threads(n: usize) {
    THREADS.store(n, Relaxed);
}

/// Tasks `0..tasks` in as many runs of neighbours as there are threads, each of which has one and takes from the others' in the end.
struct Shares {
    tasks: usize,
    /// The next task of each share.
    next: SmallVec<[AtomicUsize; 8]>,
}

impl Shares {
    fn new(tasks: usize, threads: usize) -> Shares {
        Shares { tasks, next: (0..threads).map(|k| AtomicUsize::new(k * tasks / threads)).collect() }
    }

    /// A task that nobody took yet, from share `at` if it has one left, else from the next that has; `at` then becomes that one.
    fn take(&self, at: &mut usize) -> Option<usize> {
        let shares = self.next.len();
        for _ in 0..shares {
            let end = (*at + 1) * self.tasks / shares;
            if self.next[*at].load(Relaxed) < end {
                let task = self.next[*at].fetch_add(1, Relaxed);
                if task < end {
                    return Some(task);
                }
            }
            *at = (*at + 1) % shares;
        }
        None
    }

    /// Nobody takes another task.
    fn clear(&self) {
        self.next.iter().for_each(|next| next.store(self.tasks, Relaxed));
    }
}

/// One call of [`parallel`].
struct Job {
    /// Borrowed from the caller, who does not return before `active` is 0 and the job is out of the queue.
    run: *const (dyn Fn(usize) + Sync),
    shares: Shares,
    /// Helpers at work on it; raised only under the queue's lock.
    active: AtomicUsize,
    /// How many helpers may still join; read and lowered only under the queue's lock.
    seats: AtomicUsize,
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    caller: Thread,
}

// SAFETY: `run` points to a `Sync` closure that outlives every use of the job (see `parallel`).
unsafe impl Send for Job {}
// SAFETY: as above.
unsafe impl Sync for Job {}

impl Job {
    /// Works for as long as there are tasks, those of share `share` first.
    fn work(&self, mut share: usize) {
        let was = INSIDE.replace(true);
        while let Some(i) = self.shares.take(&mut share) {
            // SAFETY: a task was left, so the caller is still in `parallel` and the closure alive.
            let run = unsafe { &*self.run };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| run(i))) {
                lock(&self.panic).get_or_insert(payload);
                self.shares.clear();
            }
        }
        INSIDE.set(was);
    }
}

#[derive(Default)]
struct Pool {
    process: u32,
    jobs: Mutex<VecDeque<Arc<Job>>>,
    ready: Condvar,
    /// Jobs in the queue, to look at without the lock.
    waiting: AtomicUsize,
    helpers: AtomicUsize,
}

thread_local! {
    /// Whether this thread is running a task.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

/// This process's pool. One is leaked a process, so helpers may hold it for ever and a forked child never touches its parent's locks.
fn pool() -> &'static Pool {
    static POOL: AtomicPtr<Pool> = AtomicPtr::new(std::ptr::null_mut());
    let process = std::process::id();
    let current = POOL.load(Acquire);
    // SAFETY: null or a leaked pool.
    if let Some(pool) = unsafe { current.as_ref() }.filter(|p| p.process == process) {
        return pool;
    }
    let fresh = Box::into_raw(Box::new(Pool { process, ..Pool::default() }));
    match POOL.compare_exchange(current, fresh, AcqRel, Acquire) {
        // SAFETY: just leaked.
        Ok(_) => unsafe { &*fresh },
        Err(other) => {
            // SAFETY: ours was never shared; the other was leaked by a thread of this process.
            unsafe {
                drop(Box::from_raw(fresh));
                &*other
            }
        }
    }
}

impl Pool {
    /// Makes sure that `wanted` helpers exist, as far as the system allows.
    fn grow(&'static self, wanted: usize) {
        while self.helpers.load(Relaxed) < wanted {
            let i = self.helpers.fetch_add(1, Relaxed);
            if i >= wanted || thread::Builder::new().name(format!("millpond-{i}")).spawn(move || self.help(i)).is_err() {
                self.helpers.fetch_sub(1, Relaxed);
                return;
            }
        }
    }

    fn help(&self, helper: usize) {
        loop {
            let job = self.take();
            // The first share is the caller's.
            job.work(1 + helper % (job.shares.next.len() - 1));
            // The caller may return, and free what `run` borrows, as soon as it sees 0: the job itself is kept by our `Arc`.
            if job.active.fetch_sub(1, AcqRel) == 1 {
                job.caller.unpark();
            }
        }
    }

    /// Waits for a job with a free seat and takes it.
    fn take(&self) -> Arc<Job> {
        let start = Instant::now();
        while self.waiting.load(Relaxed) == 0 && start.elapsed() < SPIN {
            std::hint::spin_loop();
        }
        let mut jobs = lock(&self.jobs);
        loop {
            if let Some(job) = jobs.front().cloned() {
                job.active.fetch_add(1, Relaxed);
                if job.seats.fetch_sub(1, Relaxed) == 1 {
                    jobs.pop_front();
                    self.waiting.fetch_sub(1, Relaxed);
                }
                return job;
            }
            jobs = self.ready.wait(jobs).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Runs `f(0)`, …, `f(tasks - 1)`, in any order and on several threads, and returns when all are done.
///
/// # Panics
/// With the payload of a task that panicked, after the tasks under way are done; the rest are not started.
pub fn parallel(tasks: usize, f: &(dyn Fn(usize) + Sync)) {
    let helpers = threads().min(tasks).saturating_sub(1);
    if helpers == 0 || INSIDE.get() {
        return (0..tasks).for_each(f);
    }
    let pool = pool();
    pool.grow(helpers);
    // SAFETY: only the lifetime changes; this function does not return before no helper can reach the job.
    let run: *const (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(f as *const (dyn Fn(usize) + Sync)) };
    let job = Arc::new(Job {
        run,
        shares: Shares::new(tasks, helpers + 1),
        active: AtomicUsize::new(0),
        seats: AtomicUsize::new(helpers),
        panic: Mutex::new(None),
        caller: thread::current(),
    });
    {
        let mut jobs = lock(&pool.jobs);
        jobs.push_back(job.clone());
        pool.waiting.fetch_add(1, Relaxed);
    }
    if helpers == 1 {
        pool.ready.notify_one()
    } else {
        pool.ready.notify_all()
    }

    job.work(0);

    {
        let mut jobs = lock(&pool.jobs);
        if let Some(i) = jobs.iter().position(|j| Arc::ptr_eq(j, &job)) {
            jobs.remove(i);
            pool.waiting.fetch_sub(1, Relaxed);
        }
    }
    let start = Instant::now();
    while job.active.load(Acquire) != 0 {
        if start.elapsed() < SPIN {
            std::hint::spin_loop();
        } else {
            thread::park();
        }
    }
    let panic = lock(&job.panic).take();
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
}

/// Runs `f(state, i)` for every `i` below `tasks` as [`parallel`] does, with a `state` made once a thread.
pub fn parallel_with<S>(tasks: usize, state: &(dyn Fn() -> S + Sync), f: &(dyn Fn(&mut S, usize) + Sync)) {
    let threads = if INSIDE.get() { 1 } else { threads().min(tasks) };
    let shares = Shares::new(tasks, threads);
    parallel(threads, &|mut share| {
        let mut state = state();
        while let Some(i) = shares.take(&mut share) {
            f(&mut state, i);
        }
    });
}

/// Runs `f` over `0..len` in pieces of `grain` (the last may be shorter), whatever the number of threads.
pub fn parallel_ranges(len: usize, grain: usize, f: &(dyn Fn(Range<usize>) + Sync)) {
    let grain = grain.max(1);
    parallel(len.div_ceil(grain), &|i| f(i * grain..len.min((i + 1) * grain)));
}

/// Runs `f(start, piece)` over `out` cut into pieces of `grain` elements (the last may be shorter), each of which starts at `start`.
pub fn parallel_chunks<T: Send>(out: &mut [T], grain: usize, f: &(dyn Fn(usize, &mut [T]) + Sync)) {
    struct Base<T>(*mut T);
    // SAFETY: the pieces handed to threads do not overlap, and `T` may be sent.
    unsafe impl<T: Send> Sync for Base<T> {}
    impl<T> Base<T> {
        fn at(&self, i: usize) -> *mut T {
            self.0.wrapping_add(i)
        }
    }
    let base = Base(out.as_mut_ptr());
    parallel_ranges(out.len(), grain, &|r| {
        // SAFETY: the ranges are disjoint and inside `out`, which stays borrowed until all are done.
        f(r.start, unsafe { std::slice::from_raw_parts_mut(base.at(r.start), r.len()) });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_callers_at_once_each_see_all_their_tasks_done() {
        let rounds = if cfg!(miri) { 3 } else { 300 };
        thread::scope(|s| {
            for caller in 0..4 {
                s.spawn(move || {
                    for round in 0..rounds {
                        let hits: Vec<AtomicUsize> = (0..1 + (caller + round) % 17).map(|_| AtomicUsize::new(0)).collect();
                        parallel(hits.len(), &|i| {
                            // Nested calls run inline.
                            parallel(2, &|_| _ = hits[i].fetch_add(1, Relaxed));
                        });
                        assert!(hits.iter().all(|h| h.load(Relaxed) == 2));
                    }
                });
            }
        });
    }

    #[test]
    fn shares_hold_every_task_once_and_are_taken_in_turn() {
        for (tasks, threads) in [(0, 1), (1, 1), (7, 3), (2, 3), (64, 2)] {
            let shares = Shares::new(tasks, threads);
            let mut at = threads - 1;
            let first = at * tasks / threads;
            let taken: Vec<usize> = std::iter::from_fn(|| shares.take(&mut at)).collect();
            assert_eq!(taken, (first..tasks).chain(0..first).collect::<Vec<_>>(), "{tasks} on {threads}");
        }
    }

    #[test]
    fn a_state_is_made_once_a_thread() {
        let (made, sum) = (AtomicUsize::new(0), AtomicUsize::new(0));
        parallel_with(1000, &|| made.fetch_add(1, Relaxed), &|_, i| _ = sum.fetch_add(i, Relaxed));
        assert_eq!(sum.into_inner(), 499_500);
        assert!((1..=threads()).contains(&made.into_inner()));
        parallel_with(0, &|| unreachable!("no task needs it"), &|(), _| ());
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        for _ in 0..5 {
            let caught = catch_unwind(|| parallel(64, &|i| assert!(i != 13, "unlucky {i}")));
            let message = *caught.unwrap_err().downcast::<String>().unwrap();
            assert_eq!(message, "unlucky 13");
            let sum = AtomicUsize::new(0);
            parallel_ranges(1000, 7, &|r| _ = sum.fetch_add(r.sum(), Relaxed));
            assert_eq!(sum.into_inner(), 499_500);
        }
    }

    #[cfg(all(unix, not(miri)))]
    #[test]
    fn a_forked_child_has_a_pool_of_its_own() {
        let work = || {
            let sum = AtomicUsize::new(0);
            parallel(100, &|i| _ = sum.fetch_add(i, Relaxed));
            sum.into_inner()
        };
        assert_eq!(work(), 4950);
        // SAFETY: the child only runs the pool and leaves through `_exit`.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(i32::from(work() != 4950));
            }
            let mut status = -1;
            assert_eq!(libc::waitpid(child, &mut status, 0), child);
            assert_eq!(status, 0);
        }
    }
}
