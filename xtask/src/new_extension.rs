//! `cargo xtask new-extension NAME FOLDER`: a package of operations of one's own, copied from `templates/extension`.

use std::fs;
use std::path::Path;

use crate::steps::Outcome;
use crate::tidy::files;

const TEMPLATE: &str = "templates/extension";
/// What the template is called, and where it finds the crate it is built on.
const NAME: &str = "my_extension";
const DEPENDENCY: &str = "\"../../crates/extension\"";

pub const USAGE: &str = "cargo xtask new-extension NAME FOLDER, where NAME is lower case letters, digits and `_`";

/// Copies the template as the package `name` into `folder`, which must be empty or not there.
pub fn run(root: &Path, name: &str, folder: &Path) -> Outcome {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) || !name.chars().all(plain) || name.starts_with("millpond") {
        return Err(format!("`{name}` is no name for a package of your own\n  {USAGE}"));
    }
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(format!("{} is not empty", folder.display()));
    }
    let crate_path = format!("{:?}", root.join("crates/extension").to_string_lossy());
    for file in files(&root.join(TEMPLATE)) {
        let inside = file.strip_prefix(root.join(TEMPLATE)).expect("listed under the template");
        if matches!(file.extension().and_then(|e| e.to_str()), Some("so" | "pyd")) || inside == Path::new("Cargo.lock") {
            continue;
        }
        let text = fs::read_to_string(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        let to = folder.join(inside.to_string_lossy().replace(NAME, name));
        let written = fs::create_dir_all(to.parent().expect("a file lies in a folder"))
            .and_then(|()| fs::write(&to, text.replace(NAME, name).replace(DEPENDENCY, &crate_path)));
        written.map_err(|e| format!("cannot write {}: {e}", to.display()))?;
    }
    println!("{name} is in {}; its README.md says how to go on", folder.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::root;

    #[test]
    fn the_copy_has_another_name_and_finds_the_crate() {
        let folder = std::env::temp_dir().join(format!("xtask-new-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        run(&root(), "waves", &folder).unwrap();
        let texts: Vec<_> = files(&folder).iter().map(|f| fs::read_to_string(f).unwrap()).collect();
        assert!(texts.len() > 5 && !texts.iter().any(|t| t.contains(NAME)));
        assert!(folder.join("tests/test_waves.py").is_file());
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let path = manifest.split_once("path = \"").unwrap().1.split_once('"').unwrap().0;
        assert!(Path::new(path).join("Cargo.toml").is_file(), "{path}");
        assert!(run(&root(), "waves", &folder).unwrap_err().contains("is not empty"));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_name_that_is_no_module_is_refused() {
        for name in ["", "1d", "a-b", "Waves", "../x", "millpond"] {
            assert!(run(&root(), name, Path::new("/nowhere")).unwrap_err().contains(USAGE), "{name}");
        }
    }
}
