//! What IAM says about users, roles, groups and policies: everything that is attached to a principal, page by page.

use ecrpass_core::Arn;
use ecrpass_core::time::rfc3339;
use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use super::ecr::denial;
use super::error::{ApiError, IAM, Protocol, xml_text};
use super::sts_reply::result_in;
use crate::active_faults::Active;
use crate::http::{Response, form_value};
use crate::permission::check_identity;
use crate::policy::{Attached, AttachedKind};
use crate::principals::Principal;
use crate::state::State;

/// When everybody came into this world, for those who want to know.
const CREATED: &str = "2020-01-01T00:00:00Z";

/// Answers one call.
pub(super) fn respond(
    state: &State,
    caller: &Principal,
    operation: &str,
    form: &str,
    active: &Active,
) -> Result<Response, ApiError> {
    let read = Read { state, caller, form };
    let resource = read.resource();
    let action = format!("iam:{operation}");
    let denied = |reason| denial(caller, &action, &resource, reason);
    let usual = denied(Reason::NotAllowed(PolicyKind::Identity));
    if let Some(error) = ApiError::from_fault(Protocol::Query, active, &usual) {
        return Err(error);
    }
    check_identity(caller, &action, &resource)
        .map_err(|reason| ApiError::denied(Protocol::Query, &denied(reason)))?;
    let inside = match operation {
        "GetUser" | "GetRole" => read.identity(&resource)?,
        "ListUserPolicies" | "ListRolePolicies" | "ListGroupPolicies" => {
            let inline = read.of(&resource, AttachedKind::Inline)?;
            read.page("PolicyNames", inline.iter().map(|policy| xml_text(&policy.name)).collect())
        }
        "ListAttachedUserPolicies" | "ListAttachedRolePolicies" | "ListAttachedGroupPolicies" => {
            let managed = read.of(&resource, AttachedKind::Managed)?;
            let described = managed.iter().map(|policy| {
                let name = policy.name.rsplit('/').next().unwrap_or_default();
                element("PolicyName", name) + &element("PolicyArn", &policy.name)
            });
            read.page("AttachedPolicies", described.collect())
        }
        "ListGroupsForUser" => read.groups(&resource)?,
        "ListAccessKeys" => read.keys(&resource)?,
        "GetAccessKeyLastUsed" => read.last_used()?,
        "GetUserPolicy" | "GetRolePolicy" | "GetGroupPolicy" => {
            let name = read.text("PolicyName");
            let inline = read.of(&resource, AttachedKind::Inline)?;
            let found = inline.into_iter().find(|policy| policy.name == name);
            let found = found.ok_or_else(|| no_such(&format!("The policy with name {name}")))?;
            element("PolicyName", &name) + &element("PolicyDocument", &encoded(&found.text))
        }
        _ => {
            let found = read.managed(&resource)?;
            match operation {
                "GetPolicy" => format!(
                    "<Policy>{}{}<DefaultVersionId>v1</DefaultVersionId></Policy>",
                    element("PolicyName", resource.rsplit('/').next().unwrap_or_default()),
                    element("Arn", &resource)
                ),
                _ => format!(
                    "<PolicyVersion>{}<VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion></PolicyVersion>",
                    element("Document", &encoded(&found.text))
                ),
            }
        }
    };
    Ok(result_in(IAM, operation, &inside))
}

struct Read<'a> {
    state: &'a State,
    caller: &'a Principal,
    form: &'a str,
}

