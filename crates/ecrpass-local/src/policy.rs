//! What a principal may do: the small part of IAM that an ECR login, pull or push meets.

use std::fmt;

use ecrpass_core::wildcard;

/// An identity policy: rules over actions and repository names, both with `*`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    allow: bool,
    action: String,
    repository: String,
}

/// What a policy says about one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    ImplicitDeny,
    ExplicitDeny,
}

impl Policy {
    /// Everything is allowed.
    pub fn allow_all() -> Self {
        Self::default().allow("*", "*")
    }

    /// Nothing is allowed.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// What AWS's managed policy `AmazonEC2ContainerRegistryPullOnly` allows.
    pub fn pull_only() -> Self {
        ["GetAuthorizationToken", "BatchGetImage", "GetDownloadUrlForLayer", "BatchImportUpstreamImage"]
            .iter()
            .fold(Self::default(), |policy, action| policy.allow(&format!("ecr:{action}"), "*"))
    }

    /// Adds a statement that allows `action` (`ecr:BatchGetImage`, `ecr:*`) on the repositories named.
    ///
    /// As in IAM, an action without a resource, `ecr:GetAuthorizationToken` above all, is only allowed by a
    /// statement on `*`.
    #[must_use]
    pub fn allow(self, action: &str, repository: &str) -> Self {
        self.with(true, action, repository)
    }

    /// Adds a statement that denies, whatever else allows.
    #[must_use]
    pub fn deny(self, action: &str, repository: &str) -> Self {
        self.with(false, action, repository)
    }

    fn with(mut self, allow: bool, action: &str, repository: &str) -> Self {
        self.rules.push(Rule { allow, action: action.to_owned(), repository: repository.to_owned() });
        self
    }

    /// Evaluates one action; `repository` is `None` for actions on no repository.
    pub(crate) fn evaluate(&self, action: &str, repository: Option<&str>) -> Decision {
        let applies = |rule: &&Rule| {
            // IAM compares actions without regard to case.
            wildcard::matches(&rule.action.to_ascii_lowercase(), &action.to_ascii_lowercase())
                && match repository {
                    Some(repository) => wildcard::matches(&rule.repository, repository),
                    None => rule.repository == "*",
                }
        };
        if self.rules.iter().filter(|rule| !rule.allow).any(|rule| applies(&rule)) {
            Decision::ExplicitDeny
        } else if self.rules.iter().filter(|rule| rule.allow).any(|rule| applies(&rule)) {
            Decision::Allowed
        } else {
            Decision::ImplicitDeny
        }
    }
}

/// Why an action was refused, in IAM's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Denial {
    pub(crate) principal: String,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) reason: Reason,
}

/// The layer that refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    NoIdentityPolicy,
    IdentityPolicyDenies,
    NoResourcePolicy,
    ResourcePolicyDenies,
    NoEndpointPolicy,
    /// STS gives none.
    Unsaid,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, action, resource, reason } = self;
        write!(f, "User: {principal} is not authorized to perform: {action} on resource: {resource}")?;
        match reason {
            Reason::NoIdentityPolicy => {
                write!(f, " because no identity-based policy allows the {action} action")
            }
            Reason::IdentityPolicyDenies => f.write_str(" with an explicit deny in an identity-based policy"),
            Reason::NoResourcePolicy => {
                write!(f, " because no resource-based policy allows the {action} action")
            }
            Reason::ResourcePolicyDenies => f.write_str(" with an explicit deny in a resource-based policy"),
            Reason::NoEndpointPolicy => {
                write!(f, " because no VPC endpoint policy allows the {action} action")
            }
            Reason::Unsaid => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deny_wins_and_tokens_need_a_star() {
        let policy = Policy::nothing()
            .allow("ecr:GetAuthorizationToken", "team/*")
            .allow("ecr:*", "team/*")
            .deny("ecr:PutImage", "team/secret");
        assert_eq!(policy.evaluate("ecr:GetAuthorizationToken", None), Decision::ImplicitDeny);
        assert_eq!(policy.evaluate("ecr:PutImage", Some("team/app")), Decision::Allowed);
        assert_eq!(policy.evaluate("ecr:PutImage", Some("team/secret")), Decision::ExplicitDeny);
        assert_eq!(policy.evaluate("ecr:PutImage", Some("other")), Decision::ImplicitDeny);
        assert_eq!(Policy::pull_only().evaluate("ecr:GetAuthorizationToken", None), Decision::Allowed);
    }
}
