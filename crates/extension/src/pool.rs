//! The core's threads, for loops in kernels.

use crate::table::api;
use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;

/// Runs `f` for every number below `tasks`, on several threads, and waits.
///
/// # Panics
/// When `f` did, after all else has run.
pub fn parallel(tasks: usize, f: &(dyn Fn(usize) + Sync)) {
    struct Context<'a> {
        f: &'a (dyn Fn(usize) + Sync),
        panic: Mutex<Option<Box<dyn Any + Send>>>,
    }
    /// # Safety
    /// Called by the core, with what the documentation of its interface says.
    unsafe extern "C" fn body(context: *mut c_void, task: usize) {
        // SAFETY: the context lives until all tasks have run.
        let context = unsafe { &*context.cast::<Context>() };
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (context.f)(task))) {
            *context.panic.lock().unwrap_or_else(|e| e.into_inner()) = Some(panic);
        }
    }
    let mut context = Context { f, panic: Mutex::new(None) };
    // SAFETY: `body` takes such a context and may run on several threads, since `f` is `Sync`.
    unsafe { (api().parallel)(tasks, (&raw mut context).cast(), body) };
    if let Some(panic) = context.panic.into_inner().unwrap_or_else(|e| e.into_inner()) {
        resume_unwind(panic);
    }
}

/// Runs `f` on pieces of at most `grain` elements of `out`, with the place of their first element.
pub fn parallel_chunks<T: Send>(out: &mut [T], grain: usize, f: &(dyn Fn(usize, &mut [T]) + Sync)) {
    let grain = grain.max(1);
    let pieces: Vec<Mutex<(usize, &mut [T])>> =
        out.chunks_mut(grain).enumerate().map(|(i, piece)| Mutex::new((i * grain, piece))).collect();
    parallel(pieces.len(), &|i| {
        let mut piece = pieces[i].lock().unwrap_or_else(|e| e.into_inner());
        let (at, ref mut elements) = *piece;
        f(at, elements);
    });
}
