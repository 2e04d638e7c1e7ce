//! The stubs that editors read, written from the declarations: `python/millpond/core/*.pyi` must be what this makes of them.
//! `MILLPOND_BLESS=1 cargo test -p millpond-python` writes them anew.

use millpond_core::registry::{self, OpDecl};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

#[path = "../src/bind/names.rs"]
mod names;
#[path = "../src/bind/text.rs"]
#[allow(dead_code)]
mod text;

const HEAD: &str = include_str!("../stubs/core.pyi");
const OPERATORS: &str = "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift";

/// The definition of `name` as `decl` declares it.
fn define(out: &mut String, decl: &OpDecl, name: &str, method: bool) {
    let indent = if method { "    " } else { "" };
    let signature = text::Line { method, typed: true }.signature(decl);
    let doc = text::documentation(decl).replace('\\', "\\\\").replace("\"\"\"", "'''");
    let doc = doc.lines().collect::<Vec<_>>().join(&format!("\n{indent}    "));
    // Lines with spaces only would be the only ones of their kind.
    let doc = doc.replace(&format!("\n{indent}    \n"), "\n\n");
    let end = if doc.contains('\n') { format!("\n{indent}    ") } else { String::new() };
    writeln!(out, "{indent}def {name}{signature} -> {}:\n{indent}    \"\"\"{doc}{end}\"\"\"", text::returns(decl)).unwrap();
}

fn core() -> String {
    let mut operators = String::new();
    for name in OPERATORS.split(' ') {
        for prefix in ["", "r", "i"] {
            writeln!(operators, "    def __{prefix}{name}__(self, other: object) -> array: ...").unwrap();
        }
    }
    let mut methods = String::new();
    for name in names::METHODS {
        if let Some(decl) = registry::find(name) {
            define(&mut methods, decl, name, true);
        }
    }
    let mut out = HEAD.replace("    # operators\n", &operators).replace("    # methods\n", &methods);
    functions(&mut out, "");
    out
}

/// All functions of a submodule (or of the module itself), in alphabetical order.
fn functions(out: &mut String, module: &str) {
    let own = |full: &'static str| match full.rsplit_once('.') {
        Some((m, name)) => (m == module).then_some(name),
        None => module.is_empty().then_some(full),
    };
    let mut found: BTreeMap<&str, &OpDecl> = BTreeMap::new();
    for decl in registry::all() {
        for name in std::iter::once(decl.name).chain(decl.aliases.iter().copied()).filter_map(own) {
            found.insert(name, decl);
        }
    }
    for (name, decl) in found {
        out.push('\n');
        define(out, decl, name, false);
    }
}

fn submodule(module: &str) -> String {
    let mut body = String::new();
    functions(&mut body, module);
    let is_used = |name: &&&str| body.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == **name);
    let known = ["Device", "DeviceType", "Dtype", "Stream", "ThreadLocalStream", "array", "float32", "int32", "scalar"];
    let used: Vec<&str> = known.iter().filter(is_used).copied().collect();
    let mut out = String::new();
    if body.contains("Sequence[") {
        out.push_str("from collections.abc import Sequence\n\n");
    }
    if !used.is_empty() {
        writeln!(out, "from . import {}", used.join(", ")).unwrap();
    }
    if module == "random" {
        out.push_str("\nstate: Sequence[array]\n\ndef seed(seed: int) -> None: ...\n");
    }
    out + &body
}

#[test]
fn stubs_are_what_the_declarations_say() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../python/millpond/core");
    let mut wrong = Vec::new();
    let mut files = vec![("__init__.pyi".to_owned(), core())];
    files.extend(["random", "linalg", "fft"].map(|m| (format!("{m}.pyi"), submodule(m))));
    for (name, text) in files {
        let path = folder.join(&name);
        if std::env::var_os("MILLPOND_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "out of date: {wrong:?}; run MILLPOND_BLESS=1 cargo test -p millpond-python");
}
