//! From what the records say to the answers: who fails, since when, and why.

mod case;
mod causes;
mod confirm;
mod failing;
mod holdings;
mod lacks;
mod links;
mod matching;
mod silence;
mod slug;
mod sources;
mod tables;

use ecrpass_core::time::rfc3339;

use crate::change::Touches;
use crate::evidence::{Evidence, Kind};
use crate::report::charts::Axis;
use crate::report::{Incident, Report, SCHEMA, Totals};

pub(crate) use case::Case;
use ecrpass_core::DiagnosisId;
pub use tables::quotas;

/// What somebody wants to know about.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// This principal: its ARN, its name, or a pattern with `*`.
    pub principal: Option<String>,
    /// This repository, and who uses it.
    pub repository: Option<String>,
}

/// What no trail shows. Sources: the pages of CloudTrail, ECR and VPC endpoints; docs/trail.md says more.
pub const CANNOT_SHOW: &[&str] = &[
    "Failed authentication: a key that is unknown or deactivated, a wrong signature, mostly also an expired session. Its caller only falls silent.",
    "Requests that the policy of a VPC endpoint refused: many services do not record them.",
    "A docker login that is expired or missing: the registry refuses it before AWS knows who it is.",
    "A tag that is not there: the call succeeds, and its answer says so.",
    "The download of layers from S3: the bucket is AWS's.",
    "The address of whoever pulls: it is recorded of GetAuthorizationToken and other direct calls only.",
    "The last minutes: records come about 5 minutes after the call, some much later.",
];

/// The answers.
pub fn answer(mut evidence: Evidence, wanted: &Wanted) -> Report {
    let (from, until) = (evidence.from(), evidence.until());
    let no_match = matching::narrow(&mut evidence, wanted.principal.as_deref(), wanted.repository.as_deref());
    let axis = Axis::over(from.unwrap_or_default(), until.unwrap_or_default());
    let mut incidents = failing::incidents(&evidence, &axis);
    let silent = silence::incidents(&evidence, &incidents);
    incidents.extend(silent);
    incidents.extend(sources::incidents(&evidence, &axis));
    incidents.sort_by(|a, b| key(a).cmp(&key(b)));
    let counted = |kind: &&Kind| kind.is_counted();
    let count = |failed: bool| -> u64 {
        let kinds = evidence.kinds.iter().filter(counted);
        kinds.filter(|kind| !failed || kind.failed()).map(Kind::count).sum()
    };
    let places = |part: fn(&(String, String, String)) -> &String| {
        let mut names: Vec<String> = evidence.places.keys().map(|place| part(place).clone()).collect();
        names.retain(|name| !name.is_empty());
        names.sort();
        names.dedup();
        names
    };
    let totals = Totals {
        ecr_events: count(false),
        ecr_errors: count(true),
        bad_times: evidence.untimed,
        accounts: places(|(account, _, _)| account),
        regions: places(|(_, region, _)| region),
        ..Totals::default()
    };
    Report {
        schema: SCHEMA,
        from: from.map(rfc3339),
        until: until.map(rfc3339),
        totals,
        peaks: tables::peaks(&evidence),
        long_lived_keys: tables::long_lived_keys(&evidence),
        errors: tables::errors(&evidence),
        lacks: lacks::lacks(&incidents, &evidence),
        no_match: no_match.filter(|_| incidents.is_empty()),
        incidents,
        cannot_show: CANNOT_SHOW,
        skipped: Vec::new(),
        warnings: warnings(&evidence),
    }
}

/// A case, and which cause it is.
pub(crate) struct Refused<'a> {
    /// The case.
    pub case: Case<'a>,
    /// The cause.
    pub id: Option<DiagnosisId>,
}

/// Every case, whatever comes of it: for records without a before and after.
pub(crate) fn refused(evidence: &Evidence) -> Vec<Refused<'_>> {
    let cases = case::cases(evidence).into_iter();
    cases.map(|case| Refused { id: slug::slug(&case, evidence).0, case }).collect()
}

/// The order of incidents: those that go on first, then the latest.
fn key(incident: &Incident) -> impl Ord {
    (
        incident.ended.is_some(),
        std::cmp::Reverse(incident.first.time.clone()),
        incident.principal.clone(),
        incident.region.clone(),
        incident.id,
        incident.events.clone(),
        incident.first.event_id.clone(),
    )
}

fn warnings(evidence: &Evidence) -> Vec<String> {
    let mut warnings = Vec::new();
    if evidence.late > 0 {
        warnings.push(format!(
            "{} calls were read out of order, too late to be compared with others of their hour: records that lie in two \
             trails may be counted twice among them.",
            evidence.late
        ));
    }
    if evidence.lost_changes {
        warnings.push(
            "There are more changes than are kept: the oldest are not looked at. --since narrows it."
                .to_owned(),
        );
    }
    for change in evidence.changes.iter().filter(|change| change.touches == Touches::Logging) {
        warnings.push(format!(
            "{} in account {} at {}: calls may be missing from then on, and silence means nothing.",
            change.name,
            change.account,
            rfc3339(change.time)
        ));
    }
    if evidence.untimed > 0 {
        warnings
            .push(format!("{} calls have no time that can be read, and are not counted.", evidence.untimed));
    }
    warnings
}
