//! What an edit changes in a text, for people's eyes.

use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible;
use ecrpass_json::mask;
use similar::TextDiff;

use crate::render::paint::{BAD, DIM, GOOD, styled};

/// The lines of a unified diff of a configuration, in which only what is known to be no secret is shown.
pub fn diff(name: &str, old: &str, new: &str) -> Vec<String> {
    painted(&unified(name, &mask(old), &mask(new)))
}

/// The lines of a unified diff of a text that is meant to be read, such as a policy.
pub fn text_diff(name: &str, old: &str, new: &str) -> Vec<String> {
    painted(&plain_text_diff(name, old, new))
}

/// The same without colours.
pub fn plain_text_diff(name: &str, old: &str, new: &str) -> String {
    unified(name, &redact(old), &redact(new))
}

fn unified(name: &str, old: &str, new: &str) -> String {
    let name = redact(name);
    let name = visible(&name);
    TextDiff::from_lines(old, new).unified_diff().context_radius(2).header(&name, &name).to_string()
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
