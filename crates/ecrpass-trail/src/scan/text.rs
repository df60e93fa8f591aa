//! One text, read in the way that fits what it is.

use std::io::Read;

use super::elements::{Elements, End, Unparsable};
use crate::container::{self, Form, csv};
use crate::event::Sink;
use crate::read::splitter::{Piece, Splitter};
use crate::read::window::Window;

/// The largest record that is held in memory, in bytes. CloudTrail's own are up to a quarter of a megabyte, and where one is
/// wrapped in another, its quotes are escaped.
pub const LARGEST: usize = 40 * 1024 * 1024;

/// Which part of a text is read. Only one that has a record on each line can be read in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// The lines that begin within so many bytes.
    Begin(u64),
    /// It is somewhere in the text, just before the first byte of the part: the lines that begin within so many bytes from
    /// there. The one before is another part's.
    Further(u64),
}

/// Reads a text.
pub fn read<S: Sink>(window: &mut Window<impl Read>, elements: &mut Elements<'_, S>, part: Part) -> End {
    if let Part::Further(length) = part {
        return lines(window, elements, Extent { offset: 0, length, is_skipping: true });
    }
    window.read_up_to(container::ENOUGH);
    let form = container::form(window.bytes());
    let mark = window.bytes().len() - container::without_mark(window.bytes()).len();
    match form {
        Form::Empty => blank(window, elements),
        Form::Json => {
            window.consume(mark);
            json(window, elements)
        }
        Form::Lines => {
            window.consume(mark);
            let length = if let Part::Begin(length) = part { length } else { u64::MAX };
            lines(window, elements, Extent { offset: mark as u64, length, is_skipping: false })
        }
        Form::Csv(column) => {
            window.consume(mark);
            rows(window, elements, column)
        }
        Form::Utf16 => End::Foreign(Some("it is UTF-16, as PowerShell writes it: save it as UTF-8")),
        Form::Other => End::Foreign(None),
    }
}

/// A text that begins with much white space: whatever follows is looked at all the same.
fn blank<S: Sink>(window: &mut Window<impl Read>, elements: &mut Elements<'_, S>) -> End {
    while window.bytes().trim_ascii_start().is_empty() {
        let length = window.bytes().len();
        window.consume(length);
        if !window.read_more() {
            return End::Empty;
        }
    }
    json(window, elements)
}

/// Records from bracket to bracket.
fn json<S: Sink>(window: &mut Window<impl Read>, elements: &mut Elements<'_, S>) -> End {
    let mut splitter = Splitter::default();
    loop {
        let mut consumed = splitter.feed(window.bytes(), &mut |piece| take(elements, piece));
        window.consume(consumed);
        if window.bytes().len() >= LARGEST {
            splitter.give_up();
            consumed = splitter.feed(window.bytes(), &mut |piece| take(elements, piece));
            window.consume(consumed);
        }
        if !window.read_more() {
            break;
        }
    }
    match splitter.finish(window.bytes(), &mut |piece| take(elements, piece)) {
        true => End::Early,
        false => End::Regular,
    }
}

fn take<S: Sink>(elements: &mut Elements<'_, S>, piece: Piece<'_>) {
    match piece {
        Piece::Value(bytes, own) => {
            if elements.element(bytes, own).is_err() {
                elements.bad_record();
            }
        }
        Piece::List => elements.list(),
        Piece::TooLarge => elements.too_large(),
        Piece::Garbage => elements.bad_line(),
    }
}

/// Which lines are read.
struct Extent {
    /// Where the first begins.
    offset: u64,
    /// Those that begin before this.
    length: u64,
    /// Not the first, which began earlier.
    is_skipping: bool,
}

