//! Reductions as kernels: a program computes the elements, which are folded where they come out.

use super::call::{GROUP, GpuCall, Part};
use super::program::{self, Inputs, check, expression, key, statements, steps, words};
use super::wgsl;
use crate::dtype::Dtype;
use crate::error::Result;
use crate::primitive::Reduction;
use crate::scalar::{Builder, Program, Scalar, ScalarOp};
use crate::shape::{row_major, size};
use smallvec::SmallVec;
use std::fmt::Write;

/// A fold by one scalar operation, associative and commutative up to rounding.
pub struct Fold {
    /// The axes folded, ascending.
    pub axes: SmallVec<[usize; 4]>,
    /// What joins two elements.
    pub combine: ScalarOp,
    /// The fold of nothing.
    pub identity: Scalar,
    /// Whether the result is not the largest (or, if false, the smallest) element but where it is: NaN first, and the first of equal
    /// ones.
    pub place: Option<bool>,
}

/// Elements from which on a fold is worth a workgroup rather than a thread.
const LONG: usize = 64;
/// Elements from which on a fold is worth several workgroups, and how many elements each gets.
const SPLIT: usize = 16 * 1024;
/// The most pieces of one fold.
const MOST_SPLITS: usize = 256;

/// Encodes `reduction` of the first output of `program` over `shape`, and stores its `stored` other outputs.
pub(super) fn run(
    program: &Program,
    shape: &[usize],
    reduction: &dyn Reduction,
    stored: usize,
    call: &mut GpuCall,
) -> Result<()> {
    let Some(fold) = reduction.fold_gpu(program.dtype_of(program.outputs()[0])) else { return Err(call.declined("yet")) };
    check(program, call)?;
    let first = program.outputs()[0];
    let folded = program.with_outputs(&[first]);
    let dtype = folded.dtype_of(first);
    let known = expression(fold.combine, &[dtype, dtype], dtype, &["x", "y"]).is_some();
    let fits = fold.place.is_some() || cast(dtype, call.output_dtype(0), "x").is_some();
    if !known || !fits || !call.supports(dtype) || !call.supports(call.output_dtype(0)) {
        return Err(call.declined(&format!("for {dtype}")));
    }
    let widest = (0..program.registers()).map(|r| program.dtype_of(r as u16).size()).max().unwrap_or(8);
    if (size(shape) * widest) as u64 > call.limits().binding_bytes {
        return Err(call.declined("for arrays of this size"));
    }
    let inputs = Inputs::new(program, shape, call);
    if size(shape) > 0 && steps::operations(program) > 0 {
        let kind = format!("fold {}{:?}", fold.combine.name(), fold.place);
        let bindable = inputs.reads() + 1 < call.limits().bindings;
        if !bindable || !steps::is_worth_a_kernel(&key(program, &kind, &inputs.access))? {
            return in_steps(program, shape, &fold, stored, call);
        }
    }
    let sources: SmallVec<[Part; 8]> = inputs.sources(call)?;
    encode(&folded, &inputs, &sources, shape, &fold, call)?;
    if stored > 0 {
        program::run(&program.with_outputs(&program.outputs()[1..]), shape, 1, call)?;
    }
    Ok(())
}

/// The elements first, by kernels that others use too, and then their fold.
fn in_steps(program: &Program, shape: &[usize], fold: &Fold, stored: usize, call: &mut GpuCall) -> Result<()> {
    let dtype = program.dtype_of(program.outputs()[0]);
    call.with_scratch(size(shape) * dtype.size(), |call, elements| {
        let kept: SmallVec<[Part; 4]> = (1..=stored).map(|i| call.sink(i)).collect::<Result<_>>()?;
        let sinks: SmallVec<[&Part; 4]> = std::iter::once(elements).chain(&kept).collect();
        steps::run(program, shape, &sinks, call)?;
        let identity = Builder::new(&[dtype]).finish(&[0]);
        encode(&identity, &Inputs::linear(1), std::slice::from_ref(elements), shape, fold, call)
    })
}

