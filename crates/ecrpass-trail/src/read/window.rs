//! The part of a text that is in memory: it moves over the text, and grows only for what is longer than it.

use std::io::{self, Read};

/// How much is read at a time, in bytes: it stays in a processor's nearest memory but one.
const SIZE: usize = 256 * 1024;

/// A larger one is not kept for the next text.
const KEPT: usize = 4 * 1024 * 1024;

/// A text, seen from where it was consumed to where it was read.
#[derive(Debug)]
pub struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    begin: usize,
    end: usize,
    total: u64,
    failed: Option<io::Error>,
    is_at_end: bool,
}

impl<R: Read> Window<R> {
    /// Begins a text, in a buffer that was used for another.
    pub fn new(source: R, mut buffer: Vec<u8>) -> Self {
        if buffer.len() < SIZE || buffer.len() > KEPT {
            buffer = vec![0; SIZE];
        }
        Self { source, buffer, begin: 0, end: 0, total: 0, failed: None, is_at_end: false }
    }

    /// What there is.
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(self.begin..self.end).unwrap_or_default()
    }

    /// How much was read, in bytes.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Lets go of its begin.
    pub fn consume(&mut self, length: usize) {
        self.begin = (self.begin + length).min(self.end);
    }

    /// Reads more. Nothing more comes at the end, or after an error.
    pub fn read_more(&mut self) -> bool {
        if self.is_at_end {
            return false;
        }
        self.make_room();
        loop {
            match self.source.read(self.buffer.get_mut(self.end..).unwrap_or_default()) {
                Ok(0) => {
                    self.is_at_end = true;
                    return false;
                }
                Ok(length) => {
                    self.end += length;
                    self.total += length as u64;
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    (self.failed, self.is_at_end) = (Some(error), true);
                    return false;
                }
            }
        }
    }

    /// Reads until there is so much, if there is.
    pub fn read_up_to(&mut self, length: usize) {
        while self.bytes().len() < length && self.read_more() {}
    }

    /// Why it could not be read to its end, if so; and the buffer, for another text.
    pub fn finish(self) -> (Option<io::Error>, Vec<u8>) {
        (self.failed, self.buffer)
    }

    /// Whether it could not be read to its end.
    pub fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    fn make_room(&mut self) {
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        } else if self.begin > 0 && self.buffer.len() - self.end < SIZE / 4 {
            self.buffer.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, self.end - self.begin);
        }
        if self.end == self.buffer.len() {
            // A long one grows by less: a copy of it is held meanwhile.
            let more = if self.end < KEPT { self.end } else { self.end / 4 };
            let length = self.buffer.len() + more;
            self.buffer.reserve_exact(more);
            self.buffer.resize(length, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_a_text_passes_and_the_window_grows_only_as_it_must() {
        let text: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
        let mut window = Window::new(text.as_slice(), Vec::new());
        let mut passed = Vec::new();
        while window.read_more() {
            // Some of it is not consumed yet.
            let length = window.bytes().len().saturating_sub(1000);
            passed.extend_from_slice(&window.bytes()[..length]);
            window.consume(length);
        }
        passed.extend_from_slice(window.bytes());
        assert!(passed == text);
        assert_eq!(window.total(), 3_000_000);
        assert_eq!(window.finish().1.len(), SIZE);
        let mut window = Window::new(text.as_slice(), Vec::new());
        window.read_up_to(usize::MAX);
        assert!(window.bytes() == text);
    }
}
