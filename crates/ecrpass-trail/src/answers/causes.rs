//! The changes that explain a case: successful ones, before it began, after which the same call did not work any more.

use ecrpass_core::time::{EpochSeconds, duration, rfc3339};
use ecrpass_diagnosis::finding::Confidence;
use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use super::case::{Case, Stage};
use super::confirm::confirm;
use super::links::{Link, Links};
use crate::change::{Change, Touches};
use crate::evidence::{Evidence, Kind, Place};
use crate::failure::Failure;
use crate::report::{Cause, Ended};

/// How long a change takes to be in force everywhere, in seconds. Source: IAM User Guide, "Changes that I make are not
/// always immediately visible".
const SETTLES: EpochSeconds = 300;

/// How long before the first error a change may have been made that is not known to be on what the call depends on.
const NEAR: EpochSeconds = 2 * 3_600;

/// The same for one that is, where the call was never seen to work.
const DAY: EpochSeconds = 86_400;

/// How many causes are named.
const MOST: usize = 5;

/// How long before a storm a change of the load still belongs to it.
const LOAD: EpochSeconds = 1_800;

/// The causes of a case that began at a moment, the best first.
pub fn causes(case: &Case<'_>, began: EpochSeconds, evidence: &Evidence) -> Vec<Cause> {
    let links = Links::of(case, evidence);
    let successes = case.successes(evidence);
    let earlier = case.before(evidence).0.map(|calls| calls.last).filter(|worked| *worked < began);
    let worked = last_before(&successes, began).max(earlier);
    let mut found: Vec<(Link, &Change)> = evidence
        .changes
        .iter()
        .filter(|change| change.time < began && breaks(case, change.touches))
        // What still worked long after it was not broken by it.
        .filter(|change| worked.is_none_or(|worked| worked <= change.time + SETTLES))
        .filter_map(|change| Some((links.link(change)?, change)))
        .filter_map(|(mut link, change)| {
            let before = began - change.time;
            if link.confidence == Confidence::Possible && before > NEAR {
                return None;
            }
            // Only what worked before the change was broken by it for sure.
            if worked.is_none() && before > DAY && link.confidence != Confidence::Certain {
                link.confidence = Confidence::Possible;
            }
            Some((link, change))
        })
        .collect();
    found.sort_by(|(a, x), (b, y)| {
        a.confidence.cmp(&b.confidence).then(y.time.cmp(&x.time)).then_with(|| x.id.cmp(&y.id))
    });
    // Beside one that is known to be on the way, guesses only distract.
    let has_firm = found.first().is_some_and(|(link, _)| link.confidence != Confidence::Possible);
    if has_firm {
        found.retain(|(link, _)| link.confidence != Confidence::Possible);
    }
    found.truncate(MOST);
    found.into_iter().map(|(link, change)| cause(link, change, Some((began, worked)))).collect()
}

/// A change as a cause. When a call failed first, and when it worked last before, says how close they are.
pub fn cause(link: Link, change: &Change, moments: Option<(EpochSeconds, Option<EpochSeconds>)>) -> Cause {
    let Link { confidence, mut why } = link;
    if let Some((began, worked)) = moments {
        why.push_str(&format!("; the first call failed {} after it", duration(began - change.time)));
        if let Some(worked) = worked.filter(|worked| *worked < change.time) {
            why.push_str(&format!(", the last one worked {} before it", duration(change.time - worked)));
        }
    }
    Cause {
        event_id: change.id.clone(),
        event: change.name.clone(),
        time: rfc3339(change.time),
        confidence,
        object: change.object(),
        by: change.by.clone(),
        account: change.account.clone(),
        why,
        confirm: confirm(change).map(|command| command.to_string()),
    }
}

