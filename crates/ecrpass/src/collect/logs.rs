//! Logs from files, directories and standard input, compressed or not, read piece by piece.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use ecrpass_diagnosis::engine::explain::Explainer;
use ecrpass_diagnosis::finding::Finding;
use ignore::WalkBuilder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::error::CommandError;
use crate::render::out;
use crate::render::ui::Ui;

/// How much is read at a time, in bytes.
const PIECE: usize = 256 * 1024;

/// From this size on a terminal is told how far it is, in bytes.
const LARGE: u64 = 64 * 1024 * 1024;

/// Explains a file, everything in a directory, or standard input (`-`).
pub fn explain(path: &Path, ui: &mut Ui) -> Result<Vec<Finding>, CommandError> {
    if path == Path::new("-") {
        return one("stdin", BufReader::with_capacity(PIECE, io::stdin().lock()), 0);
    }
    let metadata = std::fs::metadata(path).map_err(|error| unreadable(path, error))?;
    if !metadata.is_dir() {
        return file(path, metadata.len());
    }
    let mut findings = Vec::new();
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
            match file(entry.path(), size) {
                Ok(found) => findings.extend(found),
                Err(error) => ui.note(&format!("note: {} is skipped: {error}", entry.path().display())),
            }
        }
    }
    Ok(findings)
}

fn unreadable(path: &Path, error: io::Error) -> CommandError {
    CommandError::io(&format!("{} cannot be read", path.display()), error, "check the path")
}

fn file(path: &Path, size: u64) -> Result<Vec<Finding>, CommandError> {
    let opened = File::open(path).map_err(|error| unreadable(path, error))?;
    one(&path.display().to_string(), BufReader::with_capacity(PIECE, opened), size)
}

/// One log; what it is compressed with is told by its first bytes.
fn one(source: &str, mut reader: impl BufRead, size: u64) -> Result<Vec<Finding>, CommandError> {
    let start = reader.fill_buf()?;
    if start.starts_with(&[0x1f, 0x8b]) {
        read(source, flate2::bufread::MultiGzDecoder::new(reader), 0)
    } else if start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        read(source, Frames { source: reader, decoder: FrameDecoder::new(), begun: false }, 0)
    } else if start.starts_with(b"\xfd7zXZ") || start.starts_with(b"BZh") || start.starts_with(b"PK\x03\x04")
    {
        Err(CommandError::could_not_run(
            format!("{source} is compressed in a way ecrpass does not read."),
            "unpack it first, or pipe it: xzcat, bzcat, unzip -p … | ecrpass explain -",
        ))
    } else {
        read(source, reader, size)
    }
}

/// All frames of a zstd file, one after the other: rotated logs are often joined.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    begun: bool,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            while self.begun && self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, one).map_err(io::Error::other)?;
            }
            if self.begun && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            match self.decoder.init(&mut self.source) {
                Ok(()) => self.begun = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => {
                    self.begun = false;
                    io::copy(&mut (&mut self.source).take(length.into()), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}

fn read(source: &str, mut reader: impl Read, size: u64) -> Result<Vec<Finding>, CommandError> {
    let mut explainer = Explainer::default();
    let mut progress = Progress::new(source, size);
    let mut buffer = vec![0; PIECE];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => {
                explainer.feed(buffer.get(..length).unwrap_or_default());
                progress.advance(length);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                progress.end();
                return Err(CommandError::could_not_run(
                    format!("{source} cannot be read to its end: {error}."),
                    "copy it again; what was read so far is not reported",
                ));
            }
        }
    }
    progress.end();
    Ok(explainer.finish(source))
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
