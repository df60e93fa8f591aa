//! How the kubelet compares a pattern of `matchImages` with an image.
//!
//! Source: Kubernetes `pkg/credentialprovider/keyring.go`, `URLsMatch`: the same number of labels, each matched alone, the
//! same port, and the path as a plain prefix.

/// Whether an image, without tag and digest, is matched.
pub fn matches_image(pattern: &str, image: &str) -> bool {
    let (pattern, image) = (Parts::of(pattern), Parts::of(image));
    let labels = |host: &'_ str| host.split('.').count();
    pattern.port == image.port
        && labels(pattern.host) == labels(image.host)
        && pattern.host.split('.').zip(image.host.split('.')).all(|(glob, label)| label_matches(glob, label))
        && image.path.starts_with(pattern.path)
}

/// A pattern or an image, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts<'a> {
    /// The host, without its port.
    pub host: &'a str,
    /// The port; empty where none is named.
    pub port: &'a str,
    /// The path, with the slash in front; empty where there is none.
    pub path: &'a str,
}

impl<'a> Parts<'a> {
    pub fn of(text: &'a str) -> Self {
        let (authority, path) = text.find('/').map_or((text, ""), |slash| text.split_at(slash));
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
        Self { host, port, path }
    }
}

/// Whether one label is matched; only `*` is used in hosts, and is all that is looked at.
pub(super) fn label_matches(glob: &str, label: &str) -> bool {
    ecrpass_core::wildcard::matches(glob, label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_matched_one_by_one() {
        let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";
        for (pattern, matches) in [
            ("*.dkr.ecr.*.amazonaws.com", true),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com", true),
            ("*.dkr.ecr.us-*.amazonaws.com/team", true),
            ("*.dkr.ecr.*.amazonaws.com/te", true),
            ("*.amazonaws.com", false),
            ("*.dkr.ecr.*.amazonaws.com/*", false),
            ("*.dkr.ecr.*.amazonaws.com:443", false),
            ("*.dkr.ecr.*.amazonaws.com.cn", false),
            ("*.DKR.ecr.*.amazonaws.com", false),
        ] {
            assert_eq!(matches_image(pattern, image), matches, "{pattern}");
        }
        assert!(matches_image("localhost:5000", "localhost:5000/app"));
        assert!(!matches_image("localhost", "localhost:5000/app"));
    }
}
