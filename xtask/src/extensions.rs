//! What the guide promises to authors of extensions, done as they would: the packages of the example and of the template are
//! installed by `pip` beside an installed Millpond, in an environment that has nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::new_extension;
use crate::steps::{Outcome, run as run_command};

/// Runs it all with `python`, the interpreter of the environment that Millpond was built in.
pub fn run(root: &Path, python: &Path) -> Outcome {
    let place = root.join("target").join("extension");
    let wheels = place.join("wheels");
    for made in [&wheels, &place.join("venv")] {
        let _ = fs::remove_dir_all(made);
    }
    let mut wheel = Command::new(python);
    wheel.current_dir(root).args(["-m", "maturin", "build", "--release", "--quiet", "--interpreter"]).arg(python);
    wheel.arg("--out").arg(&wheels);
    run_command(&mut wheel)?;
    let wheel = fs::read_dir(&wheels).ok().and_then(|mut made| made.next()?.ok()).ok_or("maturin made no wheel")?.path();

    run_command(Command::new(python).args(["-m", "venv", "--without-pip"]).arg(place.join("venv")))?;
    let interpreter = ["bin/python", "Scripts/python.exe"].map(|p| place.join("venv").join(p));
    let interpreter = interpreter.iter().find(|p| p.is_file()).ok_or("the new environment has no interpreter")?;

    let copy = Folder(std::env::temp_dir().join(format!("millpond-extension-{}", std::process::id())));
    let _ = fs::remove_dir_all(&copy.0);
    new_extension::run(root, "squares", &copy.0)?;
    // The versions that are compiled already; a user's own lock file comes to be by itself.
    fs::copy(root.join("Cargo.lock"), copy.0.join("Cargo.lock")).map_err(|e| format!("cannot copy Cargo.lock: {e}"))?;

    let mut pip = Command::new(python);
    pip.current_dir(root).args(["-m", "pip", "--disable-pip-version-check", "--python"]).arg(interpreter);
    pip.args(["install", "--quiet"]).arg(wheel).arg("./examples/axpby").arg(&copy.0);
    run_command(pip.env("CARGO_TARGET_DIR", &place).env_remove("PYTHONPATH"))?;

    // Not in the repository, whose folder `python/millpond` must not be found.
    let program = |args: &[&str]| {
        let mut command = Command::new(interpreter);
        command.current_dir(&copy.0).args(args).env_remove("PYTHONPATH").env("MILLPOND_GPU", "software");
        command
    };
    run_command(&mut program(&["-m", "unittest", "discover", "--quiet", "tests"]))?;
    let mut bench = program(&[]);
    run_command(bench.arg(root.join("examples").join("axpby").join("bench.py")).arg("10"))?;
    let guide = fs::read_to_string(root.join("docs").join("extending.md")).map_err(|e| format!("no guide: {e}"))?;
    let (lines, printed) = use_in_python(&guide)?;
    for lines in [lines.to_owned(), lines.replace("stream=mx.cpu", "stream=mx.gpu")] {
        let done = program(&["-c", &lines]).output().map_err(|e| format!("cannot run the lines of the guide: {e}"))?;
        if !done.status.success() || String::from_utf8_lossy(&done.stdout).replace('\r', "") != printed {
            let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
            return Err(format!("the lines of docs/extending.md\n{lines}printed\n{said}and not\n{printed}"));
        }
    }
    Ok(())
}

/// The lines of the guide that use the installed example, and what the guide says they print.
fn use_in_python(guide: &str) -> Result<(&str, &str), String> {
    let missing = "docs/extending.md has no lines that import millpond_axpby, with what they print";
    let (before, after) = guide.split_once("from millpond_axpby import").ok_or(missing)?;
    let start = before.rfind("```python\n").ok_or(missing)? + "```python\n".len();
    let end = before.len() + after.find("```").map(|at| at + "from millpond_axpby import".len()).ok_or(missing)?;
    let printed = guide[end + 3..].trim_start().strip_prefix("```text\n").ok_or(missing)?;
    Ok((&guide[start..end], &printed[..printed.find("```").ok_or(missing)?]))
}

/// A folder that goes when this does.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_s_lines_are_found_with_what_they_print() {
        let guide = "```sh\nx\n```\n```python\nimport a\nfrom millpond_axpby import axpby\nf()\n```\n\n```text\n1\n2\n```\n";
        assert_eq!(use_in_python(guide), Ok(("import a\nfrom millpond_axpby import axpby\nf()\n", "1\n2\n")));
        assert!(use_in_python("```python\nfrom millpond_axpby import axpby\n```\n").is_err());
    }
}
