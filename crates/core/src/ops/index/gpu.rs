//! Gathering and scattering on GPUs. Indices out of range are noted and become the error of the operation when the device is done.

use super::plan::{Source, refuse, slice_shape};
use super::scatter::Mode;
use super::sorted;
use crate::ext::gpu::{program, wgsl};
use crate::ext::*;
use std::fmt::Write;

/// Positions that a thread takes in one run of the kernel.
const TURNS: usize = 1 << 10;
/// Positions that threads take in turn, at most.
const PATIENCE: usize = 1 << 17;

/// Threads from which on positions are taken in turn rather than sorted, unless there are too many.
const CROWD: usize = 1 << 14;

/// Where slices lie, for a kernel: parameters, text, and the memory to note errors in.
pub(super) struct Lookup {
    /// Parameters of the kernel; [`Lookup::text`] is written for their places.
    pub(super) params: Vec<u32>,
    /// Statements that make `place`, a place of the whole, and `good` from `p`, the number of a position, and `s`, that of an element of
    /// its slice.
    pub(super) text: String,
    pub(super) indices: Vec<gpu::Part>,
    pub(super) faults: gpu::Part,
    /// Names the text.
    pub(super) key: String,
}

impl Lookup {
    /// For a whole array of this shape and layout and index arrays from input `first` on, whose buffers are `a1`, `a2`, …. `extra`
    /// parameters, always as many for a kernel, come first.
    pub(super) fn new(
        op: &str,
        sources: &[Source],
        whole: (&[usize], &[isize]),
        first: usize,
        extra: &[u32],
        call: &mut GpuCall,
    ) -> Result<Lookup> {
        let (shape, strides) = whole;
        let values = &call.inputs()[first..];
        let positions = Shape::from_slice(values[0].shape());
        let mut along = Strides::from_elem(0, positions.len());
        let mut steps = Strides::new();
        let mut walked = Vec::new();
        for (axis, (&source, &stride)) in sources.iter().zip(strides).enumerate() {
            match source {
                Source::Along(position) => along[position] += stride,
                Source::Whole => steps.push(stride),
                Source::Index { which, size } => {
                    steps.push(stride);
                    walked.push((which, axis, shape[axis], (shape[axis] + 1).saturating_sub(size), stride));
                }
            }
        }
        if values.len() + 4 > call.limits().bindings {
            return Err(call.declined("for so many index arrays"));
        }
        let indices: Vec<gpu::Part> = (0..values.len()).map(|k| call.source(first + k)).collect::<Result<_>>()?;
        let slice = slice_shape(sources, shape);
        let mut params = extra.to_vec();
        let table = params.len();
        params.resize(table + 3 + 5 * walked.len(), 0);
        params[table + 1] = gpu::push_walk(&mut params, &positions, &along);
        params[table + 2] = gpu::push_walk(&mut params, &slice, &steps);
        let mut text = format!("var place = walk(P[{}], p) + walk(P[{}], s);\nvar good = true;\n", table + 1, table + 2);
        let mut key = String::new();
        for (k, &(which, _, length, end, stride)) in walked.iter().enumerate() {
            let at = table + 3 + 5 * k;
            let value = &values[which];
            let walk = gpu::push_walk(&mut params, value.shape(), &value.layout().strides);
            params[at..at + 5].copy_from_slice(&[indices[which].start, walk, length as u32, end as u32, stride as i32 as u32]);
            let (dtype, buffer) = (value.dtype(), format!("a{}", 1 + which));
            let _ = write!(key, " {dtype}{which}");
            let (low, high) = if dtype.size() == 8 {
                let high = format!("{buffer}[q{k} * 2u + 1u]");
                // No unsigned number counts from the end.
                let high = if dtype == Dtype::Uint64 { format!("min({high}, 1u)") } else { high };
                (format!("{buffer}[q{k} * 2u]"), high)
            } else {
                let x = wgsl::load(dtype, &buffer, &format!("q{k}"));
                if dtype.is_signed_integer() {
                    (format!("bitcast<u32>({x})"), format!("select(0u, 0xffffffffu, ({x}) < 0)"))
                } else {
                    (x, "0u".to_owned())
                }
            };
            let _ = write!(
                text,
                "let q{k} = P[{at}] + walk(P[{}], p);\nlet low{k} = {low};\nlet high{k} = {high};\n\
                 let c{k} = place_of(low{k}, high{k}, P[{}], P[{}]);\nplace += c{k} * P[{}];\n\
                 if (c{k} == 0xffffffffu) {{ good = false; b1[P[{table}] + {}u] = 1u; b1[P[{table}] + {}u] = low{k}; \
                 b1[P[{table}] + {}u] = high{k}; }}\n",
                at + 1,
                at + 2,
                at + 3,
                at + 4,
                3 * k,
                3 * k + 1,
                3 * k + 2
            );
        }
        let op = op.to_owned();
        let axes: Vec<(usize, usize, usize, Dtype)> =
            walked.iter().map(|&(which, axis, length, end, _)| (axis, length, end, values[which].dtype())).collect();
        let words = (3 * walked.len()).max(1);
        let (faults, at) = call.fault(words, move |found| {
            axes.iter().zip(found.chunks_exact(3)).find(|(_, f)| f[0] != 0).map(|(&(axis, length, end, dtype), f)| {
                let bits = u64::from(f[1]) | u64::from(f[2]) << 32;
                let index = if dtype == Dtype::Uint64 { i128::from(bits) } else { i128::from(bits as i64) };
                refuse(&op, index, axis, length, end)
            })
        })?;
        params[table] = at;
        Ok(Lookup { params, text, indices, faults, key })
    }
}

