//! A verdict for people: what is allowed and what is not, the statement that decides marked in its file, and the smallest
//! change.

use ecrpass_core::Arn;
use ecrpass_iam::case::{Answer, Answers};
use ecrpass_iam::change::Change;
use ecrpass_iam::document::Severity;
use ecrpass_iam::principal::PrincipalKind;
use ecrpass_iam::{Case, Layer, Verdict};

use super::changed;
use super::load::{Finding, Loaded};
use super::reason;
use super::words::{YELLOW, style};
use crate::render::paint::{BAD, DIM, GOOD, STRONG, styled};
use crate::render::report::{paragraph, with_blank_lines};

/// The longest line that a finding quotes, in bytes.
const MAX_LINE: usize = 20_000;

/// The lines of a verdict.
pub(super) fn lines(
    case: &Case,
    task: Option<&str>,
    answers: &Answers,
    loaded: &Loaded,
    changes: &[Change],
) -> Vec<String> {
    let mut parts = vec![heading(case, task, answers)];
    parts.extend(reason::granted(answers, loaded));
    for (reason, denied) in answers.reasons() {
        parts.push(reason::lines(reason, &denied, loaded));
    }
    if !changes.is_empty() {
        let several =
            if changes.len() == 1 { "The smallest change" } else { "The smallest changes, all of them" };
        parts.push(vec![styled(STRONG, &format!("{several}, tried out on these policies:"))]);
        parts.extend(changed::lines(changes));
    }
    let unseen = not_seen(case, loaded);
    if !unseen.is_empty() {
        let names: Vec<&str> = unseen.into_iter().map(Layer::id).collect();
        let mut lines = Vec::new();
        let text = format!(
            "Not seen, and taken to stand in nobody's way: {}.{}",
            names.join(", "),
            if case.is_complete { "" } else { " Where there are such policies, name them as well." }
        );
        paragraph(&text, "", &mut lines);
        parts.push(lines.iter().map(|line| styled(DIM, line)).collect());
    }
    with_blank_lines(&parts)
}

fn heading(case: &Case, task: Option<&str>, answers: &Answers) -> Vec<String> {
    let verdict = answers.verdict();
    let total = answers.answers.len();
    let through = answers.answers.iter().filter(|answer| answer.decision.verdict == Verdict::Allowed).count();
    let what = match (task, answers.answers.as_slice()) {
        (Some(task), _) => format!("`{task}` on {}", case.resource),
        (None, [one]) => format!("{} on {}", one.request.action, one.request.resource),
        (None, _) => format!("{total} actions on {}", case.resource),
    };
    let counted = if total > 1 { format!(" ({through} of {total} actions allowed)") } else { String::new() };
    let title =
        format!("{} {}: {what}{counted}", styled(style(verdict).bold(), verdict.id()), case.principal.text());
    let mut lines = vec![title];
    if total > 1 {
        lines.extend(answers.answers.iter().map(line));
    }
    lines
}

fn line(answer: &Answer) -> String {
    let Answer { request, decision } = answer;
    let mark = match decision.verdict {
        Verdict::Allowed => styled(GOOD, "✓"),
        Verdict::Depends => styled(YELLOW, "?"),
        Verdict::ImplicitlyDenied | Verdict::ExplicitlyDenied => styled(BAD, "✗"),
    };
    let on = styled(DIM, &format!("on {}", request.resource));
    format!("  {mark} {} {on}", request.action)
}

/// The layers that could have a say, and were not given.
pub(super) fn not_seen(case: &Case, loaded: &Loaded) -> Vec<Layer> {
    let kind = case.principal.kind();
    let is_outside = case.principal.is_outside_of_accounts();
    let has_session =
        matches!(kind, PrincipalKind::Session | PrincipalKind::Role | PrincipalKind::FederatedUser);
    let is_repository = Arn::parse(&case.resource).is_some_and(|arn| arn.repository().is_some());
    let could = |layer: &Layer| match layer {
        Layer::Identity | Layer::Boundary => !is_outside && kind != PrincipalKind::Root,
        Layer::ServiceControl => !is_outside,
        Layer::Session => has_session,
        Layer::Repository | Layer::Registry => is_repository,
        Layer::ResourceControl | Layer::Endpoint => true,
        Layer::Trust => case.actions.iter().any(|action| action.starts_with("sts:Assume")),
    };
    Layer::ALL.into_iter().filter(|layer| could(layer) && !loaded.seen.contains(layer)).collect()
}

/// Something wrong with a document.
pub(super) fn finding(finding: &Finding) -> Vec<String> {
    let Finding { source, problem, .. } = finding;
    let (word, style) = match problem.kind.severity() {
        Severity::Error => ("error", BAD),
        Severity::Warning => ("warning", YELLOW),
    };
    let refused = if problem.is_error() { "; AWS refuses it" } else { "" };
    let mut lines = vec![format!(
        "{}: {}:{}: {}{refused}",
        styled(style.bold(), &format!("{word}[{}]", problem.kind.id())),
        source.name(),
        problem.position,
        problem.kind
    )];
    // A line of many kilobytes is a whole file written compactly: its column says enough.
    let line = source.file_text().lines().nth(problem.position.line - 1).unwrap_or_default();
    if line.is_empty() || line.len() > MAX_LINE {
        return lines;
    }
    lines.extend(problem.position.excerpt(source.file_text()).lines().map(|line| styled(DIM, line)));
    lines
}

/// What the files mention and do not hold, and how many findings are not shown.
pub(super) fn gaps(loaded: &Loaded, shown: usize) -> Vec<String> {
    let more = loaded.more_findings + loaded.findings.len().saturating_sub(shown);
    let more = (more > 0).then(|| format!("note: {more} more findings are not shown."));
    loaded.gaps.iter().take(50).map(|gap| format!("note: {gap}.")).chain(more).collect()
}
