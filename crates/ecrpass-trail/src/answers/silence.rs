//! Principals that fell silent after a change. What fails before AWS knows who it is leaves no record: the trail of a
//! deactivated key is silence.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::{EpochSeconds, duration, rfc3339};
use ecrpass_diagnosis::finding::Confidence;

use super::causes::cause;
use super::holdings::{Holder, Holdings};
use super::links::Link;
use crate::change::{Change, Part, Touches};
use crate::evidence::{Evidence, Kind};
use crate::report::{Cause, Ended, Incident, Record, Signal};
use crate::who::Who;

/// How many calls somebody must have made before: of fewer nobody knows how often they come.
const ENOUGH: usize = 5;

/// How long calls may still come after the change, in seconds.
const SETTLES: EpochSeconds = 300;

/// The shortest silence that says something, in seconds: records come late.
const SHORTEST: EpochSeconds = 1_800;

/// Incidents of silence; those who are known to fail are not silent.
pub fn incidents(evidence: &Evidence, known: &[Incident]) -> Vec<Incident> {
    let Some(until) = evidence.until() else { return Vec::new() };
    let changes: Vec<&Change> =
        evidence.changes.iter().rev().filter(|change| silences(change.touches).is_some()).collect();
    let mut found: Vec<Incident> = evidence
        .principals()
        .filter_map(|caller| {
            let life = Life::of(evidence, caller)?;
            // Of several changes the last before the silence counts.
            changes.iter().find_map(|change| incident(&life, change, evidence, until))
        })
        .filter(|incident| !known.iter().any(|other| explains(other, incident)))
        .collect();
    found.sort_by(|a, b| a.principal.cmp(&b.principal));
    found
}

/// Whether an incident of failures is why somebody is silent: their own, or that nobody can become the role any more.
fn explains(known: &Incident, silent: &Incident) -> bool {
    let is_own = known.principal == silent.principal && known.last >= Some(silent.first.time.clone());
    let is_role_refused = silent.id == Some(DiagnosisId::AssumeRoleDenied.slug())
        && known.id == silent.id
        && silent.causes.iter().all(|cause| known.causes.iter().any(|same| same.event_id == cause.event_id));
    is_own || is_role_refused
}

/// When somebody called.
struct Life<'a> {
    principal: &'a str,
    kinds: Vec<&'a Kind>,
    /// Every moment with a call, in order.
    moments: Vec<EpochSeconds>,
}

impl<'a> Life<'a> {
    fn of(evidence: &'a Evidence, principal: &'a str) -> Option<Self> {
        let kinds: Vec<&Kind> = evidence.of_principal(principal).collect();
        let points = kinds.iter().flat_map(|kind| &kind.points);
        let mut moments: Vec<EpochSeconds> = points.flat_map(|point| [point.begin(), point.end()]).collect();
        moments.sort_unstable();
        moments.dedup();
        (moments.len() >= ENOUGH).then_some(Self { principal, kinds, moments })
    }

    /// The longest pause before a moment, when the last call before it was, and how many there were.
    fn before(&self, moment: EpochSeconds) -> (EpochSeconds, Option<EpochSeconds>, usize) {
        let count = self.moments.partition_point(|at| *at <= moment);
        let before = self.moments.get(..count).unwrap_or_default();
        let pauses = before.windows(2).filter_map(|pair| Some(pair.last()? - pair.first()?));
        (pauses.max().unwrap_or_default(), before.last().copied(), count)
    }

    fn first_after(&self, moment: EpochSeconds) -> Option<EpochSeconds> {
        self.moments.get(self.moments.partition_point(|at| *at <= moment)).copied()
    }

    /// The kind of calls that came most: for account and region.
    fn usual(&self) -> Option<&'a Kind> {
        self.kinds.iter().max_by_key(|kind| kind.count()).copied()
    }
}

