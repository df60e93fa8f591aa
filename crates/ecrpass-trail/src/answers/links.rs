//! Whether a change is on an object that a failing call depends on, and how sure that is.

use std::collections::BTreeSet;

use ecrpass_core::Arn;
use ecrpass_core::account::is_account_id;
use ecrpass_diagnosis::finding::Confidence;
use ecrpass_iam::policy_kind::PolicyKind;

use super::case::Case;
use super::holdings::{Holder, Holdings};
use crate::change::{Change, Part, Touches};
use crate::evidence::Evidence;
use crate::who::Who;

/// What a change has to do with a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// How sure it is that the call depends on the object.
    pub confidence: Confidence,
    /// In words.
    pub why: String,
}

/// What a case depends on.
#[derive(Clone, Debug)]
pub struct Links<'a> {
    case: &'a Case<'a>,
    holdings: Holdings<'a>,
    endpoints: BTreeSet<&'a str>,
    repositories: BTreeSet<&'a str>,
    providers: BTreeSet<&'a str>,
    roles_asked: BTreeSet<String>,
}

fn certain(why: String) -> Option<Link> {
    Some(Link { confidence: Confidence::Certain, why })
}

fn likely(why: String) -> Option<Link> {
    Some(Link { confidence: Confidence::Likely, why })
}

fn possible(why: String) -> Option<Link> {
    Some(Link { confidence: Confidence::Possible, why })
}

impl<'a> Links<'a> {
    /// What a case depends on, as far as the records show it.
    pub fn of(case: &'a Case<'a>, evidence: &'a Evidence) -> Self {
        let of_caller = evidence.of_principal(case.principal).filter(|kind| *kind.of.region == *case.region);
        let endpoints = of_caller
            .chain(case.kinds.iter().copied())
            .map(|kind| kind.of.endpoint.as_ref())
            .filter(|endpoint| !endpoint.is_empty());
        Self {
            case,
            holdings: Holdings::of(&evidence.changes),
            endpoints: endpoints.collect(),
            repositories: case.repositories(),
            providers: case.providers(),
            roles_asked: match case.role_asked() {
                Some(role) => [role].into(),
                None => case.roles_got(evidence),
            },
        }
    }

    /// What a change has to do with it; `None` for nothing.
    pub fn link(&self, change: &Change) -> Option<Link> {
        use Touches as T;
        match change.touches {
            T::RoleTrust | T::RoleDeleted => {
                self.asked_role(change).or_else(|| self.caller(change, Part::Role))
            }
            T::RolePolicyTaken
            | T::RolePolicyPut
            | T::RolePolicyGiven
            | T::RoleBoundaryPut
            | T::RoleBoundaryTaken => self.caller(change, Part::Role),
            T::UserPolicyTaken
            | T::UserPolicyPut
            | T::UserPolicyGiven
            | T::UserBoundaryPut
            | T::UserBoundaryTaken
            | T::UserDeleted
            | T::GroupLeft
            | T::GroupJoined => self.caller(change, Part::User),
            T::KeyOff | T::KeyOn => self.key(change),
            T::PolicyVersion | T::PolicyDeleted => self.managed_policy(change),
            T::GroupPolicyTaken | T::GroupPolicyPut | T::GroupPolicyGiven => self.group(change),
            T::PermissionSet => self.permission_set(),
            T::PodIdentity | T::PodIdentityGiven => self.pod_identity(change),
            T::Provider => self.provider(change),
            T::RepositoryPolicyPut
            | T::RepositoryPolicyTaken
            | T::RepositoryDeleted
            | T::RepositoryCreated
            | T::Lifecycle
            | T::TagMutability
            | T::ImagesDeleted => self.repository(change),
            T::RegistryPolicy => self
                .is_at_registry(change)
                .then(|| possible("it is the policy of the registry".to_owned()))?,
            T::UpstreamRule | T::UpstreamRuleCreated => self.rule(change),
            T::Secret | T::SecretDeleted => self.secret(change),
            T::EndpointPolicy | T::EndpointNetwork | T::EndpointDeleted | T::EndpointCreated => {
                self.endpoint(change)
            }
            T::OrgPolicyAttached | T::OrgPolicyDetached | T::OrgPolicyUpdated => self.org_policy(change),
            T::OrgPolicyType => possible("it switches a type of policies of the organisation".to_owned()),
            T::OrgAccountMoved => self.moved(change),
            T::KmsKeyOff | T::KmsKeyOn | T::KmsKeyPolicy | T::KmsGrant => self.kms(change),
            T::ProfileRoleTaken
            | T::ProfileRoleGiven
            | T::InstanceProfile
            | T::InstanceMetadata
            | T::Network
            | T::Load
            | T::Logging => None,
        }
    }

    /// Whether it was made in the caller's account.
    fn is_callers(&self, change: &Change) -> bool {
        let caller = self.case.who().account().unwrap_or(self.case.account);
        change.account.is_empty() || change.account == caller
    }

