//! Products of matrices on GPUs: tiles in workgroup memory, a block of results a thread. Operands are read by strides, so that
//! transposed ones need no copy; halves are summed in `f32`.

use crate::ext::gpu::wgsl;
use crate::ext::*;

/// Rows and columns of the results of a workgroup, and of a thread.
const TILE: usize = 64;
/// Fewer rows or columns than this are not worth tiles.
const THIN: usize = 8;
/// Elements of a row summed between barriers.
const DEPTH: usize = 16;

pub(super) fn matmul(call: &mut GpuCall) -> Result<()> {
    let dtype = call.output_dtype(0);
    if !matches!(dtype, Dtype::Float32 | Dtype::Float16 | Dtype::Bfloat16) {
        return Err(call.declined(&format!("for {dtype}")));
    }
    let (a, b) = (call.input(0).layout().clone(), call.input(1).layout().clone());
    let ([batch @ .., m, k], [.., n]) = (&a.shape[..], &b.shape[..]) else { unreachable!("at least two axes") };
    let (m, k, n, count) = (*m, *k, *n, size(batch));
    let axes = batch.len();
    let reach = |l: &Layout| l.bounds().is_none_or(|(lo, hi)| call.fits(lo, hi, dtype.size()));
    if !reach(&a) || !reach(&b) || !call.fits(0, count * m * n, 4) {
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
    let thin = m.min(n) < THIN && m.max(n) > TILE;
    let (kind, text, groups) = if thin {
        ("thin ", include_str!("thin.wgsl"), call.groups_for(count * m * n))
    } else {
        ("", include_str!("matmul.wgsl"), call.fold_groups(count * m.div_ceil(TILE) * n.div_ceil(TILE)))
    };
    let key = format!("{kind}matmul {dtype}");
    let source = || Ok(source(text, dtype));
    call.in_words(0, dtype, |call, sums| call.run(&key, &[&part_a, &part_b], &[sums], &params, groups, source))
}

fn source(text: &str, dtype: Dtype) -> String {
    let text = text
        .replace("LOAD_A", &wgsl::load(dtype, "a0", "place_a"))
        .replace("LOAD_B", &wgsl::load(dtype, "a1", "place_b"))
        .replace("TILE", &format!("{TILE}u"))
        .replace("DEPTH", &format!("{DEPTH}u"));
    wgsl::with_library(&(wgsl::buffers(2, 1) + &text))
}