/// A record on each line.
fn lines<S: Sink>(window: &mut Window<impl Read>, elements: &mut Elements<'_, S>, extent: Extent) -> End {
    let Extent { mut offset, length, mut is_skipping } = extent;
    let (mut looked_at, mut is_too_large) = (0, false);
    loop {
        let mut used = 0;
        let bytes = window.bytes();
        while let Some(found) = memchr::memchr(b'\n', bytes.get(looked_at..).unwrap_or_default()) {
            let end = looked_at + found;
            match bytes.get(used..end) {
                _ if std::mem::take(&mut is_skipping) => {}
                _ if std::mem::take(&mut is_too_large) => elements.too_large(),
                Some(text) => {
                    line(elements, text);
                }
                None => {}
            }
            used = end + 1;
            looked_at = used;
            if offset + used as u64 >= length {
                return End::Regular;
            }
        }
        looked_at = bytes.len() - used;
        offset += used as u64;
        window.consume(used);
        if is_skipping || is_too_large || looked_at >= LARGEST {
            is_too_large = !is_skipping;
            offset += looked_at as u64;
            window.consume(looked_at);
            looked_at = 0;
        }
        if !window.read_more() {
            break;
        }
    }
    if is_too_large {
        elements.too_large();
        return End::Regular;
    }
    let has_failed = window.has_failed();
    let rest = window.bytes().trim_ascii();
    if rest.is_empty() || is_skipping {
        return End::Regular;
    }
    // The last line of a text that was cut.
    if rest.first() == Some(&b'{') && (has_failed || rest.last() != Some(&b'}')) {
        return End::Early;
    }
    line(elements, rest);
    End::Regular
}

/// One line: nothing, a record, or a list of some.
fn line<S: Sink>(elements: &mut Elements<'_, S>, line: &[u8]) {
    let line = container::without_mark(line).trim_ascii();
    let line = container::after_time(line).unwrap_or(line);
    match line.first() {
        None => {}
        Some(b'{' | b'[') => some(elements, line),
        Some(_) => elements.bad_line(),
    }
}

/// A line with a record, or with some.
fn some<S: Sink>(elements: &mut Elements<'_, S>, line: &[u8]) {
    let mut splitter = Splitter::default();
    let mut is_bad = false;
    let mut out = |piece: Piece<'_>| match piece {
        Piece::Value(bytes, own) => is_bad |= elements.element(bytes, own).is_err(),
        Piece::List => elements.list(),
        Piece::TooLarge | Piece::Garbage => is_bad = true,
    };
    let consumed = splitter.feed(line, &mut out);
    let ends_early = splitter.finish(line.get(consumed..).unwrap_or_default(), &mut out);
    if is_bad || ends_early {
        elements.bad_line();
    }
}

/// A record in each row of comma-separated values; the first row names them.
fn rows<S: Sink>(window: &mut Window<impl Read>, elements: &mut Elements<'_, S>, column: usize) -> End {
    let (mut finder, mut is_header, mut is_too_large) = (csv::Rows::default(), true, false);
    loop {
        while let Some(length) = finder.next(window.bytes()) {
            let row = window.bytes().get(..length).unwrap_or_default();
            match (std::mem::take(&mut is_header), std::mem::take(&mut is_too_large)) {
                (true, _) => {}
                (_, true) => elements.too_large(),
                _ => value(elements, row, column),
            }
            window.consume(length);
        }
        if window.bytes().len() >= LARGEST {
            is_too_large = true;
            let length = window.bytes().len();
            window.consume(length);
            finder.dropped();
        }
        if !window.read_more() {
            break;
        }
    }
    if finder.is_quoted() {
        return End::Early;
    }
    if !is_header && !window.bytes().trim_ascii().is_empty() {
        let row = window.bytes();
        value(elements, row, column);
    }
    End::Regular
}

fn value<S: Sink>(elements: &mut Elements<'_, S>, row: &[u8], column: usize) {
    let row = row.trim_ascii_end();
    match csv::value(row, column) {
        _ if row.is_empty() => {}
        Some(value) if value.first() == Some(&b'{') => {
            if let Err(Unparsable) = elements.element(&value, None) {
                elements.bad_record();
            }
        }
        _ => elements.bad_line(),
    }
}
