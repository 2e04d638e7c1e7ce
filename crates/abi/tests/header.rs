//! `include/millpond.h` says the same as `src/lib.rs`. `MILLPOND_BLESS=1 cargo test -p millpond-abi` writes it anew.

use std::fmt::Write;
use std::path::Path;

/// A type of C for a type of Rust.
fn c_type(rust: &str) -> String {
    let rust = rust.trim();
    if let Some(inner) = rust.strip_prefix("*const ") {
        return format!("{} const *", c_type(inner));
    }
    if let Some(inner) = rust.strip_prefix("*mut ") {
        return format!("{} *", c_type(inner));
    }
    let known = [
        ("u8", "uint8_t"),
        ("u32", "uint32_t"),
        ("u64", "uint64_t"),
        ("i64", "int64_t"),
        ("f64", "double"),
        ("usize", "size_t"),
        ("isize", "ptrdiff_t"),
        ("c_void", "void"),
        ("c_char", "char"),
    ];
    known.iter().find(|(r, _)| *r == rust).map_or_else(|| format!("Millpond{rust}"), |(_, c)| (*c).to_owned())
}

/// `name: type`, as a declaration of C.
fn declare(field: &str) -> String {
    let (name, rust) = field.split_once(':').expect("a name and a type");
    let (name, rust) = (name.trim(), rust.trim());
    let rust = rust.strip_prefix("Option<").map_or(rust, |t| t.strip_suffix('>').expect("a closed option"));
    let Some(function) = rust.strip_prefix("unsafe extern \"C\" fn(") else {
        return format!("{} {name}", c_type(rust));
    };
    let (args, result) = function.rsplit_once(')').expect("parameters");
    let result = result.trim().strip_prefix("->").map_or("void".to_owned(), c_type);
    let args: Vec<String> = split(args).iter().map(|a| declare(a)).collect();
    let args = if args.is_empty() { "void".to_owned() } else { args.join(", ") };
    format!("{result} (*{name})({args})")
}

/// The parts of `text` between commas that are not in parentheses.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for c in text.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match c {
            ',' if depth == 0 => parts.push(String::new()),
            _ => parts.last_mut().unwrap().push(c),
        }
    }
    let words = |p: String| p.split_whitespace().collect::<Vec<_>>().join(" ");
    parts.into_iter().map(words).filter(|p| !p.is_empty()).collect()
}

fn header(source: &str) -> String {
    let mut out = String::from(
        "/* The C interface of Millpond, made from crates/abi/src/lib.rs. */\n\n#ifndef MILLPOND_H\n#define MILLPOND_H\n\n",
    );
    out += "#include <stddef.h>\n#include <stdint.h>\n\n/* The name of the capsule, an attribute of `millpond.core`. */\n";
    out += "#define MILLPOND_CAPSULE \"millpond.core._C_API\"\n";
    let mut docs = String::new();
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(doc) = line.strip_prefix("/// ") {
            docs += &format!("{}{doc}", if docs.is_empty() { "" } else { " " });
        } else if let Some((name, value)) = line.strip_prefix("pub const ").and_then(|l| l.split_once(": u")) {
            let value = value.split_once("= ").unwrap().1.trim_end_matches(';');
            let value =
                if name == "MAGIC" { format!("0x{:016X}u", u64::from_be_bytes(*b"millpond")) } else { format!("{value}u") };
            writeln!(out, "/* {} */\n#define MILLPOND_{name} {value}", std::mem::take(&mut docs)).unwrap();
        } else if let Some(name) = line.strip_prefix("pub struct ") {
            let name = name.trim_end_matches(" {");
            let body: Vec<&str> = lines.by_ref().take_while(|l| *l != "}").collect();
            writeln!(out, "\n/* {} */", std::mem::take(&mut docs)).unwrap();
            if body[0].contains("_opaque") {
                writeln!(out, "typedef struct Millpond{name} Millpond{name};").unwrap();
                continue;
            }
            writeln!(out, "typedef struct Millpond{name} {{").unwrap();
            let mut field = String::new();
            for line in body {
                if let Some(doc) = line.trim().strip_prefix("/// ") {
                    docs += &format!("{}{doc}", if docs.is_empty() { "" } else { " " });
                    continue;
                }
                field += line;
                let open = field.matches('(').count() > field.matches(')').count();
                if open || !field.ends_with(',') {
                    continue;
                }
                let text = split(field.trim().strip_prefix("pub ").expect("a public field"))[0].replace("( ", "(");
                writeln!(out, "    /* {} */\n    {};", std::mem::take(&mut docs), declare(&text)).unwrap();
                field.clear();
            }
            writeln!(out, "}} Millpond{name};").unwrap();
        } else if !line.starts_with("#[") {
            docs.clear();
        }
    }
    out += "\n#endif\n";
    out.replace("[`", "`").replace("`]", "`").replace(" * ", " *")
}

#[test]
fn the_header_is_the_declarations() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let made = header(&std::fs::read_to_string(root.join("src/lib.rs")).unwrap());
    let path = root.join("include/millpond.h");
    if std::env::var_os("MILLPOND_BLESS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), made, "MILLPOND_BLESS=1 cargo test -p millpond-abi");
}
