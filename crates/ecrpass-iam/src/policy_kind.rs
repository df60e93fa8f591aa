//! The kinds of policy that AWS's denials tell apart.

/// A kind of policy, as a denial names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// What is attached to the caller: inline, managed, of its groups.
    Identity,
    /// The repository's or the registry's policy.
    Resource,
    /// The caller's permissions boundary.
    Boundary,
    /// The policy of the session the caller works in.
    Session,
    /// The organization's service control policies.
    ServiceControl,
    /// The organization's resource control policies.
    ResourceControl,
    /// The policy of the VPC endpoint the call came through.
    Endpoint,
    /// The trust policy of the role.
    Trust,
}

impl PolicyKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Identity,
        Self::Resource,
        Self::Boundary,
        Self::Session,
        Self::ServiceControl,
        Self::ResourceControl,
        Self::Endpoint,
        Self::Trust,
    ];

    /// What AWS calls it in a denial, without an article.
    pub fn aws_name(self) -> &'static str {
        match self {
            Self::Identity => "identity-based policy",
            Self::Resource => "resource-based policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::ServiceControl => "service control policy",
            Self::ResourceControl => "resource control policy",
            Self::Endpoint => "VPC endpoint policy",
            Self::Trust => "role trust policy",
        }
    }

    /// What it is to the caller, for the middle of a sentence: `its permissions boundary`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "its identity policies",
            Self::Resource => "the repository or registry policy",
            Self::Boundary => "its permissions boundary",
            Self::Session => "its session policy",
            Self::ServiceControl => "a service control policy",
            Self::ResourceControl => "a resource control policy",
            Self::Endpoint => "the VPC endpoint's policy",
            Self::Trust => "the role's trust policy",
        }
    }
}
