//! PowerShell's words: quotes, variables, brackets.

use super::Reader;
use crate::known::Known;
use crate::shell::cursor::{
    byte, expression_end, expression_hole, expression_inside, place_holder, rest, width,
};
use crate::shell::model::{Output, Word};
use crate::shell::reader::DEEPEST;
use crate::shell::words::Parts;

impl Reader<'_, '_, '_> {
    pub(super) fn word(&mut self, depth: usize) -> Option<Word> {
        let start = self.at;
        let mut parts = Parts::default();
        while self.at < self.text.len() {
            let before = self.at;
            match byte(self.text, self.at) {
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b')' => break,
                // `{0}`, `@{p}`: a format or a template puts it in.
                b'{' if place_holder(rest(self.text, self.at)).is_some() => {
                    let length = place_holder(rest(self.text, self.at)).unwrap_or_default();
                    let name = self.text.get(self.at + 1..self.at + length - 1).unwrap_or_default();
                    parts.expansion("{…}", Known::named(name), self.at..self.at + length);
                    self.at += length;
                }
                b'{' | b'}' if expression_end(self.text, self.at, self.text.len()).is_none() => break,
                b'\'' => self.quoted(&mut parts, depth, b'\''),
                b'"' => self.quoted(&mut parts, depth, b'"'),
                b'`' => {
                    let next = self.at + 1;
                    let to = (next + width(self.text, next)).min(self.text.len());
                    parts.literal(self.text.get(next..to).unwrap_or_default(), next..to);
                    self.at = to;
                }
                b'(' if depth < DEEPEST => {
                    let first = self.brackets(depth);
                    let text = self.state.text_of(first..self.state.commands.len());
                    let printing = self.printing(first);
                    self.captured.extend(printing);
                    parts.expansion("$(…)", Known::Made(format!("$({text})")), start..self.at);
                }
                _ => self.plain(&mut parts, depth, b" \t\r\n;|()'\"`{}"),
            }
            self.at = self.at.max(before + usize::from(self.at == before));
        }
        if self.at == start {
            return None;
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        let raw = ['"', '\'']
            .iter()
            .find_map(|quote| written.strip_prefix(*quote)?.strip_suffix(*quote))
            .unwrap_or(written);
        Some(Word { bytes: self.passage.places(start..self.at), raw: raw.to_owned(), value: parts.value() })
    }

    /// The commands since that one whose output is not directed yet.
    pub(super) fn printing(&self, first: usize) -> Vec<usize> {
        let range = first..self.state.commands.len();
        range
            .filter(|index| {
                self.state.commands.get(*index).is_some_and(|command| command.output == Output::Log)
            })
            .collect()
    }

    fn quoted(&mut self, parts: &mut Parts, depth: usize, quote: u8) {
        self.at += 1;
        // `@"` and `@'` begin texts of several lines that end with the quote at a line's beginning: near enough.
        while self.at < self.text.len() && byte(self.text, self.at) != quote {
            let before = self.at;
            match byte(self.text, self.at) {
                b'`' if quote == b'"' => {
                    let next = self.at + 1;
                    let to = (next + width(self.text, next)).min(self.text.len());
                    parts.literal(self.text.get(next..to).unwrap_or_default(), next..to);
                    self.at = to;
                }
                _ if quote == b'"' => self.plain(parts, depth, b"\"`"),
                _ => {
                    let length = rest(self.text, self.at).find('\'').unwrap_or(self.text.len() - self.at);
                    parts.literal(
                        self.text.get(self.at..self.at + length).unwrap_or_default(),
                        self.at..self.at + length,
                    );
                    self.at += length;
                }
            }
            self.at = self.at.max(before + usize::from(self.at == before));
        }
        self.at = (self.at + 1).min(self.text.len());
    }

    /// Text up to one of these bytes, with what begins with a dollar sign or is a template's put in.
    fn plain(&mut self, parts: &mut Parts, depth: usize, until: &[u8]) {
        let start = self.at;
        if let Some(end) = expression_end(self.text, start, self.text.len()) {
            let written = self.text.get(start..end).unwrap_or_default();
            let known = self.state.variables.get(expression_inside(written));
            let hole = expression_hole(written);
            parts.expansion(&hole, known.unwrap_or_else(|| Known::Made(hole.clone())), start..end);
            self.at = end;
            return;
        }
        let inside = rest(self.text, start).strip_prefix('$').unwrap_or_default();
        let braced = inside.strip_prefix('{');
        let name_bytes = braced.unwrap_or(inside).bytes();
        let length =
            name_bytes.take_while(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(byte)).count();
        if inside.starts_with('(') && depth < DEEPEST {
            let letters = inside
                .bytes()
                .skip(1)
                .take_while(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte));
            let name = inside.get(1..1 + letters.count()).unwrap_or_default();
            let is_name = !name.is_empty() && byte(inside, 1 + name.len()) == b')';
            if is_name {
                // Azure's.
                self.at += name.len() + 3;
                let value =
                    self.state.variables.get(name).unwrap_or_else(|| Known::Made(format!("$({name})")));
                parts.expansion("$(…)", value, start..self.at);
                return;
            }
            self.at += 1;
            let first = self.brackets(depth);
            let text = self.state.text_of(first..self.state.commands.len());
            let printing = self.printing(first);
            self.captured.extend(printing);
            let value = if text.is_empty() {
                Known::Made(self.text.get(start..self.at).unwrap_or_default().to_owned())
            } else {
                Known::Made(format!("$({text})"))
            };
            parts.expansion("$(…)", value, start..self.at);
        } else if length > 0 && rest(self.text, start).starts_with('$') {
            let offset = if braced.is_some() { 2 } else { 1 };
            let name = self
                .text
                .get(start + offset..start + offset + length)
                .unwrap_or_default()
                .trim_end_matches(':');
            self.at = start + offset + name.len();
            self.at += usize::from(braced.is_some() && byte(self.text, self.at) == b'}');
            let known = self
                .state
                .variables
                .get(name)
                .or_else(|| self.state.variables.get(name.strip_prefix("env:")?));
            parts.expansion(
                &format!("${{{name}}}"),
                known.unwrap_or_else(|| Known::Made(format!("${{{name}}}"))),
                start..self.at,
            );
        } else {
            let first = width(self.text, start);
            let more = rest(self.text, start + first)
                .bytes()
                .take_while(|byte| !until.contains(byte) && !b"$<{".contains(byte))
                .count();
            self.at = (start + first + more).min(self.text.len());
            parts.literal(self.text.get(start..self.at).unwrap_or_default(), start..self.at);
        }
    }
}
