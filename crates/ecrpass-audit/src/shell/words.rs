//! Words: quotes, escapes and expansions, and what they are made of.

use std::ops::Range;

use super::cursor::{
    after_backtick, byte, closing, closing_quote, expression_end, expression_hole, expression_inside, rest,
    width,
};
use super::model::Word;
use super::reader::{Reader, WITHOUT_END};
use super::variables;
use crate::known::{Known, quoted};

/// A piece of a word or here-document: bytes of the text, and its value if it is an expansion.
pub(super) type Piece = (Range<usize>, Option<Known>);

/// A word with the pieces that it is made of, without quotes and the backslashes in front of what they protect.
#[derive(Clone, Debug)]
pub(super) struct RawWord {
    pub(super) word: Word,
    pub(super) pieces: Vec<Piece>,
}

/// A value that is being put together.
#[derive(Default)]
pub(super) struct Parts {
    parts: Vec<(String, Known)>,
    pub(super) pieces: Vec<Piece>,
}

impl Parts {
    /// Adds text that stands there as it is.
    pub(super) fn literal(&mut self, text: &str, bytes: Range<usize>) {
        if bytes.is_empty() && !self.parts.is_empty() {
            return;
        }
        if let Some((_, Known::Exactly(before))) = self.parts.last_mut() {
            before.push_str(text);
        } else {
            self.parts.push((String::new(), Known::Exactly(text.to_owned())));
        }
        match self.pieces.last_mut() {
            Some((last, None)) if last.end == bytes.start => last.end = bytes.end,
            _ => self.pieces.push((bytes, None)),
        }
    }

    /// Adds an expansion.
    pub(super) fn expansion(&mut self, hole: &str, value: Known, bytes: Range<usize>) {
        self.pieces.push((bytes, Some(value.clone())));
        self.parts.push((hole.to_owned(), value));
    }

    /// The value.
    pub(super) fn value(&self) -> Known {
        if self.parts.is_empty() {
            return Known::Exactly(String::new());
        }
        let as_meant = |(hole, value): &(String, Known)| match value {
            // What was expanded is no literal, and a `$(` that is left was protected.
            Known::Exactly(text) => (hole.clone(), Known::Exactly(quoted(text))),
            value => (hole.clone(), value.clone()),
        };
        variables::joined(&self.parts.iter().map(as_meant).collect::<Vec<_>>())
    }
}

/// Ends a word that is not quoted.
fn ends_word(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b')' | b'(' | b'<' | b'>')
}

/// Means something else than itself in a word that is not quoted.
fn is_special(byte: u8) -> bool {
    ends_word(byte) || matches!(byte, b'\\' | b'\'' | b'"' | b'$' | b'`' | b'{')
}

