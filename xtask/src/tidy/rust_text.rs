//! Rules for Rust files: every `unsafe` is argued for, nothing is left to do, names say something, and the
//! operations use only the surface that a foreign crate has.

use super::Problem;
use super::source::Source;

pub fn check(path: &str, content: &str) -> Vec<Problem> {
    let source = Source::new(content);
    let mut problems = safety(path, &source);
    problems.extend(leftovers(path, &source));
    problems.extend(names(path, &source));
    if path.starts_with("crates/core/src/ops/") && !path.ends_with("/tests.rs") {
        problems.extend(surface(path, &source));
    }
    problems
}

/// The words of a line of code with the places they start.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let in_word = |c: char| c.is_alphanumeric() || c == '_';
    line.split(move |c| !in_word(c))
        .filter(|word| !word.is_empty())
        .map(move |word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
}

/// What follows a place in the code, over line ends.
fn following(source: &Source, line: usize, column: usize) -> String {
    let rest = std::iter::once(&source.code[line][column..]).chain(source.code[line + 1..].iter().take(3).map(String::as_str));
    rest.collect::<Vec<_>>().join(" ").trim_start().to_owned()
}

/// Every `unsafe` block, impl, trait, function and attribute has a comment with `SAFETY:` or a doc section `# Safety`.
fn safety(path: &str, source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, code) in source.code.iter().enumerate() {
        for (column, _) in words(code).filter(|(_, word)| *word == "unsafe") {
            let next = following(source, index, column + "unsafe".len());
            let is_pointer_type = {
                let signature = next.strip_prefix("extern").map_or(next.as_str(), |rest| {
                    rest.trim_start().trim_start_matches('"').trim_start().trim_start_matches('"').trim_start()
                });
                signature.strip_prefix("fn").is_some_and(|rest| rest.trim_start().starts_with('('))
            };
            let is_private_function = next.starts_with("fn") && !words(code).any(|(_, word)| word == "pub");
            if !(is_pointer_type || is_argued(source, index) || is_private_function && is_argued_within(source, index)) {
                problems.push(Problem::new(path, index + 1, "`unsafe` without a `// SAFETY:` comment or a `# Safety` section"));
            }
        }
    }
    problems
}

/// Whether a safety comment stands on the line, just inside its block, or above the statement or item it is part of.
fn is_argued(source: &Source, line: usize) -> bool {
    let argues = |line: usize| {
        source.comments.get(line).is_some_and(|comment| comment.contains("SAFETY:") || comment.contains("# Safety"))
    };
    if argues(line) || (source.code[line].trim_end().ends_with("unsafe {") && argues(line + 1)) {
        return true;
    }
    let mut above = line;
    // The lines above that belong to the same statement or item, then the comments and attributes over it.
    while above > 0 && !source.is_annotation(above - 1) {
        let code = source.code[above - 1].trim();
        let neighbour = code.starts_with("unsafe impl") && source.code[line].trim_start().starts_with("unsafe impl");
        let starts_item = words(code).any(|(_, word)| ["fn", "impl", "trait", "mod"].contains(&word));
        if !neighbour && (code.is_empty() || code.ends_with([';', '}']) || starts_item || line - above >= 8) {
            return false;
        }
        above -= 1;
    }
    while above > 0 && source.is_annotation(above - 1) {
        above -= 1;
        if argues(above) {
            return true;
        }
    }
    false
}

/// Whether the body of the function that starts on the line argues for what it does: enough for one that isn't public.
fn is_argued_within(source: &Source, line: usize) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let outside = indent(&source.code[line]);
    let body = (line + 1..source.code.len()).take_while(|&i| source.code[i].trim() != "}" || indent(&source.code[i]) > outside);
    body.into_iter().any(|i| source.comments[i].contains("SAFETY:"))
}

/// Macros of code that is unfinished or being debugged.
const BANNED: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// No unfinished or debugging macros.
fn leftovers(path: &str, source: &Source) -> Vec<Problem> {
    let found = |(index, code): (usize, &String)| {
        words(code)
            .filter(|(column, word)| BANNED.contains(word) && code[column + word.len()..].starts_with('!'))
            .map(|(_, word)| Problem::new(path, index + 1, format!("`{word}!` is left over")))
            .collect::<Vec<_>>()
    };
    source.code.iter().enumerate().flat_map(found).collect()
}

/// No module is called `utils`: the name says nothing about what belongs there.
fn names(path: &str, source: &Source) -> Vec<Problem> {
    const EMPTY: [&str; 5] = ["utils", "util", "helpers", "misc", "common"];
    let mut problems = Vec::new();
    if path.trim_end_matches(".rs").split('/').any(|part| EMPTY.contains(&part)) {
        problems.push(Problem::new(path, 0, "the name of the module says nothing; name it after what it holds"));
    }
    for (index, code) in source.code.iter().enumerate() {
        let words: Vec<_> = words(code).map(|(_, word)| word).collect();
        for pair in words.windows(2).filter(|pair| pair[0] == "mod" && EMPTY.contains(&pair[1])) {
            problems.push(Problem::new(path, index + 1, format!("`mod {}` says nothing; name it after what it holds", pair[1])));
        }
    }
    problems
}

