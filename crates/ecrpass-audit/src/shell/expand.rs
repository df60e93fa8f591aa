//! `$X`, `${X…}` and what else begins with a dollar sign.

use super::cursor::{begins_name, byte, closing, closing_brace, name_end, rest};
use super::reader::{Reader, WITHOUT_END};
use super::words::Parts;
use crate::known::Known;

impl Reader<'_, '_, '_> {
    /// Reads what begins with the dollar sign here.
    pub(super) fn dollar(&mut self, parts: &mut Parts) {
        let start = self.at;
        let next = if start + 1 < self.end { byte(self.text, start + 1) } else { 0 };
        match next {
            b'(' if byte(self.text, start + 2) == b'(' && self.arithmetic(parts) => {}
            b'(' => {
                self.at += 2;
                let value = self.substitution(start);
                parts.expansion(self.text.get(start..self.at).unwrap_or_default(), value, start..self.at);
            }
            b'{' => self.braces(parts),
            b'\'' => {
                let inside = self.text.get(start + 2..self.end).unwrap_or_default();
                match memchr::memchr(b'\'', inside.as_bytes()) {
                    Some(length) => {
                        self.at += 2;
                        self.take_literal(parts, start + 2 + length);
                        self.at += 1;
                    }
                    None => self.take_literal(parts, start + 1),
                }
            }
            // A translated string: only the quotes count.
            b'"' => self.at += 1,
            b'[' => match closing(self.text, start + 2, self.end.min(start + 256), b']') {
                Some(close) => self.made(parts, close + 1),
                None => self.take_literal(parts, start + 1),
            },
            // Buildkite and make write `$$X` for `$X`.
            b'$' if begins_name(byte(self.text, start + 2)) => {
                self.at += 1;
                self.named(parts, start);
            }
            _ if begins_name(next) => self.named(parts, start),
            b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'-' | b'!' | b'$' => {
                let name = self.text.get(start + 1..start + 2).unwrap_or_default();
                let value = self.value(name);
                self.at += 2;
                parts.expansion(&format!("${{{name}}}"), value, start..self.at);
            }
            _ => self.take_literal(parts, start + 1),
        }
    }

    /// What a variable is.
    fn value(&self, name: &str) -> Known {
        match self.state.variables.get(name) {
            None | Some(Known::Unknown) => Known::named(&self.state.argument(name)),
            Some(value) => value,
        }
    }

    /// `$NAME`, whose dollar sign is here.
    fn named(&mut self, parts: &mut Parts, start: usize) {
        let end = name_end(self.text, self.at + 1).min(self.end);
        let name = self.text.get(self.at + 1..end).unwrap_or_default();
        let value = self.value(name);
        self.at = end;
        parts.expansion(&format!("${{{name}}}"), value, start..end);
    }

    /// Something that is made at run time, up to there.
    fn made(&mut self, parts: &mut Parts, to: usize) {
        let written = self.text.get(self.at..to).unwrap_or_default();
        let hole = if written.starts_with("$(") { written.to_owned() } else { format!("${{{written}}}") };
        parts.expansion(&hole, Known::Made(hole.clone()), self.at..to);
        self.at = to;
    }

    /// `$((…))`.
    fn arithmetic(&mut self, parts: &mut Parts) -> bool {
        let limit = self.end.min(self.at + 512);
        let Some(close) = closing(self.text, self.at + 3, limit, b')') else { return false };
        if byte(self.text, close + 1) != b')' || close + 1 >= self.end {
            return false;
        }
        self.made(parts, close + 2);
        true
    }

    /// `${…}`.
    fn braces(&mut self, parts: &mut Parts) {
        let start = self.at;
        let is_looked_for = self.without_end < WITHOUT_END;
        let close = is_looked_for.then(|| closing_brace(self.text, start + 2, self.end)).flatten();
        let Some(close) = close else {
            self.without_end += 1;
            self.take_literal(parts, start + 1);
            return;
        };
        let inside = self.text.get(start + 2..close).unwrap_or_default();
        let written = self.text.get(start..close + 1).unwrap_or_default();
        let length = match inside.bytes().next() {
            Some(first) if begins_name(first) => name_end(inside, 0),
            Some(first) if first.is_ascii_digit() => inside.bytes().take_while(u8::is_ascii_digit).count(),
            _ => 0,
        };
        let (name, operation) = inside.split_at_checked(length).unwrap_or_default();
        let made = Known::Made(written.to_owned());
        let value = if name.is_empty() {
            made
        } else if matches!(operation, "" | "[@]" | "[*]") {
            self.value(name)
        } else {
            let behind = operation.trim_start_matches(':');
            match behind.bytes().next() {
                Some(b'-' | b'=') if behind.len() + 1 >= operation.len() => {
                    match self.state.variables.get(name) {
                        Some(value) if !matches!(value, Known::Unknown) => value,
                        _ => {
                            let default = self.default_value(close - behind.len() + 1, close);
                            self.argument_or(name, default)
                        }
                    }
                }
                Some(b'?') => self.value(name),
                Some(b'.') => self.state.variables.get(inside).unwrap_or(made),
                Some(b'+') => made,
                _ => match self.state.variables.get(name) {
                    Some(value) => changed(&value, operation).unwrap_or(made),
                    None => made,
                },
            }
        };
        if rest(operation, 0).trim_start_matches(':').starts_with('=') {
            self.state.variables.set(name, value.clone());
        }
        self.at = close + 1;
        let hole = if operation.is_empty() { format!("${{{name}}}") } else { written.to_owned() };
        parts.expansion(&hole, value, start..close + 1);
    }

    /// A default that an argument of a function has: which of the two it is, its calls say.
    fn argument_or(&self, name: &str, default: Known) -> Known {
        if self.state.context.function.is_none() || name.parse::<usize>().is_err() {
            return default;
        }
        let argument = self.state.argument(name);
        match default.exactly().filter(|text| text.len() <= 128 && !text.contains(['{', '}', '$'])) {
            Some(text) => Known::Made(format!("${{{argument}:-{text}}}")),
            None => Known::named(&argument),
        }
    }

    /// The value behind `:-`, which may have quotes and expansions itself.
    fn default_value(&mut self, from: usize, to: usize) -> Known {
        let (at, end) = (self.at, self.end);
        let mut parts = Parts::default();
        (self.at, self.end) = (from, to);
        while self.at < to {
            let before = self.at;
            if byte(self.text, self.at) == b'"' {
                self.double_quoted(&mut parts);
            } else {
                let next = rest(self.text, self.at).find('"').map_or(to, |quote| (self.at + quote).min(to));
                self.quoted_text(&mut parts, next);
            }
            self.at = self.at.max(before + 1);
        }
        (self.at, self.end) = (at, end);
        parts.value()
    }
}

