//! Finds where each record of a JSON text begins and ends, without parsing it, piece by piece and in bounded memory.
//!
//! Brackets outside of strings are counted; nothing in a string can be taken for one. What is split into records are the
//! elements of the lists `Records`, `Events` and `logEvents` of an object, those of a bare list, and else each object.

use super::masks::{self, BLOCK, parity};

/// What the splitter comes across.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// An object: a record, or something that holds one; and where the first object or list in it ends. What follows there
    /// is a key of its own.
    Value(&'a [u8], Option<usize>),
    /// A list with a name that lists of records have begins: `Records`, `Events`, `logEvents`.
    List,
    /// An object that was not held: it was larger than is allowed.
    TooLarge,
    /// Something between records that is none.
    Garbage,
}

/// The keys of lists that hold records.
const LISTS: [&[u8]; 3] = [b"\"Records\"", b"\"Events\"", b"\"logEvents\""];

/// How much is kept before the end of what was looked at, where a key may stand: the longest, and white space.
const LOOK_BACK: usize = 64;

/// Where in a JSON text it is.
///
/// All places are offsets in the buffer that is fed, which always begins with what was not consumed.
#[derive(Debug, Default)]
pub struct Splitter {
    /// Up to where the buffer was looked at.
    scanned: usize,
    /// How many brackets are open.
    depth: usize,
    /// How many are open around a record: none, that of a bare list, or those of an object and of a list in it.
    base: usize,
    /// Where the record begins that was not ended yet.
    begin: Option<usize>,
    /// Where the first object or list in that record ends.
    first_end: Option<usize>,
    /// From where on there is no record, when there is none now.
    gap: usize,
    /// Whether there is something in the gap.
    is_gap_dirty: bool,
    /// Whether a record was begun that is not held.
    is_too_large: bool,
    /// All bits set inside a string.
    inside: u64,
    /// Whether the last byte escapes the next.
    escapes: bool,
}