impl Reader<'_, '_, '_> {
    /// Reads a word; `None` if none stands here.
    pub(super) fn word(&mut self) -> Option<RawWord> {
        let start = self.at;
        let mut parts = Parts::default();
        while self.at < self.end {
            let before = self.at;
            if self.opaque_piece(&mut parts) || self.expression(&mut parts) {
                continue;
            }
            let here = byte(self.text, self.at);
            match here {
                b'(' if self.at > start
                    && matches!(byte(self.text, self.at - 1), b'@' | b'!' | b'?' | b'+' | b'*') =>
                {
                    // A pattern.
                    let limit = self.end.min(self.at + 1024);
                    let close =
                        closing(self.text, self.at + 1, limit, b')').map_or(self.at + 1, |close| close + 1);
                    self.take_literal(&mut parts, close);
                }
                b'<' | b'>' if self.at == start && byte(self.text, self.at + 1) == b'(' => {
                    self.at += 2;
                    let value = self.substitution(start);
                    parts.expansion(self.text.get(start..self.at).unwrap_or_default(), value, start..self.at);
                }
                _ if ends_word(here) => break,
                b'\\' => self.escape(&mut parts, |_| true),
                b'\'' => self.single_quoted(&mut parts),
                b'"' => self.double_quoted(&mut parts),
                b'$' => self.dollar(&mut parts),
                b'`' => self.backtick(&mut parts),
                _ => {
                    let first = width(self.text, self.at);
                    let more = rest(self.text, self.at + first)
                        .bytes()
                        .take_while(|byte| !is_special(*byte))
                        .count();
                    self.take_literal(&mut parts, (self.at + first + more).min(self.end));
                }
            }
            if self.at <= before {
                self.at = before + width(self.text, before);
            }
        }
        (self.at > start).then(|| self.finished(start, &parts))
    }

    /// The word from there to here.
    pub(super) fn finished(&self, start: usize, parts: &Parts) -> RawWord {
        let written = self.text.get(start..self.at).unwrap_or_default();
        let raw = ['"', '\'']
            .iter()
            .find_map(|quote| {
                written.strip_prefix(*quote)?.strip_suffix(*quote).filter(|inside| !inside.contains(*quote))
            })
            .unwrap_or(written);
        let word =
            Word { bytes: self.passage.places(start..self.at), raw: raw.to_owned(), value: parts.value() };
        RawWord { word, pieces: parts.pieces.clone() }
    }

    /// Takes the text up to there as it is.
    pub(super) fn take_literal(&mut self, parts: &mut Parts, to: usize) {
        let text = self.text.get(self.at..to).unwrap_or_default();
        parts.literal(text, self.at..self.at + text.len());
        self.at = to;
    }

    /// A part that the shell around this script has put in already.
    fn opaque_piece(&mut self, parts: &mut Parts) -> bool {
        let at = self.at;
        let found = self.opaque.binary_search_by(|(range, _)| range.start.cmp(&at)).ok();
        let Some((range, value)) = found.and_then(|index| self.opaque.get(index)).cloned() else {
            return false;
        };
        if range.is_empty() {
            return false;
        }
        self.at = range.end;
        parts.expansion(self.text.get(range.clone()).unwrap_or_default(), value, range);
        true
    }

    /// A template's expression.
    fn expression(&mut self, parts: &mut Parts) -> bool {
        let Some(end) = expression_end(self.text, self.at, self.end) else { return false };
        let range = self.at..end;
        let written = self.text.get(range.clone()).unwrap_or_default();
        let known = self.state.variables.get(expression_inside(written));
        let hole = expression_hole(written);
        parts.expansion(&hole, known.unwrap_or_else(|| Known::Made(hole.clone())), range);
        self.at = end;
        true
    }

    /// A backslash: what follows is meant as it is, if it is protected here.
    fn escape(&mut self, parts: &mut Parts, protects: fn(u8) -> bool) {
        let next = byte(self.text, self.at + 1);
        if next == b'\n' || (next == b'\r' && byte(self.text, self.at + 2) == b'\n') {
            self.at += if next == b'\n' { 2 } else { 3 };
        } else if protects(next) {
            self.at += 1;
            let to = (self.at + width(self.text, self.at)).min(self.end);
            self.take_literal(parts, to);
        } else {
            self.take_literal(parts, self.at + 1);
        }
    }

    fn single_quoted(&mut self, parts: &mut Parts) {
        let inside = self.text.get(self.at + 1..self.end).unwrap_or_default();
        match memchr::memchr(b'\'', inside.as_bytes()) {
            Some(length) => {
                self.at += 1;
                let start = self.at;
                // What the shell around this script put in, it put in between quotes, too.
                while self.at < start + length {
                    if !self.opaque_piece(parts) {
                        let next = self.opaque.partition_point(|(range, _)| range.start <= self.at);
                        let next = self.opaque.get(next).map_or(self.end, |(range, _)| range.start);
                        self.take_literal(parts, next.min(start + length));
                    }
                }
                // An empty word is a word.
                parts.literal("", start..start);
                self.at += 1;
            }
            // Not closed: an apostrophe.
            None => self.take_literal(parts, self.at + 1),
        }
    }

    pub(super) fn double_quoted(&mut self, parts: &mut Parts) {
        let close = if self.without_end < WITHOUT_END {
            closing_quote(self.text, self.at + 1, self.end)
        } else {
            None
        };
        match close {
            Some(close) => {
                self.at += 1;
                // An empty word is a word.
                parts.literal("", self.at..self.at);
                self.quoted_text(parts, close);
                self.at = close + 1;
            }
            None => {
                self.without_end += 1;
                self.take_literal(parts, self.at + 1);
            }
        }
    }

    /// What stands in double quotes or in a here-document, up to there.
    pub(super) fn quoted_text(&mut self, parts: &mut Parts, close: usize) {
        let end = std::mem::replace(&mut self.end, close);
        while self.at < self.end {
            let before = self.at;
            if self.opaque_piece(parts) || self.expression(parts) {
                continue;
            }
            match byte(self.text, self.at) {
                b'\\' => self.escape(parts, |byte| matches!(byte, b'$' | b'`' | b'"' | b'\\')),
                b'$' => self.dollar(parts),
                b'`' => self.backtick(parts),
                _ => {
                    let first = width(self.text, self.at);
                    let more = self.text.get(self.at + first..self.end).unwrap_or_default();
                    let more = more
                        .bytes()
                        .take_while(|byte| !matches!(byte, b'\\' | b'$' | b'`' | b'{' | b'<'))
                        .count();
                    self.take_literal(parts, (self.at + first + more).min(self.end));
                }
            }
            if self.at <= before {
                self.at = before + width(self.text, before);
            }
        }
        self.end = end;
        self.at = self.at.max(close);
    }

    fn backtick(&mut self, parts: &mut Parts) {
        let start = self.at;
        match after_backtick(self.text, start + 1, self.end) {
            Some(close) => {
                let end = std::mem::replace(&mut self.end, close);
                self.at += 1;
                let value = self.substituted(&[]);
                self.end = end;
                self.at = close + 1;
                parts.expansion(self.text.get(start..self.at).unwrap_or_default(), value, start..self.at);
            }
            None => self.take_literal(parts, start + 1),
        }
    }
}
