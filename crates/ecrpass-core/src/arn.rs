//! Amazon resource names, taken apart and put together in one place.
//!
//! Source: AWS General Reference, "Amazon Resource Names (ARNs)": `arn:partition:service:region:account:resource`, where
//! only the resource may hold further colons.

use std::fmt;

use crate::partition::Partition;

/// An ARN. Region and account are empty where the service has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn` and so on.
    pub partition: &'a str,
    /// `ecr`, `iam` and so on.
    pub service: &'a str,
    /// The region; empty for global services.
    pub region: &'a str,
    /// The account, twelve digits; empty where resources name none.
    pub account: &'a str,
    /// All behind the fifth colon: `repository/team/app`, `role/ci`, `root`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart; `None` when the text is none. The parts are not looked at further, so that masked ARNs
    /// (`arn:aws:iam::ACCOUNT:role/x`) and patterns are read as well.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (!arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty()).then_some(arn)
    }

    /// An identity: a user, a role, an identity provider. IAM has no regions.
    pub fn iam(partition: &'a str, account: &'a str, resource: &'a str) -> Self {
        Self { partition, service: "iam", region: "", account, resource }
    }

    /// What a session is called: `assumed-role/name/session`, `federated-user/name`.
    pub fn sts(partition: &'a str, account: &'a str, resource: &'a str) -> Self {
        Self { partition, service: "sts", region: "", account, resource }
    }

    /// The resource, where it is of that kind: `team/app` of `repository/team/app` for `repository`.
    pub fn resource_of_kind(&self, kind: &str) -> Option<&'a str> {
        let id = self.resource.strip_prefix(kind)?.strip_prefix('/')?;
        (!id.is_empty()).then_some(id)
    }

    /// The name of the ECR repository it stands for, private or public.
    pub fn repository(&self) -> Option<&'a str> {
        matches!(self.service, "ecr" | "ecr-public").then(|| self.resource_of_kind("repository")).flatten()
    }

    /// The role it stands for, or whose session: the name without its path, which sessions do not show.
    pub fn role_name(&self) -> Option<&'a str> {
        match self.service {
            "iam" => self.resource_of_kind("role")?.rsplit('/').next(),
            "sts" => self.resource_of_kind("assumed-role")?.split('/').next(),
            _ => None,
        }
    }

    /// The name of the session, where it stands for one of a role.
    pub fn session_name(&self) -> Option<&'a str> {
        let (_, session) =
            (self.service == "sts").then(|| self.resource_of_kind("assumed-role"))??.split_once('/')?;
        Some(session)
    }

    /// The account; `None` where it names none.
    pub fn account(&self) -> Option<&'a str> {
        (!self.account.is_empty()).then_some(self.account)
    }
}

/// What a private repository is called. Source: Service Authorization Reference, "Amazon Elastic Container Registry".
pub fn repository_arn(partition: Partition, region: &str, account: &str, name: &str) -> String {
    let resource = &format!("repository/{name}");
    Arn { partition: partition.id(), service: "ecr", region, account, resource }.to_string()
}

/// What a repository of ECR Public is called: it has no region, and its name is without the registry's alias. Source:
/// Service Authorization Reference, "Amazon Elastic Container Registry Public".
pub fn public_repository_arn(account: &str, name: &str) -> String {
    let (partition, resource) = (Partition::Aws.id(), &format!("repository/{name}"));
    Arn { partition, service: "ecr-public", region: "", account, resource }.to_string()
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_parts_are_told_apart() {
        let arn = Arn::parse("arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/app").unwrap();
        assert_eq!((arn.partition, arn.service, arn.region), ("aws-cn", "ecr", "cn-north-1"));
        assert_eq!((arn.account(), arn.repository()), (Some("123456789012"), Some("team/app")));
        let role = Arn::parse("arn:aws:iam::123456789012:role/ci/deploy").unwrap();
        assert_eq!((role.role_name(), role.session_name(), role.repository()), (Some("deploy"), None, None));
        let session = Arn::parse("arn:aws:sts::123456789012:assumed-role/deploy/me").unwrap();
        assert_eq!((session.role_name(), session.session_name()), (Some("deploy"), Some("me")));
        let bucket = Arn::parse("arn:aws:s3:::bucket/key:with:colons").unwrap();
        assert_eq!((bucket.account(), bucket.resource), (None, "bucket/key:with:colons"));
    }

    #[test]
    fn repositories_have_arns() {
        assert_eq!(
            repository_arn(Partition::AwsCn, "cn-north-1", "123456789012", "team/app"),
            "arn:aws-cn:ecr:cn-north-1:123456789012:repository/team/app"
        );
        let public = public_repository_arn("123456789012", "team/app");
        assert_eq!(public, "arn:aws:ecr-public::123456789012:repository/team/app");
        assert_eq!(Arn::parse(&public).unwrap().repository(), Some("team/app"));
    }

    #[test]
    fn what_is_no_arn_is_refused() {
        for text in [
            "",
            "*",
            "arn:",
            "arn:aws:iam::1",
            "arn:aws:iam::1:",
            "arn::iam::1:root",
            "arn:aws:::1:root",
            "ecr:x:y",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_parsed_is_printed_back(text in "(arn:)?[a-z:/*?-]{0,40}") {
            if let Some(arn) = Arn::parse(&text) {
                prop_assert_eq!(arn.to_string(), text);
            }
        }

        #[test]
        fn what_is_printed_is_parsed_back(
            partition in "[a-z-]{1,8}", service in "[a-z-]{1,8}", region in "[a-z0-9-]{0,8}", account in "[0-9]{0,12}",
            resource in "[a-z/:*-]{1,20}",
        ) {
            let arn = Arn {
                partition: &partition, service: &service, region: &region, account: &account, resource: &resource,
            };
            let printed = arn.to_string();
            prop_assert_eq!(Arn::parse(&printed), Some(arn));
        }
    }
}
