//! Answers of policies as findings of the same kind as the audit's own.

use ecrpass_audit::evidence::Masks;
use ecrpass_audit::hit::Spot;
use ecrpass_audit::source::Tree;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::finding::{Evidence, Finding, Fix, Severity};
use serde_json::Value;

use crate::place;
use crate::question::{Answer, PolicyFile};
use crate::rule_name::{Purpose, purpose};

/// Under which name a policy says what to do.
const FIXES: [&str; 3] = ["fix", "remediation", "recommendation"];

/// The finding of an answer; `None` where the file is not there.
pub fn finding(answer: &Answer, tree: &Tree, policies: &[PolicyFile], masks: &mut Masks) -> Option<Finding> {
    let evidence = match &answer.file {
        Some(path) => {
            let file = tree.get(path)?;
            masks.evidence(file, &Spot::new(path, place::of(file, answer.document, &answer.more), ""))
        }
        None => in_policy(answer, policies),
    };
    let said = redact(&answer.message).into_owned();
    let (title, rest) = said.split_once('\n').unwrap_or((&said, ""));
    let (_, rule) = answer.rule.rsplit_once('.').unwrap_or(("", &answer.rule));
    let mut explanation = match &answer.file {
        Some(_) => format!("`{rule}` of {} reports it: a rule of your own.", answer.policy),
        None if purpose(rule) == Purpose::Test => {
            format!("`{rule}` of {} is a test of your own rules.", answer.policy)
        }
        None => format!(
            "`{rule}` of {} reports it of all files together: a rule of your own. Its message names one by `path` or `file`.",
            answer.policy
        ),
    };
    let details = answer.more.get("details").filter(|details| !is_empty(details));
    let details = details.map(|details| redact(&text(details)).into_owned());
    for more in [Some(rest.trim().to_owned()).filter(|rest| !rest.is_empty()), details].into_iter().flatten()
    {
        explanation.push('\n');
        explanation.push_str(&more);
    }
    let fixes = FIXES.iter().filter_map(|name| answer.more.get(*name)?.as_str());
    let fixes = fixes.map(|fix| Fix::by_hand(redact(fix).into_owned())).collect();
    let help = format!("{}:{}", answer.policy, answer.line);
    Some(Finding {
        explanation,
        evidence: vec![evidence],
        fixes,
        ..Finding::outside_catalogue(answer.rule.clone(), answer.severity, title.trim(), help)
    })
}

/// The rule itself: what a test that failed is about.
fn in_policy(answer: &Answer, policies: &[PolicyFile]) -> Evidence {
    let policy = policies.iter().find(|policy| policy.path == answer.policy);
    let line = policy.and_then(|policy| policy.text.lines().nth(answer.line.saturating_sub(1)));
    let text = redact(line.unwrap_or_default()).into_owned();
    let end = text.trim_end().len();
    Evidence {
        line: Some(answer.line),
        column: Some(1),
        mark: Some((0, end)).filter(|_| end > 0),
        ..Evidence::new(answer.policy.clone(), text)
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => value.is_null(),
    }
}

/// A text as it is; anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// In the order of an audit: the worst first, then by file and line.
pub fn order(finding: &Finding) -> (Severity, String, Option<usize>) {
    let place = finding.evidence.first();
    (
        finding.severity,
        place.map(|place| place.source.clone()).unwrap_or_default(),
        place.and_then(|place| place.line),
    )
}

#[cfg(test)]
mod tests {
    use ecrpass_audit::kind::{FileKind, Owner};
    use ecrpass_audit::source::SourceFile;
    use serde_json::{Map, json};

    use super::*;

    #[test]
    fn answers_are_findings_with_their_places_and_without_secrets() {
        let token = format!("eyJ{}", "abCD12".repeat(60));
        let text = "{\n  \"auths\": {\n    \"a\": {}\n  }\n}\n";
        let file = SourceFile {
            path: "config.json".to_owned(),
            text: text.to_owned(),
            kind: FileKind::ClientConfig,
            owner: Owner::Repository,
        };
        let more: Map<String, Value> = json!({
            "path": ["auths", "a"], "details": {"password": token}, "fix": "use the helper", "n": 1,
        })
        .as_object()
        .cloned()
        .unwrap();
        let answer = Answer {
            rule: "main.deny_logins".to_owned(),
            severity: Severity::Error,
            message: format!("a login: {token}\nmore of it"),
            more,
            policy: "policy/a.rego".to_owned(),
            line: 3,
            file: Some("config.json".to_owned()),
            document: 0,
        };
        let found = finding(&answer, &Tree::new(vec![file], 0), &[], &mut Masks::default()).unwrap();
        assert_eq!((found.id.as_str(), found.evidence[0].line), ("main.deny_logins", Some(3)));
        assert_eq!(found.title, "a login: [redacted]");
        assert!(found.explanation.starts_with("`deny_logins` of policy/a.rego"), "{}", found.explanation);
        assert!(found.explanation.contains("\nmore of it\n{"), "{}", found.explanation);
        assert_eq!(found.fixes[0].summary, "use the helper");
        assert_eq!(found.help, "policy/a.rego:3");
        let all = serde_json::to_string(&found).unwrap();
        assert!(!all.contains("abCD12abCD12"), "{all}");
        assert!(finding(&answer, &Tree::default(), &[], &mut Masks::default()).is_none());
    }

    #[test]
    fn a_test_that_fails_is_found_in_its_policy() {
        let policy = PolicyFile {
            path: "p_test.rego".to_owned(),
            text: "package main\n\ntest_x if false\n".to_owned(),
        };
        let answer = Answer {
            rule: "main.test_x".to_owned(),
            severity: Severity::Error,
            message: "The test `test_x` does not hold".to_owned(),
            more: Map::new(),
            policy: "p_test.rego".to_owned(),
            line: 3,
            file: None,
            document: 0,
        };
        let found = finding(&answer, &Tree::default(), &[policy], &mut Masks::default()).unwrap();
        let place = &found.evidence[0];
        assert_eq!(
            (place.source.as_str(), place.line, place.text.as_str()),
            ("p_test.rego", Some(3), "test_x if false")
        );
    }
}
