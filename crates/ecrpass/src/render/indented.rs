//! JSON for people, as `serde_json` indents it, in few pieces: it writes two spaces at a time, which is most of the work of
//! writing a large document.

use std::io::{self, Write};

use serde_json::ser::Formatter;

/// What stands between two values, as deep as documents are.
const BETWEEN: &[u8; 66] = b",\n                                                                ";

/// Begins each value on a line of its own, two spaces deeper than what it is in.
#[derive(Default)]
pub struct Indented {
    depth: usize,
    /// Whether what ends next has anything in it.
    has_values: bool,
}

impl Indented {
    fn begin<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_values = false;
        writer.write_all(bracket)
    }

    fn end<W: Write + ?Sized>(&mut self, writer: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth -= 1;
        if self.has_values {
            self.line(writer, true)?;
        }
        self.has_values = true;
        writer.write_all(bracket)
    }

    /// A new line, behind a comma where a value stands before.
    fn line<W: Write + ?Sized>(&self, writer: &mut W, is_first: bool) -> io::Result<()> {
        let (from, mut spaces) = (usize::from(is_first), 2 * self.depth);
        let end = (spaces + 2).min(BETWEEN.len());
        writer.write_all(BETWEEN.get(from..end).unwrap_or_default())?;
        spaces -= end - 2;
        (0..spaces).try_for_each(|_| writer.write_all(b" "))
    }
}

impl Formatter for Indented {
    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.line(writer, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_values = true;
        Ok(())
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.begin(writer, b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.end(writer, b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.line(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.has_values = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test's way of failing

    use serde::Serialize as _;
    use serde_json::{Serializer, json};

    use super::*;

    #[test]
    fn it_is_what_serde_json_writes() {
        let deep = (0..40).fold(json!([]), |inner, _| json!({"a": [inner, {}], "b": 1}));
        for value in [json!(null), json!([]), json!({}), json!([1, [], {"a": {}}, [[2, "x"]]]), deep] {
            let mut written = Vec::new();
            value.serialize(&mut Serializer::with_formatter(&mut written, Indented::default())).unwrap();
            assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string_pretty(&value).unwrap());
        }
    }
}