/// The slices of input 0 at the positions that the other inputs say.
pub(super) fn gather(op: &str, sources: &[Source], call: &mut GpuCall) -> Result<()> {
    call.check_output(0)?;
    if size(call.output_shape(0)) == 0 {
        return Err(call.declined("for nothing"));
    }
    let layout = call.input(0).layout().clone();
    let dtype = wgsl::carrier(call.output_dtype(0).size());
    let whole = call.source(0)?;
    let count = size(&slice_shape(sources, &layout.shape)) as u32;
    let extra = [0, whole.start, count];
    let lookup = Lookup::new(op, sources, (&layout.shape, &layout.strides), 1, &extra, call)?;
    let reads: Vec<&gpu::Part> = std::iter::once(&whole).chain(&lookup.indices).collect();
    let body = || {
        let load = wgsl::load(dtype, "a0", "P[1] + place");
        format!(
            "let p = i / P[2];\nlet s = i % P[2];\n{}var value = {}();\nif (good) {{ value = {load}; }}\n",
            lookup.text,
            wgsl::register(dtype)
        )
    };
    let key = format!("gather {}{}", lookup.indices.len(), lookup.key);
    call.elements(&key, dtype, &reads, &[&lookup.faults], &lookup.params[1..], body)
}

/// [`Kind::NoKernel`] where slices of `count` elements at `many` positions could meet in part, or where there is nothing in them.
pub(super) fn check_slices(sources: &[Source], count: usize, many: usize, call: &GpuCall) -> Result<()> {
    let overlapping = sources.iter().any(|s| matches!(s, Source::Index { size, .. } if *size != 1));
    if overlapping && many > 1 {
        return Err(call.declined("for windows that may overlap"));
    }
    if count * many == 0 {
        return Err(call.declined("for nothing"));
    }
    Ok(())
}

