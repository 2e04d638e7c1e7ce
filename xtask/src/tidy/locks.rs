//! Workspaces beside the main one use the versions it uses, so that what is compiled for one serves all.

use super::Problem;

/// Compiled with another PyO3 than Millpond, on purpose.
const OTHER_PYO3: &str = "crates/extension/module/Cargo.lock";

/// Checks all lock files, given as (path, content); the main one is `Cargo.lock`.
pub fn check(locks: &[(String, String)]) -> Vec<Problem> {
    let Some((_, main)) = locks.iter().find(|(path, _)| path == "Cargo.lock") else { return Vec::new() };
    let main = packages(main);
    let mut problems = Vec::new();
    for (path, content) in locks {
        for (line, name, version) in packages(content) {
            if path == OTHER_PYO3 && name.starts_with("pyo3") {
                continue;
            }
            let mut known = main.iter().filter(|(_, other, _)| *other == name).map(|(_, _, version)| *version).peekable();
            if known.peek().is_some() && !known.clone().any(|other| other == version) {
                let there = known.collect::<Vec<_>>().join(" and ");
                let what = format!("{name} {version} is {there} in Cargo.lock: cargo update -p {name} --precise {there}");
                problems.push(Problem::new(path, line, what));
            }
        }
    }
    problems
}

/// The line, name and version of each package.
fn packages(lock: &str) -> Vec<(usize, &str, &str)> {
    let mut name = None;
    let mut packages = Vec::new();
    for (index, line) in lock.lines().enumerate() {
        let value = |key| line.strip_prefix(key).map(|text| text.trim_end_matches('"'));
        if let Some(text) = value("name = \"") {
            name = Some(text);
        } else if let (Some(version), Some(name)) = (value("version = \""), name.take()) {
            packages.push((index + 1, name, version));
        }
    }
    packages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(versions: &[(&str, &str)]) -> String {
        let package = |(name, version)| format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
        format!("version = 4\n{}", versions.iter().copied().map(package).collect::<String>())
    }

    #[test]
    fn another_version_is_seen_and_another_package_is_fine() {
        let main = ("Cargo.lock".to_owned(), lock(&[("a", "1.0.0"), ("b", "1.0.0"), ("b", "2.0.0")]));
        let same = ("x/Cargo.lock".to_owned(), lock(&[("b", "2.0.0"), ("mine", "0.1.0")]));
        assert_eq!(check(&[same, main.clone()]), []);
        let other = ("x/Cargo.lock".to_owned(), lock(&[("mine", "0.1.0"), ("a", "1.0.1")]));
        let problems = check(&[main, other]);
        assert_eq!((problems.len(), problems[0].line), (1, 7));
        assert!(problems[0].what.starts_with("a 1.0.1 is 1.0.0 in Cargo.lock"), "{}", problems[0].what);
    }
}
