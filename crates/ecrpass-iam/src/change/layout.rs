//! How a document is written, so that what is put into it is written in the same way: its lines, its spaces, its indents.

use ecrpass_json::{JsonKind, Value, parse};

/// How a document is laid out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout<'a> {
    /// What ends its lines.
    pub(super) newline: &'static str,
    /// One level of indentation.
    indent: &'a str,
    /// Whether a space follows a colon, and a comma where the line goes on.
    is_spaced: bool,
}

impl<'a> Layout<'a> {
    /// That of a document, which may stand in the middle of a file.
    pub(super) fn of(text: &'a str) -> Self {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let is_spaced = match parse(text).ok().as_ref().and_then(Value::members).and_then(<[_]>::first) {
            Some(first) => first.value.span.start > first.key_span.end + 1,
            None => true,
        };
        // The closing bracket stands where the line of the opening one does.
        let outer = text.lines().last().filter(|_| text.contains('\n')).map(indent_of).unwrap_or_default();
        let deeper = text.lines().skip(1).filter_map(|line| indent_of(line).strip_prefix(outer));
        let indent = deeper.filter(|more| !more.is_empty()).min_by_key(|more| more.len()).unwrap_or("  ");
        Self { newline, indent, is_spaced }
    }

    /// What stands between two things on one line.
    pub(super) fn comma(&self) -> &'static str {
        if self.is_spaced { ", " } else { "," }
    }

    /// What stands between a key and its value.
    pub(super) fn colon(&self) -> &'static str {
        if self.is_spaced { ": " } else { ":" }
    }

    /// A JSON text in this layout: each thing on a line of its own and the first line without indent, or all on one line.
    pub(super) fn written(&self, text: &str, in_lines: bool) -> String {
        let mut out = String::new();
        match parse(text) {
            Ok(root) => self.print(text, &root, in_lines.then_some(0), &mut out),
            Err(_) => out.push_str(text),
        }
        out
    }

    /// Prints a value; `depth` is how deep it stands where things are on lines of their own.
    fn print(&self, text: &str, value: &Value, depth: Option<usize>, out: &mut String) {
        let raw = |span: &std::ops::Range<usize>| text.get(span.clone()).unwrap_or_default();
        let deeper = depth.map(|depth| depth + 1);
        let begin = |index: usize, open: &str, out: &mut String| {
            match (index, depth) {
                (0, _) => out.push_str(open),
                (_, None) => out.push_str(self.comma()),
                (_, Some(_)) => out.push(','),
            }
            self.line(deeper, out);
        };
        match &value.kind {
            JsonKind::Object(members) if !members.is_empty() => {
                for (index, member) in members.iter().enumerate() {
                    begin(index, "{", out);
                    out.push_str(raw(&member.key_span));
                    out.push_str(self.colon());
                    self.print(text, &member.value, deeper, out);
                }
                self.line(depth, out);
                out.push('}');
            }
            JsonKind::Array(values) if !values.is_empty() => {
                for (index, value) in values.iter().enumerate() {
                    begin(index, "[", out);
                    self.print(text, value, deeper, out);
                }
                self.line(depth, out);
                out.push(']');
            }
            _ => out.push_str(raw(&value.span)),
        }
    }

    fn line(&self, depth: Option<usize>, out: &mut String) {
        if let Some(depth) = depth {
            out.push_str(self.newline);
            out.push_str(&self.indent.repeat(depth));
        }
    }
}

/// The blanks that a line begins with.
pub(super) fn indent_of(line: &str) -> &str {
    line.get(..line.len() - line.trim_start().len()).unwrap_or_default()
}
