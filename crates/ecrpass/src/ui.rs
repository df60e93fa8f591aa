//! Everything a command says: results to standard output, the rest to standard error, colour on terminals only.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

/// Bold, for what matters in a line.
pub const STRONG: Style = Style::new().bold();
/// Grey, for what can be skipped.
pub const DIM: Style = Style::new().dimmed();
/// What went right.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What ecrpass itself says.
pub const OURS: Style = AnsiColor::Cyan.on_default();

/// The command's voice.
pub struct Ui {
    quiet: bool,
}

impl Ui {
    /// A voice; a quiet one leaves the notes out.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// A line of the result.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn result(&mut self, line: &str) -> io::Result<()> {
        let mut stdout = anstream::stdout().lock();
        writeln!(stdout, "{line}")?;
        stdout.flush()
    }

    /// The result, for programs.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        self.result(&text)
    }

    /// Something by the way.
    pub fn note(&mut self, line: &str) {
        if !self.quiet {
            let _ = writeln!(anstream::stderr().lock(), "{line}");
        }
    }

    /// What ended the command.
    pub fn error(&mut self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{}: {text}", styled(BAD.bold(), "ecrpass"));
    }
}

/// Text in a style; the style is taken out again where the output is no terminal.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
