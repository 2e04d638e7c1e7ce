//! Outputs element by element. Elements narrower than a word share words, which two threads must not write at once: either a thread
//! computes whole words, or elements get words of their own and are packed afterwards.

use super::call::{GpuCall, Part};
use super::wgsl;
use crate::dtype::Dtype;
use crate::error::Result;
use crate::shape::{Layout, collapse, size};

/// Adds a layout to parameters, for the function `walk` of kernels, which is given the place that this returns.
pub fn push_walk(params: &mut Vec<u32>, shape: &[usize], strides: &[isize]) -> u32 {
    let at = params.len() as u32;
    let (shape, [strides]) = collapse(shape, [strides]);
    params.push(shape.len() as u32);
    params.extend(shape.iter().map(|&n| n as u32));
    params.extend(strides.iter().map(|&s| s as i32 as u32));
    at
}

impl GpuCall<'_> {
    /// [`Kind::NoKernel`](crate::error::Kind::NoKernel) unless kernels can number the elements of output `i` and reach all of them, each
    /// in words of its own.
    ///
    /// # Errors
    /// That one.
    pub fn check_output(&self, i: usize) -> Result<()> {
        let n = size(self.output_shape(i));
        if n >= 1 << 31 || !self.fits(0, n, self.output_dtype(i).size().max(4)) {
            return Err(self.declined("for arrays of this size"));
        }
        Ok(())
    }

    /// Runs a kernel that computes each element of output 0 as `dtype`. `body` writes WGSL that makes `value` from the place `i`. `P[0]`
    /// is the number of elements; `params` follow. Buffers to write besides are `b1`, `b2`, ….
    ///
    /// # Errors
    /// As [`GpuCall::run`], and as [`GpuCall::check_output`].
    pub fn elements(
        &mut self,
        key: &str,
        dtype: Dtype,
        reads: &[&Part],
        more: &[&Part],
        params: &[u32],
        body: impl FnOnce() -> String,
    ) -> Result<()> {
        self.check_output(0)?;
        let out = self.sink(0)?;
        let n = size(self.output_shape(0));
        if n == 0 {
            return Ok(());
        }
        let mut all = vec![n as u32];
        all.extend_from_slice(params);
        let mut writes = vec![&out];
        writes.extend_from_slice(more);
        let groups = self.groups_for(n.div_ceil(wgsl::per_word(dtype)));
        let source = || Ok(wgsl::elementwise(reads.len(), &[(dtype, "value".to_owned())], more.len(), &body()));
        self.run(&format!("{key} {dtype}"), reads, &writes, &all, groups, source)
    }

    /// Runs `f` with memory for output `i`, elements of type `dtype`, in which every element has words of its own: kernels write it with
    /// [`wgsl::put`] and read it with [`wgsl::take`].
    ///
    /// # Errors
    /// As [`GpuCall::check_output`], and what `f` returns.
    pub fn in_words(&mut self, i: usize, dtype: Dtype, f: impl FnOnce(&mut Self, &Part) -> Result<()>) -> Result<()> {
        self.check_output(i)?;
        let n = size(self.output_shape(i));
        if n == 0 || dtype.size() >= 4 {
            let out = self.sink(i)?;
            return if n == 0 { Ok(()) } else { f(self, &out) };
        }
        self.with_scratch(n * 4, |call, words| {
            f(call, words)?;
            let out = call.sink(i)?;
            let groups = call.groups_for(n.div_ceil(wgsl::per_word(dtype)));
            let body = || format!("let value = {};\n", wgsl::take(dtype, "a0", "i"));
            let source = || Ok(wgsl::elementwise(1, &[(dtype, "value".to_owned())], 0, &body()));
            call.run(&format!("pack {dtype}"), &[words], &[&out], &[n as u32], groups, source)
        })
    }

    /// Sets the first `n` elements of `dtype` of memory that [`GpuCall::in_words`] gave to 0.
    ///
    /// # Errors
    /// As [`GpuCall::run`].
    pub fn clear_words(&mut self, words: &Part, dtype: Dtype, n: usize) -> Result<()> {
        let n = n * dtype.size().div_ceil(4);
        let groups = self.groups_for(n);
        let source = || Ok(wgsl::elementwise(0, &[(Dtype::Uint32, "0u".to_owned())], 0, ""));
        self.run("clear", &[], &[words], &[n as u32], groups, source)
    }

    /// Moves input `i`, read as `dtype`, to the places `target`, a layout of its shape, of memory that [`GpuCall::in_words`] gave for
    /// that dtype.
    ///
    /// # Errors
    /// As [`GpuCall::run`] and [`GpuCall::source`].
    pub fn put_words(&mut self, i: usize, words: &Part, dtype: Dtype, target: &Layout) -> Result<()> {
        let layout = self.input(i).layout.clone();
        let n = layout.size();
        if n == 0 {
            return Ok(());
        }
        let source = self.source(i)?;
        let mut params = vec![n as u32, source.start, target.offset as u32, 0];
        push_walk(&mut params, &layout.shape, &layout.strides);
        params[3] = push_walk(&mut params, &target.shape, &target.strides);
        let groups = self.groups_for(n);
        let text = || {
            let load = wgsl::load(dtype, "a0", "P[1] + walk(4u, i)");
            let text = format!(
                "{}{}let i = group * {}u + lane;\nif (i >= P[0]) {{ return; }}\nlet value = {load};\nlet at = P[2] + walk(P[3], i);\n{}\n}}\n",
                wgsl::buffers(1, 1),
                wgsl::main(super::GROUP as usize),
                super::GROUP,
                wgsl::put(dtype, "b0", "at", "value")
            );
            Ok(wgsl::with_library(&text))
        };
        self.run(&format!("put {dtype}"), &[&source], &[words], &params, groups, text)
    }
}
