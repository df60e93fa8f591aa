//! A repository's own policy: the JSON text that `SetRepositoryPolicy` stores, and what it says about a caller.
//!
//! Statements with conditions are not understood: they never allow, and always deny, so that nothing opens by mistake.

use ecrpass_core::wildcard;
use serde_json::{Value, json};

use crate::policy::Decision;
use crate::principals::Principal;

/// A policy document that has been read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ResourcePolicy(Vec<Value>);

impl ResourcePolicy {
    /// Reads a policy; the error is a reason.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let document: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let statements = list(&document["Statement"]);
        if statements.is_empty() {
            return Err("the policy has no Statement".to_owned());
        }
        for statement in &statements {
            let has = |name: &str| statement.get(name).is_some();
            if !matches!(statement["Effect"].as_str(), Some("Allow" | "Deny")) {
                return Err("a statement's Effect is neither Allow nor Deny".to_owned());
            }
            if !(has("Principal") || has("NotPrincipal")) || !(has("Action") || has("NotAction")) {
                return Err("a statement lacks its Principal or Action".to_owned());
            }
        }
        Ok(Self(statements.into_iter().cloned().collect()))
    }

    /// What it says about `action` by `principal`.
    pub(crate) fn evaluate(&self, principal: &Principal, action: &str) -> Decision {
        let says = |effect: &str| {
            self.0.iter().any(|statement| {
                statement["Effect"] == effect
                    && (effect == "Deny" || statement.get("Condition").is_none())
                    && principal_matches(statement, principal, effect)
                    && action_matches(statement, action)
            })
        };
        if says("Deny") {
            Decision::ExplicitDeny
        } else if says("Allow") {
            Decision::Allowed
        } else {
            Decision::ImplicitDeny
        }
    }
}

