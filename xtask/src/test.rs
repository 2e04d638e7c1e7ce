//! `cargo xtask test`: every check, cheapest first, all in the release profile so that nothing is compiled
//! twice.

use std::path::Path;
use std::process::Command;

use crate::extensions;
use crate::python;
use crate::steps::{Outcome, Steps, cargo, run as run_command};
use crate::tidy;

pub fn run(root: &Path) -> Outcome {
    let mut steps = Steps::new();
    steps.step("tidy", "cargo xtask tidy", || tidy::run(root))?;
    steps.command("format", &mut cargo(root, &["fmt", "--all", "--check"]))?;
    for manifest in ["examples/axpby/Cargo.toml", "templates/extension/Cargo.toml", "crates/extension/module/Cargo.toml"] {
        let check = ["fmt", "--all", "--check", "--manifest-path", manifest];
        steps.command(&format!("format of {manifest}"), &mut cargo(root, &check))?;
    }
    steps.command("lints", &mut cargo(root, &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    steps.step("GPU driver", "cargo xtask test", gpu_driver)?;
    steps.command("Rust tests", &mut cargo(root, &["test", "--release", "--workspace"]))?;
    let emission = ["test", "--release", "--manifest-path", "crates/wgpu/emission/Cargo.toml", "--target-dir", "target"];
    steps.command("kernels in other languages", &mut cargo(root, &emission))?;
    // Its tests are run with ours, where the core is compiled already. This is the example as its users have it; all of its
    // workspace, since its packages together have the features that ours have, so that no dependency is compiled again.
    let example = ["check", "--release", "--workspace", "--all-targets", "--manifest-path", "examples/axpby/Cargo.toml"];
    let example = [&example[..], &["--target-dir", "target"]].concat();
    steps.command("example of an extension", &mut cargo(root, &example))?;
    let interpreter = steps.step("Python package", "cargo xtask setup", || python::setup(root))?;
    steps.step("extensions installed by pip", "cargo xtask extensions", || extensions::run(root, &interpreter))?;
    steps.step("C interface under valgrind", "python python/tests/c_module.py", || valgrind(root, &interpreter))?;
    let mut pytest = Command::new(interpreter);
    steps.command("Python tests", pytest.current_dir(root).args(["-m", "pytest", "-q", "python/tests"]))?;
    steps.summary();
    Ok(())
}

/// The software Vulkan driver, which the GPU tests run on and fail without. Installed where that may be done.
fn gpu_driver() -> Outcome {
    const PACKAGES: [&str; 2] = ["mesa-vulkan-drivers", "libvulkan1"];
    let there = |dir: &str| {
        std::fs::read_dir(dir).is_ok_and(|d| d.flatten().any(|f| f.file_name().to_string_lossy().starts_with("lvp_icd")))
    };
    let present = || ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"].into_iter().any(there);
    if !cfg!(target_os = "linux") || present() || (install(&PACKAGES) && present()) {
        return Ok(());
    }
    Err(format!("the GPU tests need the software Vulkan driver: sudo apt-get install -y {}", PACKAGES.join(" ")))
}

/// The module in C under valgrind, which is installed where that may be done.
fn valgrind(root: &Path, python: &Path) -> Outcome {
    let present = || Command::new("valgrind").arg("--version").output().is_ok_and(|done| done.status.success());
    if !cfg!(target_os = "linux") || !(present() || (install(&["valgrind"]) && present())) {
        println!("NOT RUN: there is no valgrind here, and it can't be installed (sudo apt-get install -y valgrind)");
        return Ok(());
    }
    run_command(Command::new(python).current_dir(root).arg("python/tests/c_module.py"))
}

/// Whether the packages of the system could be installed: not where this user may not, or the system has others.
fn install(packages: &[&str]) -> bool {
    let run = |args: &[&str]| Command::new("apt-get").args(args).status().is_ok_and(|s| s.success());
    run(&["update", "-qq"]) && run(&[&["install", "-y", "-qq"][..], packages].concat())
}
