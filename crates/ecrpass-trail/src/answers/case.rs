//! Failures that are one case: the same caller, refused for the same reason, at calls that belong together.

use std::sync::Arc;

use std::collections::{BTreeMap, BTreeSet};

use ecrpass_core::Arn;
use ecrpass_core::account::is_account_id;
use ecrpass_iam::denial::{self, Reason};
use ecrpass_iam::policy_kind::PolicyKind;

use crate::ecs;
use crate::evidence::{Evidence, Kind};
use crate::failure::{Failure, failure, is_answer};
use crate::outside::{self, Stretch};
use crate::series::{Series, with_caller};
use crate::who::Who;

/// What somebody was about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// To become a role.
    Assume,
    /// To log in.
    Token,
    /// To pull.
    Pull,
    /// To push.
    Push,
    /// Something else.
    Other,
}

impl Stage {
    /// What a call is for.
    pub fn of(source: &str, call: &str) -> Self {
        let is = |actions: &[&str]| {
            actions.iter().any(|action| action.split_once(':').is_some_and(|(_, name)| name == call))
        };
        match call {
            _ if source == "sts.amazonaws.com" => Self::Assume,
            "GetAuthorizationToken" => Self::Token,
            _ if is(&ecrpass_iam::actions::PULL) => Self::Pull,
            _ if is(&ecrpass_iam::actions::PUSH) => Self::Push,
            _ => Self::Other,
        }
    }
}

/// A case.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// What the code says.
    pub failure: Failure,
    /// Whose no it was, of a denial.
    pub reason: Reason,
    /// The policy that AWS names.
    pub policy_arn: String,
    /// What was refused first of what somebody needs.
    pub stage: Stage,
    /// Who was refused.
    pub principal: &'a str,
    /// The account of the trail.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// The account of the registry; that of the trail where the records do not say.
    pub registry: &'a str,
    /// The calls.
    pub kinds: Vec<&'a Kind>,
}

/// What makes failures one case. Denials at different stages are put together later, if they begin together.
type Key<'a> = (&'a str, &'a str, &'a str, Failure, String, String, &'a str, Stage, bool);

/// All cases.
pub fn cases(evidence: &Evidence) -> Vec<Case<'_>> {
    let mut cases: BTreeMap<Key<'_>, Case<'_>> = BTreeMap::new();
    for kind in evidence.kinds.iter().filter(|kind| kind.failed()) {
        let of = &kind.of;
        if is_answer(&of.call, &of.error) {
            continue;
        }
        let failure = failure(&of.error);
        let message = with_caller(&of.denial);
        let denied = denial::parse(&message);
        let reason = denied.map_or(Reason::Unsaid, |denied| denied.reason);
        let policy_arn = denied.and_then(|denied| denied.policy_arn).unwrap_or_default().to_owned();
        let said = match failure {
            Failure::Pull => ecs::cause(&of.denial).map(|id| id.slug().to_owned()).unwrap_or_default(),
            _ => format!("{reason:?}"),
        };
        let stage = Stage::of(&of.source, &of.call);
        let registry = if of.registry.is_empty() { &of.account } else { &of.registry };
        let case = Case {
            failure,
            reason,
            policy_arn: policy_arn.clone(),
            stage,
            principal: &of.principal,
            account: &of.account,
            region: &of.region,
            registry,
            kinds: Vec::new(),
        };
        let about = case.object_of(&of.repository);
        let by_stage =
            if failure == Failure::Denied || stage == Stage::Assume { stage } else { Stage::Other };
        let key = (
            of.principal.as_ref(),
            of.account.as_ref(),
            of.region.as_ref(),
            failure,
            said,
            policy_arn,
            about,
            by_stage,
            of.is_owners_copy,
        );
        let case = cases.entry(key).or_insert(case);
        case.stage = case.stage.min(stage);
        case.kinds.push(kind);
    }
    cases.into_values().collect()
}

