//! `cargo xtask tidy`: the structural rules of the project, checked on the text of the tree.
//!
//! Each rule is a function from one file (or one manifest) to the problems in it, with tests that show it
//! both passing and failing.

mod arrows;
mod locks;
mod rust_text;
mod source;
mod text;

use std::fs;
use std::path::{Path, PathBuf};

use crate::steps::Outcome;

/// Folders and files of the tree that the rules look at.
const WATCHED: [&str; 13] = [
    "crates",
    "xtask",
    "python",
    "examples",
    "templates",
    "docs",
    ".ci",
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "Cargo.toml",
    "Cargo.lock",
    "pyproject.toml",
];

/// A rule broken at a place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub path: String,
    /// From 1; 0 where the whole file is meant.
    pub line: usize,
    pub what: String,
}

impl Problem {
    pub fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, what: what.into() }
    }
}

/// Checks the whole tree and prints what is wrong with it.
pub fn run(root: &Path) -> Outcome {
    let mut problems = Vec::new();
    let mut manifests = Vec::new();
    let mut locks = Vec::new();
    let mut count = 0;
    for file in WATCHED.iter().flat_map(|path| files(&root.join(path))) {
        let Ok(content) = fs::read_to_string(&file) else { continue };
        let path = file.strip_prefix(root).expect("listed under the root").to_string_lossy().replace('\\', "/");
        count += 1;
        problems.extend(text::check(&path, &content));
        if path.ends_with(".rs") {
            problems.extend(rust_text::check(&path, &content));
        }
        // Examples and templates are workspaces of their own and depend on ours as any user does.
        if path.ends_with("/Cargo.toml") && !path.starts_with("examples/") && !path.starts_with("templates/") {
            manifests.push((path, content));
        } else if path.ends_with("Cargo.lock") {
            locks.push((path, content));
        }
    }
    problems.extend(arrows::check(&manifests));
    problems.extend(locks::check(&locks));
    problems.sort();
    for Problem { path, line, what } in &problems {
        println!("{path}:{line}: {what}");
    }
    match problems.len() {
        0 => {
            println!("{count} files, all tidy");
            Ok(())
        }
        n => Err(format!("{n} places break the rules")),
    }
}

/// All files at or under `path`, in a fixed order, leaving out what is built.
pub fn files(path: &Path) -> Vec<PathBuf> {
    const BUILT: [&str; 4] = ["target", "__pycache__", ".pytest_cache", "node_modules"];
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    if BUILT.contains(&name.as_ref()) {
        return Vec::new();
    }
    let mut entries: Vec<_> = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries.iter().flat_map(|entry| files(entry)).collect()
}
