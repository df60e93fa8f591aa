//! Records with a secret in any of their strings: whatever comes of them, and in whatever form, it is not in it.

use std::collections::BTreeSet;

use ecrpass_trail::accumulator::{Accumulator, Span};
use ecrpass_trail::answers::{Wanted, answer};
use ecrpass_trail::explain::explain;
use ecrpass_trail::export::Exporter;
use ecrpass_trail::report::csv::{Table, csv};
use ecrpass_trail::report::{html, text};
use ecrpass_trail::scan::{Part, Scanner};
use ecrpass_trail::seen::Seen;
use serde_json::{Value, json};

/// What is planted: a secret access key, web tokens, tokens of ECR and GitHub, and the forms they stand in.
const SECRETS: [&str; 4] = [
    "wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool",
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIiwicCI6IjhEa2xaRE9DajJJIn0.xUdl7dXTPyLsxPFkThf4VucSmEHgaKwVJ7faC9qEwjk",
    "QVdTOmV5SndZWGxzYjJGa0lqb2dJbVpFVG5oVFNYWlFXbG8yTTJaR1MyTmFhbEkwU1RCaU0ycFNkR0ZYY2pSWk9VOUtSa3hLVDNGUFFXWXhi",
    "ghp_5jMTF7eBSdE0g9cRYN687NElFJvhQ8XIm0og",
];
const FORMS: [&str; 5] = [
    "@@",
    "https://u:@@@h.example/x",
    "AWS_SECRET_ACCESS_KEY=@@",
    "arn:aws:iam::444455556666:role/@@",
    "not authorized: token @@ here",
];

fn record(nth: usize, more: &Value) -> Value {
    let minute = nth % 60;
    let mut record = json!({
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole", "principalId": "AROA1:i-1", "accountId": "444455556666", "accessKeyId": "ASIA1",
            "userName": "node", "invokedBy": "x",
            "arn": "arn:aws:sts::444455556666:assumed-role/node/i-1",
            "sessionContext": { "sessionIssuer": { "type": "Role", "arn": "arn:aws:iam::444455556666:role/node" } },
        },
        "eventTime": format!("2026-11-24T{:02}:{minute:02}:00Z", 10 + nth / 60), "eventSource": "ecr.amazonaws.com",
        "eventName": "GetAuthorizationToken", "awsRegion": "eu-west-1", "sourceIPAddress": "10.0.0.1",
        "userAgent": "ecr-credential-provider", "requestParameters": null, "responseElements": null,
        "eventID": format!("e-{nth}"), "sharedEventID": format!("s-{nth}"), "vpcEndpointId": "vpce-1",
        "resources": [{ "ARN": "arn:aws:ecr:eu-west-1:123456789012:repository/team/app", "accountId": "123456789012" }],
        "eventType": "AwsApiCall", "recipientAccountId": "444455556666", "eventCategory": "Management",
    });
    for (key, value) in more.as_object().unwrap() {
        record[key] = value.clone();
    }
    record
}

/// Calls that work, changes, and calls that are refused from then on; in some records that string is one of those texts.
fn records(of_change: bool, place: &str, planted: &[String]) -> String {
    let message = "User: arn:aws:sts::444455556666:assumed-role/node/i-1 is not authorized to perform: \
                   ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the \
                   ecr:GetAuthorizationToken action";
    let parameters =
        json!({ "roleName": "node", "policyArn": "arn:aws:iam::aws:policy/x", "repositoryName": "team/app" });
    let change = json!({ "eventSource": "iam.amazonaws.com", "eventName": "DetachRolePolicy", "requestParameters": parameters });
    let refused = json!({ "errorCode": "AccessDenied", "errorMessage": message, "requestParameters": { "repositoryName": "x" } });
    let nothing = json!({});
    let all = (0..60).map(|nth| {
        let (is_change, is_refused) = ((20..40).contains(&nth), nth >= 40);
        let more = if is_change {
            &change
        } else if is_refused {
            &refused
        } else {
            &nothing
        };
        let mut record = record(nth, more);
        if is_change == of_change
            && (is_change || is_refused)
            && let Some(planted) = planted.get(nth % 20)
        {
            *record.pointer_mut(place).unwrap() = json!(planted);
        }
        record
    });
    json!({ "Records": all.collect::<Vec<_>>() }).to_string()
}

/// Every form in which something comes of it.
fn outputs(records: &str) -> Vec<(&'static str, String)> {
    let seen = Seen::default();
    let mut scanner = Scanner::new(Accumulator::of(Span::default()), &seen);
    scanner.read_part("trail", records.as_bytes(), Part::Whole);
    let (accumulator, tally) = scanner.finish();
    let mut report = answer(accumulator.finish(), &Wanted::default());
    report.add_reading(&tally, seen.late());
    let mut all = vec![
        ("text", format!("{:?}", text::lines(&report))),
        ("json", serde_json::to_string(&report).unwrap()),
        ("html", html::html(&report)),
        ("explain", format!("{:?}", explain("trail", records))),
    ];
    for table in [Table::Incidents, Table::Errors, Table::Peaks, Table::Keys] {
        all.push(("csv", csv(&report, table)));
    }
    let seen = Seen::default();
    let mut exported = Vec::new();
    let mut scanner = Scanner::new(Exporter::new(&mut exported, Span::default()), &seen);
    scanner.read_part("trail", records.as_bytes(), Part::Whole);
    let (exporter, _) = scanner.finish();
    assert!(exporter.finish().unwrap() > 0);
    all.push(("export", String::from_utf8(exported).unwrap()));
    all
}

/// The paths to all strings of a record.
fn places(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, value)| places(value, &format!("{path}/{key}"), all))
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(nth, value)| places(value, &format!("{path}/{nth}"), all));
        }
        _ => {
            all.insert(path.to_owned());
        }
    }
}

#[test]
fn whatever_string_of_a_record_is_a_secret_it_is_shown_nowhere() {
    let mut shown = BTreeSet::new();
    for of_change in [false, true] {
        let whole: Value = serde_json::from_str(&records(of_change, "", &[])).unwrap();
        let mut all = BTreeSet::new();
        places(&whole["Records"][if of_change { 20 } else { 50 }], "", &mut all);
        assert!(all.len() > 20, "{all:?}");
        for place in &all {
            let planted: Vec<String> =
                SECRETS.iter().flat_map(|secret| FORMS.map(|form| form.replace("@@", secret))).collect();
            for (name, output) in outputs(&records(of_change, place, &planted)) {
                for secret in SECRETS {
                    // A piece of one is one, too.
                    let pieces = secret.as_bytes().windows(16).skip(16).step_by(4);
                    if pieces
                        .map(|piece| std::str::from_utf8(piece).unwrap())
                        .any(|piece| output.contains(piece))
                    {
                        shown.insert(format!("{place} {secret:.6} {name}"));
                    }
                }
            }
        }
    }
    assert!(shown.is_empty(), "{shown:#?}");
}

#[test]
fn what_is_no_secret_stays_and_keys_keep_their_ids() {
    let records = records(false, "/userIdentity/accessKeyId", &["AKIAIOSFODNN7EXAMPLE".to_owned()]);
    let outputs = outputs(&records);
    for (name, output) in &outputs {
        assert!(!output.contains("[redacted]"), "{name}: {output}");
    }
    assert!(outputs.last().is_some_and(|(_, exported)| exported.contains("AKIAIOSFODNN7EXAMPLE")));
}
