//! Incidents of calls that are refused: cases, cut into stretches of time, with their causes.

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;
use ecrpass_core::time::{EpochSeconds, rfc3339};
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::finding::Confidence;

use super::case::{Case, Stage, cases};
use super::causes::{began, causes, context, ended};
use super::slug::slug;
use crate::calls::Point;
use crate::evidence::{Evidence, First, Kind};
use crate::failure::Failure;
use crate::report::charts::Axis;
use crate::report::{Incident, Record, Signal};
use crate::who::Who;

/// After a pause of this length in which the same call worked, failures are another incident, in seconds.
const PAUSE: EpochSeconds = 1_800;

/// A failure now and then is one incident as long as it comes again within this time, in seconds.
const OFTEN: EpochSeconds = 6 * 3_600;

/// Denials at several stages that begin within this time are one incident, in seconds.
const TOGETHER: EpochSeconds = 900;

/// A stretch of time in which a case went on.
#[derive(Clone, Debug)]
struct Trouble<'a> {
    case: Case<'a>,
    from: EpochSeconds,
    until: EpochSeconds,
}

/// The incidents.
pub fn incidents(evidence: &Evidence, axis: &Axis) -> Vec<Incident> {
    let mut troubles = Vec::new();
    for case in cases(evidence).into_iter().filter(|case| is_about_ecr(case, evidence)) {
        troubles.extend(stretches(case, evidence));
    }
    let troubles = together(troubles);
    troubles.iter().filter_map(|trouble| incident(trouble, evidence, axis)).collect()
}

/// Whether a refused role has to do with ECR: STS is asked for all kinds of roles.
fn is_about_ecr(case: &Case<'_>, evidence: &Evidence) -> bool {
    let subjects = case.subjects();
    case.stage != Stage::Assume
        || evidence.uses_ecr(case.principal)
        // Refused records may leave out the role; whoever asks has got it before.
        || evidence.kinds.iter().any(|kind| {
            subjects.contains(kind.of.subject.as_ref())
                && *kind.of.principal != *case.principal
                && evidence.uses_ecr(&kind.of.principal)
        })
        || case.role_asked().is_some_and(|role| {
            // Names of roles in messages may have a path, those in the records always have.
            evidence.principals().any(|known| Who::of(known) == Who::of(&role) && evidence.uses_ecr(known))
        })
}

/// The stretches of a case. Where failures pause, and the same call works meanwhile, one ends and another begins.
fn stretches<'a>(case: Case<'a>, evidence: &Evidence) -> Vec<Trouble<'a>> {
    let mut points: Vec<Point> = case.kinds.iter().flat_map(|kind| kind.points.iter().copied()).collect();
    points.sort_unstable();
    let successes = case.successes(evidence);
    let works_between = |from: EpochSeconds, until: EpochSeconds| {
        successes.iter().any(|kind| kind.first_after(from).is_some_and(|at| at < until))
    };
    let mut found: Vec<Point> = Vec::new();
    for point in points {
        match found.last_mut() {
            Some(last)
                if point.begin() - last.end() <= PAUSE || !works_between(last.end(), point.begin()) =>
            {
                *last = last.and(point);
            }
            _ => found.push(point),
        }
    }
    let found = now_and_then(found, enough(case.failure));
    found.iter().map(|all| Trouble { case: case.clone(), from: all.begin(), until: all.end() }).collect()
}

/// Failures that come now and then, each time too few for an incident: together they are one.
fn now_and_then(stretches: Vec<Point>, enough: u64) -> Vec<Point> {
    let mut found: Vec<(Point, bool)> = Vec::new();
    for stretch in stretches {
        let is_small = stretch.count < enough;
        match found.last_mut() {
            Some((last, true)) if is_small && stretch.begin() - last.end() <= OFTEN => {
                *last = last.and(stretch)
            }
            _ => found.push((stretch, is_small)),
        }
    }
    found.into_iter().map(|(stretch, _)| stretch).collect()
}

/// Puts denials by the same policies together, where they begin together: who may not log in may not pull either.
fn together<'a>(mut troubles: Vec<Trouble<'a>>) -> Vec<Trouble<'a>> {
    troubles.sort_by_key(|trouble| (trouble.from, trouble.case.stage));
    let mut found: Vec<Trouble<'a>> = Vec::new();
    for trouble in troubles {
        let known = found
            .iter_mut()
            .find(|known| known.case.is_like(&trouble.case) && trouble.from - known.from <= TOGETHER);
        match known {
            Some(known) => {
                known.case.stage = known.case.stage.min(trouble.case.stage);
                known.case.kinds.extend(trouble.case.kinds);
                known.until = known.until.max(trouble.until);
            }
            None => found.push(trouble),
        }
    }
    found
}

