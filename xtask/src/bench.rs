//! `cargo xtask bench`: the cost of a node in Rust, then the side-by-side table of Python peers.

use std::path::Path;
use std::process::Command;

use crate::python;
use crate::steps::{Outcome, cargo, run as run_command};

pub fn run(root: &Path, args: &[String]) -> Outcome {
    let interpreter = python::setup(root)?;
    run_command(&mut cargo(root, &["bench", "--quiet", "--package", "millpond", "--bench", "nodes"]))?;
    let mut harness = Command::new(interpreter);
    run_command(harness.current_dir(root.join("python")).args(["-m", "bench"]).args(args))
}