/// Operations import `crate::ext`, each other and the standard library, so that they compile in a foreign crate.
fn surface(path: &str, source: &Source) -> Vec<Problem> {
    let declared: Vec<&str> = source
        .code
        .iter()
        .flat_map(|code| {
            let words: Vec<_> = words(code).map(|(_, word)| word).collect();
            words.windows(2).filter(|pair| ["mod", "enum"].contains(&pair[0])).map(|pair| pair[1]).collect::<Vec<_>>()
        })
        .collect();
    let mut problems = Vec::new();
    for (index, code) in source.code.iter().enumerate() {
        let mut say = |what: String| problems.push(Problem::new(path, index + 1, what));
        for (column, _) in words(code).filter(|(_, word)| *word == "crate") {
            let inside = code[column + "crate".len()..]
                .strip_prefix("::")
                .map(|rest| words(rest).next().map_or("{", |(at, word)| if at == 0 { word } else { "{" }));
            if let Some(root) = inside.filter(|root| !["ext", "ops"].contains(root)) {
                say(format!("operations may use `crate::ext` and `crate::ops`, not `crate::{root}`"));
            }
        }
        let import =
            code.trim_start().trim_start_matches("pub ").trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
        let Some(import) = import.strip_prefix("use ") else { continue };
        let root = import.trim_start_matches("::").split(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
        let own = ["crate", "super", "self", "std", "core", "alloc"].contains(&root) || declared.contains(&root);
        if !own && !root.starts_with(char::is_uppercase) {
            say(format!("operations may import `crate::ext` and `crate::ops`, not `{root}`"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, content: &str) -> Vec<usize> {
        check(path, content).into_iter().map(|problem| problem.line).collect()
    }

    #[test]
    fn unsafe_needs_an_argument() {
        for bad in [
            "fn f() {\n    unsafe { g() }\n}\n",
            "// why\nunsafe impl Send for A {}\n",
            "/// Does it.\npub unsafe fn f() {}\n",
            "// SAFETY: for the other\nlet a = unsafe { g() };\nlet b = unsafe { g() };\n",
            "#[unsafe(no_mangle)]\nfn f() {}\n",
            "let a = f(\n    b,\n    unsafe { c() },\n);\n",
            "unsafe fn f() {\n    g()\n}\nfn h() {\n    // SAFETY: of another\n}\n",
            "pub unsafe fn f() {\n    // SAFETY: passed on to the caller, who isn't told\n    unsafe { g() }\n}\n",
        ] {
            assert_eq!(lines("a.rs", bad).len(), 1, "{bad}");
        }
        for good in [
            "// SAFETY: g is safe here\nlet a = unsafe { g() };\n",
            "let a = unsafe { g() }; // SAFETY: fine\n",
            "unsafe {\n    // SAFETY: fine\n    g()\n}\n",
            "// SAFETY: the pointer is never shared\nunsafe impl Send for A {}\nunsafe impl Sync for A {}\n",
            "/// Does it.\n///\n/// # Safety\n/// `p` is valid.\n#[inline]\npub unsafe fn f() {}\n",
            "// SAFETY: c is pure\nlet a = f(\n    b,\n    unsafe { c() },\n);\n",
            "struct T {\n    f: unsafe fn(u8),\n    g: unsafe extern \"C\" fn(u8),\n}\n",
            "unsafe fn f() {\n    let a = 1;\n    // SAFETY: passed on to the caller\n    unsafe { g(a) }\n}\n",
            "// SAFETY: in bounds\nlet a = b.map(|p| {\n    let c = unsafe { d(p) };\n    c\n});\n",
            "let s = \"unsafe { }\"; // unsafe\n",
        ] {
            assert!(lines("a.rs", good).is_empty(), "{good}");
        }
    }

    #[test]
    fn leftovers_are_seen() {
        for name in BANNED {
            assert_eq!(lines("a.rs", &format!("fn f() {{ {name}!() }}\nfn g() {{\n    {name}!(1);\n}}\n")), [1, 3], "{name}");
            assert!(lines("a.rs", &format!("// {name}!()\nlet {name} = \"{name}!\";\n")).is_empty(), "{name}");
        }
    }

    #[test]
    fn names_say_something() {
        assert_eq!(lines("crates/core/src/utils.rs", ""), [0]);
        assert_eq!(lines("crates/core/src/utils/a.rs", ""), [0]);
        assert_eq!(lines("a.rs", "pub mod utils;\n"), [1]);
        assert!(lines("a.rs", "mod utilities_of_war;\n").is_empty());
    }

    #[test]
    fn operations_use_their_surface_only() {
        let op = "crates/core/src/ops/softmax/mod.rs";
        for bad in [
            "use crate::graph::Op;\n",
            "use rayon::prelude::*;\n",
            "let a = crate::array::Array::new();\n",
            "use crate::{ext, graph};\n",
            "use half::f16;\n",
        ] {
            assert_eq!(lines(op, bad), [1], "{bad}");
        }
        for good in [
            "use crate::ext::{Array, Result};\n",
            "use crate::ops::reduce;\n",
            "use super::*;\nuse std::sync::Arc;\n",
            "mod cpu;\npub use cpu::run;\n",
            "pub(crate) fn f() {}\n",
            "use Kind::*;\n",
        ] {
            assert!(lines(op, good).is_empty(), "{good}");
        }
        for elsewhere in ["crates/core/src/graph/mod.rs", "crates/core/src/ops/view/tests.rs"] {
            assert!(lines(elsewhere, "use crate::array::Array;\n").is_empty());
        }
    }
}