/// Encodes the fold of the one output of `program`.
fn encode(program: &Program, inputs: &Inputs, sources: &[Part], shape: &[usize], fold: &Fold, call: &mut GpuCall) -> Result<()> {
    let dtype = program.dtype_of(program.outputs()[0]);
    let m = size(shape) / fold.axes.iter().map(|&a| shape[a]).product::<usize>().max(1);
    let m = if size(shape) == 0 { size(call.output_shape(0)) } else { m };
    let r = fold.axes.iter().map(|&a| shape[a]).product::<usize>();
    let last = fold.axes.last() == shape.len().checked_sub(1).as_ref();
    let by_group = last && r >= LONG || m < 2048 && r >= 4 * LONG || r >= SPLIT / 2;
    let splits = if fold.place.is_none() && by_group && m < 64 && r > 2 * SPLIT { r.div_ceil(SPLIT).min(MOST_SPLITS) } else { 1 };
    let reads: SmallVec<[&Part; 8]> = sources.iter().collect();
    let starts: SmallVec<[u32; 8]> = sources.iter().map(|p| p.start).collect();

    let strides = row_major(shape);
    let picked = |inside: bool| {
        let axes: Vec<usize> = (0..shape.len()).filter(|a| fold.axes.contains(a) == inside).collect();
        let lengths: SmallVec<[usize; 4]> = axes.iter().map(|&a| shape[a]).collect();
        let steps: SmallVec<[isize; 4]> = axes.iter().map(|&a| strides[a]).collect();
        program::merge(&lengths, &[&steps])
    };
    let pass =
        |program: &Program, inputs: &Inputs, reads: &[&Part], starts: &[u32], plan: &Pass, out: &Part, call: &mut GpuCall| {
            let mut params = vec![(plan.outputs * plan.splits) as u32, plan.length as u32, plan.splits as u32];
            params.push(plan.length.div_ceil(plan.splits).max(1) as u32);
            params.push(0);
            params.extend(words(dtype, bits(dtype, fold.identity)));
            let at = params.len();
            inputs.push_params(starts, &mut params);
            params[4] = params.len() as u32;
            for (lengths, steps) in [&plan.kept, &plan.folded] {
                params.push(lengths.len() as u32);
                params.extend(lengths.iter().map(|&n| n as u32));
                params.extend(steps[0].iter().map(|&s| s as u32));
            }
            let per = wgsl::per_word(plan.to);
            let units = (plan.outputs * plan.splits).div_ceil(per);
            let groups = if plan.by_group { call.fold_groups(units) } else { call.groups_for(units) };
            let what = if fold.place.is_some() { "place of " } else { "" };
            let unit = match plan.by_group {
                true if plan.by_subgroups => "subgroups",
                true => "group",
                false => "thread",
            };
            let kind = format!("fold {what}{} {} {unit}", fold.combine.name(), plan.to.name());
            let key = key(program, &kind, &inputs.access);
            let text = || Ok(source(program, inputs, fold, plan, at));
            call.run(&key, reads, &[out], &params, groups, text)
        };
    let to = call.output_dtype(0);
    // Values of these types can be handed from thread to thread.
    let handed = matches!(wgsl::register(dtype), "f32" | "i32" | "u32");
    let by_subgroups = by_group && handed && fold.place.is_none() && call.limits().subgroups;
    let plan = Pass { outputs: m, length: r, splits, by_group, by_subgroups, to, kept: picked(false), folded: picked(true) };
    if splits == 1 {
        let out = call.sink(0)?;
        pass(program, inputs, &reads, &starts, &plan, &out, call)?;
    } else {
        let partial = Pass { to: dtype, ..plan };
        call.with_scratch(m * splits * dtype.size(), |call, scratch| {
            pass(program, inputs, &reads, &starts, &partial, scratch, call)?;
            let identity = Builder::new(&[dtype]).finish(&[0]);
            let rows = Inputs::linear(1);
            let again = Pass {
                outputs: m,
                length: splits,
                splits: 1,
                by_group: splits >= LONG,
                by_subgroups: splits >= LONG && by_subgroups,
                to,
                kept: program::merge(&[m], &[&[splits as isize]]),
                folded: program::merge(&[splits], &[&[1]]),
            };
            let out = call.sink(0)?;
            pass(&identity, &rows, &[scratch], &[0], &again, &out, call)
        })?;
    }
    Ok(())
}