/// Input 0 with the slices of input 1 put at the positions that the other inputs say: a thread takes one element of all slices that
/// may meet, in the order of positions, so that the result does not depend on who is first.
pub(super) fn scatter(op: &str, mode: Mode, sources: &[Source], call: &mut GpuCall) -> Result<()> {
    call.check_output(0)?;
    let shape = Shape::from_slice(call.output_shape(0));
    let whole = Layout::contiguous(&shape);
    let positions = Shape::from_slice(call.input(2).shape());
    let slice = slice_shape(sources, &shape);
    let (count, many) = (size(&slice), size(&positions));
    check_slices(sources, count, many, call)?;
    // Positions that differ along an axis which the whole shares can't meet: they are different threads'.
    let apart = |axis: &usize| sources.contains(&Source::Along(*axis));
    let order = row_major(&positions);
    let part = |wanted: bool| -> (Shape, Strides) {
        (0..positions.len()).filter(|a| apart(a) == wanted).map(|a| (positions[a], order[a])).unzip()
    };
    let (lanes, turns) = (part(true), part(false));
    let (threads, many) = (count * size(&lanes.0), size(&turns.0));
    let (dtype, joined) = match mode.scalar_op() {
        None => (wgsl::carrier(call.output_dtype(0).size()), Some("y".to_owned())),
        Some(op) => {
            let dtype = call.output_dtype(0);
            (dtype, program::expression(op, &[dtype, dtype], dtype, &["x", "y"]).filter(|_| call.supports(dtype)))
        }
    };
    let Some(joined) = joined else { return Err(call.declined(&format!("for {dtype}"))) };
    if many > if threads < CROWD { TURNS } else { PATIENCE } {
        return sorted::scatter(op, mode, dtype, &joined, sources, call);
    }
    let updates = call.source(1)?;
    let strides = call.input(1).layout().strides.clone();
    let extra = [threads as u32, many as u32, updates.start, 0, 0, count as u32, 0, 0, 0];
    let mut lookup = Lookup::new(op, sources, (&shape, &whole.strides), 2, &extra, call)?;
    lookup.params[3] = gpu::push_walk(&mut lookup.params, &positions, &strides[..positions.len()]);
    lookup.params[4] = gpu::push_walk(&mut lookup.params, &slice, &strides[positions.len()..]);
    lookup.params[6] = gpu::push_walk(&mut lookup.params, &lanes.0, &lanes.1);
    lookup.params[7] = gpu::push_walk(&mut lookup.params, &turns.0, &turns.1);
    let (lookup_text, buffers) = (lookup.text.clone(), lookup.indices.len() + 1);
    let text = || {
        let text = format!(
            "{}{}let t = group * {}u + lane;\nif (t >= P[0]) {{ return; }}\nlet s = t % P[5];\n\
                 for (var turn = P[8]; turn < P[1]; turn++) {{\nlet p = walk(P[6], t / P[5]) + walk(P[7], turn);\n{}\
                 if (!good) {{ continue; }}\nlet y = {};\nlet x = {};\nlet z = {joined};\n{}\n}}\n}}\n",
            wgsl::buffers(buffers, 2),
            wgsl::main(gpu::GROUP as usize),
            gpu::GROUP,
            lookup_text,
            wgsl::load(dtype, "a0", "P[2] + walk(P[3], p) + walk(P[4], s)"),
            wgsl::take(dtype, "b0", "place"),
            wgsl::put(dtype, "b0", "place", "z")
        );
        wgsl::with_library(&text)
    };
    let indices = std::mem::take(&mut lookup.indices);
    let reads: Vec<&gpu::Part> = std::iter::once(&updates).chain(&indices).collect();
    let key = format!("scatter {mode:?} {dtype} {}{}", indices.len(), lookup.key);
    let groups = call.groups_for(threads);
    call.in_words(0, dtype, |call, words| {
        call.put_words(0, words, dtype, &whole)?;
        for first in (0..many).step_by(TURNS) {
            lookup.params[8] = first as u32;
            lookup.params[1] = many.min(first + TURNS) as u32;
            let source = || Ok(text());
            call.run(&key, &reads, &[words, &lookup.faults], &lookup.params, groups, source)?;
        }
        Ok(())
    })
}
