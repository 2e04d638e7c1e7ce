//! WGSL text shared by all kernels: types, loads and stores of every dtype over `array<u32>`, and functions.

use crate::dtype::Dtype::{self, *};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

/// The functions kernels may call; each file is a list of functions separated by blank lines.
const LIBRARY: [&str; 7] = [
    include_str!("prelude.wgsl"),
    include_str!("math.wgsl"),
    include_str!("trig.wgsl"),
    include_str!("power.wgsl"),
    include_str!("complex.wgsl"),
    include_str!("wide.wgsl"),
    include_str!("random.wgsl"),
];

/// The library's functions by name.
static FUNCTIONS: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    let blocks = LIBRARY.iter().flat_map(|text| text.split("\n\n")).map(str::trim).filter(|b| !b.is_empty());
    blocks.filter_map(|b| Some((b[b.find("fn ")? + 3..].split('(').next()?, b))).collect()
});

/// `body` after the library's functions that it calls, and those that they call.
pub fn with_library(body: &str) -> String {
    let mut needed: Vec<&str> = Vec::new();
    let mut texts = vec![body];
    while let Some(text) = texts.pop() {
        for word in calls(text) {
            if let Some((name, block)) = FUNCTIONS.get_key_value(word)
                && !needed.contains(name)
            {
                needed.push(name);
                texts.push(block);
            }
        }
    }
    needed.sort_unstable();
    let mut out = String::new();
    for name in needed {
        out.push_str(FUNCTIONS[name]);
        out.push_str("\n\n");
    }
    out + &section("source") + body
}

/// A line before a part of a kernel's text that is called `name`: messages count lines from there.
pub fn section(name: &str) -> String {
    format!("{SECTION}{name}\n")
}

const SECTION: &str = "//# ";

/// Line `line` of a kernel's text, counted from 1, for a message: which line of which section it is, and what it says.
pub fn place(text: &str, line: usize) -> String {
    let before: Vec<&str> = text.lines().take(line).collect();
    let Some(said) = before.last() else { return "an unknown line".to_owned() };
    let head = before.iter().rposition(|l| l.starts_with(SECTION));
    let section = head.map_or("source", |h| &before[h][SECTION.len()..]);
    format!("line {} of the {section}: `{}`", line - head.map_or(0, |h| h + 1), said.trim())
}

/// The names that are followed by an opening parenthesis.
fn calls(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('(').map(move |(at, _)| {
        let start = text[..at].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |i| i + 1);
        &text[start..at]
    })
}

/// The type that elements of `dtype` have inside kernels.
pub fn register(dtype: Dtype) -> &'static str {
    match dtype {
        Bool => "bool",
        Uint8 | Uint16 | Uint32 => "u32",
        Int8 | Int16 | Int32 => "i32",
        Uint64 => "u64",
        Int64 => "i64",
        Float16 | Bfloat16 | Float32 => "f32",
        Float64 => "f64",
        Complex64 => "vec2<f32>",
    }
}

/// Elements of `dtype` in a word of memory; wider ones take whole words.
pub fn per_word(dtype: Dtype) -> usize {
    (4 / dtype.size()).max(1)
}

