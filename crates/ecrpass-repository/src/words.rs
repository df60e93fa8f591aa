//! A repository policy in plain words, a line for every statement.

use ecrpass_core::{Arn, wildcard};
use ecrpass_iam::actions;
use serde_json::Value;

/// Whoever may do what, a line each; nothing for a text that is no policy.
pub fn policy(text: &str) -> Vec<String> {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    texts_of(document.get("Statement")).into_iter().map(statement).collect()
}

/// IAM takes one of something where it takes several.
fn texts_of(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None => Vec::new(),
        Some(Value::Array(several)) => several.iter().collect(),
        Some(one) => vec![one],
    }
}

fn statement(statement: &Value) -> String {
    let who = match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => principals(principal),
        (None, Some(principal)) => format!("everybody but {}", principals(principal)),
        (None, None) => "nobody".to_owned(),
    };
    let what = match (statement.get("Action"), statement.get("NotAction")) {
        (Some(action), _) => verbs(&strings(Some(action))),
        (None, not) => format!("do everything but {}", strings(not).join(", ")),
    };
    let may = if statement.get("Effect").and_then(Value::as_str) == Some("Deny") { "may not" } else { "may" };
    let when = statement.get("Condition").and_then(Value::as_object).map(|operators| {
        let all = operators.iter().flat_map(|(operator, keys)| {
            let keys = keys.as_object().into_iter().flatten();
            keys.map(move |(key, values)| format!("{key} {operator} {}", strings(Some(values)).join(" or ")))
        });
        format!(", if {}", all.collect::<Vec<_>>().join(" and "))
    });
    format!("{who} {may} {what}{}", when.unwrap_or_default())
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    texts_of(value).into_iter().map(text).collect()
}

fn principals(value: &Value) -> String {
    let Some(kinds) = value.as_object() else { return named("AWS", value.as_str().unwrap_or_default()) };
    let names = kinds
        .iter()
        .flat_map(|(kind, names)| strings(Some(names)).into_iter().map(move |name| named(kind, &name)));
    names.collect::<Vec<_>>().join(" and ")
}

fn named(kind: &str, name: &str) -> String {
    if name == "*" {
        return "everybody".to_owned();
    }
    if kind == "Service" {
        return format!("the service {name}");
    }
    if ecrpass_core::account::is_account_id(name) {
        return format!("account {name}");
    }
    match Arn::parse(name) {
        Some(arn) if arn.resource == "root" => format!("account {}", arn.account),
        Some(arn) if arn.resource.contains('/') => {
            let (kind, name) = arn.resource.split_once('/').unwrap_or_default();
            format!("{kind} {name} of account {}", arn.account)
        }
        // What is left of a user or role that was deleted.
        None if name.starts_with("AROA") || name.starts_with("AIDA") => {
            format!("{name} (deleted: it matches nobody)")
        }
        _ => name.to_owned(),
    }
}

/// What the actions come to: whole tasks by their name, the rest by theirs.
fn verbs(given: &[String]) -> String {
    let allows = |action: &str| {
        let action = action.to_ascii_lowercase();
        given.iter().any(|pattern| wildcard::matches(&pattern.to_ascii_lowercase(), &action))
    };
    if given.iter().any(|pattern| pattern == "*" || pattern.eq_ignore_ascii_case("ecr:*")) {
        return "do everything".to_owned();
    }
    let mut said = Vec::new();
    let mut covered: Vec<&str> = Vec::new();
    for (task, needs) in [("pull", &actions::PULL[..]), ("push", &actions::WRITE[..])] {
        if needs.iter().all(|action| allows(action)) {
            said.push(task.to_owned());
            covered.extend(needs);
        }
    }
    // Customary beside a pull, and no use alone.
    if !said.is_empty() {
        covered.push("ecr:BatchCheckLayerAvailability");
    }
    let rest =
        given.iter().filter(|pattern| !covered.iter().any(|action| action.eq_ignore_ascii_case(pattern)));
    let rest: Vec<String> =
        rest.map(|pattern| pattern.strip_prefix("ecr:").unwrap_or(pattern).to_owned()).collect();
    if !rest.is_empty() {
        said.push(format!("use {}", rest.join(", ")));
    }
    said.join(" and ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(statement: Value) -> String {
        policy(&json!({"Statement": [statement]}).to_string()).join("|")
    }

    #[test]
    fn statements_read_well() {
        for (statement, words) in [
            (
                json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]}),
                "account 111122223333 may pull",
            ),
            (
                json!({"Effect": "Allow", "Principal": {"AWS": ["111122223333", "arn:aws:iam::444455556666:role/ci"]}, "Action": "ecr:*"}),
                "account 111122223333 and role ci of account 444455556666 may do everything",
            ),
            (
                json!({"Effect": "Deny", "Principal": "*", "Action": "ecr:PutImage", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}),
                "everybody may not use PutImage, if aws:PrincipalOrgID StringNotEquals o-1",
            ),
            (
                json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:ListImages"]}),
                "the service lambda.amazonaws.com may pull and use ListImages",
            ),
            (
                json!({"Effect": "Allow", "Principal": {"AWS": "AROAEXAMPLE"}, "NotAction": "ecr:PutImage"}),
                "AROAEXAMPLE (deleted: it matches nobody) may do everything but ecr:PutImage",
            ),
        ] {
            assert_eq!(said(statement), words);
        }
        assert!(policy("nonsense").is_empty() && policy("{}").is_empty());
    }
}