/// Adds a statement that lets an account do everything to a policy, or to a new one.
pub(crate) fn share(policy: Option<&str>, partition: &str, account: &str) -> String {
    let mut document: Value = policy.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut statements: Vec<Value> = list(&document["Statement"]).into_iter().cloned().collect();
    statements.push(json!({
        "Sid": format!("Share{account}"),
        "Effect": "Allow",
        "Principal": {"AWS": format!("arn:{partition}:iam::{account}:root")},
        "Action": "ecr:*",
    }));
    if !document.is_object() {
        document = json!({"Version": "2012-10-17"});
    }
    document["Statement"] = json!(statements);
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

fn action_matches(statement: &Value, action: &str) -> bool {
    let named = |names: &Value| {
        list(names).iter().filter_map(|name| name.as_str()).any(|pattern| {
            // IAM compares actions without regard to case.
            wildcard::matches(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
        })
    };
    match statement.get("NotAction") {
        Some(names) => !named(names),
        None => named(&statement["Action"]),
    }
}

fn principal_matches(statement: &Value, principal: &Principal, effect: &str) -> bool {
    match statement.get("NotPrincipal") {
        // IAM forbids it in an Allow.
        Some(names) => effect == "Deny" && !names_principal(names, principal),
        None => names_principal(&statement["Principal"], principal),
    }
}

/// Whether a `Principal` element names the caller. Services and federated users never call here.
fn names_principal(element: &Value, principal: &Principal) -> bool {
    if element == "*" {
        return true;
    }
    list(&element["AWS"]).iter().filter_map(|name| name.as_str()).any(|name| {
        name == "*" || name == principal.arn || name == principal.account || {
            let mut fields = name.splitn(6, ':').skip(4);
            let account = fields.next().unwrap_or_default();
            let resource = fields.next().unwrap_or_default();
            account == principal.account && (resource == "root" || is_role_of(resource, &principal.arn))
        }
    })
}

/// Whether `role/path/name` is the role of the session `arn`, which does not tell the path.
fn is_role_of(resource: &str, arn: &str) -> bool {
    let Some(path) = resource.strip_prefix("role/") else { return false };
    let name = path.rsplit('/').next().unwrap_or_default();
    let session = arn.split_once(":assumed-role/").map(|(_, session)| session);
    session.and_then(|session| session.split('/').next()) == Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn principal(arn: &str) -> Principal {
        let account = arn.split(':').nth(4).unwrap().to_owned();
        Principal { arn: arn.to_owned(), account, unique_id: String::new(), policy: Policy::nothing() }
    }

    fn decide(statement: Value, arn: &str) -> Decision {
        let policy = ResourcePolicy::parse(&json!({"Statement": statement}).to_string()).unwrap();
        policy.evaluate(&principal(arn), "ecr:BatchGetImage")
    }

    #[test]
    fn principals_are_matched() {
        let user = "arn:aws:iam::123456789012:user/a";
        let session = "arn:aws:sts::123456789012:assumed-role/deploy/me";
        for (element, arn, allowed) in [
            (json!("*"), user, true),
            (json!({"AWS": "*"}), session, true),
            (json!({"AWS": "123456789012"}), user, true),
            (json!({"AWS": ["arn:aws:iam::123456789012:root"]}), session, true),
            (json!({"AWS": "arn:aws:iam::999999999999:root"}), user, false),
            (json!({"AWS": user}), user, true),
            (json!({"AWS": "arn:aws:iam::123456789012:user/b"}), user, false),
            (json!({"AWS": "arn:aws:iam::123456789012:role/ci/deploy"}), session, true),
            (json!({"AWS": "arn:aws:iam::123456789012:role/deploy2"}), session, false),
            (json!({"Service": "lambda.amazonaws.com"}), user, false),
        ] {
            let statement = json!({"Effect": "Allow", "Principal": element, "Action": "ecr:*"});
            assert_eq!(decide(statement.clone(), arn) == Decision::Allowed, allowed, "{statement} {arn}");
        }
    }

    #[test]
    fn denials_win_and_conditions_never_allow() {
        let user = "arn:aws:iam::123456789012:user/a";
        let statement =
            |effect: &str, action: &str| json!({"Effect": effect, "Principal": "*", "Action": [action]});
        let allow = statement("Allow", "ecr:batch*");
        assert_eq!(decide(allow.clone(), user), Decision::Allowed);
        assert_eq!(decide(json!([allow, statement("Deny", "ecr:*")]), user), Decision::ExplicitDeny);
        assert_eq!(decide(statement("Allow", "ecr:PutImage"), user), Decision::ImplicitDeny);
        let mut conditional = statement("Allow", "*");
        conditional["Condition"] = json!({"Bool": {"aws:SecureTransport": "true"}});
        assert_eq!(decide(conditional.clone(), user), Decision::ImplicitDeny);
        conditional["Effect"] = json!("Deny");
        assert_eq!(decide(conditional, user), Decision::ExplicitDeny);
        let others = json!({"Effect": "Deny", "NotPrincipal": {"AWS": user}, "NotAction": "ecr:PutImage"});
        assert_eq!(decide(others.clone(), user), Decision::ImplicitDeny);
        assert_eq!(decide(others, "arn:aws:iam::123456789012:user/b"), Decision::ExplicitDeny);
    }

    #[test]
    fn what_is_no_policy_is_said() {
        for text in ["", "{}", r#"{"Statement":[{"Effect":"Maybe"}]}"#, r#"{"Statement":{"Effect":"Allow"}}"#]
        {
            assert!(ResourcePolicy::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sharing_adds_to_what_is_there() {
        let first = share(None, "aws", "999999999999");
        let both = ResourcePolicy::parse(&share(Some(&first), "aws", "111111111111")).unwrap();
        for account in ["999999999999", "111111111111"] {
            let caller = principal(&format!("arn:aws:iam::{account}:user/x"));
            assert_eq!(both.evaluate(&caller, "ecr:PutImage"), Decision::Allowed);
        }
    }
}
