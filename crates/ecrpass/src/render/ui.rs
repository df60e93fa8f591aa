//! Everything a command says: results to standard output, the rest to standard error, colour on terminals only.

use std::borrow::Cow;
use std::io::{self, BufWriter};
use std::sync::Arc;

use ecrpass_core::redact::redact;
use ecrpass_core::visible::{visible, visible_json_text, visible_lines};
use ecrpass_diagnosis::finding::{Finding, annotation};
use ecrpass_diagnosis::pseudonymize::Masker;
use serde_json::Serializer;

use crate::render::indented::Indented;
use crate::render::lines::Lines;
use crate::render::out::{self, Stream};
pub use crate::render::paint::{BAD, DIM, GOOD, OURS, STRONG, styled};

/// The command's voice. A line is one line, whatever is in it: see [`crate::render::paint`].
pub struct Ui {
    quiet: bool,
    /// Whether even results are by the way: another command is at work.
    aside: bool,
    /// Hides what identifies, when asked to.
    masker: Option<Arc<Masker>>,
}

impl Ui {
    /// A voice; a quiet one leaves the notes out, a masked one what identifies a company.
    pub fn new(quiet: bool, masked: bool) -> Self {
        Self { quiet, aside: false, masker: masked.then(Arc::default) }
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

    /// What hides what identifies, where that is asked for: for what others write than this voice.
    pub fn masker(&self) -> Option<Arc<Masker>> {
        self.masker.clone()
    }

    fn masked(&self, text: &str) -> String {
        match &self.masker {
            Some(masker) => masker.mask(text),
            None => text.to_owned(),
        }
    }

    /// A text for somebody who reads no lines of ours: without secrets, and without what identifies, when asked to.
    pub fn shown_text(&self, text: &str) -> String {
        visible_lines(&self.masked(&redact(text))).into_owned()
    }

    /// What somebody said who was told only stand-ins, with the names they stand for.
    pub fn understood(&self, text: &str) -> String {
        match &self.masker {
            Some(masker) => masker.unmask(text),
            None => text.to_owned(),
        }
    }

    fn write<T: AsRef<str>>(&self, to: Stream, lines: impl IntoIterator<Item = T>) -> io::Result<()> {
        out::lines(to, lines, &|text| self.masked(text))
    }

    /// A line of the result.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn result(&mut self, line: &str) -> io::Result<()> {
        self.results([line])
    }

    /// Lines of the result.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn results<T: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = T>) -> io::Result<()> {
        if self.aside {
            self.notes(lines);
            return Ok(());
        }
        self.write(Stream::Output, lines)
    }

    /// The result, for programs.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        if self.aside {
            let text = self.json_text(value)?;
            self.notes(text.lines());
            return Ok(());
        }
        // A large document is many times as large in memory as what it is made of.
        let write = |text: &str| out::exact(Stream::Output, text.as_bytes());
        let lines = Lines::new(|line: &str, shown: &mut String| self.show_json_line(line, shown), write);
        // It is written in pieces of a few bytes.
        let mut pieces = BufWriter::new(lines);
        value.serialize(&mut Serializer::with_formatter(&mut pieces, Indented::default()))?;
        pieces.into_inner().map_err(io::IntoInnerError::into_error)?.end()
    }

    /// The same in one line, as logs and what reads along take it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn json_line(&mut self, value: &impl serde::Serialize) -> io::Result<()> {
        let text = self.json_text(value)?;
        let value: serde_json::Value = serde_json::from_str(&text).map_err(io::Error::other)?;
        let line = visible_json_text(&value.to_string()).replace("##", r"#\u0023");
        out::exact(Stream::Output, format!("{line}\n").as_bytes())
    }

    /// The same as a text.
    ///
    /// # Errors
    /// When it is no JSON.
    pub fn json_text(&self, value: &impl serde::Serialize) -> io::Result<String> {
        let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
        let mut shown = String::with_capacity(text.len());
        for (index, line) in text.lines().enumerate() {
            if index > 0 {
                shown.push('\n');
            }
            self.show_json_line(line, &mut shown);
        }
        Ok(shown)
    }

    /// A line of a JSON document as it is shown: the same value, in which nothing hides, and nothing that a CI system takes
    /// for a command: `##[` can stand in strings only.
    fn show_json_line(&self, line: &str, shown: &mut String) {
        // The names of fields are not masked, even where somebody's role has the same.
        let is_key = |key: &str| {
            let key = key.trim_start().strip_prefix('"');
            key.is_some_and(|key| key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$'))
        };
        let line = match &self.masker {
            None => Cow::Borrowed(line),
            Some(masker) => match line.split_once("\": ") {
                Some((key, value)) if is_key(key) => Cow::Owned(format!("{key}\": {}", masker.mask(value))),
                _ => Cow::Owned(masker.mask(line)),
            },
        };
        let line = visible_json_text(&line);
        // Of nearly every line nothing more is to be changed, and a large document has a million of them.
        if !line.contains('#') {
            return shown.push_str(&line);
        }
        for (index, piece) in line.split("##").enumerate() {
            if index > 0 {
                shown.push_str(r"#\u0023");
            }
            shown.push_str(piece);
        }
    }

    /// A finding for GitHub: the one kind of line that is meant to be a command.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn annotation(&mut self, finding: &Finding) -> io::Result<()> {
        let line = self.masked(&annotation(finding));
        out::exact(Stream::Output, format!("{}\n", visible(&line)).as_bytes())
    }

    /// What another program wants exactly so, and nobody else has a say in: a password, a configuration with its
    /// secrets, what was read from standard input.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn exact(&mut self, text: &str) -> io::Result<()> {
        out::exact(Stream::Output, text.as_bytes())
    }

    /// Whether only results and errors are wanted.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Something by the way.
    pub fn note(&mut self, line: &str) {
        self.notes([line]);
    }

    /// Lines by the way.
    pub fn notes<T: AsRef<str>>(&mut self, lines: impl IntoIterator<Item = T>) {
        if self.quiet {
            return;
        }
        // Names and paths may hold secrets wherever they come from.
        let lines = lines.into_iter().map(|line| redact(line.as_ref()).into_owned());
        // Where notes cannot be written, the results still count.
        let _ = if self.aside {
            self.write(Stream::Error, lines.map(|line| styled(DIM, &format!("  {line}"))))
        } else {
            self.write(Stream::Error, lines)
        };
    }

    /// What ended the command: a sentence, and below it what belongs to it.
    pub fn error<T: AsRef<str>>(&mut self, what: &str, below: impl IntoIterator<Item = T>) {
        let first = format!("{}: {}", styled(BAD.bold(), "ecrpass"), redact(what));
        let _ = self.write(Stream::Error, [first]);
        let below = below.into_iter().map(|line| redact(line.as_ref()).into_owned());
        let _ = self.write(Stream::Error, below);
    }
}
