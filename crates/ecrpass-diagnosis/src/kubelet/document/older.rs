//! What our parser takes, which reads YAML 1.2, and the kubelet's does not, which reads YAML 1.1.
//!
//! Source: go.yaml.in/yaml/v2 `scannerc.go`, `readerc.go` and `parserc.go`.

use std::ops::Range;

use super::value::Mistake;

/// What the text consists of, as far as its blanks are concerned.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// Its scalars and its collections in brackets: blanks in them are no indentation.
    pub inside: Vec<Range<usize>>,
    /// Where its scalars without quotes end, and how far in what holds them stands.
    pub plain: Vec<(usize, usize)>,
}

/// What is refused, first of all in a text that ends with its document.
pub(super) fn refused(text: &str, layout: &mut Layout) -> Option<Mistake> {
    layout.inside.sort_unstable_by_key(|range| range.start);
    layout.plain.sort_unstable();
    directive(text).or_else(|| control(text)).or_else(|| tab(text, layout))
}

/// What ends a line in YAML 1.1 alone.
pub(super) fn doubt(text: &str) -> Option<Mistake> {
    let (at, c) = text.char_indices().find(|(_, c)| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}'))?;
    Some(Mistake {
        at,
        what: format!(
            "the character {} ends the line for the kubelet, which reads YAML 1.1",
            c.escape_unicode()
        ),
        fix: "remove it".to_owned(),
    })
}

fn directive(text: &str) -> Option<Mistake> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let words = line.trim();
        if !words.is_empty() && !words.starts_with(['%', '#']) {
            return None;
        }
        let mut parts = words.split_whitespace();
        let is_known = match parts.next() {
            Some("%YAML") => parts.next() == Some("1.1"),
            Some(name) if name.starts_with('%') => name == "%TAG",
            _ => true,
        };
        if !is_known {
            return Some(Mistake {
                at,
                what: format!("the kubelet reads YAML 1.1, and takes no `{words}`"),
                fix: "remove the line".to_owned(),
            });
        }
        at += line.len();
    }
    None
}

fn control(text: &str) -> Option<Mistake> {
    let is_taken = |c: char| {
        matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
            && c != '\u{feff}'
    };
    let (at, c) = text.char_indices().find(|(_, c)| !is_taken(*c))?;
    Some(Mistake {
        at,
        what: format!("the control character {} has no place in YAML", c.escape_unicode()),
        fix: "remove it".to_owned(),
    })
}

/// A tab where a line begins, or behind the dash of an item.
fn tab(text: &str, layout: &Layout) -> Option<Mistake> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let before = layout.inside.partition_point(|range| range.start < start);
        let is_inside = before
            .checked_sub(1)
            .and_then(|last| layout.inside.get(last))
            .is_some_and(|last| start < last.end);
        if !is_inside && let Some((column, is_first)) = tab_of(line) {
            // Behind a scalar without quotes, what stands far enough in could still be part of it.
            let scalars = layout.plain.partition_point(|(end, _)| *end <= start);
            let last = scalars.checked_sub(1).and_then(|last| layout.plain.get(last));
            let is_part = last.is_some_and(|(end, indent)| {
                is_first && column > *indent && text.get(*end..start).is_some_and(|gap| gap.trim().is_empty())
            });
            if !is_part {
                return Some(Mistake {
                    at: start + column,
                    what: "a tab stands where the line is indented, which YAML does not allow".to_owned(),
                    fix: "write spaces in its place".to_owned(),
                });
            }
        }
        start += line.len();
    }
    None
}

/// Where a line has a tab in front of its first word, dashes of items apart, and whether there is no dash.
fn tab_of(line: &str) -> Option<(usize, bool)> {
    let line = line.trim_end_matches(['\n', '\r']);
    let mut rest = line;
    let mut is_first = true;
    loop {
        rest = rest.trim_start_matches(' ');
        if rest.starts_with('\t') {
            return Some((line.len() - rest.len(), is_first));
        }
        rest = rest.strip_prefix('-').filter(|behind| behind.starts_with([' ', '\t']))?;
        is_first = false;
    }
}
