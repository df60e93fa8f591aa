//! A line for a terminal or a CI system's log, of other people's text: every character can be seen, it stays one line, and
//! no CI system takes it for a command.

use crate::visible::visible_char;

/// A text as such a line. Tabs stay.
pub fn safe_line(text: &str) -> String {
    let mut line = SafeLine::default();
    line.push(text);
    line.finish()
}

/// A line in the making, and what a CI system would see in it so far.
///
/// GitHub takes a line that begins with `::`, after spaces, for a command, and `##[` anywhere in one; Azure DevOps `##[` and
/// `##vso[`; TeamCity `##teamcity[`. Sources: actions/runner, `ActionCommand.cs`; microsoft/azure-pipelines-agent,
/// `Command.cs`; TeamCity, "Service messages".
#[derive(Clone, Debug, Default)]
pub struct SafeLine {
    text: String,
    start: Start,
    hashes: Hashes,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Start {
    #[default]
    Blank,
    Colon,
    Text,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hashes {
    #[default]
    None,
    One,
    Word,
}

impl SafeLine {
    /// A style of our own: what stands between ESC and `m`.
    pub fn escape(&mut self, code: &str) {
        for part in ["\u{1b}", code, "m"] {
            self.text.push_str(part);
        }
    }

    /// More text.
    pub fn push(&mut self, text: &str) {
        for c in text.chars() {
            self.push_char(if c == '\t' { c } else { visible_char(c) });
        }
    }

    /// The line.
    pub fn finish(self) -> String {
        self.text
    }

    fn push_char(&mut self, c: char) {
        let is_command = self.start == Start::Colon && c == ':' || self.hashes == Hashes::Word && c == '[';
        if is_command {
            self.text.push(' ');
        }
        self.text.push(c);
        self.start = match (self.start, c) {
            (Start::Blank, c) if c.is_whitespace() => Start::Blank,
            (Start::Blank, ':') => Start::Colon,
            _ => Start::Text,
        };
        self.hashes = match (self.hashes, c) {
            (Hashes::None, '#') => Hashes::One,
            (Hashes::One | Hashes::Word, '#') => Hashes::Word,
            (Hashes::Word, c) if c.is_alphanumeric() => Hashes::Word,
            _ => Hashes::None,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stays_one_line_and_commands_no_ci_system() {
        for (line, written) in [
            ("a\n::error::b\r\nc", "a ::error::b  c"),
            ("::error::b", ": :error::b"),
            (" \t::error::b", " \t: :error::b"),
            ("::1 is refused", ": :1 is refused"),
            ("https://x::y", "https://x::y"),
            ("a ##[error]b", "a ## [error]b"),
            ("##vso[task.x]b", "##vso [task.x]b"),
            ("####[x]", "#### [x]"),
            ("## [link]", "## [link]"),
            ("#[cfg]", "#[cfg]"),
            ("\u{1b}[31m\u{9b}\u{202e}", "\u{fffd}[31m\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(safe_line(line), written);
        }
    }
}