/// When a case that was seen last at a moment was over, and by which change.
pub fn ended(case: &Case<'_>, last: EpochSeconds, evidence: &Evidence) -> Option<Ended> {
    let successes = case.successes(evidence);
    let works = successes.iter().filter_map(|kind| kind.first_after(last)).min()?;
    let links = Links::of(case, evidence);
    let mut fixes: Vec<(Link, &Change)> = evidence
        .changes
        .iter()
        .filter(|change| change.time + SETTLES > last && change.time <= works)
        .filter(|change| fixes(change.touches) && is_related(case, change.touches))
        .filter_map(|change| Some((links.link(change)?, change)))
        .collect();
    fixes.sort_by(|(a, x), (b, y)| a.confidence.cmp(&b.confidence).then(y.time.cmp(&x.time)));
    let by = fixes.into_iter().next().map(|(link, change)| cause(link, change, None));
    Some(Ended { time: rfc3339(works), by })
}

/// What made the calls so many.
pub fn context(case: &Case<'_>, began: EpochSeconds, evidence: &Evidence) -> Vec<Cause> {
    let is_near = |change: &&Change| {
        change.touches == Touches::Load
            && change.time <= began
            && began - change.time <= LOAD
            && change.region == case.region
            && (change.account == case.account || change.account.is_empty())
    };
    let near = evidence.changes.iter().rev().filter(is_near).take(3);
    near.map(|change| {
        let why = format!("it changes how many call at once, {} before", duration(began - change.time));
        cause(Link { confidence: Confidence::Possible, why }, change, None)
    })
    .collect()
}

/// When a case began that was seen first at a moment, and whether it may have been earlier.
pub fn began(case: &Case<'_>, seen: EpochSeconds, evidence: &Evidence) -> (EpochSeconds, bool) {
    let Some(since) = evidence.since else { return (seen, false) };
    if last_before(&case.successes(evidence), seen).is_some() {
        return (seen, false);
    }
    // Nothing within the time that was asked for says that it is the beginning.
    let (worked, failed) = case.before(evidence);
    match (worked, failed) {
        (Some(worked), Some(failed)) if worked.last > failed.last => (seen, false),
        (Some(worked), Some(failed)) if worked.last >= failed.first => (failed.last, true),
        (worked, Some(failed)) => (failed.first, worked.is_none()),
        (Some(_), None) => (seen, false),
        (None, None) => {
            let is_there = |((account, region, _), (first, _)): (&Place, &(EpochSeconds, EpochSeconds))| {
                account == case.account && region == case.region && *first < since
            };
            (seen, !evidence.places.iter().any(is_there))
        }
    }
}

fn last_before(successes: &[&Kind], moment: EpochSeconds) -> Option<EpochSeconds> {
    successes.iter().filter_map(|kind| kind.last_before(moment)).max()
}

/// Whether that kind of change can lead to that kind of failure.
fn breaks(case: &Case<'_>, touches: Touches) -> bool {
    use Touches as T;
    match case.failure {
        Failure::Denied => denies(case, touches),
        Failure::WebIdentity => matches!(touches, T::Provider | T::RoleTrust),
        Failure::KeyRefused => matches!(touches, T::KeyOff | T::UserDeleted),
        Failure::NoRepository => touches == T::RepositoryDeleted,
        Failure::NoImage => matches!(touches, T::ImagesDeleted | T::Lifecycle | T::RepositoryDeleted),
        Failure::TagImmutable => touches == T::TagMutability,
        Failure::Upstream => matches!(touches, T::Secret | T::SecretDeleted | T::UpstreamRule | T::KmsKeyOff),
        Failure::Kms => matches!(touches, T::KmsKeyOff | T::KmsKeyPolicy | T::KmsGrant),
        Failure::Throttled
        | Failure::Expired
        | Failure::Quota
        | Failure::Pull
        | Failure::Service
        | Failure::Other => false,
    }
}

