//! One word as a shell reads it: quoted parts that touch each other, escapes, variables, what other commands print.
//!
//! Of a password's word all has to go, and what only refers to one (`$PASSWORD`, `$(aws ecr get-login-password)`) stays.

use super::gap::end_below;

/// How far a substitution is read, in bytes.
const FAR: usize = 2000;

/// What a word turned out to be.
#[derive(Debug)]
pub(super) struct ShellWord {
    /// Where it ends.
    pub(super) end: usize,
    /// Whether there is text in it that is no reference.
    pub(super) is_literal: bool,
    /// A text that is printed within a substitution: `$(echo x)`.
    pub(super) printed: Option<(usize, usize)>,
}

/// What is open around a word.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open {
    quote: Option<char>,
    /// Whether a backtick is: of a command, or of code in prose.
    tick: bool,
}

/// What is open at the end of a line's first part; an apostrophe within a word opens nothing.
pub(super) fn open(before: &str) -> Open {
    let is_odd = before.bytes().filter(|&b| b == b'`').count() % 2 == 1;
    Open { quote: open_quote(before), tick: is_odd }
}

/// What stands behind an apostrophe in prose: `it's`, `don't`.
const CONTRACTIONS: [&str; 7] = ["s", "t", "re", "ve", "ll", "d", "m"];

fn open_quote(before: &str) -> Option<char> {
    let (mut open, mut last, mut is_escaped) = (None, ' ', false);
    for (at, c) in before.char_indices() {
        let is_apostrophe = || {
            let rest = before.get(at + 1..).unwrap_or_default();
            let length = rest.bytes().take(3).take_while(u8::is_ascii_alphanumeric).count();
            last.is_alphabetic() && rest.get(..length).is_some_and(|end| CONTRACTIONS.contains(&end))
        };
        match (open, c) {
            _ if is_escaped => is_escaped = false,
            (Some('\''), '\'') => open = None,
            (Some('\''), _) => {}
            (_, '\\') => is_escaped = true,
            (Some(quote), c) if c == quote => open = None,
            (None, '"') => open = Some(c),
            (None, '\'') if !is_apostrophe() => open = Some(c),
            _ => {}
        }
        last = c;
    }
    open
}

