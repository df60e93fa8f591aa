//! Repository policies, as far as a diagnosis reads them: whom they let do what.
//!
//! Source: ECR User Guide, "Private repository policies": a statement has Principal and Action and needs no Resource.

use ecrpass_core::wildcard;
use serde_json::Value;

/// Which of the actions no statement allows to a service, such as `lambda.amazonaws.com`. A condition on what is
/// allowed counts as met and one on what is denied as not met: what they ask for is not known here.
pub fn missing_for_service<'a>(policy: &str, service: &str, actions: &[&'a str]) -> Vec<&'a str> {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = list(&policy["Statement"]);
    let says = |effect: &str, action: &str| {
        statements.iter().any(|statement| {
            statement["Effect"].as_str() == Some(effect)
                && (effect == "Allow" || statement["Condition"].is_null())
                && is_for(&statement["Principal"], service)
                && list(&statement["Action"]).iter().filter_map(|value| value.as_str()).any(|pattern| {
                    wildcard::matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
                })
        })
    };
    let is_missing = |action: &&str| !says("Allow", action) || says("Deny", action);
    actions.iter().copied().filter(is_missing).collect()
}

/// Whether a principal element names a service, or everybody.
fn is_for(principal: &Value, service: &str) -> bool {
    let named = |value: &Value| {
        list(value).iter().any(|name| matches!(name.as_str(), Some(name) if name == service || name == "*"))
    };
    principal.as_str() == Some("*") || named(&principal["Service"]) || principal["AWS"].as_str() == Some("*")
}

/// One value, or a list of them: IAM takes both.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        other => vec![other],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PULL: [&str; 2] = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];

    #[test]
    fn lambda_needs_both_actions() {
        let missing = |policy: &str| missing_for_service(policy, "lambda.amazonaws.com", &PULL);
        assert_eq!(missing(""), PULL);
        assert_eq!(missing("[1"), PULL);
        let statement = |effect: &str, principal: &str, action: &str| {
            format!("{{\"Effect\": \"{effect}\", \"Principal\": {principal}, \"Action\": {action}}}")
        };
        let policy = |statements: &[String]| format!("{{\"Statement\": [{}]}}", statements.join(","));
        let lambda = "{\"Service\": [\"lambda.amazonaws.com\"]}";
        let both = statement("Allow", lambda, "[\"ecr:BatchGetImage\", \"ecr:GetDownload*\"]");
        assert!(missing(&policy(std::slice::from_ref(&both))).is_empty());
        assert_eq!(missing(&policy(&[statement("Allow", lambda, "\"ecr:BatchGetImage\"")])), [PULL[1]]);
        let root = "{\"AWS\": \"arn:aws:iam::123456789012:root\"}";
        assert_eq!(missing(&policy(&[statement("Allow", root, "\"ecr:*\"")])), PULL);
        let denied = statement("Deny", "\"*\"", "\"ecr:GetDownloadUrlForLayer\"");
        assert_eq!(missing(&policy(&[both, denied])), [PULL[1]]);
    }
}