/// The same for denials: the layer that said no tells where to look.
fn denies(case: &Case<'_>, touches: Touches) -> bool {
    use Touches as T;
    let takes = matches!(
        touches,
        T::RolePolicyTaken
            | T::RolePolicyPut
            | T::RoleDeleted
            | T::PolicyVersion
            | T::PolicyDeleted
            | T::UserPolicyTaken
            | T::UserPolicyPut
            | T::GroupLeft
            | T::GroupPolicyTaken
            | T::GroupPolicyPut
            | T::PermissionSet
    );
    // A policy that is given can only deny.
    let gives =
        matches!(touches, T::RolePolicyGiven | T::UserPolicyGiven | T::GroupPolicyGiven | T::GroupJoined);
    let is_identity = takes || gives && case.reason.is_explicit();
    let is_boundary = matches!(touches, T::RoleBoundaryPut | T::UserBoundaryPut);
    let is_repository = matches!(
        touches,
        T::RepositoryPolicyPut | T::RepositoryPolicyTaken | T::RepositoryCreated | T::RegistryPolicy
    );
    let is_org = is_org(touches);
    let is_trust = matches!(touches, T::RoleTrust | T::RoleDeleted | T::Provider);
    match case.reason.policy() {
        Some(PolicyKind::Identity) => is_identity,
        Some(PolicyKind::Boundary) => is_boundary || touches == T::PolicyVersion,
        Some(PolicyKind::Session) => matches!(touches, T::PodIdentity | T::PermissionSet),
        Some(PolicyKind::Resource) if case.stage == Stage::Assume => is_trust,
        Some(PolicyKind::Resource) => is_repository,
        Some(PolicyKind::ServiceControl | PolicyKind::ResourceControl) => is_org,
        Some(PolicyKind::Endpoint) => touches == T::EndpointPolicy,
        Some(PolicyKind::Trust) => is_trust,
        None if case.stage == Stage::Assume => is_trust || is_identity,
        None => {
            let is_explicit = case.reason == Reason::Denied(None);
            is_identity
                || is_boundary
                || is_repository && case.stage != Stage::Token
                || is_explicit && (is_org || touches == T::EndpointPolicy)
        }
    }
}

fn is_org(touches: Touches) -> bool {
    use Touches as T;
    matches!(
        touches,
        T::OrgPolicyAttached
            | T::OrgPolicyDetached
            | T::OrgPolicyUpdated
            | T::OrgPolicyType
            | T::OrgAccountMoved
    )
}

/// Whether that kind of change can put something right.
fn fixes(touches: Touches) -> bool {
    use Touches as T;
    is_org(touches)
        || matches!(
            touches,
            T::RolePolicyGiven
                | T::RolePolicyPut
                | T::RolePolicyTaken
                | T::RoleBoundaryPut
                | T::RoleBoundaryTaken
                | T::RoleTrust
                | T::PolicyVersion
                | T::UserPolicyGiven
                | T::UserPolicyPut
                | T::UserPolicyTaken
                | T::UserBoundaryPut
                | T::UserBoundaryTaken
                | T::GroupJoined
                | T::GroupPolicyGiven
                | T::GroupPolicyPut
                | T::KeyOn
                | T::PermissionSet
                | T::PodIdentity
                | T::PodIdentityGiven
                | T::Provider
                | T::RepositoryPolicyPut
                | T::RepositoryPolicyTaken
                | T::RepositoryCreated
                | T::RegistryPolicy
                | T::UpstreamRule
                | T::UpstreamRuleCreated
                | T::TagMutability
                | T::EndpointPolicy
                | T::KmsKeyOn
                | T::KmsKeyPolicy
                | T::Secret
        )
}

/// Whether a change that puts something right is about what a case is about.
fn is_related(case: &Case<'_>, touches: Touches) -> bool {
    use Touches as T;
    match case.failure {
        Failure::Denied => match case.reason.policy() {
            Some(PolicyKind::Boundary) => {
                denies(case, touches) || matches!(touches, T::RoleBoundaryTaken | T::UserBoundaryTaken)
            }
            Some(PolicyKind::Identity) | None => {
                denies(case, touches)
                    || matches!(
                        touches,
                        T::RolePolicyGiven | T::UserPolicyGiven | T::GroupJoined | T::GroupPolicyGiven
                    )
            }
            Some(_) => denies(case, touches),
        },
        Failure::NoRepository => touches == T::RepositoryCreated,
        Failure::KeyRefused => touches == T::KeyOn,
        Failure::Kms => matches!(touches, T::KmsKeyOn | T::KmsKeyPolicy),
        Failure::Upstream => {
            matches!(touches, T::Secret | T::UpstreamRule | T::UpstreamRuleCreated | T::KmsKeyOn)
        }
        _ => breaks(case, touches),
    }
}
