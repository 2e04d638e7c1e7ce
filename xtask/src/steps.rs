//! Steps run one after another, each printed with its time; the first that fails ends the run and says how
//! to repeat it alone.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

pub type Outcome = Result<(), String>;

/// A run of named steps.
pub struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    pub fn new() -> Self {
        Self { done: Vec::new() }
    }

    /// Runs `work` as the next step; `again` is the command that repeats it alone.
    pub fn step<T>(&mut self, name: &str, again: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        println!("── {name}");
        let start = Instant::now();
        let outcome = work();
        let time = start.elapsed();
        match outcome {
            Ok(made) => {
                println!("── {name}: ok, {}\n", seconds(time));
                self.done.push((name.to_owned(), time));
                Ok(made)
            }
            Err(why) => Err(format!("{name} failed after {}: {why}\n  again: {again}", seconds(time))),
        }
    }

    /// Runs a program as the next step.
    pub fn command(&mut self, name: &str, command: &mut Command) -> Outcome {
        let again = shown(command);
        self.step(name, &again, || run(command))
    }

    /// Prints what was run and how long each step took.
    pub fn summary(&self) {
        let width = self.done.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, time) in &self.done {
            println!("  {name:width$}  {:>8}", seconds(*time));
        }
        let total = self.done.iter().map(|(_, time)| *time).sum();
        println!("  {:width$}  {:>8}", "in all", seconds(total));
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

/// A program and its arguments as one would type them, run from the repository's root.
pub fn shown(command: &Command) -> String {
    let vars =
        command.get_envs().filter_map(|(key, value)| Some(format!("{}={}", key.to_string_lossy(), value?.to_string_lossy())));
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    vars.chain(words.map(|word| quoted(&word.to_string_lossy()))).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{word}'") }
}

/// Runs a program with its output shown.
pub fn run(command: &mut Command) -> Outcome {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{}` ended with {status}", shown(command))),
        Err(error) => Err(format!("`{}` could not be started: {error}", shown(command))),
    }
}

/// `cargo ARGS` in the repository, with the cargo that runs this program.
pub fn cargo(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(args);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_step_names_its_command() {
        let error = Steps::new().command("nothing", &mut Command::new("./no-such-program")).unwrap_err();
        assert!(error.contains("nothing failed") && error.contains("again: ./no-such-program"), "{error}");
    }

    #[test]
    fn commands_are_shown_as_typed() {
        let mut command = Command::new("cargo");
        command.args(["test", "-p", "x", "a name"]).env("KEY", "1");
        assert_eq!(shown(&command), "KEY=1 cargo test -p x 'a name'");
    }
}
