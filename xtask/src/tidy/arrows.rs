//! Which crate of the workspace may depend on which: arrows point inward only.

use super::Problem;

/// Every crate with the crates of the workspace it may depend on.
const ARROWS: [(&str, &[&str]); 12] = [
    ("millpond-core", &[]),
    ("millpond-abi", &[]),
    ("millpond-wgpu", &["millpond-core"]),
    ("millpond-cuda", &["millpond-core"]),
    ("millpond-nn", &["millpond-core"]),
    ("millpond-emission", &[]),
    ("millpond-testkit", &["millpond-core"]),
    ("millpond", &["millpond-core", "millpond-wgpu", "millpond-cuda"]),
    ("millpond-extension", &["millpond-abi"]),
    ("millpond-extension-module", &["millpond-extension"]),
    ("millpond-python", &["millpond-core", "millpond", "millpond-wgpu", "millpond-abi"]),
    ("xtask", &[]),
];

/// Crates that tests of any crate but the core may use besides.
const FOR_TESTS: [&str; 1] = ["millpond-testkit"];

/// Checks all manifests, given as (path, content).
pub fn check(manifests: &[(String, String)]) -> Vec<Problem> {
    let members: Vec<Manifest> = manifests.iter().map(|(path, content)| Manifest::parse(path, content)).collect();
    let mut problems = Vec::new();
    for member in &members {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == member.name) else {
            problems.push(Problem::new(
                member.path,
                0,
                format!("crate `{}` has no place among the arrows in xtask/src/tidy/arrows.rs", member.name),
            ));
            continue;
        };
        for dependency in &member.dependencies {
            let inside = members.iter().any(|other| other.name == dependency.name);
            let test_only = dependency.dev && member.name != "millpond-core" && FOR_TESTS.contains(&dependency.name.as_str());
            if inside && !test_only && !allowed.contains(&dependency.name.as_str()) {
                problems.push(Problem::new(
                    member.path,
                    dependency.line,
                    format!("`{}` must not depend on `{}`", member.name, dependency.name),
                ));
            }
        }
    }
    problems
}

struct Dependency {
    name: String,
    dev: bool,
    line: usize,
}

/// What matters of a Cargo.toml. Its dependency tables are written one entry a line in this project.
struct Manifest<'a> {
    path: &'a str,
    name: String,
    dependencies: Vec<Dependency>,
}

impl<'a> Manifest<'a> {
    fn parse(path: &'a str, content: &str) -> Self {
        let mut manifest = Self { path, name: String::new(), dependencies: Vec::new() };
        let mut section = String::new();
        for (index, line) in content.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(header) = line.strip_prefix('[') {
                section = header.trim_matches(['[', ']']).to_owned();
                // `[dependencies.NAME]` is a dependency spread over lines.
                if let Some((table, name)) = section.rsplit_once('.').filter(|(table, _)| table.ends_with("dependencies")) {
                    let dev = table.ends_with("dev-dependencies");
                    manifest.dependencies.push(Dependency { name: name.trim_matches('"').to_owned(), dev, line: index + 1 });
                }
            } else if let Some((key, value)) = line.split_once('=') {
                let key = key.trim().split('.').next().unwrap_or_default().trim_matches('"');
                if section == "package" && key == "name" {
                    manifest.name = value.trim().trim_matches('"').to_owned();
                } else if section.ends_with("dependencies") {
                    let renamed = value.split_once("package").and_then(|(_, rest)| rest.split('"').nth(1));
                    let dev = section.ends_with("dev-dependencies");
                    manifest.dependencies.push(Dependency { name: renamed.unwrap_or(key).to_owned(), dev, line: index + 1 });
                }
            }
        }
        manifest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(manifests: &[&str]) -> Vec<(usize, String)> {
        let manifests: Vec<_> = manifests.iter().map(|text| ("crates/x/Cargo.toml".to_owned(), (*text).to_owned())).collect();
        check(&manifests).into_iter().map(|problem| (problem.line, problem.what)).collect()
    }

    const CORE: &str = "[package]\nname = \"millpond-core\"\n[dependencies]\nhalf = \"2\"\n";
    const TESTKIT: &str = "[package]\nname = \"millpond-testkit\"\n[dependencies]\nmillpond-core.workspace = true\n";

    #[test]
    fn arrows_that_point_inward_are_fine() {
        let facade = "[package]\nname = \"millpond\"\n[dependencies]\nmillpond-core = { path = \"../core\" }\n[dev-dependencies]\nmillpond-testkit.workspace = true\n";
        assert_eq!(problems(&[CORE, TESTKIT, facade]), []);
    }

    #[test]
    fn arrows_that_point_outward_are_not() {
        let says = vec![(4, "`millpond-core` must not depend on `millpond-testkit`".to_owned())];
        for dependency in [
            "[dependencies]\nmillpond-testkit = \"0\"\n",
            "[dev-dependencies]\nmillpond-testkit.workspace = true\n",
            "[dependencies]\nkit = { package = \"millpond-testkit\", version = \"0\" }\n",
            "[target.'cfg(unix)'.dependencies]\nmillpond-testkit = { path = \"../testkit\" }\n",
            "\n[dependencies.millpond-testkit]\npath = \"../testkit\"\n",
        ] {
            let core = format!("[package]\nname = \"millpond-core\"\n{dependency}");
            assert_eq!(problems(&[&core, TESTKIT]), says, "{dependency}");
        }
    }

    #[test]
    fn a_crate_without_a_place_is_seen() {
        let (line, what) = problems(&["[package]\nname = \"millpond-new\"\n"]).remove(0);
        assert!(line == 0 && what.contains("millpond-new"), "{what}");
    }
}
