//! What a reduction reads: an array, or a fused program that computes it tile by tile without storing it.

use crate::cpu::fused::{Compiled, Reader, Sink, Source};
use crate::dtype::Dtype;
use crate::shape::{Shape, Strides};

/// The input of a reduction: elements of `dtype` in some shape, read in row-major order through [`Reader`]s.
pub struct Loader<'a> {
    pub(crate) program: &'a Compiled,
    pub(crate) shape: Shape,
    pub(crate) sources: Vec<Source>,
    /// Other outputs of the program, stored as they pass.
    pub(crate) sinks: Vec<Sink>,
    pub(crate) dtype: Dtype,
}

// SAFETY: the pointers are to memory that outlives the task; sources are only read, and readers of disjoint ranges write disjoint
// parts of the sinks.
unsafe impl Sync for Loader<'_> {}

impl Loader<'_> {
    /// The shape of what is read.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The type of the elements read.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// A reader over all elements. Readers of different ranges may work on different threads; every element must be read
    /// exactly once, since other outputs may be stored in passing.
    pub fn reader(&self) -> Reader<'_> {
        // SAFETY: whoever made the loader vouched for sources and sinks over this shape.
        unsafe { Reader::new(self.program, &self.shape, &self.sources, &self.sinks) }
    }

    /// Whether axes may be permuted: only when nothing is stored in passing.
    pub fn can_permute(&self) -> bool {
        self.sinks.is_empty()
    }

    /// The strides of each source, to choose a reading order by.
    pub fn source_strides(&self) -> impl Iterator<Item = &Strides> {
        self.sources.iter().map(|s| &s.strides)
    }

    /// The same elements read with the axes in the order `perm`. [`Loader::can_permute`] must hold.
    pub fn permute(&self, perm: &[usize]) -> Loader<'_> {
        assert!(self.can_permute());
        Loader {
            program: self.program,
            shape: perm.iter().map(|&a| self.shape[a]).collect(),
            sources: self
                .sources
                .iter()
                .map(|s| Source { ptr: s.ptr, strides: perm.iter().map(|&a| s.strides[a]).collect() })
                .collect(),
            sinks: Vec::new(),
            dtype: self.dtype,
        }
    }
}
