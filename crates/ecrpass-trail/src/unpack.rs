//! Compressed logs, unpacked as they are read: in bounded memory, and as far as they go. `ecrpass explain` reads its logs
//! through it, too.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The most that a zstd frame may look back, in bytes: twice what `zstd` uses without `--ultra` and `--long`. About half
/// as much again is held while it is unpacked.
const WINDOW: u64 = 16 * 1024 * 1024;

/// Up to this size nobody should ask how it comes that a small file holds that much, in bytes.
pub const HARMLESS: u64 = 4 * 1024 * 1024 * 1024;

/// From there on a file may hold so many times its own size; logs hold up to about two hundred times.
const EXPANSION: u64 = 400;

/// A last block with nothing in it, and room for a checksum: it makes a decoder give out what it holds back.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

/// What a log is compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// gzip, one member or several.
    Gzip,
    /// zstd, one frame or several.
    Zstd,
    /// Something that is not read.
    Unknown,
}

/// What a file is compressed with, by its first bytes; none if it is not.
pub fn of(start: &[u8]) -> Option<Compression> {
    let begins = |bytes: &[u8]| start.starts_with(bytes);
    // A frame that is to be skipped may be the first.
    let skipped = matches!(start, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
    if begins(&[0x1f, 0x8b]) {
        Some(Compression::Gzip)
    } else if begins(&[0x28, 0xb5, 0x2f, 0xfd]) || skipped {
        Some(Compression::Zstd)
    } else if begins(b"\xfd7zXZ") || begins(b"BZh") || begins(b"PK\x03\x04") {
        Some(Compression::Unknown)
    } else {
        None
    }
}

/// Why a compressed file is not unpacked any further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// It wants more memory than there is for it, in megabytes.
    #[error("it was compressed to be unpacked with {0} MB of memory, of which ecrpass uses 16")]
    Window(u64),
    /// It holds this many times its own size.
    #[error("it holds over {0} times its own size")]
    Bomb(u64),
}

impl Stop {
    /// What of this is behind an error.
    pub fn behind(error: &io::Error) -> Option<Self> {
        error.get_ref().and_then(|cause| cause.downcast_ref()).copied()
    }
}

/// Unpacks what is compressed in a way that is read. It ends where a small file holds more than it may, which is asked
/// from a harmless size on.
pub fn unpack<'a>(kind: Compression, source: impl BufRead + 'a, harmless: u64) -> Box<dyn Read + 'a> {
    let taken = Rc::new(Cell::new(0));
    let source = Counted { source, taken: Rc::clone(&taken) };
    let unpacked: Box<dyn Read + 'a> = match kind {
        Compression::Zstd => Box::new(Frames::new(source)),
        Compression::Gzip => Box::new(MultiGzDecoder::new(source)),
        Compression::Unknown => Box::new(source),
    };
    Box::new(Bounded { unpacked, taken, given: 0, harmless })
}

/// Counts what is taken from a source.
struct Counted<R> {
    source: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.taken.set(self.taken.get() + length as u64);
        Ok(length)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.source.fill_buf()
    }

    fn consume(&mut self, length: usize) {
        self.taken.set(self.taken.get() + length as u64);
        self.source.consume(length);
    }
}

/// Ends where a small file holds more than a log does.
struct Bounded<R> {
    unpacked: R,
    taken: Rc<Cell<u64>>,
    given: u64,
    harmless: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given > self.harmless && self.given / EXPANSION > self.taken.get() {
            return Err(io::Error::other(Stop::Bomb(EXPANSION)));
        }
        let length = self.unpacked.read(buffer)?;
        self.given += length as u64;
        Ok(length)
    }
}

/// All frames of a zstd file, one after the other: rotated logs are often joined.
struct Frames<R> {
    source: R,
    decoder: FrameDecoder,
    begun: bool,
    failed: Option<io::Error>,
}

impl<R: BufRead> Frames<R> {
    fn new(source: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW);
        Self { source, decoder, begun: false, failed: None }
    }

    /// What is unpacked up to an error is given out before the error is.
    fn end_frame(&mut self, error: FrameDecoderError) {
        let one = BlockDecodingStrategy::UptoBlocks(1);
        // Should it not end even so, there is no more to be had from it.
        if self.decoder.decode_blocks(LAST_BLOCK.as_slice(), one).is_err() {
            self.begun = false;
        }
        self.failed = Some(told(error));
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            while self.begun && self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let one = BlockDecodingStrategy::UptoBlocks(1);
                if let Err(error) = self.decoder.decode_blocks(&mut self.source, one) {
                    self.end_frame(error);
                }
            }
            if self.begun && self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            if let Some(error) = self.failed.take() {
                self.begun = false;
                return Err(error);
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
                Err(error) => return Err(told(error)),
            }
        }
    }
}

/// An error of the decoder as one of reading.
fn told(error: FrameDecoderError) -> io::Error {
    if let FrameDecoderError::WindowSizeTooBig { requested, .. } = error {
        return io::Error::other(Stop::Window(requested.div_ceil(1024 * 1024)));
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(now) = cause {
        if now.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return io::ErrorKind::UnexpectedEof.into();
        }
        cause = now.source();
    }
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_far_more_than_a_log_does_is_not_read_to_its_end() {
        let taken = Rc::new(Cell::new(10));
        let unpacked = io::repeat(0);
        let mut endless = Bounded { unpacked, taken: Rc::clone(&taken), given: 0, harmless: 100_000 };
        let mut given = 0;
        let mut buffer = [0; 1000];
        let error = loop {
            match endless.read(&mut buffer) {
                Ok(length) => given += length,
                Err(error) => break error,
            }
        };
        assert_eq!(given, 101_000);
        assert_eq!(error.to_string(), "it holds over 400 times its own size");
        // A file that is as large as what it holds may be of any size.
        taken.set(1_000_000);
        assert_eq!(endless.read(&mut buffer).unwrap(), 1000);
    }
}
