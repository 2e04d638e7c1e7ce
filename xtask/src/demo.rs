//! `cargo xtask demo`: the same two programs in Rust and in Python, from nothing to pictures.

use std::path::Path;
use std::process::Command;

use crate::python;
use crate::steps::{Outcome, Steps, cargo};

pub fn run(root: &Path) -> Outcome {
    let mut steps = Steps::new();
    let pictures = root.join("out");
    std::fs::create_dir_all(&pictures).map_err(|e| format!("cannot make {}: {e}", pictures.display()))?;

    let build = ["build", "--release", "--package", "millpond", "--example", "two_streams", "--example", "digits"];
    steps.command("build (Rust)", &mut cargo(root, &build))?;
    let example = |name| cargo(root, &["run", "--quiet", "--release", "--package", "millpond", "--example", name]);
    steps.command("two streams (Rust)", &mut example("two_streams"))?;
    let rust_picture = pictures.join("digits-rust.png");
    steps.command("digits (Rust)", example("digits").arg("--").arg(&rust_picture))?;

    let mut interpreter = None;
    steps.step("Python package", "cargo xtask setup", || {
        interpreter = Some(python::setup(root)?);
        Ok(())
    })?;
    let interpreter = interpreter.expect("set by the step above");
    let script = |name: &str| {
        let mut command = Command::new(&interpreter);
        command.current_dir(root).arg(Path::new("examples").join(name));
        command
    };
    steps.command("two streams (Python)", &mut script("two_streams.py"))?;
    let python_picture = pictures.join("digits-python.png");
    steps.command("digits (Python)", script("digits.py").arg(&python_picture))?;

    steps.summary();
    println!("\nPictures of the loss and of digits as they were read:");
    for picture in [rust_picture, python_picture] {
        if !picture.is_file() {
            return Err(format!("the demo wrote no {}", picture.display()));
        }
        println!("  {}", picture.display());
    }
    Ok(())
}
