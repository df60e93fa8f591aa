//! What holds what, as far as changes show it: policies of roles, users of groups, secrets of pull-through cache rules.

use ecrpass_core::time::EpochSeconds;

use crate::change::{Change, Part, Touches};

/// What changes show about what belongs together.
#[derive(Clone, Copy, Debug)]
pub struct Holdings<'a> {
    changes: &'a [Change],
}

/// Who can hold a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder<'a> {
    /// A role's name, a user's, a group's.
    pub part: Part,
    /// The name.
    pub name: &'a str,
    /// The account.
    pub account: &'a str,
}

impl<'a> Holdings<'a> {
    /// What these changes show.
    pub fn of(changes: &'a [Change]) -> Self {
        Self { changes }
    }

    /// Whether a policy was attached to somebody at a moment; `None` where no change says so.
    pub fn has_policy(&self, holder: Holder<'_>, policy: &str, at: EpochSeconds) -> Option<bool> {
        self.state(at, |change| {
            (is_of(change, holder) && change.names(Part::Policy, policy)).then_some(())?;
            gives_policy(change.touches)
        })
    }

    /// Whether a policy is known to have been attached to anybody at a moment.
    pub fn policy_has_holder(&self, policy: &str, at: EpochSeconds) -> bool {
        self.changes.iter().filter(|change| change.names(Part::Policy, policy)).any(|change| {
            [Part::Role, Part::User, Part::Group].into_iter().any(|part| {
                change.get(part).is_some_and(|name| {
                    let holder = Holder { part, name, account: &change.account };
                    self.has_policy(holder, policy, at) == Some(true)
                })
            })
        })
    }

    /// The groups that a policy was ever attached to.
    pub fn groups_with(&self, policy: &str) -> impl Iterator<Item = &'a str> {
        let changes: &'a [Change] = self.changes;
        changes
            .iter()
            .filter(move |change| {
                change.touches == Touches::GroupPolicyGiven && change.names(Part::Policy, policy)
            })
            .flat_map(|change| change.all(Part::Group))
    }

    /// Whether a user was in a group at a moment; `None` where no change says so.
    pub fn is_member(&self, user: Holder<'_>, group: &str, at: EpochSeconds) -> Option<bool> {
        self.state(at, |change| {
            (is_of(change, user) && change.names(Part::Group, group)).then_some(())?;
            match change.touches {
                Touches::GroupJoined => Some(true),
                Touches::GroupLeft => Some(false),
                _ => None,
            }
        })
    }

    /// Whether a role was in an instance profile.
    pub fn is_in_profile(&self, role: Holder<'_>, profile: &str) -> bool {
        self.changes.iter().any(|change| {
            matches!(change.touches, Touches::ProfileRoleGiven | Touches::ProfileRoleTaken)
                && is_of(change, role)
                && change.names(Part::Profile, profile)
        })
    }

    /// Whether a security group is known to stand before a VPC endpoint.
    pub fn is_guarded(&self, endpoint: &str, guard: &str) -> bool {
        self.changes.iter().any(|change| {
            matches!(change.touches, Touches::EndpointNetwork | Touches::EndpointCreated)
                && change.names(Part::Endpoint, endpoint)
                && change.names(Part::Guard, guard)
        })
    }

    /// The secrets of the pull-through cache rules with a prefix.
    pub fn secrets_of(&self, prefix: &str) -> impl Iterator<Item = &'a str> {
        self.changes
            .iter()
            .filter(move |change| {
                matches!(change.touches, Touches::UpstreamRule | Touches::UpstreamRuleCreated)
                    && change.names(Part::Prefix, prefix)
            })
            .flat_map(|change| change.all(Part::Secret))
    }

    /// What the last change before a moment left, or the first one after it found.
    fn state(&self, at: EpochSeconds, says: impl Fn(&Change) -> Option<bool>) -> Option<bool> {
        let said = |change: &&Change| says(change).is_some();
        let before = self.changes.iter().rev().filter(|change| change.time < at).find(said);
        let after = || self.changes.iter().filter(|change| change.time >= at).find(said);
        match before {
            Some(change) => says(change),
            // What is taken away was there, and what is given was not.
            None => after().and_then(says).map(|given| !given),
        }
    }
}

fn is_of(change: &Change, holder: Holder<'_>) -> bool {
    change.names(holder.part, holder.name) && (change.account == holder.account || change.account.is_empty())
}

fn gives_policy(touches: Touches) -> Option<bool> {
    match touches {
        Touches::RolePolicyGiven
        | Touches::UserPolicyGiven
        | Touches::GroupPolicyGiven
        | Touches::RoleBoundaryPut
        | Touches::UserBoundaryPut => Some(true),
        Touches::RolePolicyTaken | Touches::UserPolicyTaken | Touches::GroupPolicyTaken => Some(false),
        _ => None,
    }
}
