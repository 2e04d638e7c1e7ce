//! Streams: where operations run.

use crate::table::{api, check};

/// A queue of work on one device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stream(pub(crate) usize);

impl Stream {
    /// The stream that operations built on this thread go to.
    pub fn current() -> Stream {
        // SAFETY: takes nothing.
        Stream(unsafe { (api().stream_current)() })
    }

    /// Runs `f` with this as the current stream of the thread.
    pub fn run<R>(self, f: impl FnOnce() -> R) -> R {
        struct Restore(isize);
        impl Drop for Restore {
            fn drop(&mut self) {
                replace(self.0);
            }
        }
        let _restore = Restore(replace(self.0 as isize));
        f()
    }
}

fn replace(stream: isize) -> isize {
    let mut previous = -1;
    // SAFETY: `previous` can be written.
    check(unsafe { (api().stream_replace)(stream, &mut previous) }).expect("the stream is one of the core's");
    previous
}
