//! Bundles in, findings out: a healthy machine, and the same with one thing wrong after the other.

#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::check::Stage;
use ecrpass_diagnosis::examination::{examine, examine_fleet};
use ecrpass_diagnosis::facts::Bundle;
use ecrpass_diagnosis::finding::{Confidence, Severity};
use proptest::prelude::*;
use serde_json::{Value, json};

const HEALTHY: &str = include_str!("fixtures/bundles/healthy.json");

fn healthy() -> Value {
    serde_json::from_str(HEALTHY).unwrap()
}

fn bundle(value: &Value) -> Bundle {
    Bundle::parse(&value.to_string()).unwrap()
}

/// Sets what a JSON pointer points to.
fn set(value: &mut Value, pointer: &str, new: Value) {
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap();
    match parent {
        Value::Array(list) => list[key.parse::<usize>().unwrap()] = new,
        _ => parent[key] = new,
    }
}

fn found(changes: &[(&str, Value)]) -> Vec<String> {
    let mut value = healthy();
    for (pointer, new) in changes {
        set(&mut value, pointer, new.clone());
    }
    examine(&bundle(&value)).findings.into_iter().map(|finding| finding.id).collect()
}

#[test]
fn a_healthy_machine_has_nothing() {
    let examination = examine(&bundle(&healthy()));
    assert_eq!(examination.findings, []);
    let steps = &examination.proven[0].steps;
    assert!(steps.iter().all(|step| step.works == Some(true)), "{steps:?}");
    // Whatever is not wrong was looked at, and says so.
    let found = examination.checks.iter().filter(|check| check.outcome == "found").count();
    assert_eq!(found, 0);
    assert!(examination.checks.iter().all(|check| !check.why.is_empty()), "{:?}", examination.checks);
    let clear = examination.checks.iter().filter(|check| check.outcome == "clear").count();
    assert!(clear * 10 > examination.checks.len() * 8, "{clear} of {}", examination.checks.len());
}

fn refused(id: &str) -> Value {
    json!({"known": {"refused": {"id": id, "what": "It is so.", "next": "do it", "transient": false}, "took_ms": 1}})
}

const S: &str = "/subjects/0";

#[test]
fn one_thing_wrong_is_found_first() {
    let offered = |value: Value| json!({ "known": value });
    let nothing = || offered(json!({}));
    let answer = |status: u16, message: &str| json!({"known": {"status": status, "message": message}});
    let s = |field: &str| format!("{S}/{field}");
    let refused_login =
        || vec![(s("login"), answer(401, "Not Authorized")), (s("daemon_login"), json!({"unknown": "x"}))];
    let mut cases: Vec<(&str, Vec<(String, Value)>)> = vec![
        (
            "docker-daemon-unreachable",
            vec![(
                "/machine/daemon".to_owned(),
                json!({"known": {"address": "unix:///s", "unreachable": "no"}}),
            )],
        ),
        (
            "tag-not-found",
            vec![
                (s("manifest"), answer(404, "Requested image not found")),
                (s("daemon_manifest"), answer(404, "manifest unknown: Requested image not found")),
            ],
        ),
        ("platform-mismatch", vec![(s("platforms"), json!(["linux/arm64"]))]),
        ("s3-layer-access-blocked", vec![(s("layer"), answer(403, "Access Denied"))]),
        ("throttled", vec![(s("login"), answer(429, "toomanyrequests: Rate exceeded"))]),
        (
            "network-timeout-registry",
            vec![(s("network/1/failure"), json!({"kind": "timeout", "words": "no answer"}))],
        ),
        (
            "dns-resolution-failure",
            vec![(s("network/0/failure"), json!({"kind": "dns", "words": "no such name"}))],
        ),
        (
            "tls-ca-untrusted",
            vec![(s("network/1/failure"), json!({"kind": "tls", "words": "unknown issuer"}))],
        ),
        (
            "cross-account-repo-policy-missing",
            vec![
                (
                    s("manifest"),
                    answer(
                        403,
                        "User: arn:aws:iam::999999999999:user/u is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/team/app because no resource-based policy allows the ecr:BatchGetImage action",
                    ),
                ),
                (s("daemon_manifest"), json!({"unknown": "x"})),
            ],
        ),
        (
            "ecs-execution-role-missing",
            vec![(s("puller"), json!({"kind": "ecs", "sentence": "by ECS", "role_missing": true}))],
        ),
        (
            "lambda-repo-policy-missing",
            vec![(s("puller"), json!({"kind": "lambda", "sentence": "by Lambda", "role_missing": false}))],
        ),
        (
            "token-expired",
            vec![(s("offered"), offered(json!({"username": "AWS", "expires_at": 1, "ecr_password": true})))],
        ),
        ("wrong-login-username-or-password", {
            let mut changes = refused_login();
            changes.push((s("offered"), offered(json!({"username": "another name", "ecr_password": false}))));
            changes
        }),
        (
            "malformed-image-reference",
            vec![(
                s("malformed"),
                json!({"id": "malformed-image-reference", "what": "It is none.", "next": "", "transient": false}),
            )],
        ),
    ];
    for id in [
        "no-aws-credentials",
        "expired-session-token",
        "assume-role-denied",
        "iam-missing-get-authorization-token",
        "network-timeout-ecr-api",
        "clock-skew",
    ] {
        let mut changes = vec![
            (s("token"), refused(id)),
            (s("offered"), nothing()),
            ("/aws/clock".to_owned(), json!({"unknown": "x"})),
        ];
        changes.extend(refused_login());
        cases.push((id, changes));
    }
    let mut changes = vec![
        (s("offered"), nothing()),
        (s("helper_named"), Value::Null),
        (s("resolved/outcome"), json!("anonymous")),
    ];
    changes.extend(refused_login());
    cases.push(("not-logged-in", changes));
    for (expected, changes) in cases {
        let changes: Vec<(&str, Value)> =
            changes.iter().map(|(at, new)| (at.as_str(), new.clone())).collect();
        let found = found(&changes);
        assert_eq!(found.first().map(String::as_str), Some(expected), "{found:?}");
    }
}

