//! What is known of the user's own case: host, repository, principal and so on, to fill into the fixes.

use std::borrow::Cow;

use ecrpass_core::redact::redact_secrets;
use ecrpass_iam::Denied;
use ecrpass_iam::denial::Reason;
use serde::{Deserialize, Serialize};

/// What is known of the case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Details {
    /// The registry's host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The account of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The region of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The tag or digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The ARN of the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The action that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The AWS profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// AWS's name for the request, which its support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The CI system whose log it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
    /// The client's name, as `ecrpass resolve` knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The program or service that pulls by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The namespace of the pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The pod.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// The pod's pull secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The ECS cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The ECS service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The ECS task definition: family and revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// What AWS's denial says besides, where there is one: it decides who is asked, and is printed nowhere.
    #[serde(skip)]
    pub denial: Option<Denial>,
}

/// What a denial says beside who was refused what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Whose no it was.
    pub reason: Reason,
    /// The ARN of the resource, or `*`.
    pub resource: Option<String>,
    /// The ARN of the policy.
    pub policy: Option<String>,
}

impl Denial {
    /// That of AWS's sentence.
    pub fn of(denied: &Denied<'_>) -> Self {
        Self {
            reason: denied.reason,
            resource: denied.resource.and_then(safe),
            policy: denied.policy_arn.and_then(safe),
        }
    }
}

/// A value that may stand in a command: a log must not put words into a shell, nor a secret that took a name's place.
pub fn safe(value: &str) -> Option<String> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "._/:@+-".contains(c);
    let may_stand =
        !value.is_empty() && value.len() <= 512 && value.chars().all(is_safe) && !value.starts_with('-');
    (may_stand && matches!(redact_secrets(value), Cow::Borrowed(_))).then(|| value.to_owned())
}

/// Keeps a value that may stand in a command, unless one is known.
pub fn keep(field: &mut Option<String>, value: &str) {
    if field.is_none() {
        *field = safe(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_command_is_neither_a_word_of_a_shell_nor_a_secret() {
        for value in [
            "arn:aws:sts::123456789012:assumed-role/r/me@example.com",
            "team/app",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "eks-node",
            "AKIAIOSFODNN7EXAMPLE",
        ] {
            assert_eq!(safe(value).as_deref(), Some(value));
        }
        for value in [
            "",
            "-x",
            "a b",
            "$(x)",
            "arn:aws:sts::123456789012:assumed-role/r/ghp_5jMTF7eBSdE0g9cRYN687NElFJvhQ8XIm0og",
            "wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool",
        ] {
            assert_eq!(safe(value), None);
        }
    }
}
