//! Rules for every text file: length, tabs, trailing blanks, conflict marks.

use super::Problem;

/// The longest a source file may be, in lines.
const MAX_LINES: usize = 800;
/// The trait that every operation implements must be read in one sitting.
const MAX_PRIMITIVE_LINES: usize = 200;

pub fn check(path: &str, content: &str) -> Vec<Problem> {
    let ends = |suffixes: &[&str]| suffixes.iter().any(|suffix| path.ends_with(suffix));
    let mut problems = Vec::new();

    let lines = content.lines().count();
    let limit = if path == "crates/core/src/primitive.rs" { MAX_PRIMITIVE_LINES } else { MAX_LINES };
    if ends(&[".rs", ".py", ".wgsl"]) && lines > limit {
        problems.push(Problem::new(path, 0, format!("{lines} lines; at most {limit}")));
    }

    if ends(&[".rs", ".py", ".pyi", ".wgsl", ".toml", ".md"]) || path.starts_with(".ci/") {
        for (index, line) in content.lines().enumerate() {
            let mut say = |what| problems.push(Problem::new(path, index + 1, what));
            if line.contains('\t') {
                say("a tab");
            }
            if line.ends_with([' ', '\t', '\r']) {
                say("blanks at the end of the line");
            }
            if ["<<<<<<< ", ">>>>>>> "].iter().any(|mark| line.starts_with(mark)) {
                say("a conflict mark");
            }
        }
        if !content.is_empty() && !content.ends_with('\n') {
            problems.push(Problem::new(path, lines, "no newline at the end of the file"));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whats(path: &str, content: &str) -> Vec<String> {
        check(path, content).into_iter().map(|problem| format!("{}: {}", problem.line, problem.what)).collect()
    }

    #[test]
    fn files_are_short() {
        let lines = |n: usize| "x\n".repeat(n);
        assert!(whats("crates/core/src/a.rs", &lines(800)).is_empty());
        assert_eq!(whats("crates/core/src/a.rs", &lines(801)), ["0: 801 lines; at most 800"]);
        assert_eq!(whats("python/a.py", &lines(900)), ["0: 900 lines; at most 800"]);
        assert!(whats("README.md", &lines(900)).is_empty());
    }

    #[test]
    fn the_primitive_trait_is_shorter_still() {
        let path = "crates/core/src/primitive.rs";
        assert!(whats(path, &"x\n".repeat(200)).is_empty());
        assert_eq!(whats(path, &"x\n".repeat(201)), ["0: 201 lines; at most 200"]);
    }

    #[test]
    fn blanks_are_seen() {
        assert!(whats("a.rs", "fn a() {}\n").is_empty());
        assert_eq!(whats("a.rs", "a\n\tb\nc \n"), ["2: a tab", "3: blanks at the end of the line"]);
        assert_eq!(whats("a.md", "a"), ["1: no newline at the end of the file"]);
        assert_eq!(whats("a.py", ">>>>>>> theirs\n"), ["1: a conflict mark"]);
        assert!(whats("data.csv", "a\tb ").is_empty());
    }
}