/// A value after `#`, `##`, `%`, `%%`, `/`, `,,` or `^^`; `None` where that cannot be told.
fn changed(value: &Known, operation: &str) -> Option<Known> {
    match value {
        Known::Exactly(text) => change(text, operation).map(Known::Exactly),
        Known::OneOf(texts) => {
            texts.iter().map(|text| change(text, operation)).collect::<Option<Vec<_>>>().map(Known::OneOf)
        }
        // What was printed by a command is still that, if a line feed is cut off.
        Known::Made(text) if text.starts_with("$(") => Some(value.clone()),
        Known::Made(_) | Known::Unknown => None,
    }
}

fn change(text: &str, operation: &str) -> Option<String> {
    let changed = if let Some(pattern) = operation.strip_prefix("##") {
        // `##*/` and `##*X`: behind the last.
        let end = pattern.strip_prefix('*').filter(|end| is_plain(end))?;
        text.rsplit_once(end).map_or(text, |(_, behind)| behind).to_owned()
    } else if let Some(pattern) = operation.strip_prefix('#') {
        match pattern.strip_prefix('*') {
            Some(end) if is_plain(end) => text.split_once(end).map_or(text, |(_, behind)| behind).to_owned(),
            _ if is_plain(pattern) => text.strip_prefix(pattern).unwrap_or(text).to_owned(),
            _ => return None,
        }
    } else if let Some(pattern) = operation.strip_prefix("%%") {
        let start = pattern.strip_suffix('*').filter(|start| is_plain(start))?;
        text.split_once(start).map_or(text, |(before, _)| before).to_owned()
    } else if let Some(pattern) = operation.strip_prefix('%') {
        match pattern.strip_suffix('*') {
            Some(start) if is_plain(start) => {
                text.rsplit_once(start).map_or(text, |(before, _)| before).to_owned()
            }
            _ if is_plain(pattern) => text.strip_suffix(pattern).unwrap_or(text).to_owned(),
            _ => return None,
        }
    } else if let Some(all) = operation.strip_prefix("//") {
        let (from, to) = all.split_once('/').unwrap_or((all, ""));
        if !is_plain(from) || from.is_empty() || !is_plain(to) {
            return None;
        }
        text.replace(from, to)
    } else {
        match operation {
            ",," => text.to_lowercase(),
            "^^" => text.to_uppercase(),
            _ => return None,
        }
    };
    (changed.len() <= 2 * text.len() + 256).then_some(changed)
}

/// Whether a pattern stands for itself.
fn is_plain(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', '$', '`', '\\', '"', '\''])
}
