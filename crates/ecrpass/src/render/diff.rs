//! What an edit changes in a text, for people's eyes.

use std::ops::Range;

use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_core::redact::redact;
use ecrpass_core::time::rfc3339;
use ecrpass_core::visible::visible;
use ecrpass_json::{Document, Edit, mask, quoted};
use similar::{DiffTag, TextDiff, group_diff_ops};

use crate::render::line_diff::operations;
use crate::render::paint::{BAD, DIM, GOOD, styled};

/// The lines of a unified diff of a configuration, in which only what is known to be no secret is shown.
pub fn diff(name: &str, old: &str, new: &str) -> Vec<String> {
    painted(&unified(name, &mask(old), &mask(new)))
}

/// The same where logins take the place of logins: in the place of each stands until when it is good.
pub fn diff_of_logins(name: &str, format: Format, old: &str, new: &str) -> Vec<String> {
    painted(&unified(name, &with_expiry(format, old), &with_expiry(format, new)))
}

/// A configuration without its secrets, but with the time that each login says it expires at.
fn with_expiry(format: Format, text: &str) -> String {
    let masked = mask(text);
    let (Ok(full), Ok(shown)) = (Document::parse(text), Document::parse(&masked)) else { return masked };
    let config = DockerConfig::read(&full, format);
    let mut edits = Vec::new();
    for entry in &config.auths {
        let says = match entry.credentials.expires_at() {
            Some(at) => quoted(&format!("[redacted, expires {}]", rfc3339(at))),
            None => continue,
        };
        let fields =
            shown.member(&entry.pointer).and_then(|member| member.value.members()).unwrap_or_default();
        for (index, field) in fields.iter().enumerate() {
            if ["auth", "password"].iter().any(|name| field.key.eq_ignore_ascii_case(name)) {
                edits.push(Edit::Set([entry.pointer.as_slice(), &[index]].concat(), says.clone()));
            }
        }
    }
    shown.edited(&edits).map_or(masked, |(shown, _)| shown.text().to_owned())
}

/// The lines of a unified diff of a text that is meant to be read, such as a policy.
pub fn text_diff(name: &str, old: &str, new: &str) -> Vec<String> {
    painted(&plain_text_diff(name, old, new))
}

/// The same without colours.
pub fn plain_text_diff(name: &str, old: &str, new: &str) -> String {
    unified(name, &redact(old), &redact(new))
}

/// From how many lines on two texts are compared by what they have in common, and not for the least difference.
const LARGE: usize = 5_000;

/// How many lines of a difference are shown: nobody reads more, and a configuration may have tens of thousands.
const MOST_LINES: usize = 1_000;

/// How many lines are shown around a change.
const AROUND: usize = 2;

fn unified(name: &str, old: &str, new: &str) -> String {
    let name = redact(name);
    let name = visible(&name);
    if old.lines().count() + new.lines().count() >= LARGE {
        return unified_of_large(&name, old, new);
    }
    TextDiff::from_lines(old, new).unified_diff().context_radius(AROUND).header(&name, &name).to_string()
}

/// The same of a text with very many lines, as far as somebody may read it.
fn unified_of_large(name: &str, old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let mut lines: Vec<String> = Vec::new();
    let mut count = 0;
    let mut add = |mark: char, line: &str| {
        count += 1;
        if count <= MOST_LINES {
            lines.push(format!("{mark}{line}"));
        }
    };
    for group in group_diff_ops(operations(&old, &new), AROUND) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let old_range = first.old_range().start..last.old_range().end;
        let new_range = first.new_range().start..last.new_range().end;
        add('@', &format!("@ -{} +{} @@", shown(&old_range), shown(&new_range)));
        for operation in &group {
            let is_same = operation.tag() == DiffTag::Equal;
            let mark = if is_same { ' ' } else { '-' };
            for line in old.get(operation.old_range()).unwrap_or_default() {
                add(mark, line);
            }
            for line in new.get(operation.new_range()).unwrap_or_default().iter().filter(|_| !is_same) {
                add('+', line);
            }
        }
    }
    if count == 0 {
        return String::new();
    }
    let more = match count.saturating_sub(MOST_LINES) {
        0 => String::new(),
        more => format!("… and {more} more lines of the difference\n"),
    };
    format!("--- {name}\n+++ {name}\n{}\n{more}", lines.join("\n"))
}

/// Lines as the head of a part of a difference names them: the first one and, unless it is one, how many.
fn shown(lines: &Range<usize>) -> String {
    match lines.len() {
        0 => format!("{},0", lines.start),
        1 => (lines.start + 1).to_string(),
        len => format!("{},{len}", lines.start + 1),
    }
}

fn painted(text: &str) -> Vec<String> {
    let paint = |line: &str| {
        if line.starts_with("---") || line.starts_with("+++") {
            styled(DIM, line)
        } else if line.starts_with('-') {
            styled(BAD, line)
        } else if line.starts_with('+') {
            styled(GOOD, line)
        } else if line.starts_with("@@") {
            styled(DIM, line)
        } else {
            line.to_owned()
        }
    };
    text.lines().map(|line| paint(line.trim_end_matches('\r'))).collect()
}
