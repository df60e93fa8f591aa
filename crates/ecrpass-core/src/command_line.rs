//! Commands that are printed for people to run: built of words, quoted in one place, so that whatever stands in a name
//! or a path, the command does what it says and nothing else.

use std::borrow::Cow;
use std::fmt;

use crate::environment::OperatingSystem;
use crate::powershell;
use crate::shell::pasted;

/// A value from elsewhere as a word of a command, in a text that is no [`CommandLine`].
pub fn word(text: &str) -> Cow<'_, str> {
    if cfg!(windows) { powershell::quoted(text) } else { pasted(text) }
}

/// A line for a shell: our own syntax, which is that of a POSIX shell, and words from elsewhere. It is shown as the shell
/// of the system takes it that it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    pieces: Vec<Piece>,
    /// The system it is for; the one this was built for when it is not said.
    system: Option<OperatingSystem>,
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

    /// The line, with the path of a file: one that begins with a hyphen would be an option.
    #[must_use]
    pub fn path(self, path: impl Into<String>) -> Self {
        let path = path.into();
        if path.starts_with('-') { self.word(format!("./{path}")) } else { self.word(path) }
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

    /// The line, for that system's shell.
    #[must_use]
    pub fn on(mut self, system: OperatingSystem) -> Self {
        self.system = Some(system);
        self
    }

    /// As a POSIX shell takes it, whatever system it is for.
    pub fn posix(&self) -> String {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Syntax(syntax) => text.push_str(syntax),
                Piece::Value(value, Quotes::Bare) => text.push_str(&pasted(value)),
                Piece::Value(value, quotes) => {
                    for c in value.chars().filter(|c| !c.is_control()) {
                        match (quotes, c) {
                            (Quotes::Single, '\'') => text.push_str("'\\''"),
                            (Quotes::Double, '"' | '\\' | '$' | '`') => text.extend(['\\', c]),
                            _ => text.push(c),
                        }
                    }
                }
            }
        }
        text
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
        let posix = self.posix();
        let is_windows = match self.system {
            Some(system) => system == OperatingSystem::Windows,
            None => cfg!(windows),
        };
        // What has no like there is at least readable.
        let line = if is_windows { powershell::translated(&posix) } else { None };
        f.write_str(&line.unwrap_or(posix))
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

    #[test]
    fn a_path_is_no_option_and_stays_the_one_it_is() {
        let line = |path: &str| CommandLine::shell("ecrpass audit --fix").path(path).posix();
        assert_eq!(line("-x.sh"), "ecrpass audit --fix ./-x.sh");
        assert_eq!(line("--unsafe"), "ecrpass audit --fix ./--unsafe");
        assert_eq!(line("a/-x.sh"), "ecrpass audit --fix a/-x.sh");
        assert_eq!(line("- x"), "ecrpass audit --fix './- x'");
        assert_eq!(line("b\nc.sh"), "ecrpass audit --fix $'b\\nc.sh'");
    }

    #[test]
    fn a_line_is_for_the_shell_of_its_system() {
        let line = CommandLine::shell("mv").word(r"C:\a b\x").and(CommandLine::shell("ecrpass fix"));
        let windows = line.clone().on(OperatingSystem::Windows);
        assert_eq!(windows.to_string(), r"Move-Item 'C:\a b\x'; if ($?) { ecrpass fix }");
        assert_eq!(windows.posix(), r"mv 'C:\a b\x' && ecrpass fix");
        assert_eq!(line.on(OperatingSystem::Linux).to_string(), r"mv 'C:\a b\x' && ecrpass fix");
        // What Windows has nothing for stays as it is.
        let owner = CommandLine::shell("sudo chown root").word("x").on(OperatingSystem::Windows);
        assert_eq!(owner.to_string(), "sudo chown root x");
    }
}
