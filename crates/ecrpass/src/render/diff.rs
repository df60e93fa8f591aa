//! What an edit changes in a text, for people's eyes.

use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_core::redact::redact;
use ecrpass_core::time::rfc3339;
use ecrpass_core::visible::visible;
use ecrpass_json::{Document, Edit, mask, quoted};
use similar::TextDiff;

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
