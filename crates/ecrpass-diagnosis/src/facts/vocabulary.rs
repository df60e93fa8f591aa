//! The lists of words that facts are written with: the program's own enums, and those that only facts have.

use ecrpass_clients::client::{Client, Operation, Supplier};
use ecrpass_clients::repair::Safety;
use ecrpass_core::DiagnosisId;
use ecrpass_credentials::credential_chain::SourceKind;

use super::word::Vocabulary;

impl Vocabulary for Client {
    const NAME: &'static str = "Client";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.id()
    }
}

impl Vocabulary for DiagnosisId {
    const NAME: &'static str = "DiagnosisId";
    const ALL: &'static [Self] = &Self::ALL;

    fn word(self) -> &'static str {
        self.slug()
    }
}

impl Vocabulary for Operation {
    const NAME: &'static str = "Operation";
    const ALL: &'static [Self] = &[Self::Pull, Self::Push, Self::Build, Self::Login, Self::Create];

    fn word(self) -> &'static str {
        self.id()
    }
}

/// Who supplies the credentials.
impl Vocabulary for Supplier {
    const NAME: &'static str = "Supplier";
    const ALL: &'static [Self] = &[
        Self::Helper,
        Self::Store,
        Self::Auths,
        Self::Environment,
        Self::Anonymous,
        Self::Error,
        Self::Unknown,
    ];

    fn word(self) -> &'static str {
        self.id()
    }
}

impl Vocabulary for Safety {
    const NAME: &'static str = "Safety";
    const ALL: &'static [Self] = &[Self::Safe, Self::Unsafe, Self::Manual];

    fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
            Self::Manual => "manual",
        }
    }
}

/// Where AWS credentials come from.
impl Vocabulary for SourceKind {
    const NAME: &'static str = "CredentialSource";
    const ALL: &'static [Self] =
        &[Self::Environment, Self::WebIdentity, Self::Profile, Self::Container, Self::InstanceMetadata];

    fn word(self) -> &'static str {
        match self {
            Self::Environment => "environment",
            Self::WebIdentity => "web-identity",
            Self::Profile => "profile",
            Self::Container => "container",
            Self::InstanceMetadata => "instance-metadata",
        }
    }
}

/// Who pulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullerKind {
    /// The client in question.
    Client,
    /// A Kubernetes node.
    Kubelet,
    /// An ECS task's execution role.
    Ecs,
    /// The Lambda service.
    Lambda,
    /// App Runner.
    AppRunner,
}

impl Vocabulary for PullerKind {
    const NAME: &'static str = "PullerKind";
    const ALL: &'static [Self] = &[Self::Client, Self::Kubelet, Self::Ecs, Self::Lambda, Self::AppRunner];

    fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Kubelet => "kubelet",
            Self::Ecs => "ecs",
            Self::Lambda => "lambda",
            Self::AppRunner => "app-runner",
        }
    }
}

/// What a pull secret has for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PullSecretState {
    /// A login.
    Login,
    /// Logins for other registries only.
    NoLogin,
    /// Nothing that the kubelet can read.
    Unreadable,
}

impl Vocabulary for PullSecretState {
    const NAME: &'static str = "PullSecretState";
    const ALL: &'static [Self] = &[Self::Login, Self::NoLogin, Self::Unreadable];

    fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::NoLogin => "no-login",
            Self::Unreadable => "unreadable",
        }
    }
}

/// How it was found out whether an action is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PermissionSource {
    /// A call that changes nothing.
    Probe,
    /// IAM's policy simulator.
    Simulation,
}

impl Vocabulary for PermissionSource {
    const NAME: &'static str = "PermissionSource";
    const ALL: &'static [Self] = &[Self::Probe, Self::Simulation];

    fn word(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Simulation => "simulation",
        }
    }
}

/// The user name of a login. The name itself is no fact: somebody's password may stand in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Username {
    /// `AWS`, as ECR wants it.
    Aws,
    /// Any other.
    Another,
}

impl Vocabulary for Username {
    const NAME: &'static str = "Username";
    const ALL: &'static [Self] = &[Self::Aws, Self::Another];

    fn word(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Another => "another name",
        }
    }
}
