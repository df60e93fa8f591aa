//! What is known of the user's own case: host, repository, principal and so on, to fill into the fixes.

use ecrpass_core::Arn;
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
}

impl Details {
    /// A text with its placeholders filled in, or turned into what the user has to fill in.
    pub fn fill(&self, template: &str) -> String {
        let host = self.host.clone().unwrap_or_else(|| {
            let account = self.account.as_deref().unwrap_or("<account>");
            format!("{account}.dkr.ecr.{}.amazonaws.com", self.region.as_deref().unwrap_or("<region>"))
        });
        let values = [
            ("{host}", Some(host)),
            ("{account}", self.account.clone()),
            ("{region}", self.region.clone()),
            ("{repository}", self.repository.clone()),
            ("{tag}", self.tag.clone()),
            ("{caller}", self.principal.as_deref().map(caller)),
            ("{role}", self.principal.as_deref().and_then(role)),
            ("{action}", self.action.clone()),
            ("{profile}", self.profile.clone()),
            ("{client}", Some(self.client.as_deref().unwrap_or("docker").to_owned())),
        ];
        let mut text = template.to_owned();
        for (name, value) in values {
            if text.contains(name) {
                let unknown = format!("<{}>", name.trim_matches(['{', '}']));
                text = text.replace(name, &value.unwrap_or(unknown));
            }
        }
        text
    }
}

/// The role in the ARN of a caller.
fn role(principal: &str) -> Option<String> {
    Arn::parse(principal)?.role_name().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The caller as policies name it: the role behind a session. Source: IAM User Guide, "AWS JSON policy elements:
/// Principal"; `iam simulate-principal-policy` takes no sessions either.
pub fn caller(principal: &str) -> String {
    match Arn::parse(principal).filter(|arn| arn.service == "sts").zip(role(principal)) {
        Some((session, role)) => {
            Arn::iam(session.partition, session.account, &format!("role/{role}")).to_string()
        }
        None => principal.to_owned(),
    }
}

/// A value that may stand in a command: a log must not put words into a shell.
pub fn safe(value: &str) -> Option<String> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "._/:@+-".contains(c);
    (!value.is_empty() && value.len() <= 512 && value.chars().all(is_safe) && !value.starts_with('-'))
        .then(|| value.to_owned())
}

/// Keeps a value that may stand in a command, unless one is known.
pub fn keep(field: &mut Option<String>, value: &str) {
    if field.is_none() {
        *field = safe(value);
    }
}