/// Reads the word that begins at a place, in a text where that quote is open around it.
pub(super) fn read(text: &str, from: usize, outer: Open) -> ShellWord {
    let mut reader = Reader { text, at: from, outer, is_literal: false, printed: None };
    while reader.part() {}
    ShellWord { end: reader.at, is_literal: reader.is_literal, printed: reader.printed }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    outer: Open,
    is_literal: bool,
    printed: Option<(usize, usize)>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes one part of the word; `false` at its end.
    fn part(&mut self) -> bool {
        let mut chars = self.rest().chars();
        let Some(c) = chars.next() else { return false };
        let next = chars.next();
        match c {
            c if Some(c) == self.outer.quote || c.is_whitespace() => return false,
            '`' if self.outer.tick => return false,
            ';' | '|' | '&' | '<' | '>' | '(' | ')' => return false,
            // The end of a flow list or of a mapping.
            ',' | ']' | '}' if next.is_none_or(|next| next.is_whitespace() || ",]}\"'".contains(next)) => {
                return false;
            }
            '\\' => return self.escape(next),
            '\'' => self.single(1, 0),
            '"' => self.double(1, 0),
            '$' if next == Some('\'') => self.single(2, 1),
            '$' if next == Some('"') => self.double(2, 0),
            '$' | '`' | '{' | '%' if self.reference() => {}
            // `${PW:-x}`, which is a text if the variable is not set.
            '$' if next == Some('{') => {
                let length = near(self.rest()).find(['}', '\n']).map_or(1, |length| length + 1);
                self.literal(length);
            }
            c => self.literal(c.len_utf8()),
        }
        true
    }

    fn literal(&mut self, length: usize) {
        self.at += length;
        self.is_literal = true;
    }

    fn escape(&mut self, next: Option<char>) -> bool {
        match next {
            Some('\n' | '\r') => {
                let lines = self.rest().len() - self.rest().trim_start_matches(['\\', '\r', '\n']).len();
                self.at += lines;
            }
            // A line's end in a JSON string.
            Some('n' | 'r') => return false,
            Some('"') if self.outer.quote == Some('"') => self.double(2, 1),
            Some('$') if self.outer.quote == Some('"') => {
                self.at += 1;
                if !self.reference() {
                    self.literal(1);
                }
            }
            Some(next) => self.literal(1 + next.len_utf8()),
            None => return false,
        }
        true
    }

    /// A part in single quotes, or in `$'…'`, where a backslash escapes.
    fn single(&mut self, opening: usize, escapes: usize) {
        let from = self.at + opening;
        let inside = self.text.get(from..).unwrap_or_default();
        let (mut length, mut is_escaped, mut is_closed) = (inside.len(), false, false);
        for (at, c) in inside.char_indices() {
            if c == '\n'
                && self.outer.quote.is_none()
                && let Some(end) = end_below(inside, at, '\'')
            {
                (length, is_closed) = (end, true);
                break;
            }
            if c == '\n' || Some(c) == self.outer.quote && !is_escaped {
                length = at;
                break;
            }
            if c == '\'' && !is_escaped {
                (length, is_closed) = (at, true);
                break;
            }
            is_escaped = c == '\\' && !is_escaped && escapes > 0;
        }
        self.is_literal |= length > 0;
        self.at = from + length + usize::from(is_closed);
    }

    /// A part in double quotes, which may stand behind a backslash each.
    fn double(&mut self, opening: usize, backslashes: usize) {
        self.at += opening;
        loop {
            let mut chars = self.rest().chars();
            let (Some(c), next) = (chars.next(), chars.next()) else { return };
            match c {
                '\n' => {
                    let is_own = backslashes == 0 && self.outer.quote.is_none();
                    let end = is_own.then(|| end_below(self.text, self.at, '"')).flatten();
                    if let Some(end) = end {
                        self.at = end + 1;
                        self.is_literal = true;
                    }
                    return;
                }
                '"' if backslashes == 0 => {
                    self.at += 1;
                    return;
                }
                // The end of the string that all of this is in.
                '"' => return,
                '\\' if backslashes == 1 && next == Some('"') => {
                    self.at += 2;
                    return;
                }
                '\\' if next == Some('\n') => self.at += 2,
                '\\' if next == Some('$') && self.outer.quote == Some('"') => {
                    self.at += 1;
                    if !self.reference() {
                        self.literal(1);
                    }
                }
                '\\' => self.literal(1 + next.map_or(0, char::len_utf8)),
                '$' | '`' | '{' | '%' if self.reference() => {}
                c => self.literal(c.len_utf8()),
            }
        }
    }

    /// Takes what only refers to a value: a variable, a substitution, a template.
    fn reference(&mut self) -> bool {
        let Some((length, inside)) = reference(self.rest()) else { return false };
        let from = self.at;
        if let Some((begin, end)) = inside {
            self.printed = self.printed.or_else(|| printed(self.text, from + begin, from + end));
        }
        self.at += length;
        // `$(…).Password`, as PowerShell has it.
        let rest = self.rest();
        let name = rest.strip_prefix('.').map_or(0, |rest| count(rest, |b| b.is_ascii_alphabetic()));
        if name > 0 {
            self.at += 1 + name;
        }
        true
    }
}

fn count(text: &str, test: fn(u8) -> bool) -> usize {
    text.bytes().take(FAR).take_while(|&b| test(b)).count()
}

/// How long a reference at the beginning of a text is, and where in it a command stands.
fn reference(text: &str) -> Option<(usize, Option<(usize, usize)>)> {
    let doubled = usize::from(text.starts_with("$$"));
    let plain = text.get(doubled..)?;
    if let Some(inside) = plain.strip_prefix("$(") {
        let length = balanced(inside)?;
        return Some((doubled + length + 3, Some((doubled + 2, doubled + 2 + length))));
    }
    if let Some(inside) = text.strip_prefix('`') {
        let length = inside.bytes().take(FAR).position(|b| matches!(b, b'`' | b'\n'))?;
        let is_closed = inside.as_bytes().get(length) == Some(&b'`');
        return is_closed.then_some((length + 2, Some((1, 1 + length))));
    }
    let template = plain.strip_prefix("${{").map(|inside| (3, inside));
    if let Some((opening, inside)) = template.or_else(|| text.strip_prefix("{{").map(|inside| (2, inside))) {
        let length = near(inside).find("}}")?;
        // A literal in an expression may be the secret.
        let is_plain = !inside.get(..length)?.contains(['\'', '"']);
        return is_plain.then_some((doubled + opening + length + 2, None));
    }
    if let Some(inside) = plain.strip_prefix("${") {
        let length = near(inside).find(['}', '\n'])?;
        let is_name = |b: u8| b.is_ascii_alphanumeric() || b"_.:?!+#@[]*".contains(&b);
        let name = inside.get(..length)?;
        // `${PW:-x}` has a value in it; `${PW:?not set}` has words.
        let (name, _) = name.split_once(":?").unwrap_or((name, ""));
        let is_plain = inside.as_bytes().get(length) == Some(&b'}') && name.bytes().all(is_name);
        return is_plain.then_some((doubled + length + 3, None));
    }
    if let Some(name) = plain.strip_prefix('$') {
        let scope = if name.starts_with("env:") { 4 } else { 0 };
        let length = scope + count(name.get(scope..)?, |b| b.is_ascii_alphanumeric() || b == b'_');
        let is_name = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        return is_name.then_some((doubled + 1 + length, None));
    }
    let name = text.strip_prefix('%')?;
    let length = count(name, |b| b.is_ascii_uppercase() || b == b'_');
    (length > 0 && name.as_bytes().get(length) == Some(&b'%')).then_some((length + 2, None))
}