/// An expression for element `at` (a `u32`) of `buffer`, whose elements are of type `dtype`.
pub fn load(dtype: Dtype, buffer: &str, at: &str) -> String {
    match dtype {
        Bool => format!("(extractBits({buffer}[({at}) >> 2u], (({at}) & 3u) * 8u, 8u) != 0u)"),
        Uint8 => format!("extractBits({buffer}[({at}) >> 2u], (({at}) & 3u) * 8u, 8u)"),
        Int8 => format!("extractBits(bitcast<i32>({buffer}[({at}) >> 2u]), (({at}) & 3u) * 8u, 8u)"),
        Uint16 => format!("extractBits({buffer}[({at}) >> 1u], (({at}) & 1u) * 16u, 16u)"),
        Int16 => format!("extractBits(bitcast<i32>({buffer}[({at}) >> 1u]), (({at}) & 1u) * 16u, 16u)"),
        Float16 => format!("from_f16(extractBits({buffer}[({at}) >> 1u], (({at}) & 1u) * 16u, 16u))"),
        Bfloat16 => format!("bitcast<f32>(extractBits({buffer}[({at}) >> 1u], (({at}) & 1u) * 16u, 16u) << 16u)"),
        Uint32 => format!("{buffer}[{at}]"),
        Int32 => format!("bitcast<i32>({buffer}[{at}])"),
        Float32 => format!("bitcast<f32>({buffer}[{at}])"),
        Complex64 => format!("vec2<f32>(bitcast<f32>({buffer}[({at}) * 2u]), bitcast<f32>({buffer}[({at}) * 2u + 1u]))"),
        Uint64 => format!("(u64({buffer}[({at}) * 2u]) | (u64({buffer}[({at}) * 2u + 1u]) << 32u))"),
        Int64 => format!("bitcast<i64>(u64({buffer}[({at}) * 2u]) | (u64({buffer}[({at}) * 2u + 1u]) << 32u))"),
        Float64 => unreachable!("kernels are not made for float64"),
    }
}

/// The low bits of a word that stand for `value`, of a dtype narrower than a word.
pub fn bits(dtype: Dtype, value: &str) -> String {
    match dtype {
        Bool => format!("select(0u, 1u, {value})"),
        Uint8 => format!("({value} & 0xffu)"),
        Uint16 => format!("({value} & 0xffffu)"),
        Int8 => format!("(bitcast<u32>({value}) & 0xffu)"),
        Int16 => format!("(bitcast<u32>({value}) & 0xffffu)"),
        Float16 => format!("to_f16({value})"),
        Bfloat16 => format!("to_bf16({value})"),
        _ => unreachable!("{dtype} is as wide as a word or wider"),
    }
}

/// A statement that stores `value` as element `at` of `buffer`, for a dtype at least as wide as a word.
pub fn store(dtype: Dtype, buffer: &str, at: &str, value: &str) -> String {
    match dtype {
        Uint32 => format!("{buffer}[{at}] = {value};"),
        Int32 | Float32 => format!("{buffer}[{at}] = bitcast<u32>({value});"),
        Complex64 => {
            format!("{buffer}[({at}) * 2u] = bitcast<u32>({value}.x); {buffer}[({at}) * 2u + 1u] = bitcast<u32>({value}.y);")
        }
        Uint64 => format!("{buffer}[({at}) * 2u] = u32({value}); {buffer}[({at}) * 2u + 1u] = u32({value} >> 32u);"),
        Int64 => format!(
            "{buffer}[({at}) * 2u] = u32(bitcast<u64>({value})); {buffer}[({at}) * 2u + 1u] = u32(bitcast<u64>({value}) >> 32u);"
        ),
        _ => unreachable!("{dtype} is stored by words"),
    }
}

/// A statement that stores `value` as element `at` of a `buffer` in which every element has words of its own: see
/// `GpuCall::in_words`.
pub fn put(dtype: Dtype, buffer: &str, at: &str, value: &str) -> String {
    match register(dtype) {
        _ if dtype.size() >= 4 => store(dtype, buffer, at, value),
        "bool" => format!("{buffer}[{at}] = select(0u, 1u, {value});"),
        "u32" => format!("{buffer}[{at}] = {value};"),
        _ => format!("{buffer}[{at}] = bitcast<u32>({value});"),
    }
}

/// An expression for what [`put`] has stored as element `at`.
pub fn take(dtype: Dtype, buffer: &str, at: &str) -> String {
    match register(dtype) {
        _ if dtype.size() >= 4 => load(dtype, buffer, at),
        "bool" => format!("({buffer}[{at}] != 0u)"),
        "u32" => format!("{buffer}[{at}]"),
        register => format!("bitcast<{register}>({buffer}[{at}])"),
    }
}

/// A dtype of elements of `size` bytes, for kernels that only move them.
pub fn carrier(size: usize) -> Dtype {
    match size {
        1 => Uint8,
        2 => Uint16,
        4 => Uint32,
        _ => Complex64,
    }
}

