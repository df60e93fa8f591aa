//! What is found as SARIF, before the standard's own schema: `fixtures/sarif` says where that is from.

#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used, clippy::panic)] // a test's way of failing

#[path = "support/json_schema.rs"]
mod json_schema;
#[allow(dead_code)] // the harness of the rules uses the rest
mod support;

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::live::{LiveKey, LiveRepository, findings};
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::Tree;
use ecrpass_diagnosis::engine::sarif::sarif;
use ecrpass_diagnosis::finding::Finding;
use serde_json::{Value, json};
use support::{fixtures, tree};

fn schema() -> Value {
    serde_json::from_str(include_str!("sarif/sarif-schema-2.1.0.json")).unwrap()
}

/// What all rules find in all their fixtures.
fn all_findings() -> Vec<Finding> {
    let settings = Settings::default();
    let mut found = Vec::new();
    for rule in RULES {
        for fixture in fixtures(rule.id.slug()) {
            let tree = tree(&fixture.files, fixture.is_machine);
            let question = Question { rules: RULES, settings: &settings, only: None, only_pipelines: false };
            found.extend(audit(&tree, &question).found.into_iter().map(|found| found.finding));
        }
    }
    let key = LiveKey {
        id: "AKIA".to_owned(),
        user: "ci".to_owned(),
        is_active: true,
        created_at: 0,
        last_used: None,
        found_in: None,
    };
    let repository = LiveRepository {
        place: "us-east-1/a b".to_owned(),
        is_mutable: true,
        is_scanned: Some(false),
        has_kms_key: false,
    };
    let at_aws = findings(&[key], &[repository], &Tree::new(Vec::new(), 1 << 31));
    found.extend(at_aws.into_iter().map(|found| found.finding));
    found
}

#[test]
fn everything_that_can_be_found_is_sarif_by_its_schema() {
    let found = all_findings();
    let rules: std::collections::BTreeSet<&str> = found.iter().map(|finding| finding.id.as_str()).collect();
    assert!(rules.len() > RULES.len(), "every rule finds something: {rules:?}");
    let log = sarif(&found, "1.2.3");
    let problems = json_schema::problems(&schema(), &log);
    assert!(problems.is_empty(), "{problems:#?}");
    assert_eq!(json_schema::problems(&schema(), &sarif(&[], "1.2.3")), [""; 0]);
    // Code hosts refuse a result without a place.
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().all(|result| !result["locations"].as_array().unwrap().is_empty()));
    // Every result names a rule that is described, and none is described twice.
    let described: Vec<&str> = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    assert!(described.iter().all(|id| rules.contains(id)) && described.len() == rules.len());
}

#[test]
fn the_judge_sees_what_is_wrong() {
    let good = sarif(&all_findings()[..1], "1.2.3");
    let judged = |change: &dyn Fn(&mut Value)| {
        let mut log = good.clone();
        change(&mut log);
        json_schema::problems(&schema(), &log)
    };
    assert!(judged(&|_| {}).is_empty());
    for (change, said) in [
        (&(|log: &mut Value| log["version"] = json!("2.0.0")) as &dyn Fn(&mut Value), "none of"),
        (&|log: &mut Value| log["runs"][0]["results"][0]["level"] = json!("fatal"), "none of"),
        (&|log: &mut Value| log["runs"][0]["results"][0]["extra"] = json!(1), "nothing is allowed here"),
        (&|log: &mut Value| log["runs"][0]["results"][0]["message"] = json!({}), "fit"),
        (&|log: &mut Value| log["runs"][0]["tool"] = json!({}), "`driver` is missing"),
        (
            &|log: &mut Value| {
                log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] =
                    json!(0);
            },
            "less than",
        ),
        (
            &|log: &mut Value| {
                log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] =
                    json!("a b");
            },
            "is no \"uri-reference\"",
        ),
    ] {
        let problems = judged(change);
        assert!(problems.iter().any(|problem| problem.contains(said)), "{said}: {problems:?}");
    }
}
