//! Random bits on GPUs: a thread encrypts the counter of each word that it needs.

use crate::ext::gpu::wgsl;
use crate::ext::*;

/// `n` elements for each key.
pub(super) fn bits(n: usize, call: &mut GpuCall) -> Result<()> {
    call.check_output(0)?;
    let dtype = call.output_dtype(0);
    let per = 4 / dtype.size();
    let words = n.div_ceil(per);
    let keys = call.input(0).layout().clone();
    let last = keys.ndim() - 1;
    let source = call.source(0)?;
    let mut params = vec![0, n as u32, words as u32, source.start, keys.strides[last] as i32 as u32];
    gpu::push_walk(&mut params, &keys.shape[..last], &keys.strides[..last]);
    let body = || {
        let value = wgsl::wrapped(dtype, format!("(word >> ((place % {per}u) * {}u))", 8 * dtype.size() % 32));
        format!(
            "let place = i % P[1];\nlet key = P[3] + walk(5u, i / P[1]);\n\
             let word = random_word(a0[key], a0[key + P[4]], place / {per}u, P[2]);\nlet value = {value};\n"
        )
    };
    call.elements("random bits", dtype, &[&source], &[], &params[1..], body)
}
