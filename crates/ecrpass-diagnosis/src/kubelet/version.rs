//! Versions of the kubelet, and what each can read.

use std::fmt;
use std::str::FromStr;

/// A version of Kubernetes 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KubeletVersion {
    minor: u32,
}

/// Whether service accounts' tokens can be sent to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenSupport {
    /// There is no such field, so the kubelet does not start with it.
    Unknown,
    /// Behind a gate that is off, and without `cacheType`.
    Gated,
    /// On, and with `cacheType`.
    On,
}

/// What its text is not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version of Kubernetes, like 1.34 or v1.34.2")]
pub struct VersionError(String);

impl KubeletVersion {
    /// 1.`minor`.
    pub const fn minor(minor: u32) -> Self {
        Self { minor }
    }

    /// The newest that is known.
    pub const NEWEST: Self = Self::minor(37);

    /// The first that runs credential providers.
    pub const FIRST: Self = Self::minor(20);

    /// The first that reads version 1 of the configuration and of the protocol.
    pub const FIRST_V1: Self = Self::minor(26);

    /// The first that reads a directory of configurations.
    pub const FIRST_DIRECTORY: Self = Self::minor(34);

    /// The first that has tokens of service accounts for providers without a gate.
    pub const FIRST_TOKENS: Self = Self::minor(34);

    /// The first whose Go takes a host with several colons for none. Source: Kubernetes `go.mod`; Go 1.26 `urlstrictcolons`.
    pub const FIRST_ONE_COLON: Self = Self::minor(36);

    /// The newest version of the configuration and the protocol that it reads: `v1`, `v1beta1` or `v1alpha1`.
    pub fn api(self) -> &'static str {
        match self.minor {
            26.. => "v1",
            24..=25 => "v1beta1",
            _ => "v1alpha1",
        }
    }

    /// Whether it reads a version of them.
    pub fn reads(self, api: &str) -> bool {
        match api {
            "v1" => self >= Self::FIRST_V1,
            "v1beta1" => self >= Self::minor(24),
            "v1alpha1" => self >= Self::FIRST,
            _ => false,
        }
    }

    /// Whether the feature gate `KubeletCredentialProviders` has to be switched on.
    pub fn needs_gate(self) -> bool {
        self.minor < 24
    }

    /// Whether it takes tokens for providers.
    pub fn tokens(self) -> TokenSupport {
        match self.minor {
            34.. => TokenSupport::On,
            33 => TokenSupport::Gated,
            _ => TokenSupport::Unknown,
        }
    }
}

impl fmt::Display for KubeletVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)
    }
}

impl FromStr for KubeletVersion {
    type Err = VersionError;

    /// As `kubectl get nodes` shows it: `v1.34.2-eks-1b2c3d4`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || VersionError(text.chars().take(60).collect());
        let rest = text.trim().trim_start_matches(['v', 'V']).strip_prefix("1.").ok_or_else(error)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, rest) = rest.split_at_checked(end).ok_or_else(error)?;
        let is_end = rest.is_empty() || rest.starts_with(['.', '-', '+']);
        let minor = digits.parse().ok().filter(|minor| is_end && *minor < 1000).ok_or_else(error)?;
        Ok(Self { minor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_nodes_show_them() {
        for (text, minor) in
            [("1.34", 34), ("v1.34.2", 34), ("1.29.0-eks-1b2c3d4", 29), ("v1.30.4+k3s1", 30), ("1.26", 26)]
        {
            assert_eq!(text.parse(), Ok(KubeletVersion::minor(minor)), "{text}");
        }
        for text in ["", "34", "2.1", "1.", "1.x", "1.34x", "v", "1.99999999999", "1.34\n2"] {
            assert!(text.parse::<KubeletVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_reads_what_it_writes() {
        for minor in 20..=40 {
            let version = KubeletVersion::minor(minor);
            assert!(version.reads(version.api()), "{version}");
            assert!(!version.reads("v2"));
        }
        assert!(!KubeletVersion::minor(25).reads("v1") && !KubeletVersion::minor(23).reads("v1beta1"));
    }
}
