//! Registry hosts: recognising every form an ECR host can take, and saying what is wrong with one that cannot be.
//!
//! The forms are those of the ECR User Guide ("Making requests to Amazon ECR registries") and the General
//! Reference ("Amazon ECR endpoints and quotas"): plain, FIPS, dual-stack and both, in every partition, and
//! ECR Public. A hand-written parser, because it runs on every single `docker pull`.

mod error;
mod host;
mod private;

use std::fmt;

pub use error::{HostError, Malformation};
pub use host::{authority, is_host, normalize_host};
pub use private::PrivateRegistry;
use private::parse_private;

use crate::arn::repository_arn;
use crate::partition::Partition;
use crate::redact::{REDACTED, redact};
use crate::shortened::shortened;

/// The most a server URL may measure, in bytes; a DNS name has at most 253.
pub const MAX_SERVER_URL: usize = 4096;

/// The most of a host that an error repeats, in bytes.
const MOST_OF_HOST: usize = 300;

/// A registry that Amazon ECR serves.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Registry {
    /// A private registry: one per account and region.
    Private(PrivateRegistry),
    /// The one public registry, `public.ecr.aws`.
    Public {
        /// Whether the host is `ecr-public.aws.com`, which also answers over IPv6.
        dual_stack: bool,
    },
}

/// `public.ecr.aws`, the public registry's host.
pub const PUBLIC_HOST: &str = "public.ecr.aws";
/// The public registry's dual-stack host.
pub const PUBLIC_DUAL_STACK_HOST: &str = "ecr-public.aws.com";

/// The region where ECR Public's tokens come from. Source: awslabs/amazon-ecr-credential-helper,
/// `ecr-login/api/client.go`.
pub const PUBLIC_REGION: &str = "us-east-1";

impl Registry {
    /// Recognises the registry in a server URL, in any of the spellings clients use: with or without scheme,
    /// port, path and trailing dot, in any case, surrounded by white space.
    ///
    /// # Errors
    /// [`HostError::NotEcr`] for any other host, [`HostError::Malformed`] for one that is ECR's but impossible.
    pub fn parse(server_url: &str) -> Result<Self, HostError> {
        let host = normalize_host(server_url);
        // What stands in front of an `@` may be a password; there is no host with one.
        if let Some((_, behind)) = host.rsplit_once('@') {
            return Err(HostError::NotEcr { host: behind.to_owned() });
        }
        match host.as_str() {
            PUBLIC_HOST => return Ok(Self::Public { dual_stack: false }),
            PUBLIC_DUAL_STACK_HOST => return Ok(Self::Public { dual_stack: true }),
            _ => {}
        }
        let parsed = if host.len() > MAX_SERVER_URL { Ok(None) } else { parse_private(&host) };
        match parsed {
            Ok(Some(registry)) => Ok(Self::Private(registry)),
            Ok(None) => Err(HostError::NotEcr { host: told(server_url, host) }),
            Err(problem) => Err(HostError::Malformed { host, problem }),
        }
    }

    /// The host, as clients write it.
    pub fn host(&self) -> &str {
        match self {
            Self::Private(registry) => &registry.host,
            Self::Public { dual_stack: false } => PUBLIC_HOST,
            Self::Public { dual_stack: true } => PUBLIC_DUAL_STACK_HOST,
        }
    }

    /// The region whose API issues this registry's tokens.
    pub fn region(&self) -> &str {
        match self {
            Self::Private(registry) => &registry.region,
            Self::Public { .. } => PUBLIC_REGION,
        }
    }

    /// The partition the registry is in.
    pub fn partition(&self) -> Partition {
        match self {
            Self::Private(registry) => registry.partition,
            Self::Public { .. } => Partition::Aws,
        }
    }

