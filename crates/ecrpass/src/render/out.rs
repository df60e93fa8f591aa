//! The only file that writes to standard output and standard error; clippy holds all others to it.
//!
//! Lines arrive here as [`safe_line`] made them. What has to be exact to the byte, because a program reads it, has
//! functions of its own: a password, a configuration, JSON, a CI system's annotation, the output of another command.

#![expect(clippy::disallowed_methods, reason = "this is the place")]

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};

use crate::render::paint::safe_line;

/// Where something is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Results.
    Output,
    /// Everything else.
    Error,
}

/// What a pipe takes in one piece, so that the lines of two programs do not mix. Source: POSIX `PIPE_BUF`, on Linux.
const PIECE: usize = 4096;

/// Writes lines, never a part of one in a call of its own; `mask` hides what identifies.
///
/// # Errors
/// When they cannot be written.
pub fn lines<T: AsRef<str>>(
    stream: Stream,
    lines: impl IntoIterator<Item = T>,
    mask: &dyn Fn(&str) -> String,
) -> io::Result<()> {
    let mut piece = String::new();
    for line in lines {
        let line = safe_line(line.as_ref(), |text| Cow::Owned(mask(text)));
        if !piece.is_empty() && piece.len() + line.len() >= PIECE {
            write_piece(stream, &piece)?;
            piece.clear();
        }
        piece.push_str(&line);
        piece.push('\n');
    }
    if piece.is_empty() { Ok(()) } else { write_piece(stream, &piece) }
}

fn write_piece(stream: Stream, piece: &str) -> io::Result<()> {
    let choice = match stream {
        Stream::Output => AutoStream::choice(&io::stdout()),
        Stream::Error => AutoStream::choice(&io::stderr()),
    };
    if choice == ColorChoice::Never {
        // The stream's own way takes a call for each line.
        return exact(stream, strip_str(piece).to_string().as_bytes());
    }
    let written = match stream {
        Stream::Output => {
            let mut to = anstream::stdout().lock();
            to.write_all(piece.as_bytes()).and_then(|()| to.flush())
        }
        Stream::Error => anstream::stderr().lock().write_all(piece.as_bytes()),
    };
    written.map_err(|error| failed(stream, &error))
}

/// Writes bytes as they are.
///
/// # Errors
/// When they cannot be written.
pub fn exact(stream: Stream, bytes: &[u8]) -> io::Result<()> {
    let written = match stream {
        Stream::Output => {
            let mut to = io::stdout().lock();
            to.write_all(bytes).and_then(|()| to.flush())
        }
        Stream::Error => io::stderr().lock().write_all(bytes),
    };
    written.map_err(|error| failed(stream, &error))
}

/// The error with its place: the system's own words do not say what could not be written.
fn failed(stream: Stream, error: &io::Error) -> io::Error {
    let name = match stream {
        Stream::Output => "standard output",
        Stream::Error => "standard error",
    };
    // Its number goes with its place: what it says is told by the kind from here on.
    let kind = if ecrpass_system::is_closed_pipe(error) { io::ErrorKind::BrokenPipe } else { error.kind() };
    io::Error::new(kind, format!("{name} cannot be written: {error}."))
}

/// Whether somebody sees standard error while it is written.
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Whether both outputs are somebody's terminal.
pub fn is_all_watched() -> bool {
    is_watched() && io::stdout().is_terminal()
}

/// Takes so many lines off the screen again, and puts others in their place.
pub fn redraw(drawn: usize, lines: &[String]) {
    let mut text = if drawn == 0 { String::new() } else { format!("\u{1b}[{drawn}A\u{1b}[J") };
    for line in lines {
        text.push_str(&safe_line(line, Cow::Borrowed));
        text.push('\n');
    }
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}

/// Puts a line in place of the one that is being written, without ending it.
pub fn overwrite(line: &str) {
    let _ = write!(anstream::stderr().lock(), "\r\u{1b}[2K{}", safe_line(line, Cow::Borrowed));
}

/// The last words of a program that met a bug: past all buffers and locks, which may be held by what failed.
pub fn last_words(text: &str) {
    let text = if is_watched() { format!("\u{1b}[0m\r\u{1b}[K{text}") } else { text.to_owned() };
    #[cfg(unix)]
    let _ = rustix::io::write(rustix::stdio::stderr(), text.as_bytes());
    #[cfg(not(unix))]
    let _ = io::stderr().write_all(text.as_bytes());
}
