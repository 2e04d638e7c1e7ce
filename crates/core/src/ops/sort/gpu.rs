//! Sorting on GPUs: a bitonic network over keys and indices, so that equal elements keep their order. Within blocks of 512 it runs in
//! workgroup memory; rows are padded to a power of two with what comes last.

use crate::ext::gpu::wgsl;
use crate::ext::*;

/// Elements that a workgroup sorts by itself, two a thread.
const BLOCK: usize = 512;

/// Sorts each row of the input, or puts its order into the output.
pub(super) fn sort(order: bool, call: &mut GpuCall) -> Result<()> {
    call.check_output(0)?;
    let layout = call.input(0).layout().clone();
    let dtype = call.input(0).dtype();
    let Some(&n) = layout.shape.last() else { return Err(call.declined("for scalars")) };
    if dtype == Dtype::Float64 {
        return Err(call.declined("for float64"));
    }
    let total = layout.size();
    if total == 0 {
        return call.sink(0).map(drop);
    }
    // Keys of one or two words, then the index.
    let wide = dtype.size() == 8;
    let entry = if wide { 3 } else { 2 };
    let length = n.next_power_of_two().max(2);
    let entries = (total / n * length).next_multiple_of(BLOCK);
    if !call.fits(0, entries * entry, 4) || entries >= 1 << 30 {
        return Err(call.declined("for arrays of this size"));
    }
    let source = call.source(0)?;
    let mut params = vec![entries as u32, n as u32, length as u32, (total / n) as u32, source.start];
    gpu::push_walk(&mut params, &layout.shape, &layout.strides);
    call.with_scratch(entries * entry * 4, |call, keys| {
        let groups = call.groups_for(entries);
        let how = if order { "argsort" } else { "sort" };
        call.run(&format!("{how} keys {dtype}"), &[&source], &[keys], &params, groups, || Ok(make_keys(dtype, order)))?;
        sort_entries(keys, entries, length, entry, call)?;
        let words = if wide { "two" } else { "one" };
        let (kind, out) = if order { ("order", Dtype::Uint32) } else { ("sorted", wgsl::carrier(dtype.size())) };
        let body = || {
            let index = format!("a0[((i / P[2]) * P[3] + i % P[2]) * {entry}u + {}u]", entry - 1);
            if order {
                return format!("let value = {index};\n");
            }
            let load = wgsl::load(out, "a1", "P[5] + walk(6u, (i / P[2]) * P[2] + at)");
            format!("let at = {index};\nlet value = {load};\n")
        };
        let reads: &[&gpu::Part] = if order { &[keys] } else { &[keys, &source] };
        call.elements(&format!("{kind} {words}"), out, reads, &[], &params, body)
    })
}

/// How many entries there must be for [`sort_entries`] to sort `n` of them as one row, and how long that row is.
pub(crate) fn padded(n: usize) -> (usize, usize) {
    let length = n.next_power_of_two().max(2);
    (length.next_multiple_of(BLOCK), length)
}

/// Sorts rows of `length` entries, a power of two, of `entry` words: the words of a key, the most significant first, and an index.
/// All `entries` are whole blocks.
pub(crate) fn sort_entries(keys: &gpu::Part, entries: usize, length: usize, entry: usize, call: &mut GpuCall) -> Result<()> {
    let words = if entry == 3 { "two" } else { "one" };
    let blocks = call.fold_groups(entries / BLOCK);
    let pass = |call: &mut GpuCall, merge: usize, step: usize| {
        let params = [entries as u32, length as u32, merge as u32, step as u32];
        if step < BLOCK {
            call.run(&format!("sort blocks {words}"), &[], &[keys], &params, blocks, || Ok(network(entry, true)))
        } else {
            let groups = call.groups_for(entries / 2);
            call.run(&format!("sort step {words}"), &[], &[keys], &params, groups, || Ok(network(entry, false)))
        }
    };
    pass(call, 0, 0)?;
    let mut merge = 2 * BLOCK;
    while merge <= length {
        let mut step = merge / 2;
        while step >= BLOCK {
            pass(call, merge, step)?;
            step /= 2;
        }
        pass(call, merge, step)?;
        merge *= 2;
    }
    Ok(())
}

