//! Registry hosts as far as they are known: the region may stand there although the account is a secret.

use ecrpass_core::registry::{HostError, Registry};

use crate::known::{Known, find_outside_holes, has_hole};

/// A registry's host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A private registry of ECR.
    Private {
        /// Its account, if it is known.
        account: Option<String>,
        /// Its region, if it is known.
        region: Option<String>,
    },
    /// ECR Public.
    Public,
    /// Another registry.
    Other(String),
    /// It may be any.
    Unknown,
}

impl Host {
    /// The host at the beginning of a login's server or URL, holes and all.
    pub fn of_server(text: &str) -> Self {
        let text = text.trim();
        let text = text.split_once("://").map_or(text, |(_, rest)| rest);
        let host = find_outside_holes(text, &['/']).and_then(|end| text.get(..end)).unwrap_or(text);
        if !has_hole(host) {
            return match Registry::parse(host) {
                Ok(Registry::Private(registry)) => {
                    Self::Private { account: Some(registry.account), region: Some(registry.region) }
                }
                Ok(Registry::Public { .. }) => Self::Public,
                Err(HostError::NotEcr { host }) => Self::Other(host),
                // What is wrong with it is another rule's.
                Err(HostError::Malformed { .. }) => Self::Unknown,
            };
        }
        with_holes(host).unwrap_or(Self::Unknown)
    }

    /// The host of an image. Source: distribution/reference `normalize.go#splitDockerDomain`.
    pub fn of_image(text: &str) -> Self {
        let text = text.trim().trim_start_matches("docker://").trim_start_matches("oci://");
        let Some(end) = find_outside_holes(text, &['/']) else {
            let name = find_outside_holes(text, &[':', '@']).and_then(|end| text.get(..end)).unwrap_or(text);
            return if has_hole(name) { Self::Unknown } else { Self::Other("docker.io".to_owned()) };
        };
        let first = text.get(..end).unwrap_or_default();
        if has_hole(first) || first.contains(['.', ':']) || first == "localhost" {
            Self::of_server(first)
        } else {
            Self::Other("docker.io".to_owned())
        }
    }

    /// Whether it is surely a private registry of ECR.
    pub fn is_private(&self) -> bool {
        matches!(self, Self::Private { .. })
    }

    /// Whether a login here may be one for there.
    pub fn may_be(&self, other: &Self) -> bool {
        let alike = |mine: &Option<String>, theirs: &Option<String>| {
            mine.as_ref().is_none_or(|mine| theirs.as_ref().is_none_or(|theirs| mine == theirs))
        };
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            (
                Self::Private { account, region },
                Self::Private { account: other_account, region: other_region },
            ) => alike(account, other_account) && alike(region, other_region),
            _ => self == other,
        }
    }

    /// The region, if it is known.
    pub fn region(&self) -> Option<&str> {
        match self {
            Self::Private { region, .. } => region.as_deref(),
            _ => None,
        }
    }

    /// The account, if it is known.
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Private { account, .. } => account.as_deref(),
            _ => None,
        }
    }

    /// The registry, if both are known.
    pub fn registry(&self) -> Option<Registry> {
        registry_of(self.account()?, self.region()?)
    }
}

/// The host of an account's registry in a region.
pub fn registry_of(account: &str, region: &str) -> Option<Registry> {
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    Registry::parse(&format!("{account}.dkr.ecr.{region}.{suffix}")).ok()
}

/// The host of an account's registry as a value: what is unknown of it becomes a hole.
pub fn host_of(account: &Known, region: &Known) -> Known {
    let text = |text: &str| Known::Exactly(text.to_owned());
    let is_china = !region.is_unknown() && region.alternatives().all(|region| region.starts_with("cn-"));
    let suffix = if is_china { ".amazonaws.com.cn" } else { ".amazonaws.com" };
    Known::concat([account, &text(".dkr.ecr."), region, &text(suffix)])
}

/// Whether a server of ECR has a path that is not an API's: a login is for the whole registry.
pub fn has_path(server: &str) -> bool {
    let server = server.split_once("://").map_or(server, |(_, rest)| rest);
    let Some(at) = find_outside_holes(server, &['/']) else { return false };
    let path = server.get(at..).unwrap_or_default().trim_matches('/');
    !path.is_empty() && !matches!(path, "v1" | "v2") && Host::of_server(server) != Host::Public
}

/// `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`.
fn with_holes(host: &str) -> Option<Host> {
    let marks = [".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr.", ".dkr-ecr-fips."];
    let (account, rest) = marks.iter().find_map(|mark| host.split_once(mark))?;
    let end =
        [".amazonaws.", ".on.aws", ".on.amazonwebservices."].iter().find_map(|suffix| rest.find(suffix));
    // `….dkr.ecr.${REGION}` with all of the rest in the variable.
    let region = end.and_then(|end| rest.get(..end));
    let known = |text: &str| (!has_hole(text)).then(|| text.to_owned());
    Some(Host::Private { account: known(account), region: region.and_then(known) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn private(account: Option<&str>, region: Option<&str>) -> Host {
        Host::Private { account: account.map(str::to_owned), region: region.map(str::to_owned) }
    }

    #[test]
    fn hosts_are_known_as_far_as_they_are_written() {
        let other = |host: &str| Host::Other(host.to_owned());
        for (image, host) in [
            (
                "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a:${SHA}",
                private(Some("123456789012"), Some("eu-west-1")),
            ),
            ("${secrets.A}.dkr.ecr.eu-west-1.amazonaws.com/a", private(None, Some("eu-west-1"))),
            ("123456789012.dkr.ecr.${R}.amazonaws.com/a", private(Some("123456789012"), None)),
            ("${a/b}.dkr.ecr.${R}.amazonaws.com/a", private(None, None)),
            ("${REGISTRY}/a", Host::Unknown),
            ("${IMAGE}", Host::Unknown),
            ("app:${SHA}", other("docker.io")),
            ("acme/app", other("docker.io")),
            ("ghcr.io/acme/app", other("ghcr.io")),
            ("public.ecr.aws/x/y", Host::Public),
        ] {
            assert_eq!(Host::of_image(image), host, "{image}");
        }
        assert_eq!(Host::of_server("https://ghcr.io/v2/"), other("ghcr.io"));
    }

    #[test]
    fn what_is_not_known_may_be_the_same() {
        assert!(private(None, Some("a")).may_be(&private(Some("1"), Some("a"))));
        assert!(!private(None, Some("a")).may_be(&private(Some("1"), Some("b"))));
        assert!(Host::Unknown.may_be(&private(Some("1"), Some("b"))));
        assert!(!Host::Other("ghcr.io".to_owned()).may_be(&private(None, None)));
    }
}
