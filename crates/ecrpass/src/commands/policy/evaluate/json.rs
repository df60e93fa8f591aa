//! A verdict for programs: the contract `ecrpass/verdict/1`.

use ecrpass_core::redact::redact;
use ecrpass_iam::Case;
use ecrpass_iam::case::{Answer, Answers};
use ecrpass_iam::change::Change;
use ecrpass_iam::condition::truth::Dependency;
use ecrpass_iam::document::Severity;
use ecrpass_iam::evaluate::StatementRef;
use serde::Serialize;

use super::changed;
use super::live::LiveText;
use super::load::{Finding, Loaded};
use super::report;

/// The verdict on everything that was asked.
#[derive(Serialize)]
pub(in crate::commands::policy) struct Verdict<'a> {
    schema: &'static str,
    verdict: &'static str,
    principal: &'a str,
    requests: Vec<Request<'a>>,
    missing: Vec<&'a str>,
    changes: Vec<ChangeText>,
    findings: Vec<FindingText>,
    not_seen: Vec<&'static str>,
    gaps: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<LiveText<'a>>,
}

impl<'a> Verdict<'a> {
    /// With what IAM's simulator says.
    pub(super) fn beside(self, live: Option<LiveText<'a>>) -> Self {
        Self { live, ..self }
    }
}

#[derive(Serialize)]
struct Request<'a> {
    action: &'a str,
    resource: &'a str,
    verdict: &'static str,
    layer: &'static str,
    statement: Option<Statement>,
    depends_on: Vec<String>,
    dependencies: Vec<DependencyText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    denial: Option<String>,
}

#[derive(Serialize)]
struct Statement {
    source: String,
    line: usize,
    column: usize,
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

#[derive(Serialize)]
struct DependencyText<'a> {
    key: String,
    operator: &'a str,
    values: Vec<String>,
}

#[derive(Serialize)]
struct ChangeText {
    source: Option<String>,
    layer: &'static str,
    diff: String,
    document: String,
}

#[derive(Serialize)]
struct FindingText {
    id: &'static str,
    severity: &'static str,
    source: String,
    line: usize,
    column: usize,
    layer: &'static str,
    message: String,
}

/// The verdict.
pub(super) fn verdict<'a>(
    case: &'a Case,
    answers: &'a Answers,
    loaded: &'a Loaded,
    changes: &[Change],
) -> Verdict<'a> {
    Verdict {
        schema: "ecrpass/verdict/1",
        verdict: answers.verdict().id(),
        principal: case.principal.text(),
        requests: answers.answers.iter().map(|answer| request(answer, loaded)).collect(),
        missing: answers.missing(),
        changes: changes.iter().map(change).collect(),
        findings: loaded.findings.iter().map(finding).collect(),
        not_seen: report::not_seen(case, loaded).into_iter().map(|layer| layer.id()).collect(),
        gaps: loaded.gaps.iter().map(|gap| shown(gap)).collect(),
        live: None,
    }
}

fn request<'a>(answer: &'a Answer, loaded: &Loaded) -> Request<'a> {
    let Answer { request, decision } = answer;
    let mut depends_on: Vec<String> = decision.depends_on.iter().map(|on| shown(&on.key)).collect();
    depends_on.dedup();
    let dependency = |on: &'a Dependency| DependencyText {
        key: shown(&on.key),
        operator: &on.operator,
        values: on.values.iter().map(|value| shown(value)).collect(),
    };
    Request {
        action: &request.action,
        resource: &request.resource,
        verdict: decision.verdict.id(),
        layer: decision.layer.id(),
        statement: decision.statement.as_ref().map(|by| statement(by, loaded)),
        depends_on,
        dependencies: decision.depends_on.iter().map(dependency).collect(),
        denial: decision.denied(request).map(|denied| denied.to_string()),
    }
}

fn statement(by: &StatementRef, loaded: &Loaded) -> Statement {
    Statement {
        source: shown(&by.source),
        line: by.position.line,
        column: by.position.column,
        sid: by.sid.as_deref().map(shown),
        policy: loaded.labels.get(&(by.source.clone(), by.position)).map(|label| shown(label)),
    }
}

fn change(change: &Change) -> ChangeText {
    ChangeText {
        source: change.source.as_deref().map(shown),
        layer: change.layer.id(),
        diff: changed::plain_diff(change),
        document: shown(&change.new),
    }
}

fn finding(finding: &Finding) -> FindingText {
    let Finding { source, layer, problem } = finding;
    FindingText {
        id: problem.kind.id(),
        severity: match problem.kind.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        source: shown(source.name()),
        line: problem.position.line,
        column: problem.position.column,
        layer: layer.id(),
        message: shown(&problem.kind.to_string()),
    }
}

/// What other people wrote, without what looks like a secret.
fn shown(text: &str) -> String {
    redact(text).into_owned()
}