fn incident(life: &Life<'_>, change: &Change, evidence: &Evidence, until: EpochSeconds) -> Option<Incident> {
    let id = silences(change.touches)?;
    let link = link(life, change, evidence)?;
    let settled = change.time + SETTLES;
    let (pause, last_seen, count) = life.before(settled);
    let last_seen = last_seen.filter(|_| count >= ENOUGH)?;
    let again = life.first_after(settled);
    let silent = again.unwrap_or(until) - change.time;
    // Was it silent before the change already, the change is not why.
    let was_silent = change.time - last_seen > pause.max(SETTLES) * 2;
    if was_silent || silent < SHORTEST || silent < pause * 5 / 2 {
        return None;
    }
    // One that came back by itself had a night's rest.
    let ended = match again {
        None => None,
        Some(again) => Some(Ended { time: rfc3339(again), by: Some(undone(life, change, again, evidence)?) }),
    };
    let usual = life.usual()?;
    // Where nothing is recorded, everybody is silent.
    let is_off = |other: &Change| {
        other.touches == Touches::Logging
            && *other.account == *usual.of.account
            && other.time > last_seen - pause
            && again.is_none_or(|again| other.time < again)
    };
    if evidence.changes.iter().any(is_off) {
        return None;
    }
    let why = format!(
        "It called {count} times, never more than {} apart, and {} after {} of {}.",
        duration(pause),
        match &ended {
            Some(_) => format!("not for {}", duration(silent)),
            None => format!("not once in the {} of these records", duration(silent)),
        },
        change.name,
        change.object()
    );
    let first = Record { time: rfc3339(change.time), event_id: None };
    Some(Incident {
        id: Some(id.slug()),
        account: usual.of.account.to_string(),
        region: usual.of.region.to_string(),
        last_seen: Some(rfc3339(last_seen)),
        ended,
        causes: vec![cause(link, change, None)],
        why,
        ..Incident::new(Signal::Silence, life.principal, first)
    })
}

/// What somebody has who falls silent after that kind of change; `None` for changes that lead to errors, which are seen.
fn silences(touches: Touches) -> Option<DiagnosisId> {
    use Touches as T;
    Some(match touches {
        T::KeyOff | T::UserDeleted => DiagnosisId::InvalidAccessKey,
        T::EndpointPolicy => DiagnosisId::ExplicitDenyPolicy,
        T::EndpointNetwork | T::EndpointDeleted | T::Network => DiagnosisId::NetworkTimeoutEcrApi,
        T::ProfileRoleTaken | T::InstanceProfile => DiagnosisId::NoAwsCredentials,
        T::InstanceMetadata => DiagnosisId::ImdsUnreachableOrHopLimit,
        T::PodIdentity => DiagnosisId::NoAwsCredentials,
        T::RoleTrust | T::RoleDeleted | T::Provider => DiagnosisId::AssumeRoleDenied,
        _ => return None,
    })
}

