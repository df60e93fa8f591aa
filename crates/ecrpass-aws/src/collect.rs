//! Every policy IAM and ECR have about a principal, as far as these credentials may read them.

use aws_sdk_iam::Client;
use ecrpass_core::Arn;

use crate::registry_api::{ApiFailure, RegistryApi};

/// A document that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where, in a few words: `inline policy push of role ci`.
    pub source: String,
    /// The ARN of a managed policy.
    pub arn: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// The text, as IAM stores it.
    pub text: String,
}

/// What there is about a principal, and what could not be read of it.
#[derive(Debug, Default)]
pub struct Attached {
    /// The ARN as IAM has it, with the path that sessions do not show; none where it could not be read.
    pub arn: Option<String>,
    /// Inline and managed policies, those of groups included.
    pub identity: Vec<Found>,
    /// The permissions boundary.
    pub boundary: Vec<Found>,
    /// A role's trust policy.
    pub trust: Vec<Found>,
    /// What could not be read: of which layer, what, and why.
    pub unread: Vec<(&'static str, String, ApiFailure)>,
}

/// Whose policies are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner<'a> {
    User(&'a str),
    Role(&'a str),
    Group(&'a str),
}

impl Owner<'_> {
    fn words(self) -> String {
        match self {
            Self::User(name) => format!("user {name}"),
            Self::Role(name) => format!("role {name}"),
            Self::Group(name) => format!("group {name}"),
        }
    }
}

/// Reads what is attached to a user or role, by its ARN; `tell` hears what is read next.
pub fn attached(api: &RegistryApi<'_>, arn: &str, tell: &mut dyn FnMut(&str)) -> Attached {
    let mut reader = Reader { api, iam: api.iam(), found: Attached::default(), tell };
    let parsed = Arn::parse(arn);
    let of_kind = |kind: &str| {
        let named = parsed.as_ref().and_then(|arn| arn.resource_of_kind(kind));
        named.and_then(|name| name.rsplit('/').next())
    };
    if let Some(name) = of_kind("role") {
        reader.role(name);
        reader.policies(Owner::Role(name));
    } else if let Some(name) = of_kind("user") {
        reader.user(name);
        reader.policies(Owner::User(name));
        for group in reader.groups(name) {
            reader.policies(Owner::Group(&group));
        }
    }
    reader.found
}

struct Reader<'a> {
    api: &'a RegistryApi<'a>,
    iam: Client,
    found: Attached,
    tell: &'a mut dyn FnMut(&str),
}

impl Reader<'_> {
    /// An answer, or a note on why there is none.
    fn heard<T>(&mut self, layer: &'static str, what: String, answer: Result<T, ApiFailure>) -> Option<T> {
        answer.map_err(|failure| self.found.unread.push((layer, what, failure))).ok()
    }