/// How many failures make an incident: one alone may be a slip of the hand, or was tried again with success.
fn enough(failure: Failure) -> u64 {
    match failure {
        Failure::KeyRefused
        | Failure::WebIdentity
        | Failure::Kms
        | Failure::Quota
        | Failure::Pull
        | Failure::Upstream => 2,
        Failure::Denied
        | Failure::Throttled
        | Failure::Expired
        | Failure::NoRepository
        | Failure::TagImmutable => 3,
        Failure::NoImage | Failure::Service => 5,
        Failure::Other => u64::MAX,
    }
}

fn incident(trouble: &Trouble<'_>, evidence: &Evidence, axis: &Axis) -> Option<Incident> {
    let Trouble { case, from, until } = trouble;
    let is_within = |point: &Point| point.begin() >= *from && point.end() <= *until;
    let within =
        |kind: &Kind| -> Vec<Point> { kind.points.iter().filter(|p| is_within(p)).copied().collect() };
    let kinds: Vec<(&Kind, Vec<Point>)> = case
        .kinds
        .iter()
        .map(|kind| (*kind, within(kind)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let count: u64 = kinds.iter().flat_map(|(_, points)| points).map(|point| point.count).sum();
    let (began, is_open) = began(case, *from, evidence);
    let causes = causes(case, began, evidence);
    let is_explained = causes.iter().any(|cause| cause.confidence != Confidence::Possible);
    if count < enough(case.failure) && !(is_explained && case.failure == Failure::Denied) {
        return None;
    }
    let record = kinds.iter().filter_map(|(kind, _)| kind.first_record(*from)).min();
    let (mut id, works_in) = slug(case, evidence);
    if case.failure == Failure::NoRepository && is_explained {
        id = Some(DiagnosisId::RepositoryNotFound);
    }
    let mut events: Vec<String> = kinds.iter().map(|(kind, _)| kind.of.call.to_string()).collect();
    events.sort();
    events.dedup();
    let subjects: Vec<String> = case.subjects().into_iter().take(10).map(str::to_owned).collect();
    let repositories = case.repositories();
    let single = (repositories.len() == 1).then(|| repositories.first()).flatten();
    let is_throttling = case.failure == Failure::Throttled;
    Some(Incident {
        id: id.map(DiagnosisId::slug),
        signal: if is_throttling { Signal::Throttling } else { Signal::Errors },
        principal: case.principal.to_owned(),
        error: code(&kinds),
        events,
        first: Record {
            time: rfc3339(began),
            event_id: record.filter(|_| began == *from).map(|first| first.id.clone()),
        },
        or_earlier: is_open,
        counted_from: evidence.since.filter(|since| began < *since).map(rfc3339),
        last: Some(rfc3339(*until)),
        count,
        account: case.account.to_owned(),
        region: case.region.to_owned(),
        repository: single.map(|name| (*name).to_owned()),
        registry: case.is_cross_account().then(|| case.registry.to_owned()),
        works_in: works_in.filter(|_| id != Some(DiagnosisId::RepositoryNotFound)),
        layer: case.reason.policy().filter(|_| case.failure == Failure::Denied).map(|kind| kind.aws_name()),
        policy_arn: Some(case.policy_arn.clone()).filter(|arn| !arn.is_empty()),
        message: record.and_then(message),
        last_seen: None,
        source: None,
        subjects,
        ended: ended(case, *until, evidence),
        context: if is_throttling { context(case, *from, evidence) } else { Vec::new() },
        why: why(id),
        causes,
        chart: axis.chart(kinds.iter().flat_map(|(_, points)| points).copied()),
    })
}

/// The code that was seen most.
fn code(kinds: &[(&Kind, Vec<Point>)]) -> Option<String> {
    let count = |points: &[Point]| points.iter().map(|point| point.count).sum::<u64>();
    let most = kinds.iter().max_by_key(|(kind, points)| (count(points), kind.of.error.to_string()));
    most.map(|(kind, _)| kind.of.error.to_string())
}

fn message(first: &First) -> Option<String> {
    let message = redact(&first.message).into_owned();
    Some(message).filter(|message| !message.is_empty())
}

/// What is wrong, by the catalogue's title.
fn why(id: Option<DiagnosisId>) -> String {
    format!("{}.", id.map_or("These calls fail", |id| catalogue::find(id).page.title()))
}
