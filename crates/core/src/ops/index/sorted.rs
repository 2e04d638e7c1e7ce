//! Scattering to few elements from many positions on GPUs: positions are sorted by where they lead, so that those that meet are
//! neighbours, and each run of them is folded by many threads. Runs of up to [`RADIX`] are folded in the order of positions, as on the
//! CPU; longer ones in pieces of that order.

use super::gpu::{Lookup, check_slices};
use super::plan::{Source, slice_shape};
use super::scatter::Mode;
use crate::ext::gpu::{Part, wgsl};
use crate::ext::*;
use crate::ops::sort::{padded, sort_entries};

/// Entries of a run that a thread folds.
const RADIX: usize = 64;
/// The key of a position that leads nowhere, and of padding.
const NOWHERE: &str = "0xffffffffu";

/// The head of a kernel whose threads have an entry `i` and an element `s` of its slice each: `P[0]` entries, `P[1]` elements. Entries
/// in `a0` are the place of a slice and the number of its position.
fn head(reads: usize, writes: usize) -> String {
    format!(
        "{}{}let t = group * {}u + lane;\nif (t >= P[0] * P[1]) {{ return; }}\nlet i = t / P[1];\nlet s = t % P[1];\n\
         let key = a0[i * 2u];\nif (key == {NOWHERE}) {{ return; }}\n",
        wgsl::buffers(reads, writes),
        wgsl::main(gpu::GROUP as usize),
        gpu::GROUP
    )
}

/// Whether entry `j` does not belong to the run of `key`.
const OTHER: &str = "(j >= P[0] || a0[j * 2u] != key)";

/// The positions of some index arrays, to be sorted.
struct Positions {
    lookup: Lookup,
    /// What kernels are given as their first input; this one does not read it.
    unread: Part,
    n: usize,
}

impl Positions {
    /// Those of the index arrays from input `first` on, which lead to output 0.
    fn new(op: &str, sources: &[Source], first: usize, call: &mut GpuCall) -> Result<Positions> {
        let whole = Layout::contiguous(call.output_shape(0));
        let n = size(call.input(first).shape());
        let (entries, _) = padded(n);
        if !call.fits(0, entries, 8) {
            return Err(call.declined("for so many slices"));
        }
        let unread = call.source(first)?;
        let lookup = Lookup::new(op, sources, (&whole.shape, &whole.strides), first, &[entries as u32, n as u32], call)?;
        Ok(Positions { lookup, unread, n })
    }

    /// Runs `f` with their entries, sorted by the places that they lead to.
    fn sorted(&self, call: &mut GpuCall, f: impl FnOnce(&mut GpuCall, &Part) -> Result<()>) -> Result<()> {
        let Positions { lookup, unread, n } = self;
        let (entries, length) = padded(*n);
        call.with_scratch(entries * 8, |call, keys| {
            let reads: Vec<&Part> = std::iter::once(unread).chain(&lookup.indices).collect();
            let text = || {
                let text = format!(
                    "{}{}let p = group * {}u + lane;\nif (p >= P[0]) {{ return; }}\nvar key = {NOWHERE};\n\
                     if (p < P[1]) {{\nlet s = 0u;\n{}if (good) {{ key = place; }}\n}}\nb0[p * 2u] = key;\nb0[p * 2u + 1u] = p;\n}}\n",
                    wgsl::buffers(reads.len(), 2),
                    wgsl::main(gpu::GROUP as usize),
                    gpu::GROUP,
                    lookup.text
                );
                Ok(wgsl::with_library(&text))
            };
            let name = format!("positions {}{}", lookup.indices.len(), lookup.key);
            call.run(&name, &reads, &[keys, &lookup.faults], &lookup.params, call.groups_for(entries), text)?;
            sort_entries(keys, entries, length, 2, call)?;
            f(call, keys)
        })
    }
}

