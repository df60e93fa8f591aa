//! A trust policy that can never match: the login of the CI system is refused.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_iam::condition::Condition;
use ecrpass_iam::condition::operator::Comparison;
use ecrpass_iam::document::model::Statement;

use crate::edit::{FileEdit, Replacement, Safety};
use crate::hit::{Hit, Spot};
use crate::infrastructure::InScope;
use crate::infrastructure::issuers::Issuer;
use crate::infrastructure::policies::FoundPolicy;
use crate::infrastructure::trusts::{Trust, is_trust, issuer};
use crate::kind::FileKind;
use crate::pipeline::Step;
use crate::rule::{Examined, Rule};
use crate::system::System;

/// `assume-role-denied`
pub static RULE: Rule = Rule { id: DiagnosisId::AssumeRoleDenied, look };

/// The audience that GitHub's action asks for. Source: aws-actions/configure-aws-credentials, `action.yml`.
const DEFAULT_AUDIENCE: &str = "sts.amazonaws.com";

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let stack = examined.models.stack();
    let mut hits = Vec::new();
    for policy in examined.models.policies() {
        for statement in policy.document.statements.iter().filter(|statement| is_trust(policy, statement)) {
            let subjects = statement.conditions.iter().filter(|condition| condition.key.ends_with(":sub"));
            let name = issuer(policy, statement, stack.as_ref()).map(|(name, _)| name);
            hits.extend(subjects.filter_map(|condition| never(examined, policy, condition, name.as_deref())));
            if statement.conditions.iter().any(|condition| condition.key.ends_with(":aud")) {
                hits.extend(audience(examined, policy, statement, stack.as_ref()));
            }
        }
    }
    hits
}

/// A subject that no token has.
fn never(
    examined: &Examined<'_>,
    policy: &FoundPolicy,
    condition: &Condition,
    issuer: Option<&str>,
) -> Option<Hit> {
    let operator = condition.operator.filter(|operator| !operator.negated)?;
    let is_exact =
        matches!(operator.comparison, Comparison::StringEquals | Comparison::StringEqualsIgnoreCase);
    let is_pattern = operator.comparison == Comparison::StringLike;
    let is_github = issuer.is_some_and(|issuer| Issuer::of(issuer) == Some(Issuer::Github));
    let has_wildcard = |text: &str| is_exact && without_holes(text).contains(['*', '?']);
    let is_short = |text: &str| is_github && (is_exact || is_pattern) && is_only_repository(text);
    let values = || condition.values.iter().map(ecrpass_iam::condition::Expected::text);
    if values().next().is_none() || !values().all(|text| has_wildcard(text) || is_short(text)) {
        return None;
    }
    let by_wildcard = values().any(has_wildcard);
    let path = &examined.file.path;
    let bytes = policy.range(&condition.span);
    let title = if by_wildcard {
        format!(
            "{} takes the wildcard in the subject for itself, so that no token matches",
            condition.operator_text
        )
    } else {
        "a subject of GitHub's goes on after the repository, so that no token matches".to_owned()
    };
    let mut spots = vec![Spot::new(path, policy.range(&condition.values_span), "no token has that subject")];
    spots.push(Spot::new(path, bytes.clone(), "asked for here"));
    let edit = if by_wildcard { edit(examined, condition, bytes.start) } else { None };
    let hit = Hit::new(Severity::Error, title, spots).with_edit(edit);
    Some(if by_wildcard {
        hit
    } else {
        hit.with_advice(
            "Let any ref of the repository in, with StringLike",
            "repo:<organization>/<repository>:*",
        )
    })
}

/// A text without what is put in later.
fn without_holes(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        shown.push_str(before);
        rest = behind.split_once('}').map_or("", |(_, after)| after);
    }
    shown.push_str(rest);
    shown
}

/// `repo:o/r` and nothing behind.
fn is_only_repository(text: &str) -> bool {
    let Some(name) = text.strip_prefix("repo:") else { return false };
    let Some((organization, repository)) = name.split_once('/') else { return false };
    let is_plain =
        |part: &str| !part.is_empty() && !part.contains([':', '*', '?', '/']) && !part.contains("${");
    is_plain(organization) && is_plain(repository)
}

