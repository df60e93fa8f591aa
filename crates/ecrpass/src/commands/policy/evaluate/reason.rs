//! Why a request is allowed or not, with the statement that decides, or the one that comes nearest.

use std::ops::Range;

use ecrpass_core::redact::redact;
use ecrpass_iam::case::{Answer, Answers};
use ecrpass_iam::context::KeyValue;
use ecrpass_iam::denial::Reason;
use ecrpass_iam::document::{Document, Effect, Statement};
use ecrpass_iam::evaluate::StatementRef;
use ecrpass_iam::evaluate::statement::Mismatch;
use ecrpass_iam::{Layer, Request, Verdict};

use super::load::Loaded;
use super::quote;
use super::words::{dependency, style};
use crate::render::paint::{DIM, GOOD, STRONG, styled};
use crate::render::report::paragraph;

/// The statements that let something in, each once.
pub(super) fn granted(answers: &Answers, loaded: &Loaded) -> Vec<Vec<String>> {
    let mut seen: Vec<(Layer, &StatementRef, Vec<&str>)> = Vec::new();
    for answer in answers.answers.iter().filter(|answer| answer.decision.verdict == Verdict::Allowed) {
        let Some(by) = &answer.decision.statement else { continue };
        let layer = answer.decision.layer;
        match seen.iter_mut().find(|(of, other, _)| (*of, *other) == (layer, by)) {
            Some((.., actions)) => actions.push(&answer.request.action),
            None => seen.push((layer, by, vec![&answer.request.action])),
        }
    }
    let part = |(layer, by, actions): (Layer, &StatementRef, Vec<&str>)| {
        let mut lines = vec![styled(STRONG, &format!("{} allowed by the {layer} policy", listed(&actions)))];
        if let Some((document, statement)) = loaded.policies.statement(layer, by) {
            let mark = &statement.actions.span;
            lines.extend(show(document, statement, mark, "allows it", GOOD, loaded));
        }
        lines
    };
    seen.into_iter().map(part).collect()
}

/// Why requests are not allowed, all of them for the same reason.
pub(super) fn lines(reason: Reason, denied: &[&Answer], loaded: &Loaded) -> Vec<String> {
    let Some(first) = denied.first() else { return Vec::new() };
    let actions: Vec<&str> = denied.iter().map(|answer| answer.request.action.as_str()).collect();
    let (decision, request) = (&first.decision, &first.request);
    let (layer, style) = (decision.layer, style(decision.verdict));
    let kind = layer.policy_kind().aws_name();
    let what = listed(&actions);
    let title = match (decision.verdict, reason) {
        (Verdict::ExplicitlyDenied, _) => format!("{what} denied by a statement of the {layer} policy"),
        (Verdict::Depends, Reason::Denied(_)) => {
            format!("{what} denied by the {layer} policy, depending on the request")
        }
        (Verdict::Depends, _) => format!("{what} allowed by the {layer} policy, depending on the request"),
        _ => format!("{what} not allowed: no {kind} allows it ({layer})"),
    };
    let mut lines = vec![styled(style.bold(), &title)];
    match &decision.statement {
        Some(by) => {
            if let Some((document, statement)) = loaded.policies.statement(layer, by) {
                let (mark, note) = deciding(statement, first);
                lines.extend(show(document, statement, &mark, &note, style, loaded));
            }
        }
        None => lines.extend(nearest(layer, first, loaded)),
    }
    if decision.verdict == Verdict::Depends {
        for on in &decision.depends_on {
            lines.push(format!("  depends on {}", dependency(on)));
        }
        if let Some(key) = decision.depends_on.iter().find(|on| on.key != "NotPrincipal") {
            let key = redact(&key.key);
            lines.push(styled(
                DIM,
                &format!(
                    "  Next: say what it is, --context {key}=…, or that it is not there, --absent {key}"
                ),
            ));
        }
    }
    if let Some(denial) = decision.denied(request).filter(|_| decision.verdict != Verdict::Depends) {
        let mut said = Vec::new();
        paragraph(&format!("AWS says: {denial}"), "  ", &mut said);
        lines.extend(said.iter().map(|line| styled(DIM, line)));
    }
    lines
}

