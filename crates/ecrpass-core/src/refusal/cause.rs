//! From what was seen while asking for a token to the reason there is none.
//!
//! The last exchange that failed decides: earlier ones were retried or stepped over. Only when nothing failed on
//! the wire was it a matter of this machine, and then the source's own settings and the SDK's words decide.

use super::{Refusal, network, service};
use crate::exchange::{Exchange, Outcome};
use crate::redact::redact;
use crate::registry::Registry;
use crate::source::{ProfileKind, Selection, Source, no_credentials};

/// Everything known about a failed attempt to get a token.
pub struct Attempt<'a> {
    /// The registry the token was for.
    pub registry: &'a Registry,
    /// Where the credentials came from, or should have.
    pub selection: &'a Selection,
    /// What was exchanged with AWS, oldest first.
    pub exchanges: &'a [Exchange],
    /// The SDK's error and what lies beneath it.
    pub error: &'a str,
    /// Whether the deadline ended the attempt, and which it was, in seconds.
    pub deadline: Option<u64>,
    /// Whether this machine is an EC2 instance, so that metadata ought to answer.
    pub on_ec2: bool,
}

impl Attempt<'_> {
    /// The reason.
    pub fn refusal(&self) -> Refusal {
        let failed = self.exchanges.last().filter(|exchange| exchange.outcome != Outcome::Success);
        match failed {
            Some(exchange) => match &exchange.outcome {
                Outcome::Refused { status, error, content_type } => {
                    service::refusal(self, exchange, *status, error.as_ref(), content_type.as_deref())
                }
                Outcome::Unreachable { kind, text } => network::refusal(self, exchange, *kind, text),
                Outcome::Success => self.local(),
            },
            None => self.local(),
        }
    }

    /// The command that renews the credentials of the source in use.
    pub(super) fn renew(&self) -> String {
        match &self.selection.source {
            Source::Environment(_) => {
                "export fresh AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or unset all three"
                    .to_owned()
            }
            Source::Profile(profile) => {
                let last = profile.chain.last().unwrap_or(&profile.name);
                match &profile.base {
                    ProfileKind::Sso { .. } => format!("aws sso login --profile {last}"),
                    ProfileKind::LoginSession => format!("aws login --profile {last}"),
                    ProfileKind::Process { program } => format!("check what `{program}` prints for profile {last}"),
                    _ => format!("aws configure --profile {last}"),
                }
            }
            Source::WebIdentity { .. } => "restart the pod or job, so that it gets a fresh token file".to_owned(),
            Source::Container { .. } => "restart the task or pod".to_owned(),
            Source::InstanceMetadata => "attach an instance profile with a role to this instance".to_owned(),
        }
    }

    /// Where a role is assumed, that role.
    pub(super) fn role(&self) -> Option<&str> {
        if let Some(role) = &self.selection.over.role_arn {
            return Some(role);
        }
        match &self.selection.source {
            Source::Profile(profile) => match &profile.kind {
                ProfileKind::AssumeRole { role_arn } => Some(role_arn),
                _ => None,
            },
            Source::WebIdentity { role_arn, .. } => Some(role_arn),
            _ => None,
        }
    }

    /// Nothing failed on the wire: the machine's own settings, files and programs.
    fn local(&self) -> Refusal {
        let error = one_line(&redact(self.error));
        if let Some(seconds) = self.deadline {
            return self.too_slow(seconds);
        }
        match &self.selection.source {
            Source::Profile(profile) => {
                let name = &profile.name;
                match &profile.base {
                    ProfileKind::Sso { .. } => Refusal::new(
                        "sso-session-expired",
                        format!("The IAM Identity Center session of profile `{name}` is missing or over."),
                        self.renew(),
                    ),
                    ProfileKind::Process { program } => Refusal::new(
                        "no-aws-credentials",
                        format!(
                            "`credential_process` of profile `{name}` failed: {}",
                            sentence(&error, "it gave no credentials")
                        ),
                        format!("run `{program}` as profile `{name}` has it and read what it says"),
                    ),
                    ProfileKind::LoginSession => Refusal::new(
                        "aws-profile-invalid",
                        format!("Profile `{name}` rests on `aws login`, which this program cannot use."),
                        format!("aws configure sso --profile {name}"),
                    ),
                    ProfileKind::WebIdentity { token_file } => token_file_refusal(token_file, &error),
                    _ => Refusal::new(
                        "aws-profile-invalid",
                        format!(
                            "Profile `{name}` gave no credentials: {}",
                            sentence(&error, "the SDK gave no reason")
                        ),
                        format!("aws configure list --profile {name}"),
                    ),
                }
            }
            Source::WebIdentity { token_file, .. } => token_file_refusal(token_file, &error),
            Source::Container { variable } => Refusal::new(
                "no-aws-credentials",
                format!(
                    "The container endpoint named by {variable} could not be used: {}",
                    sentence(&error, "no reason given")
                ),
                format!("correct {variable}, or unset it outside ECS and EKS"),
            ),
            Source::InstanceMetadata => no_credentials(&self.selection.notes),
            Source::Environment(_) => Refusal::new(
                "aws-service-transient",
                format!("AWS answered, but not with a token: {}", sentence(&error, "no reason given")),
                "try again; if it stays, see the log beside the token cache",
            ),
        }
    }

    fn too_slow(&self, seconds: u64) -> Refusal {
        match &self.selection.source {
            Source::Profile(profile) if matches!(profile.base, ProfileKind::Process { .. }) => Refusal::new(
                "no-aws-credentials",
                format!("`credential_process` of profile `{}` took longer than {seconds} s.", profile.name),
                "make it answer faster (a helper cannot wait for a prompt), or raise `deadline` in the ecrpass configuration",
            ),
            _ => Refusal::transient(
                "network-timeout-ecr-api",
                format!("AWS gave no answer within {seconds} s."),
                "check the network path to AWS, or raise `deadline` in the ecrpass configuration",
            ),
        }
    }
}

fn token_file_refusal(token_file: &str, error: &str) -> Refusal {
    Refusal::new(
        "irsa-web-identity-invalid",
        format!(
            "The web identity token file {token_file} could not be used: {}",
            sentence(error, "no reason given")
        ),
        "check that the pod's service account mounts it, or correct AWS_WEB_IDENTITY_TOKEN_FILE",
    )
}

/// A text as a sentence; the other words when there is none.
pub(super) fn sentence(text: &str, otherwise: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    format!("{}.", if text.is_empty() { otherwise } else { text })
}

/// An error chain shortened to one readable line.
fn one_line(text: &str) -> String {
    const MAX: usize = 300;
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match joined.char_indices().nth(MAX) {
        Some((at, _)) => format!("{}…", &joined[..at]),
        None => joined,
    }
}