    /// Whether it was made at the registry that was asked.
    fn is_at_registry(&self, change: &Change) -> bool {
        let of = change.get(Part::Registry).unwrap_or(&change.account);
        (of.is_empty() || of == self.case.registry) && change.region == self.case.region
    }

    fn caller(&self, change: &Change, part: Part) -> Option<Link> {
        let (is_part, name) = match self.case.who() {
            Who::Role { name, .. } => (part == Part::Role, name),
            Who::User { name, .. } => (part == Part::User, name),
            _ => return None,
        };
        let of_caller = is_part && self.is_callers(change) && change.names(part, name);
        let kind = if part == Part::Role { "role" } else { "user" };
        of_caller.then(|| likely(format!("the calls are made as the {kind} {name}")))?
    }

    /// The role that somebody asked for.
    fn asked_role(&self, change: &Change) -> Option<Link> {
        let is_it = |arn: &String| match Who::of(arn) {
            Who::Role { account, name } => {
                change.names(Part::Role, name) && (change.account.is_empty() || change.account == account)
            }
            _ => false,
        };
        let Who::Role { name, .. } = Who::of(self.roles_asked.iter().find(|arn| is_it(arn))?) else {
            return None;
        };
        likely(format!("the role {name} is the one that was asked for"))
    }

    fn key(&self, change: &Change) -> Option<Link> {
        let key = change.get(Part::Key)?;
        let signed = self.case.kinds.iter().flat_map(|kind| &kind.firsts).any(|first| first.key == key);
        if signed || self.case.kinds.iter().any(|kind| *kind.of.key == *key) {
            return certain("the calls are signed with this key".to_owned());
        }
        self.caller(change, Part::User)
    }

    fn managed_policy(&self, change: &Change) -> Option<Link> {
        let policy = change.get(Part::Policy)?;
        if policy == self.case.policy_arn {
            return certain("the error names this policy".to_owned());
        }
        let holder = self.holder()?;
        if !self.is_callers(change) {
            return None;
        }
        let name = holder.name;
        match self.holdings.has_policy(holder, policy, change.time) {
            Some(true) => likely(format!("the policy is attached to {name}")),
            Some(false) => None,
            None if self.has_by_group(holder, policy, change) => {
                likely(format!("the policy is attached to a group of {name}"))
            }
            // It is somebody else's.
            None if self.holdings.policy_has_holder(policy, change.time) => None,
            None => possible(format!(
                "the policy may be attached to {name}: these records do not say to whom it is"
            )),
        }
    }

