//! Products of matrices on GPUs: tiles in workgroup memory, a block of results a thread. Operands are read by strides, so that
//! transposed ones need no copy; halves are summed in `f32`.

use crate::ext::gpu::wgsl;
use crate::ext::*;

/// Rows and columns of the results of a workgroup.
const fn tile(dtype: Dtype) -> usize {
    if dtype.is_complex() { 32 } else { 64 }
}

/// Fewer rows or columns than this are not worth tiles.
const THIN: usize = 8;
/// Elements of a row summed between barriers.
const DEPTH: usize = 16;

pub(super) fn matmul(call: &mut GpuCall) -> Result<()> {
    let dtype = call.output_dtype(0);
    if !matches!(dtype, Dtype::Float32 | Dtype::Float16 | Dtype::Bfloat16 | Dtype::Complex64) {
        return Err(call.declined(&format!("for {dtype}")));
    }
    let (a, b) = (call.input(0).layout().clone(), call.input(1).layout().clone());
    let ([batch @ .., m, k], [.., n]) = (&a.shape[..], &b.shape[..]) else { unreachable!("at least two axes") };
    let (m, k, n, count) = (*m, *k, *n, size(batch));
    let axes = batch.len();
    let reach = |l: &Layout| l.bounds().is_none_or(|(lo, hi)| call.fits(lo, hi, dtype.size()));
    if !reach(&a) || !reach(&b) || !call.fits(0, count * m * n, dtype.size().max(4)) {
        return Err(call.declined("for arrays of this size"));
    }
    if k > call.limits().rounds {
        return Err(call.declined("for sums of this length"));
    }
    if count * m * n == 0 {
        return call.sink(0).map(drop);
    }
    let (outer, [steps_a, steps_b]) = collapse(batch, [&a.strides[..axes], &b.strides[..axes]]);
    let (part_a, part_b) = (call.source(0)?, call.source(1)?);
    let word = |x: usize| x as u32;
    let step = |s: isize| s as i32 as u32;
    let mut params = vec![word(count), word(m), word(n), word(k), part_a.start, part_b.start];
    params.extend([step(a.strides[axes]), step(a.strides[axes + 1]), step(b.strides[axes]), step(b.strides[axes + 1])]);
    params.push(word(outer.len()));
    params.extend(outer.iter().map(|&n| word(n)));
    params.extend(steps_a.iter().chain(&steps_b).map(|&s| step(s)));
    let tile = tile(dtype);
    let (kind, text, groups) = if m.min(n) < THIN && m.max(n) > 64 {
        ("thin ", include_str!("thin.wgsl"), call.groups_for(count * m * n))
    } else {
        let text = if dtype.is_complex() { include_str!("complex.wgsl") } else { include_str!("matmul.wgsl") };
        ("", text, call.fold_groups(count * m.div_ceil(tile) * n.div_ceil(tile)))
    };
    let key = format!("{kind}matmul {dtype}");
    let source = || Ok(source(text, dtype));
    call.in_words(0, dtype, |call, sums| call.run(&key, &[&part_a, &part_b], &[sums], &params, groups, source))
}

fn source(text: &str, dtype: Dtype) -> String {
    let (nothing, joined) = if dtype.is_complex() { ("vec2<f32>()", "sum + mul_c64(x, y)") } else { ("0.0", "fma(x, y, sum)") };
    // Sums of halves stay as wide as they are until they are packed.
    let sums = if dtype.is_complex() { dtype } else { Dtype::Float32 };
    let text = [include_str!("place.wgsl"), text]
        .concat()
        .replace("LOAD_A", &wgsl::load(dtype, "a0", "place_a"))
        .replace("LOAD_B", &wgsl::load(dtype, "a1", "place_b"))
        .replace("STORE", &wgsl::store(sums, "b0", "at", "sum"))
        .replace("NOTHING", nothing)
        .replace("JOINED", joined)
        .replace("TILE", &format!("{}u", tile(dtype)))
        .replace("DEPTH", &format!("{DEPTH}u"));
    wgsl::with_library(&(wgsl::buffers(2, 1) + &text))
}
