//! The source that was picked, and what a registry's own settings demand above it.

use ecrpass_core::secret::Secret;

use super::profile::ProfileSource;
use crate::web_identity;

/// What the configuration demands for one registry, above environment and profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Override {
    /// Use this profile and nothing else.
    pub profile: Option<String>,
    /// The option of a command line that named the profile; none where it was the configuration.
    pub profile_option: Option<&'static str>,
    /// Assume this role with the credentials found.
    pub role_arn: Option<String>,
    /// The external id the role's trust policy asks for.
    pub external_id: Option<String>,
    /// The session's name, as CloudTrail shows it.
    pub session_name: Option<String>,
    /// What the session of the last role may do at most, as a policy in JSON.
    pub session_policy: Option<String>,
}

/// A place AWS credentials come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The environment's access key.
    Environment(AccessKey),
    /// A token file and a role, named by the environment (EKS: IRSA).
    WebIdentity {
        /// The file with the token.
        token_file: String,
        /// The role to assume with it.
        role_arn: String,
    },
    /// A pod's service account, whose token came with the request (the kubelet's credential provider).
    ServiceAccount(ServiceAccount),
    /// A profile in the shared files.
    Profile(ProfileSource),
    /// The container endpoint (ECS task role, EKS Pod Identity).
    Container {
        /// The variable that names the endpoint.
        variable: &'static str,
    },
    /// The instance metadata service (EC2).
    InstanceMetadata,
}

/// A pod's service account, and the role that is assumed with its token.
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    /// The token, a web identity.
    pub token: Secret,
    /// The role.
    pub role_arn: String,
    /// The session's name, as CloudTrail shows it.
    pub session_name: String,
}

impl ServiceAccount {
    /// The account as its token names it, `system:serviceaccount:<namespace>:<name>`.
    pub fn subject(&self) -> Option<String> {
        web_identity::claims(self.token.expose())?.subject
    }
}

/// An access key from the environment.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<Secret>,
}

/// The source that was picked, and what else there is to know about it.
#[derive(Clone, Debug)]
pub struct Selection {
    /// Where the credentials come from.
    pub source: Source,
    /// The registry's own role to assume on top.
    pub over: Override,
    /// Things that look like a mistake but did not decide, a sentence each.
    pub notes: Vec<String>,
}

impl Source {
    /// The source in a sentence: `profile \`prod\``, `the environment's access key`.
    pub fn describe(&self) -> String {
        match self {
            Self::Environment(_) => "the access key in the environment".to_owned(),
            Self::WebIdentity { role_arn, .. } => format!("web identity for {role_arn}"),
            Self::ServiceAccount(account) => {
                let subject = account.subject().unwrap_or_else(|| "a service account".to_owned());
                format!("the token of {subject} for {}", account.role_arn)
            }
            Self::Profile(profile) => format!("profile `{}`", profile.name),
            Self::Container { .. } => "the container credentials endpoint".to_owned(),
            Self::InstanceMetadata => "the instance's role".to_owned(),
        }
    }
}
