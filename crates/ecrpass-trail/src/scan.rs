//! Reads one text after the other and gives what can matter to a sink. Everything else is counted, and so is what could not
//! be read: nothing is dropped in silence.

mod elements;
mod text;

use std::io::{self, BufRead, Read};

use self::elements::Elements;
pub use self::text::Part;
use crate::container::{self, Form};
use crate::event::Sink;
use crate::read::window::Window;
use crate::seen::Seen;
use crate::tally::{Skip, Tally};
use crate::unpack::{self, Compression, Stop};

/// How many first bytes say what a file is compressed with.
const MAGIC: u64 = 8;

/// Up to this size nobody asks how it comes that a small file holds that much, in bytes.
const HARMLESS: u64 = 1024 * 1024 * 1024;

/// Reads texts, for one sink.
#[derive(Debug)]
pub struct Scanner<'a, S> {
    elements: Elements<'a, S>,
    buffer: Vec<u8>,
}

impl<'a, S: Sink> Scanner<'a, S> {
    /// One that leaves out what has been seen, by itself or by others.
    pub fn new(sink: S, seen: &'a Seen) -> Self {
        Self { elements: Elements::new(sink, seen), buffer: Vec::new() }
    }

    /// Reads a file, an object or a stream to its end, or as far as it goes.
    pub fn read(&mut self, name: &str, source: impl BufRead) {
        self.elements.tally.files += 1;
        if let Err(error) = self.unpack(name, source, Part::Whole) {
            self.skip(Skip::Unreadable, name, Some(error.to_string()));
        }
    }

    /// Reads a part of a file that is not compressed. The first part counts as the file.
    pub fn read_part(&mut self, name: &str, source: impl Read, part: Part) {
        self.elements.tally.files += u64::from(!matches!(part, Part::Further(_)));
        self.text(name, source, part);
    }

    /// Notes something that could not be read at all.
    pub fn skip(&mut self, kind: Skip, name: &str, detail: Option<String>) {
        self.elements.tally.skips.add(kind, name, detail);
    }

    /// What it has come to.
    pub fn finish(self) -> (S, Tally) {
        (self.elements.sink, self.elements.tally)
    }

    fn unpack(&mut self, name: &str, mut source: impl BufRead, part: Part) -> io::Result<()> {
        let mut magic = Vec::new();
        source.by_ref().take(MAGIC).read_to_end(&mut magic)?;
        let kind = unpack::of(&magic);
        let is_archive = magic.starts_with(b"PK");
        let source = magic.as_slice().chain(source);
        match kind {
            None => self.text(name, source, part),
            // An archive of other files; the rest are one file each.
            Some(Compression::Unknown) if is_archive => self.skip(Skip::NotCloudTrail, name, None),
            Some(Compression::Unknown) => self.skip(Skip::Compression, name, None),
            Some(kind) => self.text(name, unpack::unpack(kind, source, HARMLESS), part),
        }
        Ok(())
    }

    fn text(&mut self, name: &str, source: impl Read, part: Part) {
        let mut window = Window::new(source, std::mem::take(&mut self.buffer));
        self.elements.begin(name);
        let end = text::read(&mut window, &mut self.elements, part);
        self.elements.tally.bytes += window.total();
        let (failed, buffer) = window.finish();
        self.buffer = buffer;
        if let Some(error) = &failed {
            self.skip(reason(error), name, Some(error.to_string()));
        }
        self.elements.end(end, failed.is_some());
    }
}

/// Whether a file that begins like this can be read in parts, at once.
pub fn is_divisible(begin: &[u8]) -> bool {
    unpack::of(begin).is_none() && container::form(begin) == Form::Lines
}

/// What kind of failure an error is.
fn reason(error: &io::Error) -> Skip {
    match (Stop::behind(error), error.kind()) {
        (Some(Stop::Bomb(_)), _) => Skip::Expands,
        (Some(Stop::Window(_)), _) => Skip::Compression,
        (None, io::ErrorKind::UnexpectedEof) => Skip::Truncated,
        // The decoder has no other way to say which it is.
        (None, io::ErrorKind::InvalidInput) if error.to_string().contains("checksum") => Skip::Checksum,
        (None, io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other) => {
            Skip::Damaged
        }
        _ => Skip::Unreadable,
    }
}

#[cfg(test)]
mod tests;