/// What scattering does where all fits: see [`gpu::scatter`](super::gpu::scatter). `joined` is the expression of `x`, which is there,
/// and `y`, which comes.
pub(super) fn scatter(op: &str, mode: Mode, dtype: Dtype, joined: &str, sources: &[Source], call: &mut GpuCall) -> Result<()> {
    let whole = Layout::contiguous(call.output_shape(0));
    let slice = slice_shape(sources, &whole.shape);
    let positions = Shape::from_slice(call.input(2).shape());
    let (n, count) = (size(&positions), size(&slice));
    if !call.fits(0, n * count, dtype.size().max(4)) || n * count >= 1 << 31 {
        return Err(call.declined("for so many slices"));
    }
    let updates = call.source(1)?;
    let strides = call.input(1).layout().strides.clone();
    let mut params = vec![n as u32, count as u32, 0, updates.start, 0, 0];
    params[2] = push_slice(&mut params, sources, &whole);
    params[4] = gpu::push_walk(&mut params, &positions, &strides[..positions.len()]);
    params[5] = gpu::push_walk(&mut params, &slice, &strides[positions.len()..]);
    let update = wgsl::load(dtype, "a1", "P[3] + walk(P[4], p) + walk(P[5], s)");
    let groups = call.groups_for(n * count);
    let entries = Positions::new(op, sources, 2, call)?;
    call.in_words(0, dtype, |call, words| {
        call.put_words(0, words, dtype, &whole)?;
        entries.sorted(call, |call, keys| {
            if mode == Mode::Assign {
                let text = || {
                    let put = wgsl::put(dtype, "b0", "key + walk(P[2], s)", "y");
                    let text = format!(
                        "{}let j = i + 1u;\nif (!{OTHER}) {{ return; }}\nlet p = a0[i * 2u + 1u];\nlet y = {update};\n{put}\n}}\n",
                        head(2, 1)
                    );
                    Ok(wgsl::with_library(&text))
                };
                return call.run(&format!("assign last {dtype}"), &[keys, &updates], &[words], &params, groups, text);
            }
            call.with_scratch(n * 4, |call, ranks| {
                rank(keys, ranks, n, call)?;
                call.with_scratch(n * count * dtype.size().max(4), |call, folds| {
                    let name = format!("runs {mode:?} {dtype}");
                    let text = || {
                        let text = format!(
                            "{}let r = a2[i];\nif (r % {RADIX}u != 0u) {{ return; }}\nvar p = a0[i * 2u + 1u];\nvar z = {update};\n\
                             if (r == 0u) {{\nlet x = {};\nlet y = z;\nz = {joined};\n}}\n\
                             for (var k = 1u; k < {RADIX}u; k++) {{\nlet j = i + k;\nif {OTHER} {{ break; }}\np = a0[j * 2u + 1u];\n\
                             let x = z;\nlet y = {update};\nz = {joined};\n}}\n{}\n}}\n",
                            head(3, 2),
                            wgsl::take(dtype, "b0", "key + walk(P[2], s)"),
                            wgsl::put(dtype, "b1", "t", "z")
                        );
                        Ok(wgsl::with_library(&text))
                    };
                    call.run(&name, &[keys, &updates, ranks], &[words, folds], &params, groups, text)?;
                    let mut step = RADIX;
                    while step < n {
                        let text = || Ok(join_runs(dtype, joined));
                        let params = [n as u32, count as u32, step as u32];
                        call.run(&format!("join {name}"), &[keys, ranks], &[folds], &params, groups, text)?;
                        step *= RADIX;
                    }
                    let text = || {
                        let (take, put) = (wgsl::take(dtype, "a2", "t"), wgsl::put(dtype, "b0", "key + walk(P[2], s)", "z"));
                        let text = format!("{}if (a1[i] != 0u) {{ return; }}\nlet z = {take};\n{put}\n}}\n", head(3, 1));
                        Ok(wgsl::with_library(&text))
                    };
                    call.run(&format!("place runs {dtype}"), &[keys, ranks, folds], &[words], &params, groups, text)
                })
            })
        })
    })
}

