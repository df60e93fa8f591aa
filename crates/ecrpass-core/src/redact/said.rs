//! Secrets that people tell in a sentence: `the password is x`, `Token x`. What is said *of* a password has no digits
//! and is written like words are, and stays.

use super::gap::Gap;
use super::mark::REDACTED;
use super::named::{self, SAID, is_plain};

/// What may stand between a name and its value.
const VERBS: [&str; 4] = ["is ", "was ", "IS ", "WAS "];

/// The least length of what counts, but after a name and a verb.
const LEAST: usize = 6;

/// The value that is told behind a secret's name.
pub(super) fn value(text: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let name = text.get(start..end)?;
    if !named::is_said(name) {
        return None;
    }
    let gap = Gap::read(text, end, false);
    let spaced = text.get(end..gap.to)?;
    let is_said = match gap.separator {
        None => spaced.starts_with(' '),
        Some(':') => !gap.is_quoted,
        Some(_) => false,
    };
    if !is_said {
        return None;
    }
    let rest = text.get(gap.to..)?;
    let verb = VERBS.iter().find(|verb| rest.starts_with(**verb)).copied().unwrap_or_default();
    let from = gap.to + verb.len();
    let quotes = text.get(from..)?.bytes().take(1).take_while(|b| matches!(b, b'"' | b'\'')).count();
    let from = from + quotes;
    let rest = text.get(from..)?;
    if rest.starts_with(REDACTED) {
        return Some((from, from + REDACTED.len()));
    }
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | ')' | '<' | '\\' | '&');
    let length = rest.find(is_end).unwrap_or(rest.len());
    let value = rest.get(..length)?.trim_end_matches(['.', ':', '!', '?']);
    let is_loud = !format!("{name}{verb}").bytes().any(|b| b.is_ascii_lowercase());
    is_no_word(value, is_loud, !verb.is_empty()).then_some((from, from + value.len()))
}

/// Whether this is nothing that a sentence is made of.
pub(super) fn is_no_word(value: &str, is_loud: bool, is_told: bool) -> bool {
    let is_place = value.contains("://") || value.contains('@') || value.contains(".amazonaws.");
    let is_reference =
        value.starts_with(['$', '/', '[', '{', '-']) || value.starts_with("arn:") || value.starts_with("sha");
    if value.len() < LEAST || is_place || is_reference || SAID.contains(&value.to_ascii_lowercase().as_str())
    {
        return false;
    }
    let count = |test: fn(&u8) -> bool| value.bytes().filter(&test).count();
    let (upper, lower) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    if upper + lower == 0 {
        return false;
    }
    // `us-east-1`, `app/web-2`
    let is_name = value.split(['-', '.', '/', '_', ':', '=']).all(|part| {
        part.is_empty() || is_plain(part) || part.len() == 1 || part.bytes().all(|b| b.is_ascii_digit())
    });
    // `AWS_SESSION_TOKEN`
    let is_variable =
        lower == 0 && value.contains('_') && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_name || is_variable {
        return false;
    }
    let has_digit = count(u8::is_ascii_digit) > 0;
    let has_sign = value.bytes().any(|b| b"!#^*+~%".contains(&b));
    let is_shouted = lower == 0 && !is_loud;
    // `GetAuthorizationToken` is of words; `xYzAbQ` is not.
    let is_jumbled = lower > 0 && upper * 3 > value.len();
    let is_mixed = is_told && lower > 0 && upper > 0 && value.starts_with(|c: char| c.is_ascii_lowercase());
    has_digit || has_sign || is_shouted || is_jumbled || is_mixed
}
