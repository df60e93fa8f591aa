//! Logs from files, directories and standard input, compressed or not, read piece by piece.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::time::Instant;

use ecrpass_diagnosis::engine::explain::Explainer;
use ecrpass_diagnosis::finding::Finding;
use ecrpass_diagnosis::inputs::notices;
use ecrpass_system::bounded::{self, ReadError};
use ecrpass_trail::explain::explain_pasted;
use ignore::WalkBuilder;

use super::compression::{self, Compression};
use super::kept::Kept;
use crate::error::CommandError;
use crate::render::out;
use crate::render::ui::Ui;
use crate::system::standard_input::standard_input_until;

/// How much is read at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// The most that is read of a pipe where there is a deadline, in bytes.
const MAX_PIPE: usize = 32 << 20;

/// From this size on a terminal is told how far it is, in bytes.
const LARGE: u64 = 64 * 1024 * 1024;

/// Explains a file, everything in a directory, or standard input (`-`).
pub fn explain(path: &Path, kept: &mut Kept, ui: &mut Ui) -> Result<(), CommandError> {
    if path == Path::new("-") {
        kept.add(one("stdin", BufReader::with_capacity(PIECE, io::stdin().lock()), 0, ui)?);
        return Ok(());
    }
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if !metadata.is_dir() {
        kept.add(file(path, metadata.len(), ui)?);
        return Ok(());
    }
    let mut read = 0;
    let all = WalkBuilder::new(path).standard_filters(false).sort_by_file_path(Path::cmp).build();
    for entry in all {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                ui.note(&format!("note: something in {} is skipped: {error}", path.display()));
                continue;
            }
        };
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let size = entry.metadata().map_or(0, |metadata| metadata.len());
            match file(entry.path(), size, ui) {
                Ok(found) => {
                    read += 1;
                    kept.add(found);
                }
                Err(error) => ui.note(&format!("note: {} is skipped: {error}", entry.path().display())),
            }
        }
    }
    // It is no good news that nothing was found where nothing was looked at.
    if read == 0 {
        return Err(CommandError::could_not_run(
            format!("No file in {} could be read.", path.display()),
            "name the log, or the directory that it is in",
        ));
    }
    Ok(())
}

/// The same for a command that has a deadline: standard input and pipes are read first, as far as they get by then.
pub fn explain_until(path: &Path, end: Instant, ui: &mut Ui) -> Result<Vec<Finding>, CommandError> {
    if path == Path::new("-") {
        let text = standard_input_until(end)?;
        return one("stdin", text.as_bytes(), 0, ui);
    }
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() || metadata.is_dir()) {
        let mut kept = Kept::default();
        explain(path, &mut kept, ui)?;
        return Ok(kept.tell(ui));
    }
    let bytes = match bounded::read_until(path, MAX_PIPE, end) {
        // A command that wrote nothing has an empty log.
        Err(ReadError::Nothing) => Ok(Vec::new()),
        other => other,
    }
    .map_err(|error| {
        CommandError::could_not_run(format!("{} cannot be read: {error}.", path.display()), "check the path")
    })?;
    one(&path.display().to_string(), bytes.as_slice(), 0, ui)
}

fn unreadable(path: &Path, error: io::Error) -> CommandError {
    CommandError::io(&format!("{} cannot be read", path.display()), error, "check the path")
}

fn file(path: &Path, size: u64, ui: &mut Ui) -> Result<Vec<Finding>, CommandError> {
    let opened = File::open(path).map_err(|error| unreadable(path, error))?;
    one(&path.display().to_string(), BufReader::with_capacity(PIECE, opened), size, ui)
}

/// One log; what it is compressed with is told by its first bytes.
fn one(source: &str, mut reader: impl BufRead, size: u64, ui: &mut Ui) -> Result<Vec<Finding>, CommandError> {
    let begin = reader.fill_buf().map_err(|error| {
        let next = "see whether `cat` can read it: if not, it is no file, or its disk is at fault";
        CommandError::io(&format!("{source} cannot be read"), error, next)
    })?;
    match compression::of(begin) {
        Some(Compression::Unknown) => Err(CommandError::could_not_run(
            format!("{source} is compressed in a way ecrpass does not read."),
            "unpack it first, or pipe it: xzcat, bzcat, unzip -p … | ecrpass explain -",
        )),
        Some(kind) => read(source, compression::unpack(kind, reader, compression::HARMLESS), 0, ui),
        None => read(source, reader, size, ui),
    }
}

