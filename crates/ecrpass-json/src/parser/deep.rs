//! What is nested deeper than anything that is read in a configuration. It must be JSON, as for Go, and is not kept.

use super::{Parser, SyntaxError};
use crate::value::JsonKind;

/// How deep Go reads. Source: Go `encoding/json/scanner.go#maxNestingDepth`.
const GO_DEPTH: usize = 10_000;

impl Parser<'_> {
    /// An object or array that is passed over, without a function calling itself: it may be nested as deeply as Go reads.
    pub(super) fn deep(&mut self, depth: usize) -> Result<JsonKind, SyntaxError> {
        let is_object = self.peek() == Some(b'{');
        // What is open, by the byte that closes it.
        let mut open: Vec<u8> = Vec::new();
        loop {
            // A value begins here.
            self.space();
            match self.peek() {
                Some(opening @ (b'{' | b'[')) => {
                    if depth + open.len() >= GO_DEPTH {
                        return Err(self.error("values are nested too deeply"));
                    }
                    self.count()?;
                    self.at += 1;
                    self.space();
                    let closing = if opening == b'{' { b'}' } else { b']' };
                    open.push(closing);
                    if self.peek() != Some(closing) {
                        if closing == b'}' {
                            self.deep_key()?;
                        }
                        continue;
                    }
                }
                _ => drop(self.value(depth)?),
            }
            // A value has ended, or an object without members is about to.
            loop {
                self.space();
                let Some(&closing) = open.last() else { return Ok(JsonKind::Deep { is_object }) };
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        if closing == b'}' {
                            self.deep_key()?;
                        }
                        break;
                    }
                    Some(byte) if byte == closing => {
                        self.at += 1;
                        open.pop();
                        if open.is_empty() {
                            return Ok(JsonKind::Deep { is_object });
                        }
                    }
                    _ => return Err(self.unexpected("a comma or the closing bracket")),
                }
            }
        }
    }

    fn deep_key(&mut self) -> Result<(), SyntaxError> {
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        self.key().map(drop)
    }
}
