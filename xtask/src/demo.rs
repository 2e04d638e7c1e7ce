//! `cargo xtask demo`: the same two programs in Rust and in Python, from nothing to pictures. They use a GPU if there
//! is one; `MILLPOND_GPU=software` makes the driver that runs on the CPU be one.

use std::env::consts::EXE_SUFFIX;
use std::path::Path;
use std::process::Command;

use crate::python;
use crate::steps::{Outcome, Steps, cargo};

pub fn run(root: &Path) -> Outcome {
    let mut steps = Steps::new();
    let pictures = root.join("out");
    std::fs::create_dir_all(&pictures).map_err(|e| format!("cannot make {}: {e}", pictures.display()))?;

    // Together with the Python package, so that both are built with the same features of what they depend on, which is then built once.
    let mut build = cargo(root, &["build", "--release", "--package", "millpond", "--package", "millpond-python"]);
    build.args(["two_streams", "unified_memory", "digits"].iter().flat_map(|name| ["--example", name]));
    steps.command("build (Rust)", &mut build)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |target| root.join(target));
    let example = |name: &str| {
        let mut command = Command::new(target.join("release/examples").join(format!("{name}{EXE_SUFFIX}")));
        command.current_dir(root);
        command
    };
    let rust_page = pictures.join("two-streams-rust.html");
    steps.command("two streams (Rust)", example("two_streams").arg(&rust_page))?;
    steps.command("unified memory (Rust)", &mut example("unified_memory"))?;
    let rust_picture = pictures.join("digits-rust.png");
    steps.command("digits (Rust)", example("digits").arg(&rust_picture))?;

    let interpreter = steps.step("Python package", "cargo xtask setup", || python::setup(root))?;
    let script = |name: &str| {
        let mut command = Command::new(&interpreter);
        command.current_dir(root).arg(Path::new("examples").join(name));
        command
    };
    let python_page = pictures.join("two-streams-python.html");
    steps.command("two streams (Python)", script("two_streams.py").arg(&python_page))?;
    steps.command("unified memory (Python)", &mut script("unified_memory.py"))?;
    let python_picture = pictures.join("digits-python.png");
    steps.command("digits (Python)", script("digits.py").arg(&python_picture))?;

    steps.summary();
    for (what, files) in [
        ("Timelines of the two streams, to open in a browser:", [rust_page, python_page]),
        ("Pictures of the loss and of digits as they were read:", [rust_picture, python_picture]),
    ] {
        println!("\n{what}");
        for file in files {
            if !file.is_file() {
                return Err(format!("the demo wrote no {}", file.display()));
            }
            println!("  {}", file.display());
        }
    }
    Ok(())
}
