//! Names in Kubernetes: what may be one, and those that the operator writes.

use std::borrow::Cow;
use std::sync::Arc;

/// A name that many records share.
pub type Name = Arc<str>;

/// The program, as labels, leases and events name it.
pub const OPERATOR: &str = "ecrpass-operator";

/// The label that says what made an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// The label that says which operator's a secret is.
pub const OWNER: &str = "ecrpass.dev/owner";
/// The annotation that says when the first token in a secret expires, for people.
pub const EXPIRES_AT: &str = "ecrpass.dev/expires-at";
/// The annotation that says which entries of a secret are ours, and how old they are.
pub const ENTRIES: &str = "ecrpass.dev/entries";
/// The annotation that says which entries of a service account are ours. Another owner than [`OPERATOR`] has one of its own,
/// see [`pull_secrets_of`].
pub const PULL_SECRETS: &str = "ecrpass.dev/pull-secrets";
/// The longest owner, so that it has room in an annotation's name, which is at most 63 characters.
pub const MAX_OWNER: usize = 50;
/// The annotation that keeps a namespace or a service account out.
pub const IGNORE: &str = "ecrpass.dev/ignore";

/// The type of a pull secret.
pub const SECRET_TYPE: &str = "kubernetes.io/dockerconfigjson";
/// The key its content has.
pub const SECRET_KEY: &str = ".dockerconfigjson";

/// The annotation that says which entries of a service account are an owner's: several operators may serve one account.
pub fn pull_secrets_of(owner: &str) -> Cow<'static, str> {
    if owner == OPERATOR { PULL_SECRETS.into() } else { format!("{PULL_SECRETS}.{owner}").into() }
}

/// The names in such an annotation.
pub fn marks(annotation: &str) -> impl Iterator<Item = &str> {
    annotation.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// Whether a text can be the name of a namespace, where `*` may stand for any part of it.
pub fn is_namespace(text: &str) -> bool {
    text.len() <= 63 && is_dns(text, "-*")
}

/// Whether a text can be the name of a secret or a service account. `also` may be in it besides.
pub fn is_object(text: &str, also: &str) -> bool {
    text.len() <= 253 && is_dns(text, &format!("-.{also}"))
}

/// Source: Kubernetes, "Object Names and IDs".
fn is_dns(text: &str, inner: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let is_edge = |c: Option<char>| c.is_some_and(|c| is_word(c) || (c == '*' && inner.contains('*')));
    is_edge(text.chars().next())
        && is_edge(text.chars().next_back())
        && text.chars().all(|c| is_word(c) || inner.contains(c))
}

/// Whether a text can be a label's value that says something.
pub fn is_label_value(text: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 63
        && is_edge(text.chars().next())
        && is_edge(text.chars().next_back())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// Whether an annotation's value means yes.
pub fn is_yes(value: Option<&String>) -> bool {
    value.is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_kubernetes_takes() {
        for (text, namespace, object) in [
            ("shop", true, true),
            ("team-*", true, false),
            ("*", true, false),
            ("a.b", false, true),
            ("Shop", false, false),
            ("-a", false, false),
            ("", false, false),
            ("a_b", false, false),
        ] {
            assert_eq!((is_namespace(text), is_object(text, "")), (namespace, object), "{text}");
        }
        assert!(is_object("build-*", "*") && !is_object("build-*", ""));
        assert!(
            is_label_value("A_b.c") && !is_label_value("") && !is_label_value("a ") && !is_label_value("-a")
        );
        assert!(is_yes(Some(&"True".to_owned())) && !is_yes(Some(&"1".to_owned())) && !is_yes(None));
    }
}
