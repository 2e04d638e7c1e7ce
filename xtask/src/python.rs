//! The virtual environment in `.venv` and the Python package in it.
//!
//! Both are made when missing and renewed when what they were made from has changed: a stamp file in the
//! environment holds a fingerprint of the requirements, another one of the sources.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::steps::{cargo, run};
use crate::tidy::files;

const REQUIREMENTS: &str = "python/requirements-dev.txt";
/// What the built package is made from. Python sources are used in place, so they need no rebuild.
const SOURCES: [&str; 4] = ["crates", "Cargo.toml", "Cargo.lock", "pyproject.toml"];

/// Makes the environment and installs the package where needed; gives the interpreter to run.
pub fn setup(root: &Path) -> Result<PathBuf, String> {
    let venv = root.join(".venv");
    let interpreter = ["bin/python", "Scripts/python.exe"].map(|p| venv.join(p));
    let exists = |paths: &[PathBuf; 2]| paths.iter().find(|p| p.is_file()).cloned();

    if exists(&interpreter).is_none() {
        make_environment(root, &venv)?;
    }
    let python = exists(&interpreter).ok_or_else(|| format!("{} has no interpreter", venv.display()))?;

    renew(&venv.join("requirements.stamp"), fingerprint(root, &[REQUIREMENTS])?, || {
        println!("installing {REQUIREMENTS} into .venv");
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", REQUIREMENTS];
        run(Command::new(&python).current_dir(root).args(pip))
    })?;
    renew(&venv.join("package.stamp"), fingerprint(root, &SOURCES)?, || {
        println!("building the Python package");
        let mut maturin = Command::new(&python);
        maturin.current_dir(root).args(["-m", "maturin", "develop", "--release", "--quiet"]);
        maturin.env("VIRTUAL_ENV", &venv).env_remove("CONDA_PREFIX").env_remove("PYTHONPATH");
        maturin.env("CARGO", cargo(root, &[]).get_program());
        run(&mut maturin)
    })?;
    Ok(python)
}

fn make_environment(root: &Path, venv: &Path) -> Result<(), String> {
    let python = ["python3", "python", "py"]
        .into_iter()
        .find(|python| {
            let recent = "import sys; raise SystemExit(sys.version_info < (3, 11))";
            Command::new(python).args(["-c", recent]).status().is_ok_and(|status| status.success())
        })
        .ok_or("Python 3.11 or newer is needed: none was found as `python3` or `python`")?;
    println!("making .venv");
    let made = run(Command::new(python).current_dir(root).args(["-m", "venv"]).arg(venv));
    made.map_err(|why| {
        // A half-made environment has an interpreter and no pip; it must not pass for a whole one.
        let _ = fs::remove_dir_all(venv);
        format!("{why}\n  on Debian or Ubuntu this needs: apt-get install python3-venv")
    })
}

/// Does `work` and remembers `print` in `stamp`, unless the stamp already says so.
fn renew(stamp: &Path, print: String, work: impl FnOnce() -> Result<(), String>) -> Result<(), String> {
    if fs::read_to_string(stamp).is_ok_and(|old| old == print) {
        return Ok(());
    }
    work()?;
    fs::write(stamp, print).map_err(|error| format!("cannot write {}: {error}", stamp.display()))
}

/// Changes when any file under `paths` does.
fn fingerprint(root: &Path, paths: &[&str]) -> Result<String, String> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        for file in files(&root.join(path)) {
            let content = fs::read(&file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            (file, content).hash(&mut hasher);
        }
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_once_for_a_fingerprint_and_again_after_a_failure() {
        let stamp = std::env::temp_dir().join(format!("xtask-stamp-{}", std::process::id()));
        let _ = fs::remove_file(&stamp);
        let mut runs = 0;
        assert!(renew(&stamp, "a".into(), || Err("no".into())).is_err());
        for print in ["a", "a", "b"] {
            renew(&stamp, print.into(), || {
                runs += 1;
                Ok(())
            })
            .unwrap();
        }
        fs::remove_file(&stamp).unwrap();
        assert_eq!(runs, 2);
    }

    #[test]
    fn a_fingerprint_follows_the_content() {
        let folder = std::env::temp_dir().join(format!("xtask-print-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let print = |text: &str| {
            fs::write(folder.join("file"), text).unwrap();
            fingerprint(&folder, &["file"]).unwrap()
        };
        assert_eq!(print("one"), print("one"));
        assert_ne!(print("one"), print("two"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