#[test]
fn what_does_not_matter_yet_is_a_warning() {
    let mut value = healthy();
    set(&mut value, "/subjects/0/token", refused("sso-session-expired"));
    let findings = examine(&bundle(&value)).findings;
    assert_eq!((findings[0].id.as_str(), findings[0].severity), ("sso-session-expired", Severity::Warning));
    assert!(
        findings[0].consequences[0].starts_with("The login there is works for another 11 h"),
        "{findings:?}"
    );
}

#[test]
fn a_log_is_decided_by_what_is_seen() {
    let log = |id: &str, confidence: &str| {
        let said = json!({
            "id": id, "severity": "error", "confidence": confidence, "title": "t", "explanation": "e",
            "evidence": [{"source": "log", "line": 1, "text": "x"}], "fixes": [], "alternatives": [], "help": "h"
        });
        let mut value = healthy();
        value["log"] = json!([said]);
        value
    };
    // Ruled out here and now.
    assert_eq!(examine(&bundle(&log("not-logged-in", "possible"))).findings, []);
    // Nothing here can tell.
    let open = examine(&bundle(&log("ci-output-masked", "certain"))).findings;
    assert_eq!((open[0].id.as_str(), open[0].confidence), ("ci-output-masked", Confidence::Certain));
    // Seen to be so, and in the log.
    let mut value = log("platform-mismatch", "likely");
    set(&mut value, "/subjects/0/platforms", json!(["linux/arm64"]));
    let both = examine(&bundle(&value)).findings;
    assert_eq!((both.len(), both[0].confidence), (1, Confidence::Certain));
    assert!(both[0].evidence.iter().any(|seen| seen.source == "log"));
}

#[test]
fn somebody_elses_client_is_not_judged() {
    // On a node, or as a role, this user's files say nothing; what the registry says counts.
    for (pointer, value) in
        [("/question/client", json!("kubelet")), ("/question/as_role", json!("arn:aws:iam::1:role/node"))]
    {
        let mut node = healthy();
        set(&mut node, pointer, value);
        set(&mut node, "/machine/daemon", json!({"known": {"address": "unix:///s", "unreachable": "no"}}));
        set(&mut node, "/subjects/0/resolved/outcome", json!("anonymous"));
        set(&mut node, "/subjects/0/offered", json!({"known": {}}));
        let examination = examine(&bundle(&node));
        assert_eq!(examination.findings, [], "{pointer}");
        assert!(examination.proven[0].steps.iter().all(|step| step.stage != Stage::Login));
    }
}

