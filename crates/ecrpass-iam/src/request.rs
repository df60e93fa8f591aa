//! A request to AWS, as policies see it.

use ecrpass_core::Arn;

use crate::context::{Context, KeyValue};
use crate::keys;
use crate::principal::{Principal, PrincipalKind};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who makes it.
    pub principal: Principal,
    /// What is to be done, `ecr:PutImage`.
    pub action: String,
    /// On what: an ARN, or `*` for actions that take no resource.
    pub resource: String,
    /// The condition keys.
    pub context: Context,
}

impl Request {
    /// With the keys that follow from who asks for what, where nothing else is known of them.
    ///
    /// Source: IAM User Guide, "AWS global condition context keys".
    #[must_use]
    pub fn with_implied_keys(mut self) -> Self {
        let Self { principal, action, resource, context } = &mut self;
        let mut known = std::mem::replace(context, Context::complete())
            .never_with(keys::never_there(action))
            .always_with(&["aws:currenttime", "aws:epochtime"]);
        let is_service = principal.kind() == PrincipalKind::Service;
        known = known.with_default("aws:PrincipalIsAWSService", if is_service { "true" } else { "false" });
        if let Some(arn) = principal.arn().filter(|_| !principal.is_outside_of_accounts()) {
            known = known.with_default("aws:PrincipalAccount", arn.account);
            match principal.kind() {
                PrincipalKind::User => {
                    let name = arn.resource.rsplit('/').next().unwrap_or_default();
                    known = known
                        .with_default("aws:PrincipalArn", principal.text())
                        .with_default("aws:PrincipalType", "User")
                        .with_default("aws:username", name);
                }
                PrincipalKind::Role => {
                    known = known
                        .with_default("aws:PrincipalArn", principal.text())
                        .with_default("aws:PrincipalType", "AssumedRole")
                        .absent_by_default("aws:username");
                }
                // The role's path is part of the key and no part of the session's ARN, so the key stays unknown.
                PrincipalKind::Session => {
                    known = known
                        .always_with(&["aws:principalarn"])
                        .with_default("aws:PrincipalType", "AssumedRole")
                        .absent_by_default("aws:username");
                }
                PrincipalKind::Root => {
                    known = known
                        .with_default("aws:PrincipalArn", principal.text())
                        .with_default("aws:PrincipalType", "Account");
                }
                _ => {}
            }
            let is_temporary = matches!(
                principal.kind(),
                PrincipalKind::Role | PrincipalKind::Session | PrincipalKind::FederatedUser
            );
            if is_temporary {
                known = known.always_with(&["aws:tokenissuetime"]);
            }
            // Only a service that calls for a resource has them.
            for key in ["aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"] {
                known = known.absent_by_default(key);
            }
        }
        if is_service {
            known = known.with_default("aws:PrincipalServiceName", principal.text());
            for key in
                ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "aws:PrincipalArn"]
            {
                known = known.absent_by_default(key);
            }
        }
        // ECR and STS have no endpoint without TLS.
        if ["ecr:", "ecr-public:", "sts:"].iter().any(|service| action.starts_with(service)) {
            known = known.with_default("aws:SecureTransport", "true");
        }
        // Through an endpoint, the address is another key's value.
        if matches!(known.get("aws:SourceVpce"), KeyValue::Known(_)) {
            known = known.absent_by_default("aws:SourceIp");
        }
        if matches!(known.get("aws:SourceIp"), KeyValue::Known(_)) {
            for key in ["aws:SourceVpce", "aws:SourceVpc", "aws:VpcSourceIp"] {
                known = known.absent_by_default(key);
            }
        }
        if let Some(arn) = Arn::parse(resource) {
            if let Some(account) = arn.account() {
                known = known.with_default("aws:ResourceAccount", account);
            }
            if !arn.region.is_empty() {
                known = known.with_default("aws:RequestedRegion", arn.region);
            }
        }
        *context = known;
        self
    }

    /// With what follows from its coming through a VPC endpoint, whichever that is, where nothing else is known.
    #[must_use]
    pub fn through_endpoint(mut self) -> Self {
        let context = std::mem::replace(&mut self.context, Context::complete());
        self.context = context.absent_by_default("aws:SourceIp").always_with(&[
            "aws:sourcevpce",
            "aws:sourcevpc",
            "aws:vpcsourceip",
        ]);
        self
    }

    /// Whether it is made by a role that belongs to a service of AWS: control policies leave those alone. A session does
    /// not show its role's path, so there it takes the key to tell.
    pub fn is_by_service_linked_role(&self) -> bool {
        let is_linked = |arn: &str| {
            let role = Arn::parse(arn).filter(|arn| arn.service == "iam");
            role.is_some_and(|arn| arn.resource.starts_with("role/aws-service-role/"))
        };
        let by_key = match self.context.get("aws:PrincipalArn") {
            KeyValue::Known(values) => values.all().iter().any(|arn| is_linked(arn)),
            KeyValue::Absent | KeyValue::Unknown => false,
        };
        by_key || is_linked(self.principal.text())
    }

    /// The account of the resource; `None` where it names none, and the caller's own is meant.
    pub fn resource_account(&self) -> Option<&str> {
        Arn::parse(&self.resource)?.account()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(principal: &str) -> Context {
        let request = Request {
            principal: Principal::parse(principal).unwrap(),
            action: "ecr:PutImage".to_owned(),
            resource: "arn:aws:ecr:eu-west-1:111122223333:repository/app".to_owned(),
            context: Context::partial(),
        };
        request.with_implied_keys().context
    }

    #[test]
    fn what_follows_from_the_caller_is_known() {
        let known = |value: &str| Some(value.to_owned());
        let of = |principal: &str, key: &str| match context(principal).get(key) {
            KeyValue::Known(values) => Some(values.all().join(",")),
            KeyValue::Absent => None,
            KeyValue::Unknown => known("?"),
        };
        let (user, role) = ("arn:aws:iam::444455556666:user/a/b", "arn:aws:iam::444455556666:role/r");
        let session = "arn:aws:sts::444455556666:assumed-role/r/s";
        for (principal, key, value) in [
            (user, "aws:PrincipalArn", known(user)),
            (user, "aws:username", known("b")),
            (user, "aws:SourceArn", None),
            (user, "aws:SourceIp", known("?")),
            (user, "aws:RequestTag/team", None),
            (user, "aws:ResourceTag/team", known("?")),
            (user, "aws:SecureTransport", known("true")),
            (user, "aws:ResourceAccount", known("111122223333")),
            (role, "aws:PrincipalArn", known(role)),
            (role, "aws:username", None),
            (session, "aws:PrincipalArn", known("?")),
            (session, "aws:PrincipalAccount", known("444455556666")),
            (session, "aws:TokenIssueTime", known("?")),
            (session, "aws:RequestedRegion", known("eu-west-1")),
            ("lambda.amazonaws.com", "aws:SourceArn", known("?")),
            ("lambda.amazonaws.com", "aws:PrincipalOrgID", None),
            ("lambda.amazonaws.com", "aws:PrincipalIsAWSService", known("true")),
        ] {
            assert_eq!(of(principal, key), value, "{principal} {key}");
        }
    }

    #[test]
    fn what_a_request_has_is_known_also_where_its_value_is_not() {
        let (user, session) =
            ("arn:aws:iam::444455556666:user/u", "arn:aws:sts::444455556666:assumed-role/r/s");
        for (principal, key, has) in [
            (session, "aws:TokenIssueTime", Some(true)),
            (session, "aws:PrincipalArn", Some(true)),
            (session, "aws:CurrentTime", Some(true)),
            (session, "aws:username", Some(false)),
            (session, "aws:SourceVpce", None),
            // A user may have asked for a session.
            (user, "aws:TokenIssueTime", None),
        ] {
            assert_eq!(context(principal).has(key), has, "{principal} {key}");
        }
        let through = Request {
            principal: Principal::parse(user).unwrap(),
            action: "ecr:PutImage".to_owned(),
            resource: "*".to_owned(),
            context: Context::partial(),
        };
        let context = through.through_endpoint().context;
        assert_eq!((context.has("aws:SourceIp"), context.has("aws:SourceVpce")), (Some(false), Some(true)));
    }
}
