//! Options and other arguments of a command, as programs read them.

use std::ops::Range;

use crate::known::Known;
use crate::shell::Word;

/// The value of an option.
#[derive(Clone, Debug)]
pub struct Argument {
    /// The bytes of the word that holds it, and of the option itself if it stands apart.
    pub bytes: Range<usize>,
    /// The index of the word that holds it.
    pub at: usize,
    /// As written.
    pub raw: String,
    /// What it is.
    pub value: Known,
}

/// The value of the first of the options that is given: `--name value`, `--name=value`, `-n value`, `-nvalue`.
pub fn option(words: &[Word], names: &[&str]) -> Option<Argument> {
    options(words, names).into_iter().next()
}

/// The values of all of them.
pub fn options(words: &[Word], names: &[&str]) -> Vec<Argument> {
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let raw = bare(&word.raw);
        let Some(name) = names.iter().find(|name| raw.starts_with(**name)) else { continue };
        let behind = raw.get(name.len()..).unwrap_or_default();
        if behind.is_empty() {
            if let Some(next) = words.get(at + 1) {
                let bytes = word.bytes.start..next.bytes.end.max(word.bytes.end);
                found.push(Argument { bytes, at: at + 1, raw: next.raw.clone(), value: next.value.clone() });
            }
            continue;
        }
        let is_short = name.len() == 2 && !name.starts_with("--");
        let value = match behind.strip_prefix('=') {
            Some(value) => value,
            // `-pPASSWORD`; `-it` are two options, and none of these.
            None if is_short => behind,
            None => continue,
        };
        let skipped = raw.len() - value.len();
        let value = unquoted(value);
        let known = word.value.map(|text| text.get(skipped..).unwrap_or_default().to_owned());
        found.push(Argument { bytes: word.bytes.clone(), at, raw: value.to_owned(), value: known });
    }
    found
}

/// Whether an option without a value is given.
pub fn has(words: &[Word], names: &[&str]) -> bool {
    words.iter().any(|word| names.contains(&word.raw.as_str()))
}

/// The arguments that are no options, with their indices; `valued` are the options that take the next word.
pub fn positional<'a>(words: &'a [Word], valued: &[&str]) -> Vec<(usize, &'a Word)> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut only_words = false;
    while let Some(word) = words.get(at) {
        let raw = word.raw.as_str();
        if !only_words && raw == "--" {
            only_words = true;
        } else if !only_words && raw.starts_with('-') && raw.len() > 1 {
            at += usize::from(valued.contains(&raw));
        } else {
            found.push((at, word));
        }
        at += 1;
    }
    found
}

fn bare(raw: &str) -> &str {
    raw.trim_start_matches(['"', '\''])
}

fn unquoted(raw: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| raw.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(raw)
}
