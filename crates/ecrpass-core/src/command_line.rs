//! Commands that are printed for people to run: built of words, quoted in one place, so that whatever stands in a name
//! or a path, the command does what it says and nothing else.

use std::borrow::Cow;
use std::fmt;

use crate::shell::quoted;

/// A line for a POSIX shell: our own syntax, and words from elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Shell text written in our sources: programs, options, pipes, `&&`.
    Syntax(Cow<'static, str>),
    /// A value from elsewhere, and what stands around it.
    Value(String, Quotes),
}

/// What a value in a line stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// Nothing: it is quoted itself, where it has to be.
    Bare,
    /// Single quotes of our own text.
    Single,
    /// Double quotes of our own text.
    Double,
}

impl CommandLine {
    /// A line that begins with shell text of our own.
    pub fn shell(text: &'static str) -> Self {
        Self::default().glued(text)
    }

    /// The line, with shell text of our own right behind it.
    #[must_use]
    pub fn glued(mut self, text: &'static str) -> Self {
        self.pieces.push(Piece::Syntax(Cow::Borrowed(text)));
        self
    }

    /// The line, with shell text of our own behind a space.
    #[must_use]
    pub fn shell_word(self, text: &'static str) -> Self {
        self.glued(" ").glued(text)
    }

    /// The line, with one more word, whatever is in it.
    #[must_use]
    pub fn word(self, word: impl Into<String>) -> Self {
        self.glued(" ").value(word, Quotes::Bare)
    }

    /// The line, with a value right behind it.
    #[must_use]
    pub fn value(mut self, value: impl Into<String>, quotes: Quotes) -> Self {
        self.pieces.push(Piece::Value(value.into(), quotes));
        self
    }

    /// The line, with a gap that somebody fills by hand.
    #[must_use]
    pub(crate) fn gap(mut self, text: String) -> Self {
        self.pieces.push(Piece::Syntax(Cow::Owned(text)));
        self
    }

    /// The line, with another one right behind it.
    #[must_use]
    pub fn spliced(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// This line, and the other if this one succeeds.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.glued(" && ").spliced(other)
    }

    /// What this line prints, read by the other.
    #[must_use]
    pub fn pipe(self, other: Self) -> Self {
        self.glued(" | ").spliced(other)
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Syntax(text) => f.write_str(text)?,
                Piece::Value(value, Quotes::Bare) => f.write_str(&quoted(value))?,
                Piece::Value(value, quotes) => {
                    for c in value.chars().filter(|c| !c.is_control()) {
                        match (quotes, c) {
                            (Quotes::Single, '\'') => f.write_str("'\\''")?,
                            (Quotes::Double, '"' | '\\' | '$' | '`') => write!(f, "\\{c}")?,
                            _ => write!(f, "{c}")?,
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_and_syntax_is_not() {
        let line = CommandLine::shell("mv")
            .word("/home/a b/config.json")
            .word("x;id")
            .and(CommandLine::shell("cat").pipe(CommandLine::shell("tail -n 1")));
        assert_eq!(line.to_string(), "mv '/home/a b/config.json' 'x;id' && cat | tail -n 1");
    }

    #[test]
    fn nothing_gets_out_of_our_quotes() {
        let hostile = "a'; \"$(id)`id`\n";
        let line = CommandLine::shell("echo '")
            .value(hostile, Quotes::Single)
            .glued("' \"")
            .value(hostile, Quotes::Double);
        let expected = "echo 'a'\\''; \"$(id)`id`' \"a'; \\\"\\$(id)\\`id\\`\"";
        assert_eq!(line.glued("\"").to_string(), expected);
    }
}
