//! Scans on GPUs: a workgroup a line, or where lines are short and many a thread a line.

use super::recurrence::Along;
use crate::ext::gpu::{program, wgsl};
use crate::ext::*;
use std::fmt::Write;

/// Elements of a line from which on it is worth a workgroup.
const LONG: usize = 64;

/// What joins two stretches of a line.
#[derive(Clone, Copy)]
pub(super) enum Join {
    /// A scalar operation, of the results of both.
    Op(ScalarOp),
    /// Linear recurrences after one another; input 0 has the factors.
    Linear,
}

/// The scan of the last input along an axis.
pub(super) fn scan(join: Join, along: Along, call: &mut GpuCall) -> Result<()> {
    call.check_output(0)?;
    let dtype = call.output_dtype(0);
    let joined = match join {
        Join::Op(op) => program::expression(op, &[dtype, dtype], dtype, &["a.v", "b.v"]).map(|v| format!("E({v})")),
        Join::Linear => linear(dtype),
    };
    let Some(joined) = joined.filter(|_| call.supports(dtype)) else {
        return Err(call.declined(&format!("for {dtype}")));
    };
    let (n, lines) = {
        let shape = call.output_shape(0);
        (shape[along.axis], size(shape) / shape[along.axis].max(1))
    };
    if n * lines == 0 {
        return call.sink(0).map(drop);
    }
    // About a dozen rounds for every 256 elements.
    if n / 16 > call.limits().rounds {
        return Err(call.declined("for lines of this length"));
    }
    let sources: SmallVec<[gpu::Part; 2]> = (0..call.input_count()).map(|i| call.source(i)).collect::<Result<_>>()?;
    let mut params = vec![lines as u32, n as u32, u32::from(along.reverse), 0, 0];
    let mut at = Vec::new();
    let whole = Layout::contiguous(call.output_shape(0));
    let layouts: Vec<Layout> = call.inputs().iter().map(|v| v.layout().clone()).chain([whole]).collect();
    // For each input and the output: where it starts, the step along a line, the walk over lines.
    let starts = sources.iter().map(|s| s.start).chain([0]);
    let table = params.len();
    params.resize(table + 3 * layouts.len(), 0);
    for (k, (layout, start)) in layouts.iter().zip(starts).enumerate() {
        let (mut shape, mut strides) = (layout.shape.clone(), layout.strides.clone());
        shape.remove(along.axis);
        let step = strides.remove(along.axis);
        params[table + 3 * k] = start;
        params[table + 3 * k + 1] = step as i32 as u32;
        params[table + 3 * k + 2] = gpu::push_walk(&mut params, &shape, &strides);
        at.push(table + 3 * k);
    }
    let by_group = n >= LONG;
    let groups = if by_group { call.fold_groups(lines) } else { call.groups_for(lines) };
    let name = match join {
        Join::Op(op) => op.name(),
        Join::Linear => "linear",
    };
    let key = format!("scan {name} {dtype} {}", if by_group { "group" } else { "thread" });
    let reads: SmallVec<[&gpu::Part; 2]> = sources.iter().collect();
    call.in_words(0, dtype, |call, words| {
        call.run(&key, &reads, &[words], &params, groups, || Ok(source(dtype, join, &joined, by_group, &at)))
    })
}

/// `k` and `v` of a stretch `y = k before + v`.
fn linear(dtype: Dtype) -> Option<String> {
    let f = |op, x: &str, y: &str| program::expression(op, &[dtype, dtype], dtype, &[x, y]);
    let k = f(ScalarOp::Mul, "a.k", "b.k")?;
    let v = f(ScalarOp::Add, &f(ScalarOp::Mul, "b.k", "a.v")?, "b.v")?;
    Some(format!("E({v}, {k})"))
}

fn source(dtype: Dtype, join: Join, joined: &str, by_group: bool, at: &[usize]) -> String {
    let t = wgsl::register(dtype);
    let two = matches!(join, Join::Linear);
    let more = if two { format!(", k: {t}") } else { String::new() };
    let mut text = wgsl::buffers(at.len() - 1, 1);
    let _ = writeln!(text, "struct E {{ v: {t}{more} }}\nfn join(a: E, b: E) -> E {{ return {joined}; }}");
    if by_group {
        text.push_str("var<workgroup> ends: array<E, 256>;\n");
    }
    text.push_str(&wgsl::main(gpu::GROUP as usize));
    let line = if by_group { "group".to_owned() } else { format!("group * {}u + lane", gpu::GROUP) };
    let _ = writeln!(text, "let line = {line};\nif (line >= P[0]) {{ return; }}\nlet n = P[1];");
    for (k, at) in at.iter().enumerate() {
        let _ = writeln!(text, "let s{k} = P[{at}] + walk(P[{}], line);", at + 2);
    }
    let place = |k: usize| format!("s{k} + m * P[{}]", at[k] + 1);
    let load = |k: usize| wgsl::load(dtype, &format!("a{k}"), &place(k));
    let element = if two { format!("E({}, {})", load(1), load(0)) } else { format!("E({})", load(0)) };
    let put = wgsl::put(dtype, "b0", &place(at.len() - 1), "r.v");
    // The first result has nothing to be joined to.
    if by_group {
        let _ = write!(
            text,
            "var carry: E;\nfor (var base = 0u; base < n; base += 256u) {{\nlet j = base + lane;\n\
             let m = select(j, n - 1u - j, P[2] == 1u);\nvar e: E;\nif (j < n) {{ e = {element}; }}\nends[lane] = e;\nworkgroupBarrier();\n\
             for (var off = 1u; off < 256u; off *= 2u) {{\nvar r = ends[lane];\nif (lane >= off) {{ r = join(ends[lane - off], r); }}\n\
             workgroupBarrier();\nends[lane] = r;\nworkgroupBarrier();\n}}\n\
             var r = ends[lane];\nvar last = ends[255];\nif (base > 0u) {{ r = join(carry, r); last = join(carry, last); }}\n\
             if (j < n) {{ {put} }}\ncarry = last;\nworkgroupBarrier();\n}}\n}}\n"
        );
    } else {
        let _ = write!(
            text,
            "var r: E;\nfor (var j = 0u; j < n; j++) {{\nlet m = select(j, n - 1u - j, P[2] == 1u);\nlet e = {element};\n\
             if (j == 0u) {{ r = e; }} else {{ r = join(r, e); }}\n{put}\n}}\n}}\n"
        );
    }
    wgsl::with_library(&text)
}