/// What a change has to do with somebody's calls. Only what is known to be on their way counts: silence has many reasons.
fn link(life: &Life<'_>, change: &Change, evidence: &Evidence) -> Option<Link> {
    use Touches as T;
    let who = Who::of(life.principal);
    let is_callers =
        who.account().is_some_and(|account| account == change.account) || change.account.is_empty();
    let firm = |is_it: bool, confidence: Confidence, why: String| is_it.then_some(Link { confidence, why });
    match (change.touches, who) {
        (T::KeyOff, Who::User { name, .. }) => {
            let key = change.get(Part::Key).unwrap_or_default();
            let used: Vec<&str> =
                life.kinds.iter().map(|kind| kind.of.key.as_ref()).filter(|key| !key.is_empty()).collect();
            if used.contains(&key) {
                return firm(true, Confidence::Certain, "its calls were signed with this key".to_owned());
            }
            // Of somebody whose keys are known this is another one.
            let is_users = is_callers && used.is_empty() && change.names(Part::User, name);
            firm(is_users, Confidence::Likely, format!("it is a key of {name}"))
        }
        (T::UserDeleted, Who::User { name, .. }) => {
            let is_it = is_callers && change.names(Part::User, name);
            firm(is_it, Confidence::Likely, format!("{name} is who calls"))
        }
        (T::EndpointPolicy | T::EndpointNetwork | T::EndpointDeleted, _) => {
            let through: u64 = through(life, |endpoint| change.names(Part::Endpoint, endpoint));
            let beside: u64 = through_other(life, change);
            let is_way = through > 0 && through >= beside * 4;
            firm(is_way, Confidence::Likely, "its calls went through this endpoint".to_owned())
        }
        (T::Network, _) => {
            let guard = change.get(Part::Guard)?;
            let holdings = Holdings::of(&evidence.changes);
            let is_way = through(life, |endpoint| holdings.is_guarded(endpoint, guard)) > 0;
            let why = format!("{guard} stands before the endpoint that its calls went through");
            firm(is_way && *change.region == *life.usual()?.of.region, Confidence::Likely, why)
        }
        (T::RoleTrust | T::RoleDeleted, Who::Role { name, .. }) => {
            let is_it = is_callers && change.names(Part::Role, name);
            firm(is_it, Confidence::Likely, format!("the calls are made as the role {name}"))
        }
        (T::ProfileRoleTaken, Who::Role { name, account }) => {
            let role = Holder { part: Part::Role, name, account };
            let profile = change.get(Part::Profile).unwrap_or_default();
            let is_it = is_callers
                && (change.names(Part::Role, name)
                    || change.get(Part::Role).is_none()
                        && Holdings::of(&evidence.changes).is_in_profile(role, profile));
            firm(is_it, Confidence::Likely, format!("instances get the role {name} by it"))
        }
        (T::InstanceProfile | T::InstanceMetadata, Who::Role { .. }) => {
            // The sessions of an instance's role have the instance's name.
            let instance = change.get(Part::Instance)?;
            let sessions: Vec<&str> = life
                .kinds
                .iter()
                .map(|kind| kind.of.session.as_ref())
                .filter(|name| !name.is_empty())
                .collect();
            let is_only_one = !sessions.is_empty() && sessions.iter().all(|session| *session == instance);
            firm(
                is_only_one && is_callers,
                Confidence::Likely,
                format!("{instance} is where the calls come from"),
            )
        }
        (T::PodIdentity, Who::Role { .. }) => {
            let is_it = change.all(Part::Role).any(|arn| Who::of(arn) == who);
            firm(is_it, Confidence::Likely, "pods get the role by it".to_owned())
        }
        (T::Provider, Who::Role { .. }) => {
            let provider = change.get(Part::Provider)?;
            let vouched = evidence.all_of(life.principal).iter().any(|kind| *kind.of.provider == *provider);
            firm(vouched, Confidence::Likely, "this provider vouches for the callers".to_owned())
        }
        _ => None,
    }
}

fn through(life: &Life<'_>, is_it: impl Fn(&str) -> bool) -> u64 {
    let kinds = life.kinds.iter().filter(|kind| !kind.of.endpoint.is_empty() && is_it(&kind.of.endpoint));
    kinds.map(|kind| kind.count()).sum()
}

/// How many calls straight to the API took another way.
fn through_other(life: &Life<'_>, change: &Change) -> u64 {
    let straight = life.kinds.iter().filter(|kind| !kind.of.address.is_empty());
    let other = straight.filter(|kind| !change.names(Part::Endpoint, &kind.of.endpoint));
    other.map(|kind| kind.count()).sum()
}

/// The change that ended a silence: of the same object, before the first call.
fn undone(life: &Life<'_>, broken: &Change, again: EpochSeconds, evidence: &Evidence) -> Option<Cause> {
    use Touches as T;
    let undoes = |touches: Touches| match broken.touches {
        T::KeyOff | T::UserDeleted => touches == T::KeyOn,
        T::EndpointPolicy => touches == T::EndpointPolicy,
        T::EndpointNetwork => touches == T::EndpointNetwork,
        T::EndpointDeleted => touches == T::EndpointCreated,
        T::Network => touches == T::Network,
        T::ProfileRoleTaken => touches == T::ProfileRoleGiven,
        T::InstanceProfile => touches == T::InstanceProfile,
        T::InstanceMetadata => touches == T::InstanceMetadata,
        T::PodIdentity => matches!(touches, T::PodIdentity | T::PodIdentityGiven),
        T::RoleTrust | T::RoleDeleted => touches == T::RoleTrust,
        T::Provider => touches == T::Provider,
        _ => false,
    };
    let parts =
        [Part::Key, Part::User, Part::Endpoint, Part::Guard, Part::Role, Part::Instance, Part::Provider];
    let is_same = |change: &Change| {
        parts.iter().any(|part| change.get(*part).is_some_and(|name| broken.names(*part, name)))
    };
    let change = evidence.changes.iter().rev().find(|change| {
        change.time > broken.time && change.time <= again && undoes(change.touches) && is_same(change)
    })?;
    let why = format!(
        "{} called again {} after it",
        Who::of(life.principal).words(),
        duration(again - change.time)
    );
    Some(cause(Link { confidence: Confidence::Likely, why }, change, None))
}
