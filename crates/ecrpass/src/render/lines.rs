//! A text that is written piece by piece, handed on line by line as each of them is to be shown: all of it is never in memory.

use std::io;

/// How much is handed on at once, in bytes.
const AT_ONCE: usize = 64 << 10;

/// A writer of text. `show` adds what is shown of a line, without its end; `write` gets whole lines.
pub struct Lines<S, W> {
    show: S,
    write: W,
    /// The line that is not whole yet.
    line: Vec<u8>,
    ready: String,
}

impl<S: FnMut(&str, &mut String), W: FnMut(&str) -> io::Result<()>> Lines<S, W> {
    /// One that has nothing to write yet.
    pub fn new(show: S, write: W) -> Self {
        Self { show, write, line: Vec::new(), ready: String::new() }
    }

    /// Writes what is left; the last line gets an end if it has none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self) -> io::Result<()> {
        if !self.line.is_empty() {
            self.end_line();
        }
        self.hand_on()
    }

    fn end_line(&mut self) {
        match str::from_utf8(&self.line) {
            Ok(line) => (self.show)(line, &mut self.ready),
            Err(_) => (self.show)(&String::from_utf8_lossy(&self.line), &mut self.ready),
        }
        self.ready.push('\n');
        self.line.clear();
    }

    fn hand_on(&mut self) -> io::Result<()> {
        if self.ready.is_empty() {
            return Ok(());
        }
        (self.write)(&self.ready)?;
        self.ready.clear();
        Ok(())
    }
}

impl<S: FnMut(&str, &mut String), W: FnMut(&str) -> io::Result<()>> io::Write for Lines<S, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut parts = bytes.split(|byte| *byte == b'\n');
        self.line.extend_from_slice(parts.next().unwrap_or_default());
        for part in parts {
            self.end_line();
            self.line.extend_from_slice(part);
        }
        if self.ready.len() >= AT_ONCE {
            self.hand_on()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_on()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test's way of failing

    use std::fmt::Write as _;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_written() {
        let text = "{\n  \"ä\": 1\n}".repeat(9_000);
        for piece in [1, 2, 7, 100_000] {
            let (mut written, mut calls) = (String::new(), 0);
            let mut lines = Lines::new(
                |line: &str, shown: &mut String| write!(shown, "<{line}>").unwrap(),
                |text: &str| {
                    calls += 1;
                    written.push_str(text);
                    Ok(())
                },
            );
            for bytes in text.as_bytes().chunks(piece) {
                lines.write_all(bytes).unwrap();
            }
            lines.end().unwrap();
            let expected: String = text.lines().map(|line| format!("<{line}>\n")).collect();
            assert_eq!(written, expected, "pieces of {piece}");
            assert!(calls > 1, "{calls}");
        }
    }
}
