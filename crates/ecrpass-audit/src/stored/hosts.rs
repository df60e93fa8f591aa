//! Which ECR registry a place in a text is about: the nearest host before it, else behind it.

use std::ops::Range;

use ecrpass_core::registry::Registry;

/// How far away a host may stand, in bytes.
const BEFORE: usize = 600;
const BEHIND: usize = 400;

/// The registry near a piece of a text.
pub(super) fn near(text: &str, bytes: &Range<usize>) -> Option<Registry> {
    let before = text.get(boundary(text, bytes.start.saturating_sub(BEFORE))..bytes.start)?;
    let behind = text.get(bytes.end..boundary(text, bytes.end.saturating_add(BEHIND)))?;
    // What stands on the same line says most.
    let same =
        before.rsplit('\n').next().and_then(last).or_else(|| behind.split('\n').next().and_then(first));
    same.or_else(|| last(before)).or_else(|| first(behind))
}

fn first(text: &str) -> Option<Registry> {
    registries(text).next()
}

fn last(text: &str) -> Option<Registry> {
    registries(text).last()
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while at < text.len() && !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// All registries that a text names, in its order.
pub fn registries(text: &str) -> impl Iterator<Item = Registry> {
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    text.split(move |c: char| !is_host(c))
        .filter(|word| word.contains("ecr"))
        .filter_map(|word| Registry::parse(word.trim_matches('.')).ok())
}