/// Adds the walk over a slice of the whole to parameters.
fn push_slice(params: &mut Vec<u32>, sources: &[Source], whole: &Layout) -> u32 {
    let inside = |(source, &stride): (&Source, &isize)| (!matches!(source, Source::Along(_))).then_some(stride);
    let steps: Strides = sources.iter().zip(&whole.strides).filter_map(inside).collect();
    gpu::push_walk(params, &slice_shape(sources, &whole.shape), &steps)
}

/// The number of each entry in its run.
fn rank(keys: &Part, ranks: &Part, n: usize, call: &mut GpuCall) -> Result<()> {
    let text = || {
        let text = format!(
            "{}var first = 0u;\nvar end = i;\nfor (var turn = 0u; turn < 32u && first < end; turn++) {{\n\
             let middle = (first + end) / 2u;\nif (a0[middle * 2u] < key) {{ first = middle + 1u; }} else {{ end = middle; }}\n}}\n\
             b0[i] = i - first;\n}}\n",
            head(1, 1)
        );
        Ok(wgsl::with_library(&text))
    };
    call.run("ranks", &[keys], &[ranks], &[n as u32, 1], call.groups_for(n), text)
}

/// The kernel that folds the folds of [`RADIX`] neighbouring pieces of a run, `P[2]` entries each, into the first.
fn join_runs(dtype: Dtype, joined: &str) -> String {
    let text = format!(
        "{}if (a1[i] % (P[2] * {RADIX}u) != 0u) {{ return; }}\nvar z = {};\n\
         for (var k = 1u; k < {RADIX}u; k++) {{\nlet j = i + k * P[2];\nif {OTHER} {{ break; }}\n\
         let x = z;\nlet y = {};\nz = {joined};\n}}\n{}\n}}\n",
        head(2, 1),
        wgsl::take(dtype, "b0", "t"),
        wgsl::take(dtype, "b0", "j * P[1] + s"),
        wgsl::put(dtype, "b0", "t", "z")
    );
    wgsl::with_library(&text)
}

/// What the last position that leads to each slice takes out of input 0, with zeros for the others, into output 1; and into output 0
/// what is left, with zeros where something was taken.
pub(super) fn take_out(op: &str, sources: &[Source], call: &mut GpuCall) -> Result<()> {
    (0..2).try_for_each(|i| call.check_output(i))?;
    let whole = Layout::contiguous(call.output_shape(0));
    let slice = slice_shape(sources, &whole.shape);
    let positions = Shape::from_slice(call.input(1).shape());
    let (n, count) = (size(&positions), size(&slice));
    check_slices(sources, count, n, call)?;
    let dtype = wgsl::carrier(call.output_dtype(0).size());
    let mut params = vec![n as u32, count as u32, 0];
    params[2] = push_slice(&mut params, sources, &whole);
    let groups = call.groups_for(n * count);
    let entries = Positions::new(op, sources, 1, call)?;
    call.in_words(0, dtype, |call, left| {
        call.put_words(0, left, dtype, &whole)?;
        call.in_words(1, dtype, |call, taken| {
            call.clear_words(taken, dtype, n * count)?;
            entries.sorted(call, |call, keys| {
                let text = || {
                    let (place, none) = ("key + walk(P[2], s)", format!("{}()", wgsl::register(dtype)));
                    let text = format!(
                        "{}let j = i + 1u;\nif (!{OTHER}) {{ return; }}\nlet x = {};\n{}\n{}\n}}\n",
                        head(1, 2),
                        wgsl::take(dtype, "b0", place),
                        wgsl::put(dtype, "b1", "a0[i * 2u + 1u] * P[1] + s", "x"),
                        wgsl::put(dtype, "b0", place, &none)
                    );
                    Ok(wgsl::with_library(&text))
                };
                call.run(&format!("take out {dtype}"), &[keys], &[left, taken], &params, groups, text)
            })
        })
    })
}
