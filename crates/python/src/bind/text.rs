//! Signatures as text: for `__text_signature__`, docstrings and stubs. Needs no Python.

use millpond_core::registry::{OpDecl, Param, ParamKind};

/// The parameters of an operation, as they appear in Python.
pub struct Line {
    /// `self` for a method.
    pub method: bool,
    /// Whether types are written.
    pub typed: bool,
}

const STREAM: &str = "None | Stream | ThreadLocalStream | Device | DeviceType";

impl Line {
    /// `(a, /, axis=None, *, stream=None)`, with types if asked for.
    pub fn signature(&self, decl: &OpDecl) -> String {
        let params = decl.signature().params();
        let mut parts: Vec<String> = Vec::new();
        let mut keyword_only = false;
        let mut positional = 0;
        for (i, p) in params.iter().enumerate() {
            if p.keyword_only && !keyword_only {
                parts.push("*".to_owned());
                keyword_only = true;
            }
            if i == 0 && self.method {
                parts.push(if self.typed { "self" } else { "$self" }.to_owned());
                if !self.typed {
                    parts.push("/".to_owned());
                }
                continue;
            }
            if p.kind == ParamKind::Varargs || (i == 1 && self.method && takes_star(decl)) {
                parts.push(self.star(p));
                keyword_only = true;
                continue;
            }
            parts.push(self.param(p));
            if p.positional_only && !self.method {
                positional = parts.len();
            }
        }
        if positional > 0 {
            parts.insert(positional, "/".to_owned());
        }
        if !keyword_only && (positional > 0 || self.method) {
            parts.push("*".to_owned());
        }
        parts.push(if self.typed { format!("stream: {STREAM} = None") } else { "stream=None".to_owned() });
        format!("({})", parts.join(", "))
    }

    fn star(&self, p: &Param) -> String {
        let kind = if p.kind == ParamKind::Varargs { p.kind.python() } else { "int | Sequence[int] | None" };
        let name = p.name.trim_start_matches('*');
        if self.typed { format!("*{name}: {kind}") } else { format!("*{name}") }
    }

    fn param(&self, p: &Param) -> String {
        // A dtype is no literal, and `__text_signature__` knows only literals.
        let is_dtype = matches!(p.kind, ParamKind::Dtype | ParamKind::OptDtype) && p.default_text != "None";
        let default = if is_dtype && !self.typed { "..." } else { &p.default_text };
        let default = if default == "[]" { "()" } else { default };
        match (self.typed, p.default.is_some()) {
            (true, true) => format!("{}: {} = {default}", p.name, p.kind.python()),
            (true, false) => format!("{}: {}", p.name, p.kind.python()),
            (false, true) => format!("{}={default}", p.name),
            (false, false) => p.name.clone(),
        }
    }
}

/// Whether the method of `decl` takes its integers one by one too: `a.reshape(2, 3)`, `a.transpose(1, 0)`.
pub fn takes_star(decl: &OpDecl) -> bool {
    matches!(decl.name, "reshape" | "transpose")
}

/// What the operation returns, as a type.
pub fn returns(decl: &OpDecl) -> &'static str {
    match decl.name {
        "split" => "list[array]",
        "meshgrid" | "broadcast_arrays" | "unstack" | "divmod" | "minmax" => "tuple[array, ...]",
        "atleast_1d" | "atleast_2d" | "atleast_3d" => "array | list[array]",
        "linalg.qr" | "linalg.eig" | "linalg.eigh" | "linalg.lu" | "linalg.lu_factor" | "linalg.slogdet" => "tuple[array, ...]",
        "linalg.svd" | "unique" => "array | tuple[array, ...]",
        "random.seed" => "None",
        _ => "array",
    }
}

/// What Python's parameters are called where the Rust function has another name for them.
const NAMES: &[(&str, &[&str])] = &[
    ("a", &["array", "arys", "x"]),
    ("along", &["axis"]),
    ("axes", &["axis"]),
    ("end", &["end_axis"]),
    ("fill", &["fill_value"]),
    ("repeats", &["reps"]),
    ("size", &["slice_size"]),
    ("start", &["start_axis", "start_indices"]),
    ("widths", &["pad_width"]),
];

/// The documentation, which is written for the Rust function, in Python's words: links are names, all axes are `None`, parameters
/// have their names here, and structures of options are arguments.
pub fn documentation(decl: &OpDecl) -> String {
    let doc = decl.documentation();
    // Code is at the odd places.
    let parts: Vec<&str> = doc.split('`').collect();
    let mut text = String::new();
    let mut code = 0;
    for (at, &part) in parts.iter().enumerate() {
        if at % 2 == 1 {
            code = text.len();
            text.push_str(&format!("`{}`", in_python(decl, part)));
            continue;
        }
        let link_ends = at > 0 && parts[at - 2].ends_with('[');
        let mut part = if link_ends { after_link(part) } else { part };
        if let (true, Some(rest)) = (link_ends, part.strip_prefix(" has the options.")) {
            text.truncate(code);
            text.push_str("Other arguments change that.");
            part = rest;
        }
        let link_follows = parts.get(at + 2).is_some_and(|next| next.starts_with(']'));
        text.push_str(part.strip_suffix('[').filter(|_| link_follows).unwrap_or(part));
    }
    text
}

/// What Rust's `code` is called here.
fn in_python<'a>(decl: &OpDecl, code: &'a str) -> &'a str {
    let takes = |name: &str| decl.signature().params().iter().any(|p| p.name == name);
    let name = code.trim_end_matches("()");
    let mut here = NAMES.iter().filter(|(rust, _)| *rust == name && !takes(name)).flat_map(|(_, names)| *names);
    if name == ".." { "None" } else { here.find(|name| takes(name)).copied().unwrap_or(name) }
}

/// What follows the `]` of a link, and its `(target)` if it has one.
fn after_link(text: &str) -> &str {
    let text = text.strip_prefix(']').unwrap_or(text);
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 1 => return &text[at + 1..],
            ')' => depth -= 1,
            _ if depth == 0 => break,
            _ => {}
        }
    }
    text
}

/// The docstring with `__text_signature__` in front, as CPython splits it.
pub fn docstring(decl: &OpDecl, name: &str, method: bool) -> String {
    let plain = Line { method, typed: false }.signature(decl);
    let typed = Line { method, typed: true }.signature(decl);
    format!("{name}{plain}\n--\n\n{name}{typed} -> {}\n\n{}", returns(decl), documentation(decl))
}
