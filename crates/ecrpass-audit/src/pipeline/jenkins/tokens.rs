//! Groovy as tokens: enough of it to read pipelines. Comments are none.

use std::ops::Range;

use crate::passage::Passage;

/// What a token is.
#[derive(Clone, Debug)]
pub(super) enum Token {
    /// A name or keyword.
    Name(String),
    /// A string as the program gets it; in an interpolated one `${name}` stays.
    Text { passage: Passage, interpolated: bool },
    /// Digits.
    Number(String),
    /// Anything else, one character.
    Mark(char),
    /// The end of a line.
    Break,
}

/// The tokens of a text with their bytes.
pub(super) fn of(text: &str) -> Vec<(Token, Range<usize>)> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    lexer.run();
    lexer.tokens
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<(Token, Range<usize>)>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while let Some(character) = self.rest().chars().next() {
            let start = self.at;
            match character {
                '\n' => self.push(Token::Break, start, 1),
                '/' if self.rest().starts_with("//") => self.skip_to_line_end(),
                '#' if start == 0 => self.skip_to_line_end(),
                '/' if self.rest().starts_with("/*") => {
                    let length = self.rest().get(2..).and_then(|rest| rest.find("*/")).map(|at| at + 4);
                    self.at += length.unwrap_or(self.rest().len());
                }
                // A line that goes on.
                '\\' if self.rest().starts_with("\\\n") => self.at += 2,
                '\'' | '"' => self.quoted(character),
                '/' if self.may_begin_text() && self.slashy() => {}
                character if character.is_whitespace() => self.at += character.len_utf8(),
                character if is_name(character) && !character.is_ascii_digit() => self.name(),
                character if character.is_ascii_digit() => self.number(),
                character => self.push(Token::Mark(character), start, character.len_utf8()),
            }
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn push(&mut self, token: Token, start: usize, length: usize) {
        self.at = start + length;
        self.tokens.push((token, start..self.at));
    }

    fn skip_to_line_end(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn name(&mut self) {
        let length = self.rest().find(|character| !is_name(character)).unwrap_or(self.rest().len());
        let name = self.rest().get(..length).unwrap_or_default().to_owned();
        self.push(Token::Name(name), self.at, length);
    }

    fn number(&mut self) {
        let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let length = self.rest().find(|character| !is_part(character)).unwrap_or(self.rest().len());
        let number = self.rest().get(..length).unwrap_or_default().to_owned();
        self.push(Token::Number(number), self.at, length);
    }

    /// Whether a `/` here begins a string rather than divides.
    fn may_begin_text(&self) -> bool {
        matches!(self.tokens.last(), None | Some((Token::Mark('(' | ',' | '=' | ':' | '[' | '~'), _)))
    }

    fn slashy(&mut self) -> bool {
        let line = self.rest().lines().next().unwrap_or_default();
        let Some(end) = line.get(1..).and_then(|line| line.find('/')).map(|at| at + 1) else { return false };
        let passage = Passage::verbatim(line.get(1..end).unwrap_or_default(), self.at + 1);
        self.push(Token::Text { passage, interpolated: true }, self.at, end + 1);
        true
    }

    fn quoted(&mut self, quote: char) {
        let start = self.at;
        let three = quote.to_string().repeat(3);
        let is_long = self.rest().starts_with(&three);
        let mark = if is_long { three.as_str() } else { three.get(..1).unwrap_or_default() };
        let inside = start + mark.len();
        let mut passage = Passage::default();
        let mut from = inside;
        let mut at = inside;
        let interpolated = quote == '"';
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let Some(character) = rest.chars().next() else { break };
            if rest.starts_with(mark) || character == '\n' && !is_long {
                break;
            }
            if interpolated && rest.starts_with("${") {
                // Quotes within an expression do not end the string.
                at += expression_length(rest);
                continue;
            }
            if character == '\\' {
                let escaped = rest.chars().nth(1);
                let length = 1 + escaped.map_or(0, char::len_utf8);
                push_part(&mut passage, self.text, from..at);
                let value = match escaped {
                    Some('n') => "\n".to_owned(),
                    Some('t') => "\t".to_owned(),
                    Some('r') => "\r".to_owned(),
                    // What was escaped for Groovy is for the shell.
                    Some('\n') | None => String::new(),
                    Some(other) => other.to_string(),
                };
                passage.push_for(&value, &(at..at + length));
                at += length;
                from = at;
                continue;
            }
            at += character.len_utf8();
        }
        push_part(&mut passage, self.text, from..at);
        let closing =
            if self.text.get(at..).is_some_and(|rest| rest.starts_with(mark)) { mark.len() } else { 0 };
        self.push(Token::Text { passage, interpolated }, start, at + closing - start);
    }
}

fn push_part(passage: &mut Passage, text: &str, part: Range<usize>) {
    if let Some(slice) = text.get(part.clone()).filter(|slice| !slice.is_empty()) {
        passage.push(&Passage::verbatim(slice, part.start));
    }
}

/// How long an expression in a string may be, in characters.
const LONGEST_EXPRESSION: usize = 2048;

/// The length of `${…}`, braces within it counted; of an open one the two first bytes.
fn expression_length(rest: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in rest.char_indices().skip(1).take(LONGEST_EXPRESSION) {
        match character {
            '{' => depth += 1,
            '}' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            '\n' => break,
            _ => {}
        }
    }
    2
}

fn is_name(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '$')
}

/// The tokens of a Jenkinsfile: what each is, its bytes, and what it says.
pub fn described(text: &str) -> Vec<(&'static str, Range<usize>, String)> {
    let told = |(token, bytes): (Token, Range<usize>)| match token {
        Token::Name(name) => ("name", bytes, name),
        Token::Text { passage, interpolated } => {
            ("string", bytes, format!("{interpolated} {}", passage.text()))
        }
        Token::Number(number) => ("number", bytes, number),
        Token::Mark(mark) => ("mark", bytes, mark.to_string()),
        Token::Break => ("line break", bytes, String::new()),
    };
    of(text).into_iter().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let tokens = of(text).into_iter();
        tokens
            .filter_map(|(token, _)| match token {
                Token::Text { passage, .. } => Some(passage.text().to_owned()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn strings_of_all_kinds_are_read() {
        assert_eq!(texts(r#"sh 'a "b"' // 'no'"#), ["a \"b\""]);
        assert_eq!(texts("/* 'no' */ sh \"\"\"x\n  y \\$Z\n\"\"\""), ["x\n  y $Z\n"]);
        assert_eq!(texts(r#"echo "a ${x ? "b" : 'c'} d""#), [r#"a ${x ? "b" : 'c'} d"#]);
        assert_eq!(texts("x = /a'b/"), ["a'b"]);
        assert_eq!(texts("a / b / 'c'"), ["c"]);
        assert_eq!(texts("'open\nsh 'x'"), ["open", "x"]);
    }

    #[test]
    fn escapes_keep_the_places() {
        let text = r#"sh "docker login -p \$X host""#;
        let tokens = of(text);
        let Some((Token::Text { passage, .. }, _)) = tokens.get(1) else { panic!("{tokens:?}") };
        let at = passage.text().find("host").unwrap();
        assert_eq!(&text[passage.places(at..at + 4)], "host");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "([a-zü$ ]|'''|\"\"\"|['\"/\\\\{}()*#\\n]|\\$\\{){0,80}") {
            for (_, bytes) in of(&text) {
                proptest::prop_assert!(text.get(bytes).is_some());
            }
        }
    }
}
