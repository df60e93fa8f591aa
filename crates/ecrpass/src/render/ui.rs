//! Everything a command says: results to standard output, the rest to standard error, colour on terminals only.

use std::borrow::Cow;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use ecrpass_diagnosis::finding::Finding;
use ecrpass_diagnosis::pseudonymize::Masker;

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
    /// Whether even results are by the way: another command is at work.
    aside: bool,
    /// Hides what identifies, when asked to.
    masker: Option<Masker>,
}

impl Ui {
    /// A voice; a quiet one leaves the notes out, a masked one what identifies a company.
    pub fn new(quiet: bool, masked: bool) -> Self {
        Self { quiet, aside: false, masker: masked.then(Masker::default) }
    }

    /// Has a command at work on behalf of another: its results are by the way.
    pub fn aside<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.aside, true);
        let done = work(self);
        self.aside = before;
        done
    }

    /// Findings as they may be shown.
    pub fn shown(&self, findings: Vec<Finding>) -> Vec<Finding> {
        match &self.masker {
            Some(masker) => findings.into_iter().map(|finding| masker.finding(finding)).collect(),
            None => findings,
        }
    }

    fn masked<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match &self.masker {
            Some(masker) => Cow::Owned(masker.mask(text)),
            None => Cow::Borrowed(text),
        }
    }

    /// A line of the result.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn result(&mut self, line: &str) -> io::Result<()> {
        if self.aside {
            self.note(line);
            return Ok(());
        }
        let mut stdout = anstream::stdout().lock();
        writeln!(stdout, "{}", self.masked(line))?;
        stdout.flush()
    }

    /// The result, for programs.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let text = self.json_text(value)?;
        if self.aside {
            self.note(&text);
            return Ok(());
        }
        let mut stdout = anstream::stdout().lock();
        writeln!(stdout, "{text}")?;
        stdout.flush()
    }

    /// The same as a text.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn json_text(&self, value: &impl serde::Serialize) -> io::Result<String> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        // The names of fields are not masked, even where somebody's role has the same.
        let is_key = |key: &str| {
            let key = key.trim_start().strip_prefix('"');
            key.is_some_and(|key| key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$'))
        };
        let lines = text.lines().map(|line| match line.split_once("\": ") {
            Some((key, value)) if is_key(key) => format!("{key}\": {}", self.masked(value)),
            _ => self.masked(line).into_owned(),
        });
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Whether only results and errors are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Something by the way.
    pub fn note(&mut self, line: &str) {
        if self.quiet {
            return;
        }
        if self.aside {
            for line in self.masked(line).lines() {
                let _ = writeln!(anstream::stderr().lock(), "{}", styled(DIM, &format!("  {line}")));
            }
        } else {
            let _ = writeln!(anstream::stderr().lock(), "{}", self.masked(line));
        }
    }

    /// What ended the command.
    pub fn error(&mut self, text: &str) {
        let _ =
            writeln!(anstream::stderr().lock(), "{}: {}", styled(BAD.bold(), "ecrpass"), self.masked(text));
    }
}

/// Text in a style; the style is taken out again where the output is no terminal.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