/// Elements a thread of [`elementwise`] computes: as many as the narrowest output packs into a word.
pub fn each(outputs: impl IntoIterator<Item = Dtype>) -> usize {
    outputs.into_iter().map(per_word).max().unwrap_or(1)
}

/// A kernel that computes `P[0]` elements of all outputs, each from its place `i`: `body` are the statements, `outputs` the dtypes and
/// the names of the values. `more` buffers to write follow the outputs.
pub fn elementwise(reads: usize, outputs: &[(Dtype, String)], more: usize, body: &str) -> String {
    let each = each(outputs.iter().map(|o| o.0));
    let group = super::GROUP;
    let mut text = buffers(reads, outputs.len() + more) + &main(group as usize);
    text.push_str("let n_all = P[0];\n");
    for (k, _) in outputs.iter().enumerate().filter(|(_, o)| o.0.size() < 4) {
        let _ = writeln!(text, "var w{k} = 0u;");
    }
    let _ = writeln!(text, "let first = (group * {group}u + lane) * {each}u;");
    let _ = writeln!(text, "for (var j = 0u; j < {each}u; j++) {{\nlet i = first + j;\nif (i >= n_all) {{ break; }}");
    text.push_str(body);
    for (k, (d, value)) in outputs.iter().enumerate() {
        if d.size() >= 4 {
            let _ = writeln!(text, "{}", store(*d, &format!("b{k}"), "i", value));
            continue;
        }
        let (per, width) = (per_word(*d), 8 * d.size());
        let last = per - 1;
        let _ = writeln!(text, "w{k} |= {} << ((i & {last}u) * {width}u);", bits(*d, value));
        let _ = writeln!(text, "if ((i & {last}u) == {last}u || i == n_all - 1u) {{ b{k}[i / {per}u] = w{k}; w{k} = 0u; }}");
    }
    text.push_str("}\n}\n");
    with_library(&text)
}

/// An expression that rounds or wraps `value` to what `dtype` can hold.
pub fn wrapped(dtype: Dtype, value: String) -> String {
    match dtype {
        Uint8 => format!("(({value}) & 0xffu)"),
        Uint16 => format!("(({value}) & 0xffffu)"),
        Int8 => format!("extractBits({value}, 0u, 8u)"),
        Int16 => format!("extractBits({value}, 0u, 16u)"),
        Float16 => format!("from_f16(to_f16({value}))"),
        Bfloat16 => format!("bitcast<f32>(to_bf16({value}) << 16u)"),
        _ => value,
    }
}

/// Declarations of a kernel's buffers: parameters `P`, then `reads` called `a0`, `a1`, …, then `writes` called `b0`, …
pub fn buffers(reads: usize, writes: usize) -> String {
    let mut out = String::from("@group(0) @binding(0) var<storage, read> P: array<u32>;\n");
    for i in 0..reads {
        let _ = writeln!(out, "@group(0) @binding({}) var<storage, read> a{i}: array<u32>;", 1 + i);
    }
    for i in 0..writes {
        let _ = writeln!(out, "@group(0) @binding({}) var<storage, read_write> b{i}: array<u32>;", 1 + reads + i);
    }
    out
}

/// The head of `main` with workgroups of `size` threads: it knows its `group` number and its number `lane` in the group.
pub fn main(size: usize) -> String {
    format!(
        "@compute @workgroup_size({size})\nfn main(@builtin(workgroup_id) group_id: vec3<u32>, \
         @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {{\n\
         let group = group_id.y * groups.x + group_id.x;\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_within_sections() {
        let text = with_library("fn f() {\n  let y = to_f16(x);\n}\n");
        let line = 1 + text.lines().position(|l| l.contains("let y")).unwrap();
        assert!(line > 10, "{text}");
        assert_eq!(place(&text, line), "line 2 of the source: `let y = to_f16(x);`");
        assert_eq!(place("a\nb", 2), "line 2 of the source: `b`");
    }
}
