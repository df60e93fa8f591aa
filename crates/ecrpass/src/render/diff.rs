//! What an edit changes in a configuration, for people's eyes.

use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible;
use ecrpass_json::mask;
use similar::TextDiff;

use crate::render::paint::{BAD, DIM, GOOD, styled};

/// The lines of a unified diff, with the secrets hidden.
pub fn diff(name: &str, old: &str, new: &str) -> Vec<String> {
    let (old, new) = (mask(old), mask(new));
    let diff = TextDiff::from_lines(&old, &new);
    let name = redact(name);
    let name = visible(&name);
    let text = diff.unified_diff().context_radius(2).header(&name, &name).to_string();
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