/// One run of the folding kernel.
struct Pass {
    outputs: usize,
    /// Elements folded into one.
    length: usize,
    /// Pieces that one fold is split into, each with a result of its own.
    splits: usize,
    by_group: bool,
    /// Whether the threads of a group that run together fold among themselves first.
    by_subgroups: bool,
    /// The type of the results.
    to: Dtype,
    kept: program::Walk,
    folded: program::Walk,
}

fn bits(dtype: Dtype, value: Scalar) -> [u64; 2] {
    let mut bits = [0u64; 2];
    // SAFETY: every element type is at most 8 bytes and the words are 16, aligned to 8.
    crate::dispatch!(dtype, T => unsafe { bits.as_mut_ptr().cast::<T>().write(<T as crate::dtype::Element>::from_scalar(value)) });
    bits
}

fn cast(from: Dtype, to: Dtype, x: &str) -> Option<String> {
    if from == to { Some(x.to_owned()) } else { expression(ScalarOp::Cast, &[from], to, &[x]) }
}

/// The condition that `x` comes before `y` where the larger (or the smaller) come first and NaN before all.
fn precedes(dtype: Dtype, larger: bool, x: &str, y: &str) -> String {
    let (small, large) = if larger { (y, x) } else { (x, y) };
    match wgsl::register(dtype) {
        "bool" => format!("(!{small} && {large})"),
        "f32" => format!("(lt_f32({small}, {large}) || (is_nan({x}) && !is_nan({y})))"),
        "vec2<f32>" => format!("(!nan_c64({y}) && (nan_c64({x}) || lt_c64({small}, {large})))"),
        _ => format!("({small} < {large})"),
    }
}