#[test]
fn probes_with_other_credentials_do_not_overrule_what_was_seen() {
    let denied = json!([{"action": "ecr:GetDownloadUrlForLayer", "verdict": "denied", "by": "probe",
        "message": "User: arn:aws:iam::999999999999:user/u is not authorized to perform: ecr:GetDownloadUrlForLayer on resource: arn:aws:ecr:us-east-1:123456789012:repository/team/app because no resource-based policy allows the ecr:GetDownloadUrlForLayer action"}]);
    assert_eq!(found(&[("/subjects/0/permissions", denied.clone())]), [""; 0]);
    // Where the layer was not had, it tells why.
    let changes = [
        ("/subjects/0/permissions", denied),
        ("/subjects/0/layer", json!({"unknown": "no answer"})),
        ("/subjects/0/manifest", json!({"unknown": "no answer"})),
        ("/subjects/0/daemon_manifest", json!({"unknown": "no answer"})),
    ];
    assert_eq!(found(&changes), ["cross-account-repo-policy-missing"]);
}

#[test]
fn pulls_from_ecr_public_need_nobody() {
    let mut value = healthy();
    for (pointer, new) in [
        ("/subjects/0/host", json!("public.ecr.aws")),
        ("/subjects/0/token", refused("no-aws-credentials")),
        ("/subjects/0/offered", json!({"known": {}})),
        ("/subjects/0/daemon_login", json!({"unknown": "there is nothing to log in with"})),
    ] {
        set(&mut value, pointer, new);
    }
    let findings = examine(&bundle(&value)).findings;
    assert!(findings.iter().all(|finding| finding.severity == Severity::Note), "{findings:?}");
    // Pushes do.
    set(&mut value, "/question/operation", json!("push"));
    let findings = examine(&bundle(&value)).findings;
    assert_eq!((findings[0].id.as_str(), findings[0].severity), ("no-aws-credentials", Severity::Error));
}

#[test]
fn a_fleet_shares_its_causes() {
    let machine = |name: &str, arm: bool| {
        let mut value = healthy();
        set(&mut value, "/machine/name", json!(name));
        if arm {
            set(&mut value, "/subjects/0/platforms", json!(["linux/arm64"]));
        }
        (name.to_owned(), bundle(&value))
    };
    let report = examine_fleet(&[machine("a", true), machine("b", false), machine("c", true)]);
    assert_eq!((report.machines, report.healthy.as_slice()), (3, &["b".to_owned()][..]));
    assert_eq!(report.causes.len(), 1);
    assert_eq!(
        (report.causes[0].finding.id.as_str(), report.causes[0].machines.len()),
        ("platform-mismatch", 2)
    );
}

#[test]
fn stages_follow_the_way() {
    assert!(Stage::ALL.is_sorted());
    // Whatever can be seen by more than a log has a place on the way; these cannot.
    let without: Vec<&str> =
        catalogue::all().filter(|entry| entry.check.is_none()).map(|entry| entry.id.slug()).collect();
    insta::assert_debug_snapshot!(without);
}

/// Every place in a JSON value.
fn pointers(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                pointers(value, &format!("{at}/{key}"), all);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                pointers(value, &format!("{at}/{index}"), all);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        all.push(at.to_owned());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever stands in a bundle, it is read or refused with a place, examined without a panic, and says the same
    /// again after being written.
    #[test]
    fn bundles_may_hold_anything(
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..9, ".{0,20}"), 1..5),
    ) {
        let mut value = healthy();
        for (index, kind, text) in picks {
            let mut all = Vec::new();
            pointers(&value, "", &mut all);
            let at = index.get(&all).clone();
            let new = match kind {
                0 => Value::Null,
                1 => json!(text),
                2 => json!(-1),
                3 => json!(i64::MAX),
                4 => json!([]),
                5 => json!({"unknown": text}),
                6 => json!({"known": {"refused": {"id": text, "what": text, "next": text, "transient": true}, "took_ms": 0}}),
                7 => json!({"known": {"status": 403, "message": text}}),
                _ => json!({"known": {"username": text, "expires_at": i64::MIN}}),
            };
            set(&mut value, &at, new);
        }
        if let Ok(read) = Bundle::parse(&value.to_string()) {
            let examination = examine(&read);
            let again = Bundle::parse(&serde_json::to_string(&read).unwrap()).unwrap();
            prop_assert_eq!(&again, &read);
            prop_assert_eq!(examine(&again), examination);
        }
    }
}