/// Reads to the end, or as far as it goes: what was read until then is explained, and where it ended is told.
fn read(source: &str, mut reader: impl Read, size: u64, ui: &mut Ui) -> Result<Vec<Finding>, CommandError> {
    let mut explainer = Explainer::default();
    let mut last = LastLine::default();
    let mut document = PerhapsNotice::default();
    let mut progress = Progress::new(source, size);
    let mut buffer = vec![0; PIECE];
    let failed = loop {
        match reader.read(&mut buffer) {
            Ok(0) => break None,
            Ok(length) => {
                let piece = buffer.get(..length).unwrap_or_default();
                last.feed(piece, &mut explainer);
                document.feed(piece);
                progress.advance(length);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(error),
        }
    };
    progress.end();
    let Some(error) = failed else {
        explainer.feed(&last.0);
        let words = || explainer.finish(source);
        return Ok(match document.text() {
            Some(text) => explain_pasted(source, &text, words),
            None => words(),
        });
    };
    let (bytes, reason) = (progress.done, compression::reason(&error));
    let next = compression::way_round(&error, source);
    if bytes == 0 {
        return Err(CommandError::could_not_run(format!("{source} cannot be read: {reason}."), next));
    }
    let read = format!("{bytes} bytes, up to line {}", explainer.line());
    let findings = explainer.finish(source);
    if findings.is_empty() {
        return Err(CommandError::could_not_run(
            format!(
                "{source} cannot be read to its end: {reason}. In what was read ({read}) no ECR failure was found."
            ),
            next,
        ));
    }
    ui.note(&format!("warning: {source} cannot be read to its end: {reason}. What was read ({read}) is explained.\n  Next: {next}"));
    Ok(findings)
}

/// The beginning of a line whose end was not read yet. Where a log ends in the middle of one, it is not judged: half of a
/// host is a wrong host.
#[derive(Default)]
struct LastLine(Vec<u8>);

impl LastLine {
    /// Gives whole lines on; a line that is longer than a piece in parts.
    fn feed(&mut self, piece: &[u8], explainer: &mut Explainer) {
        let whole = match piece.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            None if self.0.len() + piece.len() > PIECE => piece.len(),
            None => 0,
        };
        let (lines, rest) = piece.split_at(whole);
        if !lines.is_empty() {
            explainer.feed(&std::mem::take(&mut self.0));
            explainer.feed(lines);
        }
        self.0.extend_from_slice(rest);
    }
}

/// What may be no log but an event, a stopped task, an alarm, a record of CloudTrail: kept while it is small and looks like JSON or a mail.
struct PerhapsNotice(Option<Vec<u8>>);

impl Default for PerhapsNotice {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl PerhapsNotice {
    fn feed(&mut self, piece: &[u8]) {
        let Some(kept) = &mut self.0 else { return };
        kept.extend_from_slice(piece);
        let first = kept.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte));
        let limit = if first.is_some_and(|first| b"{[".contains(first)) {
            notices::LARGEST
        } else {
            notices::LARGEST_MAIL
        };
        if kept.len() > limit {
            self.0 = None;
        }
    }

    /// All of it; none where it is none.
    fn text(self) -> Option<String> {
        String::from_utf8(self.0?).ok()
    }
}

/// How far a large file has been read, on a terminal.
struct Progress<'a> {
    source: &'a str,
    size: u64,
    done: u64,
    shown: Option<u64>,
    is_shown: bool,
}

impl<'a> Progress<'a> {
    fn new(source: &'a str, size: u64) -> Self {
        let is_shown = size >= LARGE && out::is_watched();
        Self { source, size, done: 0, shown: None, is_shown }
    }

    fn advance(&mut self, length: usize) {
        self.done += length as u64;
        let percent = (self.done * 100).checked_div(self.size).unwrap_or(0).min(100);
        if self.is_shown && self.shown != Some(percent) {
            self.shown = Some(percent);
            let bar = "█".repeat(usize::try_from(percent / 4).unwrap_or(0));
            let source: String = self.source.chars().take(40).collect();
            out::overwrite(&format!("  {bar:░<25} {percent:>3} %  {source}"));
        }
    }

    fn end(&self) {
        if self.shown.is_some() {
            out::overwrite("");
        }
    }
}