fn near(text: &str) -> &str {
    text.get(..text.floor_char_boundary(FAR)).unwrap_or(text)
}

/// How long the inside of a substitution is, up to its closing parenthesis.
fn balanced(inside: &str) -> Option<usize> {
    let (mut depth, mut quote, mut is_escaped) = (0_usize, None, false);
    for (at, b) in inside.bytes().take(FAR).enumerate() {
        match (quote, b) {
            _ if is_escaped => is_escaped = false,
            (_, b'\\') => is_escaped = true,
            (Some(open), b) if b == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(b),
            (None, b'(') => depth += 1,
            (None, b')') if depth == 0 => return Some(at),
            (None, b')') => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The text that a command prints which consists of it: `echo x`, `printf %s x`, `base64 -d <<< x`.
pub(super) fn printed(text: &str, from: usize, to: usize) -> Option<(usize, usize)> {
    let inside = text.get(from..to)?;
    let start = from + inside.len() - inside.trim_start().len();
    let command = text.get(start..to)?;
    let name = count(command, |b| b.is_ascii_alphanumeric() || b == b'/');
    let is_printing = matches!(command.get(..name)?.rsplit('/').next()?, "echo" | "printf");
    let mut at = match command.find("<<<") {
        _ if is_printing => start + name,
        Some(string) => start + string + 3,
        None if matches!(command.get(..name)?.rsplit('/').next()?, "cat" | "base64") => {
            let tag = command.get(command.find("<<")? + 2..)?.trim_start_matches(['-', ' ', '"', '\'', '\\']);
            let length = count(tag, |b| b.is_ascii_alphanumeric() || b == b'_');
            return document(text, to - tag.len() + length, tag.get(..length)?);
        }
        None => return None,
    };
    loop {
        let rest = text.get(at..to)?;
        at += rest.len() - rest.trim_start_matches([' ', '\t']).len();
        let next = text.get(at..to)?;
        let is_format = is_printing && next.trim_start_matches(['"', '\'', '\\']).starts_with("%s");
        if !is_printing || !(next.starts_with('-') || is_format) {
            break;
        }
        at += next.find(' ')?;
    }
    let end = text.get(at..to)?.find(['|', '\n']).map_or(to, |length| at + length);
    let end = at + text.get(at..end)?.trim_end().len();
    let word = read(text.get(..end)?, at, Open::default());
    (at < end && (word.is_literal || word.end < end)).then(|| unquoted(text, at, end))
}

/// How far the end of a document with a password in it is looked for, in bytes.
const MOST_OF_A_DOCUMENT: usize = 16 * 1024;

/// The text of a here-document below the line of a place, if it is no reference.
pub(super) fn document(text: &str, at: usize, tag: &str) -> Option<(usize, usize)> {
    let from = at + text.get(at..)?.find('\n')? + 1;
    let mut to = from;
    for line in text.get(from..)?.split_inclusive('\n') {
        if line.trim() == tag {
            let body = text.get(from..to)?.trim();
            let word = read(body, 0, Open::default());
            return (word.is_literal || word.end < body.len()).then_some((from, to));
        }
        to += line.len();
        if to - from > MOST_OF_A_DOCUMENT {
            break;
        }
    }
    None
}

/// What is hidden of words: what is between the quotes around all of it, else all.
pub(super) fn unquoted(text: &str, from: usize, to: usize) -> (usize, usize) {
    let words = text.get(from..to).unwrap_or_default();
    let quote = words.chars().next().filter(|c| matches!(c, '"' | '\''));
    let is_one = quote.is_some_and(|quote| {
        words.get(1..).and_then(|rest| rest.strip_suffix(quote)).is_some_and(|inside| !inside.contains(quote))
    });
    if is_one { (from + 1, to - 1) } else { (from, to) }
}
