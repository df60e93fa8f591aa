//! How the kubelet compares a pattern of `matchImages` with an image.
//!
//! Source: Kubernetes `pkg/credentialprovider/keyring.go`, `URLsMatch`: the same number of labels, each matched alone, the
//! same port, and the path as a plain prefix.

use super::url;

/// Whether an image, without tag and digest, is matched.
pub fn matches_image(pattern: &str, image: &str) -> bool {
    let (Ok(pattern), Ok(image)) = (url::parse(pattern, true), url::parse(image, true)) else { return false };
    let labels = |host: &'_ str| host.split('.').count();
    pattern.port == image.port
        && labels(&pattern.host) == labels(&image.host)
        && pattern.host.split('.').zip(image.host.split('.')).all(|(glob, label)| label_matches(glob, label))
        && image.path.starts_with(&pattern.path)
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
            ("*.dkr.ecr.us-east-?.amazonaws.com", false),
            ("*.dkr.ecr.*.amazonaws.com?x", true),
            ("[0-9]*.dkr.ecr.*.amazonaws.com", false),
        ] {
            assert_eq!(matches_image(pattern, image), matches, "{pattern}");
        }
        assert!(matches_image("localhost:5000", "localhost:5000/app"));
        assert!(!matches_image("localhost", "localhost:5000/app"));
    }
}