    fn holder(&self) -> Option<Holder<'a>> {
        match self.case.who() {
            Who::Role { account, name } => Some(Holder { part: Part::Role, name, account }),
            Who::User { account, name } => Some(Holder { part: Part::User, name, account }),
            _ => None,
        }
    }

    fn has_by_group(&self, holder: Holder<'_>, policy: &str, change: &Change) -> bool {
        let Who::User { .. } = self.case.who() else { return false };
        self.holdings
            .groups_with(policy)
            .any(|group| self.holdings.is_member(holder, group, change.time) == Some(true))
    }

    fn group(&self, change: &Change) -> Option<Link> {
        let Who::User { name, account } = self.case.who() else { return None };
        let group = change.get(Part::Group).filter(|_| self.is_callers(change))?;
        let user = Holder { part: Part::User, name, account };
        match self.holdings.is_member(user, group, change.time) {
            Some(true) => likely(format!("{name} is in the group {group}")),
            Some(false) => None,
            None => possible(format!("{name} may be in the group {group}: these records do not say so")),
        }
    }

    fn permission_set(&self) -> Option<Link> {
        let Who::Role { name, .. } = self.case.who() else { return None };
        let is_made_of_one = name.starts_with("AWSReservedSSO_");
        is_made_of_one.then(|| possible(format!("{name} is made of a permission set")))?
    }

    fn pod_identity(&self, change: &Change) -> Option<Link> {
        let Who::Role { name, account } = self.case.who() else { return None };
        let is_it = |arn: &str| match Who::of(arn) {
            Who::Role { name: of, account: by } => of == name && by == account,
            _ => false,
        };
        change.all(Part::Role).any(is_it).then(|| likely(format!("pods get the role {name} by it")))?
    }

    fn provider(&self, change: &Change) -> Option<Link> {
        let provider = change.get(Part::Provider)?;
        let vouched = self.providers.contains(provider) || {
            // Some records name the issuer only.
            let issuer = provider.split_once("provider/").map_or("", |(_, issuer)| issuer);
            !issuer.is_empty() && self.providers.iter().any(|known| known.ends_with(issuer))
        };
        vouched.then(|| likely("this provider vouches for the callers".to_owned()))?
    }

    fn repository(&self, change: &Change) -> Option<Link> {
        let name = change.get(Part::Repository)?;
        let is_it = self.repositories.contains(name) && self.is_at_registry(change);
        is_it.then(|| likely(format!("the calls are about the repository {name}")))?
    }

    fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.repositories.iter().filter_map(|name| name.split('/').next())
    }

    fn rule(&self, change: &Change) -> Option<Link> {
        let prefix = change.get(Part::Prefix)?;
        let is_below = |name: &&str| -> bool {
            name.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let is_it =
            self.is_at_registry(change) && (prefix == "ROOT" || self.repositories.iter().any(is_below));
        is_it.then(|| likely(format!("the images come by the rule with the prefix {prefix}")))?
    }

    fn secret(&self, change: &Change) -> Option<Link> {
        let secret = change.get(Part::Secret)?;
        if change.region != self.case.region {
            return None;
        }
        let by_rule: Vec<&str> =
            self.prefixes().flat_map(|prefix| self.holdings.secrets_of(prefix)).collect();
        if by_rule.iter().any(|known| is_same_secret(known, secret)) {
            return likely("the pull-through cache rule of these images uses this secret".to_owned());
        }
        if !by_rule.is_empty() || change.account != self.case.registry {
            return None;
        }
        let of_prefix = self.prefixes().any(|prefix| secret_name(secret).starts_with(prefix));
        if of_prefix {
            return likely("the secret has the name of these images' prefix".to_owned());
        }
        possible("a pull-through cache rule uses a secret of this kind".to_owned())
    }

    fn endpoint(&self, change: &Change) -> Option<Link> {
        if let Some(id) = change.all(Part::Endpoint).find(|id| self.endpoints.contains(id)) {
            return likely(format!("the calls go through the endpoint {id}"));
        }
        let may_be =
            self.endpoints.is_empty() && self.is_callers(change) && change.region == self.case.region;
        may_be.then(|| possible("the calls may go through this endpoint".to_owned()))?
    }

    fn org_policy(&self, change: &Change) -> Option<Link> {
        let policy = change.get(Part::Policy)?;
        let named = &self.case.policy_arn;
        if !named.is_empty() {
            // AWS says which policy it was: no other can be it.
            let is_it = named.ends_with(&format!("/{policy}"));
            return is_it.then(|| certain("the error names this policy".to_owned()))?;
        }
        let account = self.governed();
        match change.get(Part::Target) {
            Some(target) if target == account => likely(format!("it is about the account {account}")),
            Some(target) if is_account_id(target) => None,
            Some(target) => possible(format!("the account {account} may be below {target}")),
            None => possible("the policy may be in force for the account".to_owned()),
        }
    }

    /// The account that the organisation's policy is about: service control policies are for callers, resource control
    /// policies for what is called.
    fn governed(&self) -> &'a str {
        match self.case.reason.policy() {
            Some(PolicyKind::ResourceControl) => self.case.registry,
            _ => self.case.who().account().unwrap_or(self.case.account),
        }
    }

    fn moved(&self, change: &Change) -> Option<Link> {
        let account = self.governed();
        let is_it = change.names(Part::Account, account);
        is_it.then(|| likely(format!("other policies are in force where the account {account} is now")))?
    }

    fn kms(&self, change: &Change) -> Option<Link> {
        let key = change.get(Part::KmsKey)?;
        let id = Arn::parse(key).map_or(key, |arn| arn.resource_of_kind("key").unwrap_or(key));
        if id.len() > 8 && self.case.messages().any(|message| message.contains(id)) {
            return certain("the error names this key".to_owned());
        }
        let account = Arn::parse(key).and_then(|arn| arn.account()).unwrap_or(&change.account);
        let may_be = account == self.case.registry && change.region == self.case.region;
        may_be.then(|| possible("the repository may be encrypted with this key".to_owned()))?
    }
}

/// The name of a secret behind what all secrets of rules are called, without the characters its ARN ends in.
fn secret_name(secret: &str) -> &str {
    secret.split_once(crate::change::UPSTREAM_SECRETS).map_or(secret, |(_, name)| name)
}

/// Whether a name or an ARN stands for the same secret as another. An ARN ends in a dash and six characters.
fn is_same_secret(one: &str, other: &str) -> bool {
    let (one, other) = (secret_name(one), secret_name(other));
    let is_arn_of = |arn: &str, name: &str| {
        arn.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.len() == 7 && rest.starts_with('-'))
    };
    is_arn_of(one, other) || is_arn_of(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_the_same_by_name_and_by_arn() {
        let arn =
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/docker-hub-Ab12Cd";
        assert!(is_same_secret(arn, "ecr-pullthroughcache/docker-hub"));
        assert!(is_same_secret("ecr-pullthroughcache/docker-hub", arn));
        assert!(!is_same_secret(arn, "ecr-pullthroughcache/docker"));
        assert!(!is_same_secret("ecr-pullthroughcache/quay", "ecr-pullthroughcache/docker-hub"));
    }
}
