//! Thread-local streams: one name, a stream of its own on every thread that uses it.

use super::Stream;
use crate::device::Device;
use crate::error::Result;
use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A stream that is another one on every thread. A cheap handle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadLocalStream {
    device: Device,
    index: usize,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The streams that this thread has got for them, by index.
    static STREAMS: RefCell<Vec<(usize, Stream)>> = const { RefCell::new(Vec::new()) };
}

impl ThreadLocalStream {
    /// A new name for one stream a thread on `device`.
    ///
    /// # Errors
    /// When the device does not exist.
    pub fn new(device: impl Into<Device>) -> Result<ThreadLocalStream> {
        let device = device.into();
        device.check()?;
        Ok(ThreadLocalStream { device, index: COUNT.fetch_add(1, Ordering::Relaxed) })
    }

    /// This thread's stream, made at the first call.
    pub fn get(self) -> Result<Stream> {
        let found = STREAMS.with_borrow(|s| s.iter().find(|(i, _)| *i == self.index).map(|(_, s)| *s));
        found.map_or_else(
            || {
                let stream = Stream::new(self.device)?;
                STREAMS.with_borrow_mut(|s| s.push((self.index, stream)));
                Ok(stream)
            },
            Ok,
        )
    }

    /// The device its streams run on.
    pub fn device(self) -> Device {
        self.device
    }
}

impl fmt::Display for ThreadLocalStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThreadLocalStream({}, {})", self.device, self.index)
    }
}
