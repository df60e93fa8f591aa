//! How much has been read, by all threads, and how fast.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Counts what is read.
#[derive(Debug)]
pub struct Meter {
    began: Instant,
    bytes: AtomicU64,
    files: AtomicU64,
}

impl Default for Meter {
    fn default() -> Self {
        Self { began: Instant::now(), bytes: AtomicU64::new(0), files: AtomicU64::new(0) }
    }
}

impl Meter {
    /// How many bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Another file begins.
    pub fn file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts what is read of a source.
    pub fn count<R>(&self, source: R) -> Counted<'_, R> {
        Counted { source, meter: self }
    }

    /// How far it is, in words.
    pub fn shown(&self) -> String {
        let bytes = self.bytes();
        let millis = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = bytes.saturating_mul(1000) / millis;
        let files = self.files.load(Ordering::Relaxed);
        format!("reading: {} files, {}, {}/s", files, megabytes(bytes), megabytes(rate))
    }
}

/// An amount as people write it.
fn megabytes(bytes: u64) -> String {
    match bytes / 1_000_000 {
        0 => format!("{} kB", bytes / 1000),
        megabytes @ 0..1000 => format!("{megabytes} MB"),
        megabytes => format!("{}.{:02} GB", megabytes / 1000, megabytes % 1000 / 10),
    }
}

/// A source that is counted.
#[derive(Debug)]
pub struct Counted<'a, R> {
    source: R,
    meter: &'a Meter,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.meter.bytes.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_people_do() {
        for (bytes, expected) in [
            (0, "0 kB"),
            (999_999, "999 kB"),
            (1_000_000, "1 MB"),
            (999_999_999, "999 MB"),
            (50_123_000_000, "50.12 GB"),
        ] {
            assert_eq!(megabytes(bytes), expected);
        }
    }

    #[test]
    fn what_is_read_is_counted() {
        let meter = Meter::default();
        let mut text = String::new();
        meter.count("hello".as_bytes()).read_to_string(&mut text).unwrap();
        meter.file();
        assert_eq!((text.as_str(), meter.bytes()), ("hello", 5));
        assert!(meter.shown().starts_with("reading: 1 files, 0 kB"), "{}", meter.shown());
    }
}
