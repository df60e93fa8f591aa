//! A policy document that is to be written, before it has a format.

use ecrpass_core::Partition;

use crate::layer::Layer;

/// A document, where it belongs, and what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// What it hangs on.
    pub kind: Kind,
    /// The account it belongs to, where that is known.
    pub account: Option<String>,
    /// The partition of that account.
    pub partition: Partition,
    /// The region, of what has one.
    pub region: Option<String>,
    /// What it is called, in lower case with hyphens: `ecr-push`.
    pub name: String,
    /// The name of what it hangs on, where that is known: a role, a user, a repository.
    pub holder: Option<String>,
    /// Its statements.
    pub statements: Vec<NewStatement>,
    /// What somebody who uses it has to know.
    pub notes: Vec<String>,
}

impl Draft {
    /// The role that is made along with this policy of a role: its trust policy is among the drafts.
    pub fn role_made<'a>(&self, drafts: &'a [Self]) -> Option<&'a Self> {
        let holder = self.holder.as_ref().filter(|_| self.kind == Kind::Role)?;
        let is_it = |role: &&Self| {
            role.kind == Kind::Trust
                && role.account == self.account
                && role.holder.as_ref().unwrap_or(&role.name) == holder
        };
        drafts.iter().find(is_it)
    }
}

/// What a document hangs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A role's own policy.
    Role,
    /// A user's own policy.
    User,
    /// A permissions boundary.
    Boundary,
    /// The policy of a session.
    Session,
    /// A repository's policy.
    Repository,
    /// A registry's policy.
    Registry,
    /// The policy of the VPC endpoint for ECR's API.
    ApiEndpoint,
    /// The policy of the VPC endpoint for the registry.
    RegistryEndpoint,
    /// The policy of the VPC endpoint for S3, where the layers are.
    LayerEndpoint,
    /// A role's trust policy.
    Trust,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Role,
        Self::User,
        Self::Boundary,
        Self::Session,
        Self::Repository,
        Self::Registry,
        Self::ApiEndpoint,
        Self::RegistryEndpoint,
        Self::LayerEndpoint,
        Self::Trust,
    ];

    /// The VPC endpoints.
    pub const ENDPOINTS: [Self; 3] = [Self::ApiEndpoint, Self::RegistryEndpoint, Self::LayerEndpoint];

    /// The names by which people choose kinds: `endpoint` is that of all three endpoints.
    pub const CHOICES: [&str; 8] =
        ["role", "user", "boundary", "session", "repository", "registry", "endpoint", "trust"];

    /// The kinds of that name; none where there is no such.
    pub fn named(name: &str) -> Vec<Self> {
        Self::ALL.into_iter().filter(|kind| kind.id() == name || kind.choice() == name).collect()
    }

    /// The name by which it is chosen.
    pub fn choice(self) -> &'static str {
        match self {
            Self::ApiEndpoint | Self::RegistryEndpoint | Self::LayerEndpoint => "endpoint",
            other => other.id(),
        }
    }

    /// One word for machines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
            Self::Boundary => "boundary",
            Self::Session => "session",
            Self::Repository => "repository",
            Self::Registry => "registry",
            Self::ApiEndpoint => "endpoint-ecr-api",
            Self::RegistryEndpoint => "endpoint-ecr-dkr",
            Self::LayerEndpoint => "endpoint-s3",
            Self::Trust => "trust",
        }
    }

    /// The layer it has a say in.
    pub fn layer(self) -> Layer {
        match self {
            Self::Role | Self::User => Layer::Identity,
            Self::Boundary => Layer::Boundary,
            Self::Session => Layer::Session,
            Self::Repository => Layer::Repository,
            Self::Registry => Layer::Registry,
            Self::ApiEndpoint | Self::RegistryEndpoint | Self::LayerEndpoint => Layer::Endpoint,
            Self::Trust => Layer::Trust,
        }
    }
}

/// A statement that allows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStatement {
    /// Its name: letters and digits.
    pub sid: String,
    /// Why it is there.
    pub comment: String,
    /// For whom, where the kind of policy says so.
    pub principal: Option<NewPrincipal>,
    /// What may be done.
    pub actions: Vec<String>,
    /// On what; empty where the kind of policy does not say.
    pub resources: Vec<String>,
    /// When.
    pub conditions: Vec<NewCondition>,
}

/// For whom a statement is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewPrincipal {
    /// Everybody; a condition says who of them.
    Everyone,
    /// Accounts, roles, users.
    Aws(Vec<String>),
    /// A service.
    Service(Vec<String>),
    /// An identity provider.
    Federated(Vec<String>),
}

impl NewPrincipal {
    /// The key of a `Principal` element, and the names.
    pub fn parts(&self) -> (&'static str, &[String]) {
        match self {
            Self::Everyone => ("*", &[]),
            Self::Aws(names) => ("AWS", names),
            Self::Service(names) => ("Service", names),
            Self::Federated(names) => ("Federated", names),
        }
    }
}

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCondition {
    /// The operator.
    pub operator: &'static str,
    /// The key.
    pub key: String,
    /// Its values, one of which has to fit.
    pub values: Vec<String>,
}

impl NewCondition {
    /// A condition.
    pub fn new(operator: &'static str, key: impl Into<String>, values: Vec<String>) -> Self {
        Self { operator, key: key.into(), values }
    }
}

impl NewStatement {
    /// The conditions by operator, in the order in which they were named first: a document holds each operator once.
    pub fn conditions_by_operator(&self) -> Vec<(&'static str, Vec<&NewCondition>)> {
        let mut grouped: Vec<(&'static str, Vec<&NewCondition>)> = Vec::new();
        for condition in &self.conditions {
            match grouped.iter_mut().find(|(operator, _)| *operator == condition.operator) {
                Some((_, group)) => group.push(condition),
                None => grouped.push((condition.operator, vec![condition])),
            }
        }
        grouped
    }
}

/// `ecr-push-create` as one word: `EcrPushCreate`.
pub fn camel_case(name: &str) -> String {
    let mut word = String::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut letters = part.chars();
        word.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        word.push_str(letters.as_str());
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_chosen_by_name() {
        for name in Kind::CHOICES {
            let kinds = Kind::named(name);
            assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind.choice() == name), "{name}");
        }
        assert_eq!(Kind::named("endpoint"), Kind::ENDPOINTS);
        assert_eq!(Kind::named("endpoint-s3"), [Kind::LayerEndpoint]);
        assert!(Kind::named("house").is_empty());
    }

    #[test]
    fn names_become_words() {
        assert_eq!(camel_case("ecr-push-create"), "EcrPushCreate");
        assert_eq!(camel_case("ecr--x_1"), "EcrX1");
    }
}
