//! Names that kubelets, providers and service accounts agree on.

/// The name that the provider goes by, on disk and in the configuration.
pub const PROVIDER: &str = "ecr-credential-provider";

/// The annotation of a service account that names the role to pull with, as cloud-provider-aws's provider reads it.
pub const ROLE_ANNOTATION: &str = "eks.amazonaws.com/ecr-role-arn";

/// The one that IRSA has for pods.
pub const IRSA_ANNOTATION: &str = "eks.amazonaws.com/role-arn";

/// Whether an annotation can have this name.
///
/// Source: Kubernetes `apimachinery/pkg/util/validation`, `IsQualifiedName`: an optional prefix that is a DNS name, and a
/// name of at most 63 characters.
pub fn is_qualified_name(key: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (prefix, name) = key.split_once('/').map_or((None, key), |(prefix, name)| (Some(prefix), name));
    let is_name = (1..=63).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        && is_edge(name.chars().next())
        && is_edge(name.chars().next_back());
    let is_label = |label: &str| {
        label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && is_edge(label.chars().next())
            && is_edge(label.chars().next_back())
    };
    let is_prefix = |prefix: &str| prefix.len() <= 253 && prefix.split('.').all(is_label);
    is_name && prefix.is_none_or(is_prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_annotations_are_known() {
        for key in [ROLE_ANNOTATION, IRSA_ANNOTATION, "a", "Example.com/A_b.c-d"] {
            assert!(is_qualified_name(key), "{key}");
        }
        for key in ["", "/a", "a/", "a/b/c", "-a", "a b", "x./b"] {
            assert!(!is_qualified_name(key), "{key}");
        }
    }
}
