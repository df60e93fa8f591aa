//! A repository's own policy, as the JSON text that `SetRepositoryPolicy` stores.

use ecrpass_core::Arn;
use ecrpass_iam::Layer;
use ecrpass_iam::document;
use ecrpass_iam::source::Source;
use serde_json::{Value, json};

/// Whether ECR would take the policy.
pub(crate) fn is_valid(text: &str) -> bool {
    is_valid_for(Layer::Repository, text)
}

/// The same for a repository's or a registry's policy.
pub(crate) fn is_valid_for(layer: Layer, text: &str) -> bool {
    document::read_for(layer, &Source::file("PolicyText", text)).accepted().is_ok()
}

/// Adds a statement that lets an account do everything to a policy, or to a new one.
pub(crate) fn share(policy: Option<&str>, partition: &str, account: &str) -> String {
    let mut document: Value = policy.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut statements: Vec<Value> =
        document.get("Statement").map(list).unwrap_or_default().into_iter().cloned().collect();
    statements.push(json!({
        "Sid": format!("Share{account}"),
        "Effect": "Allow",
        "Principal": {"AWS": Arn::iam(partition, account, "root").to_string()},
        "Action": "ecr:*",
    }));
    let statements = json!(statements);
    match document.as_object_mut() {
        Some(members) => {
            members.insert("Statement".to_owned(), statements);
        }
        None => document = json!({"Version": "2012-10-17", "Statement": statements}),
    }
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// IAM takes one of something where it takes several.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(several) => several.iter().collect(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_policy_is_refused() {
        for text in [
            "",
            "{}",
            r#"{"Statement":[{"Effect":"Maybe"}]}"#,
            r#"{"Statement":{"Effect":"Allow"}}"#,
            r#"{"Statement":{"Effect":"Allow","Action":"ecr:*"}}"#,
            r#"{"Statement":{"Effect":"Allow","Action":"ecr:*","Principal":"*","Resource":"*"}}"#,
        ] {
            assert!(!is_valid(text), "{text}");
        }
    }

    #[test]
    fn sharing_adds_to_what_is_there() {
        let first = share(None, "aws", "999999999999");
        let both = share(Some(&first), "aws", "111111111111");
        assert!(is_valid(&both));
        for account in ["999999999999", "111111111111"] {
            assert!(both.contains(&format!("arn:aws:iam::{account}:root")), "{both}");
        }
    }
}