    /// The account that owns the registry; `None` for ECR Public.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Private(registry) => Some(&registry.account),
            Self::Public { .. } => None,
        }
    }

    /// Whether calls for this registry must go to the FIPS endpoint of the API.
    pub fn fips(&self) -> bool {
        matches!(self, Self::Private(registry) if registry.fips)
    }

    /// Whether calls for this registry should go to the dual-stack endpoint of the API.
    pub fn dual_stack(&self) -> bool {
        match self {
            Self::Private(registry) => registry.dual_stack,
            Self::Public { dual_stack } => *dual_stack,
        }
    }

    /// The API's host, which issues its tokens. Source: AWS General Reference, "Amazon ECR endpoints and quotas".
    pub fn api_host(&self) -> String {
        let (region, partition) = (self.region(), self.partition());
        let fips = if self.fips() { "-fips" } else { "" };
        match (self.is_public(), self.dual_stack()) {
            (true, false) => format!("api.ecr-public.{region}.amazonaws.com"),
            (true, true) => format!("ecr-public.{region}.api.aws"),
            (false, false) => format!("api.ecr{fips}.{region}.{}", partition.dns_suffix()),
            (false, true) => format!("ecr{fips}.{region}.{}", partition.dual_stack_dns_suffix()),
        }
    }

    /// The ARN of one of its repositories; `None` for ECR Public, whose hosts do not say whose a repository is.
    pub fn repository_arn(&self, name: &str) -> Option<String> {
        Some(repository_arn(self.partition(), self.region(), self.account()?, name))
    }

    /// Whether this is ECR Public, where pulls need no credentials.
    pub fn is_public(&self) -> bool {
        matches!(self, Self::Public { .. })
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host())
    }
}

