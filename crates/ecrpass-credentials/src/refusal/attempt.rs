//! A failed attempt to get a token, as the reasons look at it.

use std::time::Duration;

use ecrpass_core::registry::Registry;

use super::next_step::NextStep;
use crate::aws_call::Exchange;
use crate::credential_chain::{ProfileKind, ProfileSource, Selection, Source};

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
    /// Whether the deadline ended the attempt, and which it was.
    pub deadline: Option<Duration>,
    /// Whether this machine is an EC2 instance, so that metadata ought to answer.
    pub on_ec2: bool,
}

/// What renews the credentials that a profile rests on.
pub(super) fn renew(profile: &ProfileSource) -> NextStep {
    let last = profile.last().to_owned();
    match &profile.base {
        ProfileKind::Sso { .. } => NextStep::SsoLogin { profile: Some(last) },
        ProfileKind::LoginSession => NextStep::Login { profile: last },
        ProfileKind::Process { program } => {
            NextStep::CheckProcess { program: program.clone(), profile: last }
        }
        _ => NextStep::Configure { profile: last },
    }
}

impl Attempt<'_> {
    /// What renews the credentials of the source in use.
    pub(super) fn renew(&self) -> NextStep {
        match &self.selection.source {
            Source::Environment(_) => NextStep::RenewVariables,
            Source::Profile(profile) => renew(profile),
            Source::WebIdentity { .. } => NextStep::RestartPod,
            Source::ServiceAccount(_) => NextStep::CompareWebIdentity,
            Source::Container { .. } => NextStep::RestartTask,
            Source::InstanceMetadata => NextStep::AttachInstanceRole,
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
            Source::ServiceAccount(account) => Some(&account.role_arn),
            _ => None,
        }
    }
}