/// Parameters: results, elements folded into each, pieces, elements of a piece, where the axes are, the fold of nothing; then those of
/// the inputs; then kept axes and folded axes, each as rank, lengths, steps.
fn source(program: &Program, inputs: &Inputs, fold: &Fold, plan: &Pass, at: usize) -> String {
    let dtype = program.dtype_of(program.outputs()[0]);
    let t = wgsl::register(dtype);
    let reads = inputs.reads();
    let join = |x: &str, y: &str| expression(fold.combine, &[dtype, dtype], dtype, &[x, y]).expect("checked before");
    let group = GROUP;
    let per = wgsl::per_word(plan.to);
    let mut text = wgsl::buffers(reads, 1);
    if plan.by_group {
        let _ = writeln!(text, "var<workgroup> shared_acc: array<{t}, {group}>;");
        if fold.place.is_some() {
            let _ = writeln!(text, "var<workgroup> shared_at: array<u32, {group}>;");
        }
    }
    let head = wgsl::main(group as usize);
    if plan.by_subgroups {
        let known = "lane: u32, @builtin(subgroup_id) subgroup: u32, @builtin(num_subgroups) subgroups: u32, \
                     @builtin(subgroup_size) width: u32, @builtin(subgroup_invocation_id) within: u32)";
        text.push_str(&head.replacen("lane: u32)", known, 1));
    } else {
        text.push_str(&head);
    }
    let unit = if plan.by_group { "group".to_owned() } else { format!("(group * {group}u + lane)") };
    let (first, step) = if plan.by_group { ("lane".to_owned(), group) } else { ("0u".to_owned(), 1) };
    let _ = write!(
        text,
        "let total = P[0];\nlet length = P[1];\nlet splits = P[2];\nlet piece = P[3];\nlet kept = P[4];\n\
         let kept_rank = P[kept];\nlet folded = kept + 1u + 2u * kept_rank;\nlet folded_rank = P[folded];\n\
         let identity = {};\nvar word = 0u;\n\
         for (var j = 0u; j < {per}u; j++) {{\nlet at = {unit} * {per}u + j;\nif (at >= total) {{ break; }}\n\
         var base = 0u;\nvar left = at / splits;\n\
         for (var d = kept_rank; d > 0u; d--) {{\nlet n = P[kept + d];\nbase += (left % n) * P[kept + kept_rank + d];\nleft /= n;\n}}\n\
         let begin = (at % splits) * piece;\nlet end = min(length, begin + piece);\nvar acc = identity;\nvar acc_at = 0xffffffffu;\n\
         for (var q = begin + {first}; q < end; q += {step}u) {{\nvar i = base;\nvar over = q;\n\
         for (var d = folded_rank; d > 0u; d--) {{\nlet n = P[folded + d];\ni += (over % n) * P[folded + folded_rank + d];\nover /= n;\n}}\n",
        program::constant(dtype, 5)
    );
    text.push_str(&statements(program, &inputs.access, at));
    let element = format!("r{}", program.outputs()[0]);
    match fold.place {
        None => {
            let _ = writeln!(text, "acc = {};\n}}", join("acc", &element));
        }
        Some(larger) => {
            let better = precedes(dtype, larger, &element, "acc");
            let _ = writeln!(text, "if (acc_at == 0xffffffffu || {better}) {{ acc = {element}; acc_at = q; }}\n}}");
        }
    }
    if let (true, Some(larger)) = (plan.by_group, fold.place) {
        let (better, worse) = (precedes(dtype, larger, "y", "x"), precedes(dtype, larger, "x", "y"));
        let _ = write!(
            text,
            "workgroupBarrier();\nshared_acc[lane] = acc;\nshared_at[lane] = acc_at;\nworkgroupBarrier();\n\
             for (var half = {}u; half > 0u; half /= 2u) {{\nif (lane < half) {{\n\
             let x = shared_acc[lane];\nlet y = shared_acc[lane + half];\nlet k = shared_at[lane];\nlet l = shared_at[lane + half];\n\
             if (l != 0xffffffffu && (k == 0xffffffffu || {better} || (!{worse} && l < k))) {{\n\
             shared_acc[lane] = y;\nshared_at[lane] = l;\n}}\n}}\nworkgroupBarrier();\n}}\nlet result_at = shared_at[0];\n",
            group / 2
        );
    } else if fold.place.is_some() {
        text.push_str("let result_at = acc_at;\n");
    } else if plan.by_subgroups {
        let _ = write!(
            text,
            "for (var step = width / 2u; step > 0u; step /= 2u) {{\nlet x = acc;\nlet y = subgroupShuffleXor(acc, step);\nacc = {};\n}}\n\
             workgroupBarrier();\nif (within == 0u) {{ shared_acc[subgroup] = acc; }}\nworkgroupBarrier();\n\
             var result = shared_acc[0];\nfor (var other = 1u; other < subgroups; other++) {{\n\
             let x = result;\nlet y = shared_acc[other];\nresult = {};\n}}\n",
            join("x", "y"),
            join("x", "y")
        );
    } else if plan.by_group {
        let _ = write!(
            text,
            "workgroupBarrier();\nshared_acc[lane] = acc;\nworkgroupBarrier();\n\
             for (var half = {}u; half > 0u; half /= 2u) {{\nif (lane < half) {{\nlet x = shared_acc[lane];\nlet y = shared_acc[lane + half];\n\
             shared_acc[lane] = {};\n}}\nworkgroupBarrier();\n}}\nlet result = shared_acc[0];\n",
            group / 2,
            join("x", "y")
        );
    } else {
        text.push_str("let result = acc;\n");
    }
    let out = if fold.place.is_some() { Some("result_at".to_owned()) } else { cast(dtype, plan.to, "result") };
    let _ = writeln!(text, "let out = {};", out.expect("checked before"));
    let mine = if plan.by_group { "lane == 0u" } else { "true" };
    if per == 1 {
        let _ = writeln!(text, "if ({mine}) {{ {} }}", wgsl::store(plan.to, "b0", "at", "out"));
    } else {
        let width = 8 * plan.to.size();
        let _ = writeln!(text, "word |= {} << (j * {width}u);", wgsl::bits(plan.to, "out"));
        let _ = writeln!(text, "if ({mine} && (j == {}u || at == total - 1u)) {{ b0[at / {per}u] = word; }}", per - 1);
    }
    text.push_str("}\n}\n");
    wgsl::with_library(&text)
}