/// Where the values of input 1 belong in the sorted sequences of input 0.
pub(super) fn search(right: bool, call: &mut GpuCall) -> Result<()> {
    call.check_output(0)?;
    let dtype = call.input(0).dtype();
    if dtype == Dtype::Float64 {
        return Err(call.declined("for float64"));
    }
    let [sequence, values] = [0, 1].map(|i| call.input(i).layout().clone());
    if values.size() == 0 {
        return call.sink(0).map(drop);
    }
    let Some((&n, batch)) = sequence.shape.split_last() else { return Err(call.declined("for scalars")) };
    if sequence.size() >= 1 << 31 {
        return Err(call.declined("for arrays of this size"));
    }
    let (from, given) = (call.source(0)?, call.source(1)?);
    let each = values.size() / size(batch).max(1);
    let mut params = vec![0, n as u32, each as u32, from.start, given.start, 0, 0];
    params[5] = gpu::push_walk(&mut params, &sequence.shape, &sequence.strides);
    params[6] = gpu::push_walk(&mut params, &values.shape, &values.strides);
    let body = || {
        let (value, element) =
            (key(dtype, "a1", "P[4] + walk(P[6], i)", true), key(dtype, "a0", "P[3] + walk(P[5], first + middle)", true));
        // Among equal ones a value is put behind them.
        let equal = if right { "<=" } else { "<" };
        format!(
            "var high = 0u;\nvar low = 0u;\n{{\n{value}}}\nlet value_high = high;\nlet value_low = low;\n\
             let first = (i / P[2]) * P[1];\nvar value = 0u;\nvar end = P[1];\n\
             for (var turn = 0u; turn < 32u && value < end; turn++) {{\nlet middle = (value + end) / 2u;\n{{\n{element}}}\n\
             if (high < value_high || (high == value_high && low {equal} value_low)) {{ value = middle + 1u; }} else {{ end = middle; }}\n}}\n"
        )
    };
    let name = format!("searchsorted {}{dtype}", if right { "right " } else { "" });
    call.elements(&name, Dtype::Uint32, &[&from, &given], &[], &params[1..], body)
}

/// Statements that make `high` and `low`, numbers in the order of the elements, of the element at `place` of `buffer`, NaN last. The
/// zeros are equal if `equal` says so. Elements narrower than 64 bits leave `low` alone.
fn key(dtype: Dtype, buffer: &str, place: &str, equal: bool) -> String {
    // Added to 0 the negative zero would become the other one, but shaders may leave that out.
    let float = |x: &str| if equal { format!("float_key(select({x}, 0.0, {x} == 0.0))") } else { format!("float_key({x})") };
    match dtype {
        Dtype::Complex64 => {
            let x = wgsl::load(dtype, buffer, place);
            let (re, im) = (float("z.x"), float("z.y"));
            format!(
                "let z = {x};\nhigh = {re};\nlow = {im};\nif (is_nan(z.x) || is_nan(z.y)) {{ high = 0xffffffffu; low = 0xffffffffu; }}\n"
            )
        }
        Dtype::Uint64 | Dtype::Int64 => {
            let flip = if dtype == Dtype::Int64 { " ^ 0x80000000u" } else { "" };
            format!("let p = {place};\nlow = {buffer}[p * 2u];\nhigh = {buffer}[p * 2u + 1u]{flip};\n")
        }
        _ => {
            let x = wgsl::load(dtype, buffer, place);
            let key = match wgsl::register(dtype) {
                "bool" => "select(0u, 1u, x)".to_owned(),
                "i32" => "bitcast<u32>(x) ^ 0x80000000u".to_owned(),
                "f32" => float("x"),
                _ => "x".to_owned(),
            };
            format!("let x = {x};\nhigh = {key};\n")
        }
    }
}

/// The kernel that makes entries: keys, equal for both zeros where an order is wanted, and indices.
fn make_keys(dtype: Dtype, order: bool) -> String {
    let keys = key(dtype, "a0", "P[4] + walk(5u, row * P[1] + at)", order);
    let (entry, low) = if dtype.size() == 8 { (3, "b0[e + 1u] = low;\n") } else { (2, "") };
    let text = format!(
        "{}{}let i = group * {}u + lane;\nif (i >= P[0]) {{ return; }}\nlet row = i / P[2];\nlet at = i % P[2];\n\
         var high = 0xffffffffu;\nvar low = 0xffffffffu;\nvar index = 0xffffffffu;\n\
         if (row < P[3] && at < P[1]) {{\nindex = at;\n{keys}}}\nlet e = i * {entry}u;\nb0[e] = high;\n{low}b0[e + {}u] = index;\n}}\n",
        wgsl::buffers(1, 1),
        wgsl::main(gpu::GROUP as usize),
        gpu::GROUP,
        entry - 1
    );
    wgsl::with_library(&text)
}

/// The network: within blocks in workgroup memory, or one step of it over all.
fn network(entry: usize, blocks: bool) -> String {
    let less = match entry {
        2 => "a.x < b.x || (a.x == b.x && a.y < b.y)",
        _ => "a.x < b.x || (a.x == b.x && (a.y < b.y || (a.y == b.y && a.z < b.z)))",
    };
    let fields: Vec<String> = (0..entry).map(|k| format!("b0[i * {entry}u + {k}u]")).collect();
    let stores: String = (0..entry).map(|k| format!("b0[i * {entry}u + {k}u] = e[{k}]; ")).collect();
    let text = if blocks { include_str!("blocks.wgsl") } else { include_str!("step.wgsl") };
    let text = text
        .replace("ENTRY", &format!("vec{entry}<u32>"))
        .replace("LESS", less)
        .replace("LOAD", &fields.join(", "))
        .replace("STORE", &stores);
    wgsl::with_library(&(wgsl::buffers(0, 1) + &text))
}
