//! What verdicts look like, and how one says what they depend on.

use anstyle::{AnsiColor, Style};
use ecrpass_core::redact::redact;
use ecrpass_iam::Verdict;
use ecrpass_iam::condition::truth::Dependency;

use crate::render::paint::{BAD, GOOD};

/// How many values of a condition are named, and in how many characters.
const MAX_VALUES: usize = 12;
const MAX_LENGTH: usize = 400;

/// Neither good nor bad.
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();

/// The colour of a verdict.
pub(super) fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Allowed => GOOD,
        Verdict::Depends => YELLOW,
        Verdict::ImplicitlyDenied | Verdict::ExplicitlyDenied => BAD,
    }
}

/// What a request depends on, as one would say it.
pub(super) fn dependency(on: &Dependency) -> String {
    redact(&said(on)).into_owned()
}

fn said(on: &Dependency) -> String {
    let mut values = on.values.iter().take(MAX_VALUES).cloned().collect::<Vec<_>>().join(" or ");
    if on.values.len() > MAX_VALUES || values.chars().count() > MAX_LENGTH {
        values = values.chars().take(MAX_LENGTH).chain(std::iter::once('…')).collect();
    }
    match on.operator.as_str() {
        "" if on.key == "NotPrincipal" => format!("whom AWS spares by NotPrincipal {values}"),
        "" => format!("{} in {values}", on.key),
        operator => format!("{} ({operator} {values})", on.key),
    }
}
