//! A role trusts a CI system, and does not say whose jobs.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_iam::condition::Condition;
use ecrpass_iam::condition::operator::{Comparison, SetOperator};
use ecrpass_iam::document::model::Statement;

use crate::hit::{Hit, Spot};
use crate::infrastructure::InScope;
use crate::infrastructure::issuers::{Issuer, Width};
use crate::infrastructure::places::{line_of, principal_lines};
use crate::infrastructure::policies::FoundPolicy;
use crate::infrastructure::trusts::{is_trust, issuer};
use crate::rule::{Examined, Rule};

/// `oidc-trust-too-wide`
pub static RULE: Rule = Rule { id: DiagnosisId::OidcTrustTooWide, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let path = &examined.file.path;
    let stack = examined.models.stack();
    let mut hits = Vec::new();
    for policy in examined.models.policies() {
        let statements = policy.document.statements.iter().filter(|statement| is_trust(policy, statement));
        hits.extend(statements.filter_map(|statement| too_wide(path, policy, statement, stack.as_ref())));
    }
    hits
}

fn too_wide(
    path: &str,
    policy: &FoundPolicy,
    statement: &Statement,
    stack: Option<&InScope<'_>>,
) -> Option<Hit> {
    let (name, principal) = issuer(policy, statement, stack)?;
    let issuer = Issuer::of(&name)?;
    // A condition that is not known may say it.
    if statement
        .conditions
        .iter()
        .any(|condition| condition.key.contains("${") && !condition.key.contains(':'))
    {
        return None;
    }
    let claims: Vec<(String, &Condition)> = statement
        .conditions
        .iter()
        .filter_map(|condition| Some((claim(&condition.key, &name)?, condition)))
        .collect();
    // What else is asked for narrows it as well.
    let others = claims
        .iter()
        .filter(|(claim, condition)| claim != "sub" && is_positive(condition) && !is_optional(condition));
    let by_others = others.map(|(claim, condition)| width_of_other(issuer, claim, condition)).min();
    let subjects: Vec<&Condition> =
        claims.iter().filter(|(claim, _)| claim == "sub").map(|(_, one)| *one).collect();
    let (width, places) = if subjects.is_empty() {
        (issuer.without_subject(), vec![principal.clone()])
    } else if subjects.iter().all(|condition| is_optional(condition)) {
        // True where the key is absent, and what is asked for then may be absent.
        (Width::Everybody, subjects.iter().map(|condition| policy.range(&condition.span)).collect())
    } else {
        narrowest(issuer, policy, &subjects)
    };
    let width = width.min(by_others.unwrap_or(Width::Everybody));
    let (severity, title) = match width {
        Width::Narrow => return None,
        Width::Organization => (
            Severity::Warning,
            format!("every project of an organization at {} may take on this role", issuer.name()),
        ),
        Width::Everybody => {
            (Severity::Error, format!("every user of {} may take on this role", issuer.name()))
        }
    };
    let label = if subjects.is_empty() { "no subject is asked for" } else { "this lets in too many" };
    let mut spots: Vec<Spot> = places.into_iter().map(|bytes| Spot::new(path, bytes, label)).collect();
    if subjects.is_empty() {
        // Where one looks for it: who is trusted, the action, and the conditions that there are.
        let who = principal_lines(policy, statement).into_iter();
        spots.extend(who.map(|bytes| Spot::new(path, bytes, "whoever has a token of this issuer")));
        let action = statement.actions.items.first().map(|item| policy.range(&item.span));
        spots.extend(action.map(|bytes| Spot::new(path, bytes, "with a token of this issuer")));
    }
    let asked = statement.conditions.iter().map(|condition| policy.range(&condition.span));
    spots.extend(asked.map(|bytes| Spot::new(path, bytes, "this is asked for")));
    let one_line = |spot: Spot| Spot { bytes: line_of(policy, spot.bytes.clone()), ..spot };
    let mut kept: Vec<Spot> = Vec::new();
    for spot in spots.into_iter().map(one_line) {
        if !kept.iter().any(|known| known.bytes == spot.bytes) {
            kept.push(spot);
        }
    }
    Some(Hit::new(severity, title, kept))
}

/// The claim that a condition's key asks about.
fn claim(key: &str, issuer: &str) -> Option<String> {
    let (of, claim) = key.rsplit_once(':')?;
    // The issuer may be put in by a variable.
    (of.eq_ignore_ascii_case(issuer) || of.contains("${")).then(|| claim.to_ascii_lowercase())
}

/// Whether a condition asks for something, and does not only exclude.
fn is_positive(condition: &Condition) -> bool {
    condition.operator.is_some_and(|operator| !operator.negated && operator.comparison != Comparison::Null)
}

/// Whether a condition is met where the key is absent.
fn is_optional(condition: &Condition) -> bool {
    condition.operator.is_some_and(|operator| operator.set == Some(SetOperator::ForAllValues))
}

fn width_of_other(issuer: Issuer, claim: &str, condition: &Condition) -> Width {
    let is_any = condition.values.iter().any(|value| value.text().chars().all(|c| c == '*'));
    if is_any { Width::Everybody } else { issuer.width_of_claim(claim) }
}

/// Of several conditions about the subject all have to be met: the narrowest counts. Of several values one is enough.
fn narrowest(issuer: Issuer, policy: &FoundPolicy, subjects: &[&Condition]) -> (Width, Vec<Range<usize>>) {
    let of_one = |condition: &Condition| {
        let is_pattern = condition.operator.is_none_or(|operator| {
            matches!(operator.comparison, Comparison::StringLike | Comparison::Arn { .. })
        });
        // Without patterns a `*` is itself; what only excludes is not looked into.
        if !is_pattern || !is_positive(condition) || is_optional(condition) {
            return (Width::Narrow, Vec::new());
        }
        let widest =
            condition.values.iter().map(|value| issuer.width(value.text())).max().unwrap_or(Width::Narrow);
        let mut places = value_places(issuer, policy, condition, widest);
        if places.is_empty() {
            places.push(policy.range(&condition.values_span));
        }
        (widest, places)
    };
    subjects
        .iter()
        .map(|condition| of_one(condition))
        .min_by_key(|(width, _)| *width)
        .unwrap_or((Width::Narrow, Vec::new()))
}

/// Where the widest values stand.
fn value_places(
    issuer: Issuer,
    policy: &FoundPolicy,
    condition: &Condition,
    widest: Width,
) -> Vec<Range<usize>> {
    let text = policy.document.source.text();
    let Some(list) = text.get(condition.values_span.clone()) else { return Vec::new() };
    let wide = condition.values.iter().filter(|value| issuer.width(value.text()) == widest);
    let places = wide.filter_map(|value| {
        let at = list.find(&format!("{}\"", value.text())).or_else(|| list.find(value.text()))?;
        let start = condition.values_span.start + at;
        Some(policy.range(&(start..start + value.text().len())))
    });
    places.collect()
}
