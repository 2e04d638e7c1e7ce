//! Rust text with code and comments told apart, so that rules don't trip over words in strings.

/// A Rust file as two texts of the same lines: its code with the inside of comments, strings and characters
/// blanked out, and its comments with everything else blanked out.
pub struct Source {
    pub code: Vec<String>,
    pub comments: Vec<String>,
}

impl Source {
    pub fn new(text: &str) -> Self {
        let mut scan = Scan { text: text.chars().collect(), at: 0, code: String::new(), comments: String::new() };
        scan.run();
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        Self { code: lines(&scan.code), comments: lines(&scan.comments) }
    }

    /// Whether the line holds a comment or an attribute and no other code.
    pub fn is_annotation(&self, line: usize) -> bool {
        let code = self.code[line].trim();
        if code.is_empty() { !self.comments[line].trim().is_empty() } else { code.starts_with("#[") || code.starts_with("#!") }
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Code,
    Comment,
    Literal,
}

struct Scan {
    text: Vec<char>,
    at: usize,
    code: String,
    comments: String,
}

impl Scan {
    fn run(&mut self) {
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('/')) => {
                    while self.peek(0).is_some_and(|c| c != '\n') {
                        self.take(1, Kind::Comment);
                    }
                }
                (Some('/'), Some('*')) => self.block_comment(),
                (Some('"'), _) => self.string(),
                (Some('r'), _) if self.starts_word() && self.raw_hashes().is_some() => self.raw_string(),
                (Some('\''), _) => self.quote(),
                _ => self.take(1, Kind::Code),
            }
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn take(&mut self, count: usize, kind: Kind) {
        for _ in 0..count {
            let Some(c) = self.peek(0) else { return };
            self.at += 1;
            let blank = if c == '\n' { '\n' } else { ' ' };
            let (code, comment) = match kind {
                Kind::Code => (c, blank),
                Kind::Comment => (blank, c),
                Kind::Literal => (blank, blank),
            };
            self.code.push(code);
            self.comments.push(comment);
        }
    }

    fn block_comment(&mut self) {
        let mut depth = 0;
        while let Some(c) = self.peek(0) {
            match (c, self.peek(1)) {
                ('/', Some('*')) => depth += 1,
                ('*', Some('/')) => depth -= 1,
                _ => {
                    self.take(1, Kind::Comment);
                    continue;
                }
            }
            self.take(2, Kind::Comment);
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self) {
        self.take(1, Kind::Code);
        while let Some(c) = self.peek(0) {
            match c {
                '"' => return self.take(1, Kind::Code),
                '\\' => self.take(2, Kind::Literal),
                _ => self.take(1, Kind::Literal),
            }
        }
    }

    /// Whether the character here begins a word (`b` and `c` may stand before a raw string's `r`).
    fn starts_word(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).map(|at| self.text[at]);
        let in_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !in_word(before(1)) || (matches!(before(1), Some('b' | 'c')) && !in_word(before(2)))
    }

    /// The number of `#` between the `r` here and the quote that opens its string.
    fn raw_hashes(&self) -> Option<usize> {
        let hashes = (1..).take_while(|&ahead| self.peek(ahead) == Some('#')).count();
        (self.peek(1 + hashes) == Some('"')).then_some(hashes)
    }

    fn raw_string(&mut self) {
        let hashes = self.raw_hashes().expect("checked by the caller");
        self.take(2 + hashes, Kind::Code);
        let closes = |scan: &Self| scan.peek(0) == Some('"') && (1..=hashes).all(|ahead| scan.peek(ahead) == Some('#'));
        while self.peek(0).is_some() {
            if closes(self) {
                return self.take(1 + hashes, Kind::Code);
            }
            self.take(1, Kind::Literal);
        }
    }

    /// A character literal, or a lifetime.
    fn quote(&mut self) {
        match (self.peek(1), self.peek(2)) {
            (Some('\\'), _) => {
                self.take(1, Kind::Code);
                self.take(2, Kind::Literal);
                while self.peek(0).is_some_and(|c| c != '\'') {
                    self.take(1, Kind::Literal);
                }
                self.take(1, Kind::Code);
            }
            (Some(_), Some('\'')) => {
                self.take(1, Kind::Code);
                self.take(1, Kind::Literal);
                self.take(1, Kind::Code);
            }
            _ => self.take(1, Kind::Code),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_comments_are_told_apart() {
        let source = Source::new("let a = \"un//safe\"; // why\n/* b /* c */ d */ e\n");
        assert_eq!(source.code, ["let a = \"        \";       ", "                  e"]);
        assert_eq!(source.comments[0].trim(), "// why");
        assert_eq!(source.comments[1].trim(), "/* b /* c */ d */");
    }

    #[test]
    fn literals_end_where_they_should() {
        for literal in [r#""\"""#, "r#\"a\"b\"#", "br\"x\"", "'\\''", "'\"'", "b'x'", "'\\u{1F600}'"] {
            let source = Source::new(&format!("f({literal}) + unsafe_word"));
            assert!(source.code[0].ends_with(") + unsafe_word"), "{literal}: {}", source.code[0]);
        }
    }

    #[test]
    fn lifetimes_are_no_literals() {
        let source = Source::new("fn f<'a>(x: &'a str) -> &'a str { x }");
        assert_eq!(source.code[0], "fn f<'a>(x: &'a str) -> &'a str { x }");
    }
}
