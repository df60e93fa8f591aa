//! Values whose name stands in a field beside them: `{name: API_TOKEN, value: …}`, in either order, in a line or over several.

use super::gap::Gap;
use super::named;
use super::word::Around;

/// How far around a value its name is looked for, in bytes.
const NEAR: usize = 400;

/// The value of a pair whose name is a secret's.
pub(super) fn value(text: &str, around: &mut Around<'_>, start: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(start..end)?;
    let is_value = (5..=24).contains(&word.len())
        && word.get(word.len() - 5..).is_some_and(|end| end.eq_ignore_ascii_case("value"));
    if !is_value {
        return None;
    }
    let gap = Gap::read(text, end, false);
    gap.separator?;
    let is_named = names_a_secret(before(text, start)) || names_a_secret(after(text, gap.to));
    if !is_named {
        return None;
    }
    let (from, to) = named::known(text, around, &gap, start)?;
    let value = text.get(from..to)?;
    (!matches!(value, "true" | "false" | "null" | "''" | "\"\"")).then_some((from, to))
}

/// What of the same item stands before a value.
fn before(text: &str, start: usize) -> &str {
    let mut from = start.saturating_sub(NEAR);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let near = text.get(from..start).unwrap_or_default();
    let near = near.rfind(['{', '}']).and_then(|at| near.get(at + 1..)).unwrap_or(near);
    // An item of a YAML list begins with its dash.
    let mut item = near.len();
    for line in near.rsplit('\n') {
        item = item.saturating_sub(line.len());
        if line.trim_start().starts_with("- ") {
            return near.get(item..).unwrap_or_default();
        }
        item = item.saturating_sub(1);
    }
    near
}

/// What of the same item stands behind a value's beginning.
fn after(text: &str, from: usize) -> &str {
    let near = text.get(from..).unwrap_or_default();
    let near = near.get(..near.floor_char_boundary(NEAR)).unwrap_or(near);
    let near = near.find(['{', '}']).and_then(|at| near.get(..at)).unwrap_or(near);
    let mut length = 0;
    for line in near.split_inclusive('\n') {
        if length > 0 && line.trim_start().starts_with('-') {
            return near.get(..length).unwrap_or_default();
        }
        length += line.len();
    }
    near
}

/// Whether a field says a secret's name.
fn names_a_secret(item: &str) -> bool {
    let mut at = 0;
    while let Some(found) = item.get(at..).and_then(next_name) {
        let (from, to) = (at + found.0, at + found.1);
        let name = item.get(from..to).unwrap_or_default();
        if named::is_name(name) {
            return true;
        }
        at = to.max(from + 1);
    }
    false
}

/// Where the value of the next `name` or `key` stands.
fn next_name(item: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let rest = item.get(from..)?;
        let separator = from + rest.find([':', '='])?;
        from = separator + 1;
        let key = item.get(..separator)?.trim_end_matches(['"', '\'', ' ', '\\']);
        let is_field = ["name", "key"].iter().any(|field| {
            key.len()
                .checked_sub(field.len())
                .and_then(|at| key.get(at..))
                .is_some_and(|end| end.eq_ignore_ascii_case(field))
        });
        if !is_field {
            continue;
        }
        let value = item.get(separator + 1..)?;
        let begin =
            separator + 1 + value.len() - value.trim_start_matches([' ', '"', '\'', '\\', '\n']).len();
        let length = item
            .get(begin..)?
            .bytes()
            .position(|b| !(b.is_ascii_alphanumeric() || b"_-.".contains(&b)))
            .unwrap_or(item.len() - begin);
        return Some((begin, begin + length));
    }
}
