//! The layers of an evaluation: every place where a policy may have a say in a request.

use std::fmt;

use crate::policy_kind::PolicyKind;

/// A layer. Denials call both repository and registry policies "resource-based"; here they are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// What is attached to the caller.
    Identity,
    /// The repository's own policy.
    Repository,
    /// The registry's policy.
    Registry,
    /// The caller's permissions boundary.
    Boundary,
    /// The organization's service control policies.
    ServiceControl,
    /// The organization's resource control policies.
    ResourceControl,
    /// The policy of the session the caller works in.
    Session,
    /// The policy of the VPC endpoint the call came through.
    Endpoint,
    /// The trust policy of the role that is to be assumed.
    Trust,
}

impl Layer {
    /// Every layer.
    pub const ALL: [Self; 9] = [
        Self::Identity,
        Self::Repository,
        Self::Registry,
        Self::Boundary,
        Self::ServiceControl,
        Self::ResourceControl,
        Self::Session,
        Self::Endpoint,
        Self::Trust,
    ];

    /// One word for machines.
    pub fn id(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Repository => "repository",
            Self::Registry => "registry",
            Self::Boundary => "boundary",
            Self::ServiceControl => "scp",
            Self::ResourceControl => "rcp",
            Self::Session => "session",
            Self::Endpoint => "endpoint",
            Self::Trust => "trust",
        }
    }

    /// What a denial by it names.
    pub fn policy_kind(self) -> PolicyKind {
        match self {
            Self::Identity => PolicyKind::Identity,
            Self::Repository | Self::Registry => PolicyKind::Resource,
            Self::Boundary => PolicyKind::Boundary,
            Self::ServiceControl => PolicyKind::ServiceControl,
            Self::ResourceControl => PolicyKind::ResourceControl,
            Self::Session => PolicyKind::Session,
            Self::Endpoint => PolicyKind::Endpoint,
            Self::Trust => PolicyKind::Trust,
        }
    }

    /// Whether its statements name a principal, because it belongs to something that many use.
    pub fn names_principals(self) -> bool {
        matches!(
            self,
            Self::Repository | Self::Registry | Self::ResourceControl | Self::Endpoint | Self::Trust
        )
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
