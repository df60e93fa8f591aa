//! An alarm of CloudWatch as a mail: its description is in it, and what state it is in.
//!
//! Source: CloudWatch user guide, "Setting up Amazon SNS notifications"; the wording is that of mails as they arrive.

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;

use super::super::context::Context;
use super::notice::{Hint, Notice};
use crate::finding::Confidence;

/// What every such mail begins with.
const BEGINNING: &str = "because your Amazon CloudWatch Alarm";

/// How a description of ours names its cause.
const NAMES: &str = "ecrpass explain --id ";

/// A mail is no longer than that, in bytes.
pub const LONGEST: usize = 64 * 1024;

/// Reads a mail whose alarm names its cause; none where it is something else.
pub fn read(context: &Context<'_>, text: &str) -> Option<Notice> {
    if text.len() > LONGEST || !text.contains(BEGINNING) {
        return None;
    }
    let named = text.match_indices(NAMES).find_map(|(at, before)| {
        let rest = text.get(at + before.len()..)?;
        let end = rest
            .find(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
            .unwrap_or(rest.len());
        Some((at, DiagnosisId::parse(rest.get(..end)?)?))
    });
    let (at, id) = named?;
    let mut notice = Notice::new("", "alarm");
    // It says what it was, and what it is.
    if !text.contains("-> OK") {
        let place = context.place(at);
        let line = text.lines().nth(place.line - 1).unwrap_or_default();
        let text = redact(line.trim()).into_owned();
        notice.hints.push(Hint { id, confidence: Confidence::Likely, place, text, next: None });
    }
    Some(notice)
}