    fn role(&mut self, name: &str) {
        (self.tell)(&format!("role {name}"));
        let answer = self.api.ask("GetRole", self.iam.get_role().role_name(name).send());
        let Some(answer) =
            self.heard("boundary", format!("role {name}: its boundary and trust policy"), answer)
        else {
            return;
        };
        let Some(role) = answer.role() else { return };
        self.found.arn = Some(role.arn().to_owned());
        if let Some(text) = role.assume_role_policy_document() {
            self.found.trust.push(Found {
                source: format!("trust policy of role {name}"),
                arn: None,
                version: None,
                text: decoded(text),
            });
        }
        self.bounded(role.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()));
    }

    fn user(&mut self, name: &str) {
        (self.tell)(&format!("user {name}"));
        let answer = self.api.ask("GetUser", self.iam.get_user().user_name(name).send());
        let Some(answer) = self.heard("boundary", format!("user {name}: the permissions boundary"), answer)
        else {
            return;
        };
        let Some(user) = answer.user() else { return };
        self.bounded(user.permissions_boundary().and_then(|boundary| boundary.permissions_boundary_arn()));
    }

    fn bounded(&mut self, arn: Option<&str>) {
        let Some(arn) = arn else { return };
        let found = self.managed("boundary", format!("permissions boundary {arn}"), arn);
        self.found.boundary.extend(found);
    }

    fn groups(&mut self, user: &str) -> Vec<String> {
        let (api, iam) = (self.api, self.iam.clone());
        let mut pages = iam.list_groups_for_user().user_name(user).into_paginator().send();
        let mut names = Vec::new();
        loop {
            let page = api.ask("ListGroupsForUser", async { pages.next().await.transpose() });
            let Some(page) = self.heard("identity", format!("the groups of user {user}"), page).flatten()
            else {
                return names;
            };
            names.extend(page.groups().iter().map(|group| group.group_name().to_owned()));
        }
    }

    fn policies(&mut self, owner: Owner<'_>) {
        (self.tell)(&owner.words());
        for name in self.inline_names(owner) {
            (self.tell)(&format!("{name} of {}", owner.words()));
            let what = format!("inline policy {name} of {}", owner.words());
            let text = self.inline(owner, &name);
            if let Some(text) = self.heard("identity", what.clone(), text) {
                let text = decoded(&text);
                self.found.identity.push(Found { source: what, arn: None, version: None, text });
            }
        }
        for arn in self.managed_arns(owner) {
            (self.tell)(&arn);
            let of_group = if matches!(owner, Owner::Group(_)) {
                format!(" of {}", owner.words())
            } else {
                String::new()
            };
            let found = self.managed("identity", format!("managed policy {arn}{of_group}"), &arn);
            self.found.identity.extend(found);
        }
    }

    fn inline_names(&mut self, owner: Owner<'_>) -> Vec<String> {
        let (api, iam) = (self.api, self.iam.clone());
        let mut names = Vec::new();
        let mut marker = None;
        loop {
            let page = match owner {
                Owner::User(name) => {
                    let call = iam.list_user_policies().user_name(name).set_marker(marker.take());
                    api.ask("ListUserPolicies", call.send()).map(|page| (page.policy_names, page.marker))
                }
                Owner::Role(name) => {
                    let call = iam.list_role_policies().role_name(name).set_marker(marker.take());
                    api.ask("ListRolePolicies", call.send()).map(|page| (page.policy_names, page.marker))
                }
                Owner::Group(name) => {
                    let call = iam.list_group_policies().group_name(name).set_marker(marker.take());
                    api.ask("ListGroupPolicies", call.send()).map(|page| (page.policy_names, page.marker))
                }
            };
            let what = format!("the inline policies of {}", owner.words());
            let Some((page, next)) = self.heard("identity", what, page) else { return names };
            names.extend(page);
            if next.is_none() {
                return names;
            }
            marker = next;
        }
    }

    fn inline(&self, owner: Owner<'_>, policy: &str) -> Result<String, ApiFailure> {
        let (api, iam) = (self.api, &self.iam);
        match owner {
            Owner::User(name) => {
                let call = iam.get_user_policy().user_name(name).policy_name(policy);
                api.ask("GetUserPolicy", call.send()).map(|answer| answer.policy_document)
            }
            Owner::Role(name) => {
                let call = iam.get_role_policy().role_name(name).policy_name(policy);
                api.ask("GetRolePolicy", call.send()).map(|answer| answer.policy_document)
            }
            Owner::Group(name) => {
                let call = iam.get_group_policy().group_name(name).policy_name(policy);
                api.ask("GetGroupPolicy", call.send()).map(|answer| answer.policy_document)
            }
        }
    }

    fn managed_arns(&mut self, owner: Owner<'_>) -> Vec<String> {
        let (api, iam) = (self.api, self.iam.clone());
        let mut arns = Vec::new();
        let mut marker = None;
        loop {
            let page = match owner {
                Owner::User(name) => {
                    let call = iam.list_attached_user_policies().user_name(name).set_marker(marker.take());
                    let page = api.ask("ListAttachedUserPolicies", call.send());
                    page.map(|page| (page.attached_policies, page.marker))
                }
                Owner::Role(name) => {
                    let call = iam.list_attached_role_policies().role_name(name).set_marker(marker.take());
                    let page = api.ask("ListAttachedRolePolicies", call.send());
                    page.map(|page| (page.attached_policies, page.marker))
                }
                Owner::Group(name) => {
                    let call = iam.list_attached_group_policies().group_name(name).set_marker(marker.take());
                    let page = api.ask("ListAttachedGroupPolicies", call.send());
                    page.map(|page| (page.attached_policies, page.marker))
                }
            };
            let what = format!("the managed policies of {}", owner.words());
            let Some((page, next)) = self.heard("identity", what, page) else { return arns };
            arns.extend(page.into_iter().flatten().filter_map(|policy| policy.policy_arn));
            if next.is_none() {
                return arns;
            }
            marker = next;
        }
    }

    fn managed(&mut self, layer: &'static str, source: String, arn: &str) -> Option<Found> {
        let answer = self.api.ask("GetPolicy", self.iam.get_policy().policy_arn(arn).send());
        let answer = self.heard(layer, source.clone(), answer)?;
        let version =
            answer.policy().and_then(|policy| policy.default_version_id()).unwrap_or("v1").to_owned();
        let call = self.iam.get_policy_version().policy_arn(arn).version_id(&version);
        let answer = self.api.ask("GetPolicyVersion", call.send());
        let answer = self.heard(layer, source.clone(), answer)?;
        let text = decoded(answer.policy_version()?.document()?);
        Some(Found { source, arn: Some(arn.to_owned()), version: Some(version), text })
    }
}

/// IAM sends documents URL-encoded (RFC 3986). What is not is kept.
fn decoded(text: &str) -> String {
    if text.trim_start().starts_with('{') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter().copied();
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                rest = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(decoded("%7B%22a%22%3A%20%22%C3%A4%25%22%7D"), r#"{"a": "ä%"}"#);
        assert_eq!(decoded(r#"{"a": "%20"}"#), r#"{"a": "%20"}"#);
        assert_eq!(decoded("%7B%2"), "{%2");
    }
}
