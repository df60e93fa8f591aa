//! Documents in one form: AWS gives policies back in other words than they were given, and both mean the same.

use ecrpass_core::Arn;
use serde_json::{Map, Value, json};

/// Whether two repository policies mean the same.
pub fn same_policy(one: &str, other: &str) -> bool {
    one == other || matches!((policy(one), policy(other)), (Some(one), Some(other)) if one == other)
}

/// Whether two lifecycle policies mean the same.
pub fn same_lifecycle(one: &str, other: &str) -> bool {
    one == other || matches!((lifecycle(one), lifecycle(other)), (Some(one), Some(other)) if one == other)
}

/// A policy in one form: lists where IAM takes one of something or several, sorted; accounts as twelve digits.
pub fn policy(text: &str) -> Option<Value> {
    normal(text, lowercase)
}

/// The same with the names of actions as they were written, for people.
pub fn readable_policy(text: &str) -> Option<Value> {
    normal(text, |action| action)
}

fn normal(text: &str, action: fn(Value) -> Value) -> Option<Value> {
    let mut document: Value = serde_json::from_str(text).ok()?;
    let members = document.as_object_mut()?;
    // ECR adds what it takes for granted.
    members.entry("Version").or_insert_with(|| json!("2008-10-17"));
    let statements = list(members.get("Statement")?.clone());
    let statements: Option<Vec<Value>> =
        statements.into_iter().map(|value| statement(value, action)).collect();
    members.insert("Statement".to_owned(), Value::Array(statements?));
    Some(document)
}

fn statement(value: Value, action: fn(Value) -> Value) -> Option<Value> {
    let Value::Object(members) = value else { return None };
    let normal = members.into_iter().map(|(key, value)| {
        let value = match key.as_str() {
            "Action" | "NotAction" => sorted(list(value).into_iter().map(action).collect()),
            "Resource" | "NotResource" => sorted(list(value)),
            "Principal" | "NotPrincipal" => principals(value),
            "Condition" => condition(value),
            _ => value,
        };
        (key, value)
    });
    Some(Value::Object(normal.collect()))
}

fn principals(value: Value) -> Value {
    match value {
        Value::Object(kinds) => {
            let kinds = kinds
                .into_iter()
                .map(|(kind, names)| (kind, sorted(list(names).into_iter().map(account).collect())));
            Value::Object(kinds.collect())
        }
        Value::String(text) if text == "*" => json!({"AWS": ["*"]}),
        other => other,
    }
}

/// `arn:aws:iam::123456789012:root` is what AWS makes of `123456789012`.
fn account(value: Value) -> Value {
    let account = value.as_str().and_then(|text| {
        let arn = Arn::parse(text).filter(|arn| arn.service == "iam" && arn.resource == "root")?;
        Some(arn.account.to_owned())
    });
    account.map_or(value, Value::String)
}

fn condition(value: Value) -> Value {
    let Value::Object(operators) = value else { return value };
    let operators = operators.into_iter().map(|(operator, keys)| match keys {
        Value::Object(keys) => {
            let keys: Map<String, Value> =
                keys.into_iter().map(|(key, values)| (key, sorted(list(values)))).collect();
            (operator, Value::Object(keys))
        }
        other => (operator, other),
    });
    Value::Object(operators.collect())
}

/// A lifecycle policy in one form: rules by priority, and what is left out said.
pub fn lifecycle(text: &str) -> Option<Value> {
    let mut document: Value = serde_json::from_str(text).ok()?;
    let rules = document.get_mut("rules")?.as_array_mut()?;
    for rule in rules.iter_mut() {
        let selection = rule.get_mut("selection")?.as_object_mut()?;
        selection.entry("storageClass").or_insert_with(|| json!("standard"));
        for key in ["tagPatternList", "tagPrefixList"] {
            if let Some(tags) = selection.get_mut(key) {
                *tags = sorted(list(tags.take()));
            }
        }
    }
    rules.sort_by_key(|rule| rule["rulePriority"].as_i64());
    Some(document)
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(several) => several,
        one => vec![one],
    }
}

/// Lists of texts are sets.
fn sorted(mut values: Vec<Value>) -> Value {
    values.sort_by_key(ToString::to_string);
    values.dedup();
    Value::Array(values)
}

fn lowercase(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.to_ascii_lowercase()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_makes_of_a_policy_is_the_same_policy() {
        let given = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":["ecr:BatchGetImage","ecr:GetDownloadUrlForLayer"],"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}}"#;
        let back = "{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {\n    \"Action\" : [ \"ecr:GetDownloadUrlForLayer\", \"ecr:BatchGetImage\" ],\n    \"Effect\" : \"Allow\", \"Principal\" : { \"AWS\" : \"arn:aws:iam::123456789012:root\" }, \"Condition\": {\"StringEquals\": {\"aws:PrincipalOrgID\": [\"o-1\"]}} } ]\n}";
        assert!(same_policy(given, back));
        for (from, to) in
            [("Allow", "Deny"), ("BatchGetImage", "PutImage"), ("o-1", "o-2"), ("root", "user/a")]
        {
            assert!(!same_policy(given, &back.replace(from, to)), "{from} {to}");
        }
        assert!(!same_policy("nonsense", "other") && same_policy("nonsense", "nonsense"));
    }

    #[test]
    fn a_lifecycle_policy_is_the_same_in_any_order() {
        let rule = |priority: u64, more: &str| {
            format!(
                r#"{{"rulePriority":{priority},"selection":{{"tagStatus":"untagged"{more},"countType":"imageCountMoreThan","countNumber":1}},"action":{{"type":"expire"}}}}"#
            )
        };
        let of = |rules: [String; 2]| format!(r#"{{"rules":[{}]}}"#, rules.join(","));
        let one = of([rule(1, ""), rule(2, "")]);
        assert!(same_lifecycle(&one, &of([rule(2, r#","storageClass":"standard""#), rule(1, "")])));
        assert!(!same_lifecycle(&one, &of([rule(1, ""), rule(3, "")])));
        assert!(!same_lifecycle(&one, &of([rule(1, ""), rule(2, r#","storageClass":"archive""#)])));
    }
}