impl Read<'_> {
    fn text(&self, name: &str) -> String {
        form_value(self.form, name).unwrap_or_default()
    }

    /// The ARN of whatever is asked about.
    fn resource(&self) -> String {
        let arn = self.text("PolicyArn");
        if !arn.is_empty() {
            return arn;
        }
        let partition = self.state.partition_id();
        let named = [("RoleName", "role"), ("GroupName", "group"), ("UserName", "user")];
        let named = named.iter().find_map(|(field, kind)| Some((kind, form_value(self.form, field)?)));
        match named {
            Some((kind, name)) => {
                Arn::iam(&partition, &self.caller.account, &format!("{kind}/{}", self.full(kind, name)))
                    .to_string()
            }
            None => self.caller.principal_arn.clone(),
        }
    }

    /// A role's name with its path, which only its ARN has.
    fn full(&self, kind: &str, name: String) -> String {
        let named = (kind == "role").then(|| self.state.principals.role_named(&self.caller.account, &name));
        named.flatten().map_or(name, |role| role.name().to_owned())
    }

    fn all(&self, arn: &str) -> Result<Vec<Attached>, ApiError> {
        let group = Arn::parse(arn).and_then(|arn| arn.resource_of_kind("group"));
        let attached = match group {
            // A group is what its users have of it.
            Some(group) => {
                let policies = self.state.principals.policies();
                let all = policies.iter().flat_map(|policy| policy.attached());
                let mut of_group: Vec<Attached> = Vec::new();
                for attached in all.filter(|attached| attached.group.as_deref() == Some(group)) {
                    if !of_group.contains(&attached) {
                        of_group.push(attached);
                    }
                }
                of_group
            }
            None => {
                let principal = self.state.principals.by_arn(arn).ok_or_else(|| unknown(arn))?;
                principal.policy.attached()
            }
        };
        Ok(attached)
    }

    /// What is attached to a principal or group itself, of one kind.
    fn of(&self, arn: &str, kind: AttachedKind) -> Result<Vec<Attached>, ApiError> {
        let is_group = arn.contains(":group/");
        let mut all = self.all(arn)?;
        all.retain(|attached| attached.kind == kind && attached.group.is_some() == is_group);
        Ok(all)
    }

    fn managed(&self, arn: &str) -> Result<Attached, ApiError> {
        let policies = self.state.principals.policies();
        let mut all = policies.iter().flat_map(|policy| policy.attached());
        let found = all.find(|attached| attached.kind != AttachedKind::Inline && attached.name == arn);
        found.ok_or_else(|| no_such(&format!("Policy {arn}")))
    }

    fn identity(&self, arn: &str) -> Result<String, ApiError> {
        let all = self.all(arn)?;
        let boundary = all.iter().find(|attached| attached.kind == AttachedKind::Boundary);
        let boundary = boundary.map_or_else(String::new, |boundary| {
            format!(
                "<PermissionsBoundary><PermissionsBoundaryType>Policy</PermissionsBoundaryType>{}</PermissionsBoundary>",
                element("PermissionsBoundaryArn", &boundary.name)
            )
        });
        let name = arn.rsplit('/').next().unwrap_or_default();
        let role = self.state.principals.role_by_arn(arn);
        let (kind, trust) = match role {
            Some(role) => ("Role", element("AssumeRolePolicyDocument", &encoded(&role.trust_policy()))),
            None => ("User", String::new()),
        };
        Ok(format!(
            "<{kind}><Path>/</Path>{}<{kind}Id>AIDAEXAMPLE</{kind}Id>{}<CreateDate>{CREATED}</CreateDate>{trust}{boundary}</{kind}>",
            element(&format!("{kind}Name"), name),
            element("Arn", arn),
        ))
    }

    fn groups(&self, arn: &str) -> Result<String, ApiError> {
        let mut names: Vec<String> =
            self.all(arn)?.into_iter().filter_map(|attached| attached.group).collect();
        names.sort();
        names.dedup();
        let (partition, account) = (self.state.partition_id(), &self.caller.account);
        let described = names.iter().map(|name| {
            format!(
                "<Path>/</Path>{}<GroupId>AGPAEXAMPLE</GroupId>{}<CreateDate>{CREATED}</CreateDate>",
                element("GroupName", name),
                element("Arn", &Arn::iam(&partition, account, &format!("group/{name}")).to_string())
            )
        });
        Ok(self.page("Groups", described.collect()))
    }

    fn keys(&self, arn: &str) -> Result<String, ApiError> {
        self.all(arn)?;
        let user = arn.rsplit('/').next().unwrap_or_default();
        let described = self.state.principals.keys_of(arn).into_iter().map(|(id, history)| {
            let status = if history.is_inactive { "Inactive" } else { "Active" };
            let created = history.created_at.map_or_else(|| CREATED.to_owned(), rfc3339);
            element("UserName", user)
                + &element("AccessKeyId", &id)
                + &element("Status", status)
                + &element("CreateDate", &created)
        });
        Ok(self.page("AccessKeyMetadata", described.collect()))
    }

    /// What IAM tells of one key; of another account's it tells nothing.
    fn last_used(&self) -> Result<String, ApiError> {
        let id = self.text("AccessKeyId");
        let key = self.state.principals.key(&id);
        let key = key.filter(|key| key.principal.account == self.caller.account);
        let key = key.ok_or_else(|| no_such(&format!("The Access Key with id {id}")))?;
        let own = self.state.principals.keys_of(&key.principal.arn);
        let history = own.into_iter().find(|(known, _)| *known == id).map(|(_, history)| history);
        let user = key.principal.arn.rsplit('/').next().unwrap_or_default();
        let used = match history.unwrap_or_default().last_used {
            Some((at, service)) => {
                element("LastUsedDate", &rfc3339(at))
                    + &element("ServiceName", &service)
                    + &element("Region", &self.state.settings.region)
            }
            None => element("ServiceName", "N/A") + &element("Region", "N/A"),
        };
        Ok(format!("{}<AccessKeyLastUsed>{used}</AccessKeyLastUsed>", element("UserName", user)))
    }

    /// The page that `Marker` and `MaxItems` ask for.
    fn page(&self, name: &str, all: Vec<String>) -> String {
        let first: usize = self.text("Marker").parse().unwrap_or(0);
        let most: usize = self.text("MaxItems").parse().unwrap_or(100);
        let more = all.len() > first.saturating_add(most);
        let members: String =
            all.iter().skip(first).take(most).map(|member| format!("<member>{member}</member>")).collect();
        let marker = if more { element("Marker", &(first + most).to_string()) } else { String::new() };
        format!("<{name}>{members}</{name}><IsTruncated>{more}</IsTruncated>{marker}")
    }
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", xml_text(text))
}

/// As IAM sends documents: RFC 3986, spaces as `%20`.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

fn no_such(what: &str) -> ApiError {
    ApiError::new(hyper::StatusCode::NOT_FOUND, "NoSuchEntity", format!("{what} cannot be found."))
}

/// Nobody has that ARN.
pub(super) fn unknown(source: &str) -> ApiError {
    let resource = Arn::parse(source).map_or("", |arn| arn.resource);
    match resource.split_once('/') {
        Some((kind @ ("user" | "role"), name)) => ApiError::new(
            hyper::StatusCode::NOT_FOUND,
            "NoSuchEntity",
            format!("The {kind} with name {name} cannot be found."),
        ),
        _ => ApiError::bad_request("InvalidInput", format!("Invalid Entity Arn: {source}")),
    }
}