impl<'a> Case<'a> {
    /// Who was refused.
    pub fn who(&self) -> Who<'a> {
        Who::of(self.principal)
    }

    /// Whether the registry is another account's than the caller's.
    pub fn is_cross_account(&self) -> bool {
        let caller = self.who().account().unwrap_or(self.account);
        is_account_id(caller) && is_account_id(self.registry) && caller != self.registry
    }

    /// Of failures that are about one object, which part of a repository's name tells it: the name, or the prefix of a
    /// pull-through cache rule.
    fn object_of<'b>(&self, repository: &'b str) -> &'b str {
        match self.failure {
            Failure::NoRepository | Failure::NoImage | Failure::TagImmutable => repository,
            Failure::Upstream => repository.split('/').next().unwrap_or_default(),
            Failure::Denied => match self.reason.policy() {
                Some(PolicyKind::Resource) => repository,
                None if self.is_cross_account() && self.stage != Stage::Token => repository,
                _ => "",
            },
            _ => "",
        }
    }

    /// The repositories.
    pub fn repositories(&self) -> BTreeSet<&'a str> {
        let names = self.kinds.iter().map(|kind| kind.of.repository.as_ref());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// The identity providers.
    pub fn providers(&self) -> BTreeSet<&'a str> {
        let names = self.kinds.iter().map(|kind| kind.of.provider.as_ref());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// What the first records say.
    pub fn messages(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.kinds.iter().flat_map(|kind| &kind.firsts).map(|first| first.message.as_str())
    }

    /// For whom identity providers vouched.
    pub fn subjects(&self) -> BTreeSet<&'a str> {
        let names = self.kinds.iter().map(|kind| kind.of.subject.as_ref());
        names.filter(|name| !name.is_empty()).collect()
    }

    /// The role that was asked for, by its ARN: of a web identity it is the principal itself.
    pub fn role_asked(&self) -> Option<String> {
        if self.stage != Stage::Assume {
            return None;
        }
        let of_denial = self.kinds.iter().find_map(|kind| {
            let message = with_caller(&kind.of.denial);
            let resource = denial::parse(&message)?.resource?;
            Arn::parse(resource)?.role_name()?;
            Some(resource.to_owned())
        });
        of_denial.or_else(|| matches!(self.who(), Who::Role { .. }).then(|| self.principal.to_owned()))
    }

    /// The roles that the same callers got before. Refused records may leave out which role was asked for.
    pub fn roles_got(&self, evidence: &Evidence) -> BTreeSet<String> {
        if self.stage != Stage::Assume || matches!(self.who(), Who::Role { .. }) {
            return BTreeSet::new();
        }
        let subjects = self.subjects();
        let got = evidence.kinds.iter().filter(|kind| {
            !kind.failed()
                && Stage::of(&kind.of.source, &kind.of.call) == Stage::Assume
                && subjects.contains(kind.of.subject.as_ref())
                && matches!(Who::of(&kind.of.principal), Who::Role { .. })
        });
        got.map(|kind| kind.of.principal.to_string()).collect()
    }

    /// The same calls that succeeded: same caller, same region, same repository at the same registry.
    pub fn successes<'b>(&self, evidence: &'b Evidence) -> Vec<&'b Kind> {
        let asked = self.asked();
        let same = |kind: &&Kind| {
            let of = &kind.of;
            !kind.failed() && !of.is_owners_copy && *of.region == *self.region && asked.has(of)
        };
        let roles = self.roles_got(evidence);
        let callers = roles.iter().map(String::as_str).chain([self.principal]);
        callers.flat_map(|caller| evidence.all_of(caller)).filter(same).collect()
    }

    /// The same calls before the time that was asked for: those that succeeded, and those that failed in the same way.
    pub fn before(&self, evidence: &Evidence) -> (Option<Stretch>, Option<Stretch>) {
        let asked = self.asked();
        let roles = self.roles_got(evidence);
        let (mut worked, mut failed) = (None, None);
        for (of, calls) in
            evidence.earlier.iter().filter(|(of, _)| *of.region == *self.region && asked.has(of))
        {
            let is_callers = *of.principal == *self.principal;
            if of.error.is_empty()
                && !of.is_owners_copy
                && (is_callers || roles.contains(of.principal.as_ref()))
            {
                outside::add(&mut worked, Some(*calls));
            } else if is_callers && *of.account == *self.account && failure(&of.error) == self.failure {
                outside::add(&mut failed, Some(*calls));
            }
        }
        (worked, failed)
    }

    fn asked(&self) -> Asked<'a> {
        Asked {
            calls: self.kinds.iter().map(|kind| call(&kind.of)).collect(),
            registries: self.kinds.iter().map(|kind| kind.of.registry.as_ref()).collect(),
        }
    }

    /// Whether two denials are of the same policies, at whatever stage.
    pub fn is_like(&self, other: &Case<'_>) -> bool {
        self.failure == Failure::Denied
            && other.failure == Failure::Denied
            && self.stage != Stage::Assume
            && other.stage != Stage::Assume
            && self.principal == other.principal
            && self.account == other.account
            && self.region == other.region
            && self.reason == other.reason
            && self.policy_arn == other.policy_arn
            && self.reason.policy() != Some(PolicyKind::Resource)
    }
}

/// What was asked for.
struct Asked<'a> {
    calls: BTreeSet<(&'a str, &'a str, &'a str)>,
    registries: BTreeSet<&'a str>,
}

impl Asked<'_> {
    /// Whether that is the same: at the same registry, as far as the records say it.
    fn has(&self, of: &Series<Arc<str>>) -> bool {
        let registry = of.registry.as_ref();
        let is_there =
            registry.is_empty() || self.registries.contains(registry) || self.registries.contains("");
        is_there && self.calls.contains(&call(of))
    }
}

/// Service, call and repository.
fn call(of: &Series<Arc<str>>) -> (&str, &str, &str) {
    (of.source.as_ref(), of.call.as_ref(), of.repository.as_ref())
}
