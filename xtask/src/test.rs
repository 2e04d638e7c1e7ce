//! `cargo xtask test`: every check, cheapest first, all in the release profile so that nothing is compiled
//! twice.

use std::path::Path;
use std::process::Command;

use crate::python;
use crate::steps::{Outcome, Steps, cargo};
use crate::tidy;

pub fn run(root: &Path) -> Outcome {
    let mut steps = Steps::new();
    steps.step("tidy", "cargo xtask tidy", || tidy::run(root))?;
    steps.command("format", &mut cargo(root, &["fmt", "--all", "--check"]))?;
    steps.command("lints", &mut cargo(root, &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    steps.command("Rust tests", &mut cargo(root, &["test", "--release", "--workspace"]))?;
    let mut interpreter = None;
    steps.step("Python package", "cargo xtask setup", || {
        interpreter = Some(python::setup(root)?);
        Ok(())
    })?;
    let mut pytest = Command::new(interpreter.expect("set by the step above"));
    steps.command("Python tests", pytest.current_dir(root).args(["-m", "pytest", "-q", "python/tests"]))?;
    steps.summary();
    Ok(())
}