impl Splitter {
    /// Looks at what is new in a buffer, and says how much of its begin is not needed any more. The next buffer begins
    /// with the rest.
    pub fn feed(&mut self, buffer: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> usize {
        let mut backslash = next_backslash(buffer, self.scanned);
        while let Some(rest) = buffer.get(self.scanned..).filter(|rest| !rest.is_empty()) {
            let mut padded;
            let (block, length) = match rest.first_chunk::<BLOCK>() {
                Some(block) => (block, BLOCK),
                None => {
                    padded = [b' '; BLOCK];
                    padded.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                    (&padded, rest.len())
                }
            };
            let mut quotes = masks::quotes(block);
            if self.escapes || backslash < self.scanned + length {
                quotes &= !self.escaped(masks::backslashes(block), length);
                backslash = next_backslash(buffer, self.scanned + length);
            }
            let inside = parity(quotes) ^ self.inside;
            self.inside = 0_u64.wrapping_sub(inside >> 63);
            let mut brackets = masks::brackets(block) & !inside;
            while brackets != 0 {
                let at = self.scanned + brackets.trailing_zeros() as usize;
                match buffer.get(at) {
                    Some(b'{') => self.open(at, false, buffer, out),
                    Some(b'[') => self.open(at, true, buffer, out),
                    Some(b'}' | b']') => self.close(at, buffer, out),
                    _ => {}
                }
                brackets &= brackets - 1;
            }
            self.scanned += length;
        }
        self.consume(buffer)
    }

    /// Gives up the record that was begun: the buffer has become too long for it. Its end is still found.
    pub fn give_up(&mut self) {
        if self.begin.take().is_some() {
            self.is_too_large = true;
        }
    }

    /// The text is at its end. Whether it ends early: inside a record or a list.
    pub fn finish(mut self, buffer: &[u8], out: &mut dyn FnMut(Piece<'_>)) -> bool {
        if self.is_between() {
            self.end_gap(self.scanned, buffer, out);
        }
        self.depth > 0
    }

    /// Whether it is neither in a record nor in what surrounds a list of them.
    fn is_between(&self) -> bool {
        self.begin.is_none() && !self.is_too_large && self.depth == self.base
    }

    /// What backslashes escape.
    fn escaped(&mut self, mut backslashes: u64, length: usize) -> u64 {
        let mut escaped = u64::from(self.escapes);
        self.escapes = false;
        while backslashes != 0 {
            let bit = backslashes & backslashes.wrapping_neg();
            backslashes &= backslashes - 1;
            if escaped & bit == 0 {
                if bit.trailing_zeros() as usize + 1 == length {
                    self.escapes = true;
                } else {
                    escaped |= bit << 1;
                }
            }
        }
        escaped
    }

    fn open(&mut self, at: usize, is_list: bool, buffer: &[u8], out: &mut dyn FnMut(Piece<'_>)) {
        if self.depth == self.base {
            self.end_gap(at, buffer, out);
            if is_list && self.base == 0 {
                (self.base, self.gap) = (1, at + 1);
            } else {
                (self.begin, self.first_end) = (Some(at), None);
            }
        } else if is_list && self.base == 0 && self.depth == 1 && is_after_list_key(buffer, at) {
            (self.base, self.gap) = (2, at + 1);
            (self.begin, self.is_too_large) = (None, false);
            out(Piece::List);
        }
        self.depth += 1;
    }

    fn close(&mut self, at: usize, buffer: &[u8], out: &mut dyn FnMut(Piece<'_>)) {
        let Some(depth) = self.depth.checked_sub(1) else {
            self.is_gap_dirty = true;
            return;
        };
        self.depth = depth;
        if depth == self.base {
            match self.begin.take() {
                Some(begin) => {
                    let first_end = self.first_end.map(|end| end - begin);
                    out(Piece::Value(buffer.get(begin..=at).unwrap_or_default(), first_end));
                }
                None if self.is_too_large => out(Piece::TooLarge),
                None => {}
            }
            self.is_too_large = false;
            self.gap = at + 1;
        } else if depth == self.base + 1 {
            self.first_end.get_or_insert(at + 1);
        } else if depth + 1 == self.base {
            self.end_gap(at, buffer, out);
            self.base = 0;
            self.gap = at + 1;
        }
    }

    /// Records are divided by commas and white space; a text of nothing else holds no record, and no garbage.
    fn end_gap(&mut self, at: usize, buffer: &[u8], out: &mut dyn FnMut(Piece<'_>)) {
        self.look_at_gap(at, buffer);
        if std::mem::take(&mut self.is_gap_dirty) {
            out(Piece::Garbage);
        }
    }

    fn look_at_gap(&mut self, to: usize, buffer: &[u8]) {
        let gap = buffer.get(self.gap..to).unwrap_or_default();
        self.is_gap_dirty |= gap.iter().any(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b','));
        self.gap = to;
    }

    /// Lets go of what is not needed any more.
    fn consume(&mut self, buffer: &[u8]) -> usize {
        if self.is_between() {
            self.look_at_gap(self.scanned, buffer);
        }
        let needed = match self.begin {
            Some(begin) => begin,
            // The key of a list may be what was looked at last.
            None if self.base == 0 && self.depth == 1 => self.scanned.saturating_sub(LOOK_BACK),
            None => self.scanned,
        };
        self.scanned -= needed;
        self.begin = self.begin.map(|begin| begin - needed);
        self.first_end = self.first_end.map(|end| end.saturating_sub(needed));
        self.gap = self.gap.saturating_sub(needed);
        needed
    }
}

/// Where the next backslash is from some place on; the end, if there is none.
fn next_backslash(buffer: &[u8], from: usize) -> usize {
    let rest = buffer.get(from..).unwrap_or_default();
    memchr::memchr(b'\\', rest).map_or(buffer.len(), |at| from + at)
}

/// Whether a bracket opens the value of a key that is one of a list of records.
fn is_after_list_key(buffer: &[u8], at: usize) -> bool {
    let before = buffer.get(..at).unwrap_or_default().trim_ascii_end();
    let Some(key) = before.strip_suffix(b":") else { return false };
    let key = key.trim_ascii_end();
    LISTS.iter().any(|list| key.strip_suffix(*list).is_some_and(|before| !before.ends_with(b"\\")))
}

#[cfg(test)]
mod tests;