/// `ecr:A, ecr:B: `, not too many of them.
fn listed(actions: &[&str]) -> String {
    match actions {
        [one] => format!("{one} is"),
        [first, second] => format!("{first} and {second} are"),
        [first, rest @ ..] => format!("{first} and {} more are", rest.len()),
        [] => String::new(),
    }
}

/// What decides in a statement: its condition where it depends on that, else its actions.
fn deciding(statement: &Statement, answer: &Answer) -> (Range<usize>, String) {
    let on = answer.decision.depends_on.first();
    let condition = on.and_then(|on| statement.conditions.iter().find(|condition| condition.key == on.key));
    match (condition, statement.effect) {
        (Some(condition), _) => (condition.span.clone(), "depends on this".to_owned()),
        (None, Effect::Deny) => (statement.actions.span.clone(), "denies it".to_owned()),
        (None, Effect::Allow) => (statement.actions.span.clone(), "allows it".to_owned()),
    }
}

/// The statement of the layer that comes nearest to allowing it.
fn nearest(layer: Layer, answer: &Answer, loaded: &Loaded) -> Vec<String> {
    let is_layer = |of: &Layer| *of == layer || layer == Layer::Repository && *of == Layer::Registry;
    let outcomes = answer.decision.layers.iter().filter(|outcome| is_layer(&outcome.layer));
    let missed = outcomes.flat_map(|outcome| outcome.missed.iter().map(move |miss| (outcome.layer, miss)));
    let allows = missed.filter_map(|(of, (by, mismatch))| {
        let (document, statement) = loaded.policies.statement(of, by)?;
        (statement.effect == Effect::Allow).then_some((document, statement, *mismatch))
    });
    // One that is about such resources comes nearer than one that is about everything.
    let is_alike = |statement: &Statement| {
        let is_everything = |statement: &Statement| {
            statement.resources.iter().flat_map(|listed| &listed.items).any(|item| item.value.is_everything())
        };
        is_everything(statement) == (answer.request.resource == "*")
    };
    let rank = |(_, statement, mismatch): &(&Document, &Statement, Mismatch)| match mismatch {
        Mismatch::Action => usize::from(is_alike(statement)),
        Mismatch::Principal => 2,
        Mismatch::Resource => 3,
        Mismatch::Condition(_) => 4,
    };
    // Of several that come as near, the first.
    let best = allows.reduce(|best, next| if rank(&next) > rank(&best) { next } else { best });
    let Some((document, statement, mismatch)) = best else {
        return vec![styled(DIM, "  no statement of it speaks of this")];
    };
    let (mark, note) = missing(statement, mismatch, &answer.request);
    show(document, statement, &mark, &note, style(Verdict::Depends), loaded)
}

/// What keeps a statement from allowing a request.
fn missing(statement: &Statement, mismatch: Mismatch, request: &Request) -> (Range<usize>, String) {
    let whole = || statement.span.clone();
    match mismatch {
        Mismatch::Action => (statement.actions.span.clone(), format!("not {}", request.action)),
        Mismatch::Principal => {
            let span = statement.principals.as_ref().map_or_else(whole, |listed| listed.span.clone());
            (span, format!("not {}", request.principal.text()))
        }
        Mismatch::Resource => {
            let span = statement.resources.as_ref().map_or_else(whole, |listed| listed.span.clone());
            let note = if request.resource == "*" {
                format!("{} takes no resource: only \"*\" allows it", request.action)
            } else {
                format!("not {}", request.resource)
            };
            (span, note)
        }
        Mismatch::Condition(index) => match statement.conditions.get(index) {
            Some(condition) => {
                let is = match request.context.get(&condition.key) {
                    KeyValue::Known(values) => format!("is {}", values.all().join(", ")),
                    _ => "is not there".to_owned(),
                };
                (condition.span.clone(), format!("not met: {} {is}", condition.key))
            }
            None => (whole(), String::new()),
        },
    }
}

fn show(
    document: &Document,
    statement: &Statement,
    mark: &Range<usize>,
    note: &str,
    style: anstyle::Style,
    loaded: &Loaded,
) -> Vec<String> {
    let label = loaded.labels.get(&(document.name().clone(), statement.position));
    quote::statement(document, statement, mark, note, style, label.map(String::as_str))
}