/// `StringLike` in place of the operator, which stands a little before the condition.
fn edit(examined: &Examined<'_>, condition: &Condition, start: usize) -> Option<FileEdit> {
    let text = &examined.file.text;
    let operator = condition.operator_text.as_str();
    if operator != "StringEquals" {
        return None;
    }
    let at = text.get(..start)?.rfind(operator)?;
    let between = text.get(at + operator.len()..start)?;
    // It must be this condition's: nothing ends between the two, and no other operator is of that name beside it.
    if between.contains('}')
        || !text.get(at + operator.len()..)?.starts_with(['"', '\'', ':', ' ', '\t', '\r', '\n', '='])
    {
        return None;
    }
    let is_beside_like = is_near(text, at, "StringLike");
    let is_block = between.contains("variable")
        || between.trim_start_matches(['"', '\'']).trim_start().starts_with("variable");
    if is_beside_like && !is_block {
        return None;
    }
    let replacement = Replacement { bytes: at..at + operator.len(), text: "StringLike".to_owned() };
    Some(FileEdit {
        summary: "Compare the subject with StringLike, which knows wildcards".to_owned(),
        safety: Safety::Safe,
        replacements: vec![replacement],
    })
}

/// Whether a word stands within the same condition: it would be there twice.
fn is_near(text: &str, at: usize, word: &str) -> bool {
    const AROUND: usize = 1500;
    let floor = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let before = text.get(floor(at.saturating_sub(AROUND))..at).unwrap_or_default();
    let before = before.rfind("Condition").and_then(|start| before.get(start..)).unwrap_or_default();
    let behind = text.get(at..floor((at + AROUND).min(text.len()))).unwrap_or_default();
    let ends = ["Effect", "Sid", "Principal", "Statement", "Condition"];
    let end = ends.iter().filter_map(|end| behind.find(end)).min().unwrap_or(behind.len());
    before.contains(word) || behind.get(..end).is_some_and(|behind| behind.contains(word))
}

/// An audience that no workflow of the tree asks for.
fn audience(
    examined: &Examined<'_>,
    policy: &FoundPolicy,
    statement: &Statement,
    stack: Option<&InScope<'_>>,
) -> Option<Hit> {
    let (name, _) = issuer(policy, statement, stack)?;
    if Issuer::of(&name) != Some(Issuer::Github) {
        return None;
    }
    let condition = statement
        .conditions
        .iter()
        .find(|condition| condition.key.eq_ignore_ascii_case(&format!("{name}:aud")))?;
    condition.operator.filter(|operator| !operator.negated && operator.comparison != Comparison::Null)?;
    let takes = |audience: &str| {
        condition.values.iter().any(|value| {
            let text = value.text();
            text == audience || text.contains("${") || text.contains('*')
        })
    };
    if condition.values.is_empty() || takes(DEFAULT_AUDIENCE) {
        return None;
    }
    let bytes = policy.range(&statement.span);
    let trusts = examined.models.infrastructure().trusts();
    let trust = trusts.iter().find(|trust| trust.path == examined.file.path && trust.bytes == bytes)?;
    let workflow = workflow(examined, trust, &takes)?;
    let title = "no workflow of this tree asks for a token with the audience that the role wants";
    let spots = vec![
        Spot::new(&examined.file.path, policy.range(&condition.span), "this audience is wanted"),
        Spot::new(&workflow.0, workflow.1, format!("asks for {DEFAULT_AUDIENCE}")),
    ];
    Some(Hit::new(Severity::Error, title, spots))
}

/// A workflow that assumes the role, where none asks for an audience that it takes.
fn workflow(
    examined: &Examined<'_>,
    trust: &Trust,
    takes: &dyn Fn(&str) -> bool,
) -> Option<(String, std::ops::Range<usize>)> {
    let mut found = None;
    for file in examined.tree.files().iter().filter(|file| file.kind == FileKind::Pipeline(System::Github)) {
        let Some(other) = examined.other(&file.path) else { continue };
        let Some(pipeline) = other.models.pipeline() else { continue };
        let steps = pipeline.jobs.iter().flat_map(|job| &job.steps).filter(|step| step.path.is_none());
        for uses in steps.filter_map(Step::uses) {
            let audience = uses.filled("audience").map(|setting| setting.raw.as_str());
            if audience.is_some_and(|audience| takes(audience) || audience.contains("${")) {
                return None;
            }
            let role = uses.filled("role-to-assume").map(|setting| setting.raw.as_str());
            if uses.name == "aws-actions/configure-aws-credentials"
                && role.is_some_and(|role| is_same_role(role, trust))
            {
                found.get_or_insert((file.path.clone(), uses.bytes.clone()));
            }
        }
    }
    found
}

/// Whether a role that is named may be the one that is trusted.
fn is_same_role(written: &str, trust: &Trust) -> bool {
    match (&trust.role, written.rsplit_once('/')) {
        (Some(role), Some((front, name))) if !name.contains("${") && front.contains(":role") => name == role,
        _ => true,
    }
}
