//! Submissions and their ends: one thread a device waits for each submission in turn and calls back.

use millpond_core::error::{Error, Kind, Result};
use millpond_core::gpu::Done;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use wgpu::{Buffer, BufferTransition, BufferUses, CommandEncoder, Device, PollType, Queue, SubmissionIndex};

/// Where submissions go.
pub struct Completion(Mutex<Sender<(Option<SubmissionIndex>, Done)>>);

impl Completion {
    /// Starts the thread. It ends with the process.
    pub fn start(device: Device, lost: Arc<Mutex<Option<Error>>>) -> std::io::Result<Completion> {
        let (sender, receiver) = channel::<(Option<SubmissionIndex>, Done)>();
        let failure = move || lost.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let wait = move |index| {
            let wait = PollType::Wait { submission_index: Some(index), timeout: None };
            let waited = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| device.poll(wait)));
            match waited {
                Ok(Ok(_)) => Ok(()),
                Ok(Err(e)) => Err(Error::new(Kind::Device, format!("waiting for the GPU failed: {e}"))),
                Err(_) => Err(Error::new(Kind::Device, "waiting for the GPU failed: the driver's layer panicked")),
            }
        };
        let work = move || {
            for (index, done) in receiver {
                let outcome = index.map_or(Ok(()), &wait);
                let outcome = failure().map_or(outcome, Err);
                // What callers let go of may be anybody's; the thread outlives its panics.
                let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| done(outcome)));
            }
        };
        std::thread::Builder::new().name("millpond-gpu-wait".into()).spawn(work)?;
        Ok(Completion(Mutex::new(sender)))
    }

    /// Submits what `encoder` holds. `read` is made visible to the host.
    pub fn submit(&self, queue: &Queue, mut encoder: CommandEncoder, read: &[&Buffer], done: Done) {
        if !read.is_empty() {
            let to_host = read.iter().map(|&buffer| BufferTransition { buffer, state: BufferUses::MAP_READ });
            encoder.transition_resources(to_host, std::iter::empty());
        }
        let commands = encoder.finish();
        // Held from submission to hand-over, so that both are in the same order.
        let sender = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let index = queue.submit([commands]);
        send(&sender, Some(index), done);
    }

    /// Calls `done` after all that was submitted.
    pub fn after(&self, done: Done) {
        send(&self.0.lock().unwrap_or_else(|e| e.into_inner()), None, done);
    }
}

fn send(sender: &Sender<(Option<SubmissionIndex>, Done)>, index: Option<SubmissionIndex>, done: Done) {
    if let Err(unsent) = sender.send((index, done)) {
        let ended: Result<()> = Err(Error::new(Kind::Device, "the GPU's thread has ended"));
        (unsent.0.1)(ended);
    }
}
