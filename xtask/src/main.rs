//! The project's own commands, run as `cargo xtask COMMAND`.
//!
//! Everything a contributor or CI does is one of these, so that what passes here passes there. The crate
//! uses the standard library alone: it is compiled before anything else can run.

mod bench;
mod demo;
mod extensions;
mod new_extension;
mod python;
mod steps;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  demo                 two streams side by side, then digits learned in Rust and in Python
  test                 every check: tidy, format, lints, Rust tests, Python tests
  bench [ARGS]         Millpond beside the peers installed (numpy, torch, jax, mlx); ARGS go to `python -m bench`
  tidy                 the structural rules: crate arrows, file lengths, SAFETY comments
  extensions           the example and the template, installed by pip and used as docs/extending.md says
  new-extension NAME FOLDER
                       a package for operations of your own, outside this repository: docs/extending.md
  setup                the virtual environment in .venv with the Python package built and installed
";

/// The root of the repository, whichever directory the command was called from.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the repository").to_path_buf()
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let root = root();
    let outcome = match command {
        "demo" => demo::run(&root),
        "test" => test::run(&root),
        "bench" => bench::run(&root, rest),
        "tidy" => tidy::run(&root),
        "extensions" => python::setup(&root).and_then(|python| extensions::run(&root, &python)),
        "new-extension" => match rest {
            [name, folder] => new_extension::run(&root, name, folder.as_ref()),
            _ => Err(new_extension::USAGE.to_owned()),
        },
        "setup" => python::setup(&root).map(drop),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("no command `{other}`\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
