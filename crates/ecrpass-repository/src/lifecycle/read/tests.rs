//! Policies ECR takes, and what is said about those it does not.

use serde_json::{Value, json};

use super::*;

fn rule(selection: Value, action: Value) -> Value {
    json!({"rulePriority": 1, "selection": selection, "action": action})
}

fn expire(selection: Value) -> Value {
    rule(selection, json!({"type": "expire"}))
}

fn problems(rules: &[Value]) -> Vec<String> {
    let text = json!({ "rules": rules }).to_string();
    match read(&text) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.into_iter().map(|problem| problem.what).collect(),
    }
}

#[test]
fn every_kind_of_rule_is_read() {
    for (rule, words) in [
        (
            expire(
                json!({"tagStatus": "tagged", "tagPatternList": ["prod*"], "countType": "imageCountMoreThan", "countNumber": 1}),
            ),
            "expires images tagged prod* beyond the newest 1",
        ),
        (
            expire(
                json!({"tagStatus": "tagged", "tagPrefixList": ["a", "b"], "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}),
            ),
            "expires images tagged a* and b* pushed more than 14 days ago",
        ),
        (
            rule(
                json!({"tagStatus": "any", "storageClass": "standard", "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 1}),
                json!({"type": "transition", "targetStorageClass": "archive"}),
            ),
            "archives images not pulled for more than 1 day",
        ),
        (
            expire(
                json!({"tagStatus": "untagged", "storageClass": "archive", "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 90}),
            ),
            "expires untagged images archived more than 90 days ago",
        ),
    ] {
        let policy = read(&json!({"rules": [rule]}).to_string()).unwrap();
        assert_eq!(policy.rules[0].to_string(), words);
    }
}

#[test]
fn what_ecr_refuses_is_said() {
    let count = |count: Value| {
        let mut selection = json!({"tagStatus": "untagged"});
        for (key, value) in count.as_object().unwrap() {
            selection[key] = value.clone();
        }
        expire(selection)
    };
    let days = |kind: &str, number: u64| {
        count(json!({"countType": kind, "countUnit": "days", "countNumber": number}))
    };
    for (rule, said) in [
        (
            expire(json!({"tagStatus": "tagged", "countType": "imageCountMoreThan", "countNumber": 1})),
            "needs `tagPatternList`",
        ),
        (
            expire(
                json!({"tagStatus": "any", "tagPrefixList": ["a"], "countType": "imageCountMoreThan", "countNumber": 1}),
            ),
            "takes no list",
        ),
        (
            expire(json!({"tagStatus": "some", "countType": "imageCountMoreThan", "countNumber": 1})),
            "not `some`",
        ),
        (
            expire(
                json!({"tagStatus": "tagged", "tagPatternList": ["*a*b*c*d*"], "countType": "imageCountMoreThan", "countNumber": 1}),
            ),
            "more than 4 wildcards",
        ),
        (
            expire(
                json!({"tagStatus": "tagged", "tagPatternList": [], "countType": "imageCountMoreThan", "countNumber": 1}),
            ),
            "not empty",
        ),
        (
            count(json!({"countType": "imageCountMoreThan", "countUnit": "days", "countNumber": 1})),
            "takes no `countUnit`",
        ),
        (
            count(json!({"countType": "sinceImagePushed", "countNumber": 1})),
            "needs `\"countUnit\": \"days\"`",
        ),
        (days("sinceImagePushed", 0), "whole number from 1"),
        (days("sinceYesterday", 1), "not `sinceYesterday`"),
        (days("sinceImagePulled", 3), "can archive only"),
        (days("sinceImageTransitioned", 90), "needs `\"storageClass\": \"archive\"`"),
        (
            count(
                json!({"storageClass": "archive", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 9}),
            ),
            "only `sinceImageTransitioned`",
        ),
        (
            count(
                json!({"storageClass": "archive", "countType": "sinceImageTransitioned", "countUnit": "days", "countNumber": 89}),
            ),
            "for 90 days at least",
        ),
        (
            rule(
                json!({"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}),
                json!({"type": "transition"}),
            ),
            "targetStorageClass",
        ),
        (
            json!({"rulePriority": 1.5, "selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}}),
            "`rulePriority` is a whole number",
        ),
    ] {
        let found = problems(std::slice::from_ref(&rule));
        assert!(found.iter().any(|what| what.contains(said)), "{rule}: {found:?}");
    }
    assert_eq!(problems(&[]), ["`rules` is empty; a lifecycle policy has at least one"]);
}

#[test]
fn rules_have_to_fit_each_other() {
    let rule = |priority: u64, selection: Value| {
        let mut selection = selection;
        selection["countType"] = json!("imageCountMoreThan");
        selection["countNumber"] = json!(1);
        json!({"rulePriority": priority, "selection": selection, "action": {"type": "expire"}})
    };
    let any = |priority| rule(priority, json!({"tagStatus": "any"}));
    let untagged = |priority| rule(priority, json!({"tagStatus": "untagged"}));
    let prefix = |priority| rule(priority, json!({"tagStatus": "tagged", "tagPrefixList": ["v"]}));
    assert_eq!(problems(&[untagged(1), prefix(2), any(3)]), [""; 0]);
    for (rules, said) in [
        ([any(1), untagged(2)], "highest rulePriority"),
        ([untagged(1), untagged(2)], "selects untagged images, too"),
        ([prefix(1), prefix(2)], "the prefix `v`"),
        ([untagged(1), prefix(1)], "has the rulePriority 1, too"),
    ] {
        let found = problems(&rules);
        assert!(found.iter().any(|what| what.contains(said)), "{said}: {found:?}");
    }
}

#[test]
fn places_are_those_of_the_text() {
    let text = "{\n  \"rules\": [\n    {\"rulePriority\": 1, \"prio\": 2,\n     \"selection\": {}, \"action\": {\"type\": \"delete\"}}\n  ]\n}";
    let found: Vec<String> = read(text).unwrap_err().iter().map(ToString::to_string).collect();
    assert!(found[0].starts_with("3:25: there is no `prio` here"), "{found:?}");
    assert!(found.iter().any(|what| what.starts_with("4:") && what.contains("not `delete`")), "{found:?}");
    assert_eq!(read("{\"rules\": [").unwrap_err().len(), 1);
    assert_eq!(read("[]").unwrap_err().len(), 1);
}
