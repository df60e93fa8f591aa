//! Who calls AWS, by the ARN it is known by: whether a user, a role or something else can be given a policy decides
//! what command helps.
//!
//! Source: IAM User Guide, "AWS JSON policy elements: Principal" and "IAM identifiers"; IAM Identity Center User Guide,
//! "Referencing permission sets in resource policies".

use crate::account::is_account_id;
use crate::arn::Arn;

/// Whoever calls AWS, as far as the ARN says. What a policy lets such a caller do is a question of `ecrpass-iam`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallerIdentity {
    /// What it is.
    pub kind: CallerKind,
    /// Its name: the user's, the role's, the permission set's, the service's; empty where it has none.
    pub name: String,
    /// Its partition's id, as the ARN has it; empty for services.
    pub partition: String,
    /// Its account; empty for services.
    pub account: String,
    /// As policies name it: the role behind a session; `iam simulate-principal-policy` takes no sessions either. None
    /// for a session of a reserved role, whose path has a region in it that the session does not name.
    pub in_policies: Option<String>,
}

/// What a caller is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerKind {
    /// An IAM user.
    User,
    /// An IAM role, or a session of one.
    Role,
    /// A role that IAM Identity Center keeps for a permission set; nobody else may change it.
    ReservedSsoRole,
    /// An AWS service.
    Service,
    /// A session of `sts:GetFederationToken`.
    Federated,
    /// The account's root user.
    Root,
}

impl CallerIdentity {
    /// The caller behind an ARN, or a service by its name.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(service) = text.strip_suffix(".amazonaws.com").filter(|name| !name.contains([':', '/'])) {
            return Some(Self {
                kind: CallerKind::Service,
                name: service.to_owned(),
                partition: String::new(),
                account: String::new(),
                in_policies: Some(text.to_owned()),
            });
        }
        let Arn { partition, service, region: "", account, resource } = Arn::parse(text)? else {
            return None;
        };
        if !is_account_id(account) || !partition.starts_with("aws") {
            return None;
        }
        let (kind, name) = match (service, resource.split_once('/')) {
            ("iam", None) if resource == "root" => (CallerKind::Root, ""),
            ("iam", Some(("user", path))) => (CallerKind::User, last(path)),
            ("iam", Some(("role", path))) => (CallerKind::Role, last(path)),
            ("sts", Some(("assumed-role", path))) => (CallerKind::Role, first(path)),
            ("sts", Some(("federated-user", name))) => (CallerKind::Federated, name),
            _ => return None,
        };
        if name.is_empty() && kind != CallerKind::Root {
            return None;
        }
        let is_session = service == "sts" && kind == CallerKind::Role;
        let in_policies = match is_session {
            true if name.starts_with(RESERVED) => None,
            true => Some(Arn::iam(partition, account, &format!("role/{name}")).to_string()),
            false => Some(text.to_owned()),
        };
        let reserved = name.strip_prefix(RESERVED).filter(|_| kind == CallerKind::Role);
        Some(Self {
            kind: if reserved.is_some() { CallerKind::ReservedSsoRole } else { kind },
            // `AWSReservedSSO_<permission set>_<16 digits>`.
            name: reserved.map_or(name, |rest| rest.rsplit_once('_').map_or(rest, |(set, _)| set)).to_owned(),
            partition: partition.to_owned(),
            account: account.to_owned(),
            in_policies,
        })
    }
}

/// What the names of Identity Center's own roles begin with.
const RESERVED: &str = "AWSReservedSSO_";

fn first(path: &str) -> &str {
    path.split_once('/').map_or(path, |(first, _)| first)
}

fn last(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, last)| last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_told_apart() {
        for (text, kind, name, in_policies) in [
            ("arn:aws:iam::123456789012:user/a/ada", CallerKind::User, "ada", ""),
            ("arn:aws-cn:iam::123456789012:role/p/ci", CallerKind::Role, "ci", ""),
            (
                "arn:aws-us-gov:sts::123456789012:assumed-role/ci/session",
                CallerKind::Role,
                "ci",
                "arn:aws-us-gov:iam::123456789012:role/ci",
            ),
            (
                "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Dev_Ops_0123456789abcdef/ada",
                CallerKind::ReservedSsoRole,
                "Dev_Ops",
                "none",
            ),
            ("arn:aws:sts::123456789012:federated-user/bob", CallerKind::Federated, "bob", ""),
            ("arn:aws:iam::123456789012:root", CallerKind::Root, "", ""),
            ("lambda.amazonaws.com", CallerKind::Service, "lambda", ""),
        ] {
            let principal = CallerIdentity::parse(text).unwrap();
            let expected = match in_policies {
                "" => Some(text),
                "none" => None,
                other => Some(other),
            };
            assert_eq!((principal.kind, principal.name.as_str()), (kind, name), "{text}");
            assert_eq!(principal.in_policies.as_deref(), expected);
        }
        for none in
            ["", "ada", "arn:aws:iam::1:user/a", "arn:aws:iam::123456789012:user/", "arn:aws:s3:::bucket"]
        {
            assert_eq!(CallerIdentity::parse(none), None, "{none}");
        }
    }
}
