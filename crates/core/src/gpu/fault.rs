//! What kernels find wrong: they write to words that are 0 otherwise, and the host looks at them when the batch is done.

use super::{Encoder, Gpu, Memory};
use crate::error::{Error, Result};
use std::collections::HashMap;
use std::sync::Arc;

/// Says what words that a kernel may have written mean.
pub(super) type Decide = Box<dyn FnOnce(&[u32]) -> Option<Error> + Send>;

/// Words of a page.
const PAGE: usize = 1024;

/// The words of a batch.
#[derive(Default)]
pub(super) struct Faults(Vec<Page>);

struct Page {
    /// The device's.
    memory: Arc<dyn Memory>,
    /// The host's copy, once the batch has been submitted.
    copy: Option<Result<Arc<dyn Memory>>>,
    used: usize,
    found: Vec<Found>,
}

/// Some words of a page.
struct Found {
    task: usize,
    at: usize,
    words: usize,
    decide: Decide,
}

impl Faults {
    /// Words for task number `task`, all 0: the memory and where in it they are.
    pub(super) fn add(
        &mut self,
        task: usize,
        words: usize,
        decide: Decide,
        gpu: &dyn Gpu,
        encoder: &mut dyn Encoder,
    ) -> Result<(Arc<dyn Memory>, usize)> {
        if self.0.last().is_none_or(|page| page.used + words > page.memory.bytes() / 4) {
            let bytes = 4 * words.max(PAGE);
            let memory = gpu.allocate(bytes)?;
            encoder.upload(&memory, &vec![0; bytes])?;
            self.0.push(Page { memory, copy: None, used: 0, found: Vec::new() });
        }
        let page = self.0.last_mut().expect("made above");
        let at = page.used;
        page.used += words;
        page.found.push(Found { task, at, words, decide });
        Ok((page.memory.clone(), at))
    }

    /// Encodes copies for the host.
    pub(super) fn download(&mut self, encoder: &mut dyn Encoder) {
        for page in &mut self.0 {
            page.copy = Some(encoder.download(&page.memory, 4 * page.used));
        }
    }

    /// The errors by task, when the device is done.
    pub(super) fn errors(self) -> HashMap<usize, Error> {
        let mut errors = HashMap::new();
        for Page { copy, used, found, .. } in self.0 {
            let copy = copy.unwrap_or_else(|| Err(Error::runtime("[gpu] a batch was not submitted")));
            let host = copy.as_ref().ok().and_then(|memory| memory.host());
            // SAFETY: the memory is the host's copy of that many words, written by the device, which is done, and held by `copy`.
            let words = host.map(|p| unsafe { std::slice::from_raw_parts(p.as_ptr().cast::<u32>(), used) });
            for Found { task, at, words: n, decide } in found {
                let error = match (&copy, words) {
                    (_, Some(words)) => decide(&words[at..at + n]),
                    (Err(e), None) => Some(e.clone()),
                    (Ok(_), None) => Some(Error::runtime("[gpu] memory for the host is not the host's")),
                };
                if let Some(error) = error {
                    errors.entry(task).or_insert(error);
                }
            }
        }
        errors
    }
}