/// A host that is not ECR's, as an error names it: in lower case a secret would not be known for one any more.
fn told(written: &str, host: String) -> String {
    let bare = written.split_once("://").map_or(written, |(_, bare)| bare);
    match written.contains(&host) || redact(bare) == bare {
        true => shortened(&host, MOST_OF_HOST).into_owned(),
        false => REDACTED.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_is_matched_with_hosts_only() {
        for host in ["localhost:5000", "a-b.example", "[::1]:5000", "a_b"] {
            assert!(is_host(host), "{host}");
        }
        for other in ["", "a b", "a\\b", "a\nb", "a/b", "u@h", "h\u{e9}"] {
            assert!(!is_host(other), "{other:?}");
        }
    }

    #[test]
    fn a_secret_in_the_place_of_a_host_does_not_come_back_in_lower_case() {
        for secret in [
            "wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool",
            "ghp_5jMTF7eBSdE0g9cRYN687NElFJvhQ8XIm0og",
            "https://wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool",
        ] {
            let said = Registry::parse(secret).unwrap_err().to_string();
            assert!(!said.contains("wju8") && !said.contains("ghp_"), "{said}");
        }
        // A host in capitals is named.
        assert!(Registry::parse("Docker.IO").unwrap_err().to_string().contains("docker.io"));
    }

    fn private(host: &str) -> PrivateRegistry {
        match Registry::parse(host) {
            Ok(Registry::Private(registry)) => registry,
            other => panic!("{host}: {other:?}"),
        }
    }

    #[test]
    fn every_published_form_is_known() {
        for (host, region, partition, fips, dual_stack) in [
            ("dkr.ecr.us-east-1.amazonaws.com", "us-east-1", Partition::Aws, false, false),
            ("dkr.ecr.ap-southeast-7.amazonaws.com", "ap-southeast-7", Partition::Aws, false, false),
            ("dkr.ecr-fips.us-west-2.amazonaws.com", "us-west-2", Partition::Aws, true, false),
            ("dkr-ecr.eu-west-1.on.aws", "eu-west-1", Partition::Aws, false, true),
            ("dkr-ecr-fips.us-east-2.on.aws", "us-east-2", Partition::Aws, true, true),
            ("dkr.ecr.us-gov-west-1.amazonaws.com", "us-gov-west-1", Partition::AwsUsGov, false, false),
            ("dkr.ecr-fips.us-gov-east-1.amazonaws.com", "us-gov-east-1", Partition::AwsUsGov, true, false),
            ("dkr-ecr-fips.us-gov-east-1.on.aws", "us-gov-east-1", Partition::AwsUsGov, true, true),
            ("dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1", Partition::AwsCn, false, false),
            ("dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1", Partition::AwsCn, false, true),
            ("dkr.ecr.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1", Partition::AwsCn, false, true),
            ("dkr-ecr.cn-northwest-1.on.aws", "cn-northwest-1", Partition::AwsCn, false, true),
            ("dkr.ecr.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1", Partition::AwsEusc, false, false),
            ("dkr.ecr.us-iso-east-1.c2s.ic.gov", "us-iso-east-1", Partition::AwsIso, false, false),
            ("dkr.ecr.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1", Partition::AwsIsoB, false, false),
            ("dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1", Partition::AwsIsoE, false, false),
            ("dkr.ecr.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1", Partition::AwsIsoF, false, false),
            // A region newer than this program.
            ("dkr.ecr.nz-south-2.amazonaws.com", "nz-south-2", Partition::Aws, false, false),
        ] {
            let host = format!("123456789012.{host}");
            let registry = private(&host);
            assert_eq!(
                (registry.region.as_str(), registry.partition, registry.fips, registry.dual_stack),
                (region, partition, fips, dual_stack),
                "{host}"
            );
            assert_eq!((registry.account.as_str(), registry.host.as_str()), ("123456789012", host.as_str()));
        }
        assert_eq!(Registry::parse("public.ecr.aws"), Ok(Registry::Public { dual_stack: false }));
        assert_eq!(Registry::parse("ecr-public.aws.com"), Ok(Registry::Public { dual_stack: true }));
    }

    #[test]
    fn spellings_of_one_host_are_one_registry() {
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        for spelling in [
            "https://123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "http://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/",
            "HTTPS://123456789012.DKR.ECR.us-east-1.AMAZONAWS.com:443/team/app",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com:443",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com./",
            "  123456789012.dkr.ecr.us-east-1.amazonaws.com\r\n",
            "https://AWS:x@123456789012.dkr.ecr.us-east-1.amazonaws.com?a#b",
        ] {
            assert_eq!(private(spelling).host, host, "{spelling}");
        }
        assert_eq!(Registry::parse("https://public.ecr.aws/v2/"), Ok(Registry::Public { dual_stack: false }));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (host, message) in [
            (
                "12345678901.dkr.ecr.us-east-1.amazonaws.com",
                "the account id must be 12 digits without dashes, not `12345678901`",
            ),
            (
                "1234-5678-9012.dkr.ecr.us-east-1.amazonaws.com",
                "the account id must be 12 digits without dashes, not `1234-5678-9012`",
            ),
            ("dkr.ecr.us-east-1.amazonaws.com", "the 12-digit account id in front of `dkr.ecr` is missing"),
            (
                "123456789012.dkr.ecr.us-east-1a.amazonaws.com",
                "`us-east-1a` is an availability zone; the region is `us-east-1`",
            ),
            ("123456789012.dkr.ecr.useast1.amazonaws.com", "`useast1` is not an AWS region"),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com",
                "the host for that registry is `123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn`",
            ),
            (
                "123456789012.dkr.ecr.cn-north-1.amazonaws.cn",
                "the host for that registry is `123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn`",
            ),
            (
                "123456789012.dkr.ecr.us-east-1.on.aws",
                "the host for that registry is `123456789012.dkr-ecr.us-east-1.on.aws`",
            ),
            (
                "123456789012.dkr-ecr-fips.us-east-1.amazonaws.com",
                "the host for that registry is `123456789012.dkr.ecr-fips.us-east-1.amazonaws.com`",
            ),
            ("gallery.ecr.aws", "that is the gallery's web site; public images live at `public.ecr.aws`"),
        ] {
            match Registry::parse(host) {
                Err(HostError::Malformed { problem, .. }) => assert_eq!(problem.to_string(), message),
                other => panic!("{host}: {other:?}"),
            }
        }
        for (host, problem) in [
            ("api.ecr.us-east-1.amazonaws.com", Malformation::ApiEndpoint),
            ("ecr.us-east-1.amazonaws.com", Malformation::ApiEndpoint),
            ("ecr.us-east-1.api.aws", Malformation::ApiEndpoint),
            ("123456789012.dkr.ecr.amazonaws.com", Malformation::RegionMissing),
            (
                "123456789012.ecr.eu-central-1.amazonaws.com",
                Malformation::Form("123456789012.dkr.ecr.eu-central-1.amazonaws.com".to_owned()),
            ),
            ("vpce-0a1b.dkr.ecr.us-east-1.vpce.amazonaws.com", Malformation::VpcEndpoint),
            ("vpce-0a1b.api.ecr.us-east-1.vpce.amazonaws.com", Malformation::VpcEndpoint),
        ] {
            let expected = HostError::Malformed { host: host.to_owned(), problem };
            assert_eq!(Registry::parse(host), Err(expected));
        }
    }

    #[test]
    fn other_registries_are_not_ours() {
        for host in [
            "",
            "/",
            "docker.io",
            "https://index.docker.io/v1/",
            "ghcr.io",
            "localhost:5000",
            "[::1]:5000",
            "123456789012.dkr.ecr.us-east-1.example.com",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example",
            "evil-dkr.ecr.us-east-1.amazonaws.com",
            "notpublic.ecr.aws",
            // What stands in front makes another host of it, or none.
            "evil.example/://123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "evil.example\\://123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "https://evil.example\\@123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "https://evil.example @123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "https://evil.example\n@123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "https://evil.example#@123456789012.dkr.ecr.us-east-1.amazonaws.com",
            "https://evil.example/@public.ecr.aws",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com evil.example",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com\\.evil.example",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com:443.evil.example",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com..",
        ] {
            assert!(matches!(Registry::parse(host), Err(HostError::NotEcr { .. })), "{host}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(url in any::<String>()) {
            let _ = Registry::parse(&url);
        }

        #[test]
        fn nothing_in_front_makes_a_registry_of_another_host(
            front in "[ -~\n]{1,12}", scheme in prop::sample::select(vec!["", "https://"]),
        ) {
            // As a browser reads it: whatever ends the host ends it.
            let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
            let trimmed = if scheme.is_empty() { front.trim_start() } else { &front };
            let is_user = trimmed.ends_with('@') && trimmed.chars().all(|c| c.is_ascii_alphanumeric() || "-._:~!$&'()*+,;=%@".contains(c));
            let is_scheme = scheme.is_empty() && ["https://", "http://", "docker://", "oci://"].contains(&trimmed.to_ascii_lowercase().as_str());
            prop_assume!(!front.trim().is_empty() && !is_user && !is_scheme);
            let read = Registry::parse(&format!("{scheme}{front}{host}"));
            prop_assert!(read.is_err(), "{:?}", read);
        }

        #[test]
        fn a_parsed_host_parses_to_itself(
            account in "[0-9]{12}",
            form in prop::sample::select(vec![
                "dkr.ecr.us-east-1.amazonaws.com", "dkr-ecr.eu-west-3.on.aws", "dkr.ecr-fips.us-west-1.amazonaws.com",
                "dkr.ecr.cn-north-1.amazonaws.com.cn", "dkr.ecr.eusc-de-east-1.amazonaws.eu",
            ]),
            prefix in prop::sample::select(vec!["", "https://", "http://", " ", "HTTPS://u:p@"]),
            suffix in prop::sample::select(vec!["", "/", ":443", "/team/app:1", "\n", ":8443/v2/"]),
        ) {
            let host = format!("{account}.{form}");
            let registry = Registry::parse(&format!("{prefix}{host}{suffix}")).expect("a known form");
            prop_assert_eq!(registry.host(), host.as_str());
            prop_assert_eq!(registry.account(), Some(account.as_str()));
            prop_assert_eq!(Registry::parse(registry.host()), Ok(registry.clone()));
        }
    }
}
