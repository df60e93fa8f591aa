//! `ecrpass repo ensure`: idempotent, and never worse off for having been killed, throttled, or run twice at once.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;
#[path = "common/ecr.rs"]
mod world;

use std::process::Stdio;
use std::time::Duration;

use common::{Home, text};
use ecrpass_local::LocalEcr;
use serde_json::{Value, json};
use world::{ensure, json as report, with};

/// How long something may take that cannot fail to happen; only a hang ever takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}]}"#;

/// Everything that can be wanted.
const ALL: [&str; 21] = [
    "--keep",
    "3",
    "--expire-untagged",
    "7",
    "--mutability",
    "immutable",
    "--except",
    "latest,dev-*",
    "--encryption",
    "kms",
    "--scan",
    "on-push",
    "--tag",
    "team=web",
    "--policy",
    "policy.json",
    "--replicate-to",
    "eu-west-1",
    "--pull-through",
    "quay=quay.io",
    "--yes",
];

fn world() -> (LocalEcr, Home) {
    let (ecr, home) = (LocalEcr::start().unwrap(), Home::bare());
    home.write("policy.json", POLICY, 0o600);
    // What others have set up, and must not be lost.
    let other = ["other", "--scan", "on-push", "--replicate-to", "eu-west-1,us-west-2", "--yes"];
    let (code, stdout, stderr) = ensure(&ecr, &home, &other);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    (ecr, home)
}

fn all(name: &'static str) -> Vec<&'static str> {
    [&[name][..], &ALL].concat()
}

/// What is stored of the repository and the registry, without what depends on the time.
fn stored(ecr: &LocalEcr, name: &str) -> (Value, Value) {
    let repository = ecr.stored_repository(name).unwrap().unwrap_or_else(|| "null".to_owned());
    let mut repository: Value = serde_json::from_str(&repository).unwrap();
    let mut registry: Value = serde_json::from_str(&ecr.stored_registry().unwrap()).unwrap();
    if let Some(repository) = repository.as_object_mut() {
        repository.remove("created_at");
    }
    for rule in registry["caches"].as_object_mut().unwrap().values_mut() {
        rule.as_object_mut().unwrap().remove("updatedAt");
    }
    (repository, registry)
}

/// What a run that nothing disturbed leaves behind.
fn undisturbed() -> (Value, Value) {
    let (ecr, home) = world();
    let (code, stdout, stderr) = ensure(&ecr, &home, &all("team/app"));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    stored(&ecr, "team/app")
}

#[test]
fn a_plan_comes_first_and_a_second_run_has_nothing_to_do() {
    let (ecr, home) = world();
    let without_yes = &all("team/app")[..21];
    let (code, stdout, stderr) = ensure(&ecr, &home, without_yes);
    assert_eq!(code, Some(1), "{stderr}");
    for said in [
        "There is no repository team/app.",
        "+repository team/app:",
        "+  tags: immutable, except dev-*, latest",
        "+  encryption: KMS",
        "ecr:CreateRepository",
        "ecr:PutLifecyclePolicy",
        "Next: the same with --yes",
    ] {
        assert!(stdout.contains(said), "lacks {said}:\n{stdout}");
    }
    assert_eq!(ecr.stored_repository("team/app").unwrap(), None);
    assert_eq!(ecr.call_count("CreateRepository"), 1, "the other's");
    let (code, stdout, stderr) = ensure(&ecr, &home, &all("team/app"));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let before = stored(&ecr, "team/app");
    let writes = [
        "CreateRepository",
        "PutLifecyclePolicy",
        "SetRepositoryPolicy",
        "PutRegistryScanningConfiguration",
        "PutReplicationConfiguration",
        "CreatePullThroughCacheRule",
    ];
    let count = || writes.map(|operation| ecr.call_count(operation));
    let counted = count();
    let (code, stdout, _) = ensure(&ecr, &home, &all("team/app"));
    assert_eq!((code, stdout.as_str()), (Some(0), "✓ team/app is as wanted.\n"));
    assert_eq!(count(), counted);
    assert_eq!(stored(&ecr, "team/app"), before);
    let (repository, registry) = before;
    assert_eq!(repository["immutable"], true);
    assert_eq!(repository["settings"]["exclusions"], json!(["dev-*", "latest"]));
    assert_eq!(repository["settings"]["tags"], json!({"team": "web"}));
    let filters = |rules: &Value| rules[0]["repositoryFilters"].as_array().unwrap().len();
    assert_eq!(filters(&registry["scan_rules"]), 2);
    assert_eq!(registry["replication_rules"].as_array().unwrap().len(), 2);
}

#[test]
fn drift_is_shown_and_taken_back() {
    let (ecr, home) = world();
    ensure(
        &ecr,
        &home,
        &["team/app", "--keep", "3", "--mutability", "immutable", "--tag", "team=web", "--yes"],
    );
    // Somebody changes it behind our back.
    ensure(
        &ecr,
        &home,
        &[
            "team/app",
            "--keep",
            "30",
            "--mutability",
            "mutable",
            "--tag",
            "team=db",
            "--tag",
            "more=x",
            "--yes",
        ],
    );
    let wanted = ["team/app", "--keep", "3", "--mutability", "immutable", "--tag", "team=web"];
    let (code, stdout, _) = ensure(&ecr, &home, &wanted);
    assert_eq!(code, Some(1));
    for said in [
        "-  tags: mutable",
        "+  tags: immutable",
        "-  tag team = db",
        "+  tag team = web",
        "countNumber\": 30",
        "countNumber\": 3",
    ] {
        assert!(stdout.contains(said), "lacks {said}:\n{stdout}");
    }
    assert!(stdout.contains("   tag more = x") || stdout.contains("  tag more = x"), "{stdout}");
    let planned = report(&ensure(&ecr, &home, &[&wanted[..], &["--format", "json"]].concat()));
    let actions: Vec<&str> =
        planned["steps"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:TagResource"]);
    assert_eq!((&planned["as_wanted"], &planned["steps"][0]["status"]), (&json!(false), &json!("planned")));
    let (code, ..) = ensure(&ecr, &home, &[&wanted[..], &["--yes"]].concat());
    assert_eq!(code, Some(0));
    assert_eq!(stored(&ecr, "team/app").0["settings"]["tags"], json!({"more": "x", "team": "web"}));
}

#[test]
fn what_cannot_be_changed_in_place_is_left_alone() {
    let (ecr, home) = world();
    ensure(&ecr, &home, &["team/app", "--pull-through", "hub=quay.io", "--yes"]);
    let wanted = [
        "team/app",
        "--encryption",
        "kms",
        "--pull-through",
        "hub=public.ecr.aws",
        "--scan",
        "continuous",
        "--tag",
        "a=b",
        "--yes",
    ];
    let (code, stdout, _) = ensure(&ecr, &home, &wanted);
    assert_eq!(code, Some(1));
    for said in [
        "encryption: is AES256, wanted KMS",
        "hub stands for quay.io",
        "only ENHANCED scans continuously",
        "left as it is",
        "✓ set the tags a",
    ] {
        assert!(stdout.contains(said), "lacks {said}:\n{stdout}");
    }
    let (repository, registry) = stored(&ecr, "team/app");
    assert_eq!(repository["settings"]["encryption"], Value::Null);
    assert_eq!(registry["caches"]["hub"]["upstreamRegistryUrl"], "quay.io");
    assert_eq!((registry["enhanced"].as_bool(), ecr.call_count("DeleteRepository")), (Some(false), 0));
}

/// Runs it until a call of that number has arrived, kills it there, and counts the calls; false when it ended before.
fn killed_at(ecr: &LocalEcr, home: &Home, call: usize) -> bool {
    let mut hold = ecr.hold("ecr");
    let mut child = with(ecr, home, &[&["repo", "ensure"][..], &all("team/app")].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut passed = 0;
    let was_killed = 'calls: loop {
        while !hold.wait_for_requests(1, Duration::from_millis(20)) {
            if child.try_wait().unwrap().is_some() {
                break 'calls false;
            }
        }
        if passed == call {
            child.kill().unwrap();
            break true;
        }
        // The next one is held before this one goes on.
        let next = ecr.hold("ecr");
        drop(std::mem::replace(&mut hold, next));
        passed += 1;
    };
    child.wait().unwrap();
    was_killed
}

#[test]
fn killed_at_any_call_the_next_run_completes_it() {
    let expected = undisturbed();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let kills = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let call = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let (ecr, home) = world();
                    if !killed_at(&ecr, &home, call) {
                        break;
                    }
                    kills.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let (code, stdout, stderr) = ensure(&ecr, &home, &all("team/app"));
                    assert_eq!(code, Some(0), "killed at call {call}: {stdout}{stderr}");
                    assert_eq!(stored(&ecr, "team/app"), expected, "killed at call {call}");
                }
            });
        }
    });
    let kills = kills.into_inner();
    assert!(kills >= 20, "only {kills} calls were seen");
}

/// What it writes, all in one run.
const WRITES: [&str; 6] = [
    "CreateRepository",
    "PutLifecyclePolicy",
    "SetRepositoryPolicy",
    "PutRegistryScanningConfiguration",
    "CreatePullThroughCacheRule",
    "PutReplicationConfiguration",
];

#[test]
fn throttled_and_broken_answers_lose_nothing() {
    let expected = undisturbed();
    for operation in WRITES {
        for fault in ["throttle", "truncate", "server-error", "drop"] {
            let (ecr, home) = world();
            ecr.add_fault(format!("{fault}:{operation}=2").parse().unwrap());
            let (code, stdout, stderr) = ensure(&ecr, &home, &all("team/app"));
            assert_eq!(code, Some(0), "{fault}:{operation}: {stdout}{stderr}");
            assert_eq!(stored(&ecr, "team/app"), expected, "{fault}:{operation}");
        }
    }
}

#[test]
fn what_fails_for_good_says_so_and_is_finished_later() {
    let expected = undisturbed();
    for operation in ["SetRepositoryPolicy", "CreatePullThroughCacheRule"] {
        let (ecr, home) = world();
        ecr.add_fault(format!("deny:{operation}").parse().unwrap());
        let (code, stdout, stderr) = ensure(&ecr, &home, &all("team/app"));
        assert_eq!(code, Some(1), "{operation}: {stdout}{stderr}");
        assert!(stdout.contains("✓ create the repository"), "{stdout}");
        assert!(stderr.contains(&format!("have ecr:{operation} allowed")), "{stderr}");
        assert!(stderr.contains("the same command goes on from there"), "{stderr}");
        ecr.clear_faults();
        let (code, stdout, stderr) = ensure(&ecr, &home, &all("team/app"));
        assert_eq!(code, Some(0), "{operation}: {stdout}{stderr}");
        assert!(!stdout.contains("create the repository"), "{stdout}");
        assert_eq!(stored(&ecr, "team/app"), expected, "{operation}");
    }
    // Where it could not look, it plans nothing.
    let (ecr, home) = world();
    ecr.add_fault("deny:DescribeRepositories".parse().unwrap());
    let (code, stdout, _) = ensure(&ecr, &home, &all("team/app"));
    assert_eq!((code, stdout.as_str()), (Some(3), ""));
    assert_eq!(ecr.stored_repository("team/app").unwrap(), None);
}

/// Starts several at once and holds each call of that kind until all have come to it.
fn at_once(
    ecr: &LocalEcr,
    home: &Home,
    operation: &str,
    runs: &[Vec<&str>],
) -> Vec<(Option<i32>, String, String)> {
    let hold = ecr.hold(operation);
    let children: Vec<_> = runs
        .iter()
        .map(|arguments| {
            with(ecr, home, &[&["repo", "ensure"][..], arguments].concat())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    assert!(hold.wait_for_requests(runs.len(), PATIENCE), "not all come to {operation}");
    drop(hold);
    children.into_iter().map(|child| text(&child.wait_with_output().unwrap())).collect()
}

#[test]
fn two_at_once_make_one_repository() {
    let expected = undisturbed();
    for operation in WRITES {
        let (ecr, home) = world();
        for (code, stdout, stderr) in at_once(&ecr, &home, operation, &[all("team/app"), all("team/app")]) {
            assert_eq!(code, Some(0), "{operation}: {stdout}{stderr}");
        }
        assert_eq!(stored(&ecr, "team/app"), expected, "{operation}");
    }
}

#[test]
fn what_several_write_into_the_registry_at_once_is_all_there() {
    let (ecr, home) = world();
    let runs: Vec<Vec<&str>> = ["a1", "b2", "c3"]
        .map(|name| vec![name, "--replicate-to", "eu-west-1", "--scan", "on-push", "--yes"])
        .to_vec();
    for operation in ["PutReplicationConfiguration", "PutRegistryScanningConfiguration"] {
        for (code, stdout, stderr) in at_once_or_later(&ecr, &home, operation, &runs) {
            assert_eq!(code, Some(0), "{operation}: {stdout}{stderr}");
        }
    }
    let registry = ecr.stored_registry().unwrap();
    for name in ["a1", "b2", "c3", "other"] {
        // Once in what is scanned, once in what is copied.
        let times = registry.matches(&format!("\"filter\":\"{name}\"")).count();
        assert!(times >= 2, "{name}: {registry}");
    }
}

/// The first time, all come to that call; afterwards there is nothing left to do.
fn at_once_or_later(
    ecr: &LocalEcr,
    home: &Home,
    operation: &str,
    runs: &[Vec<&str>],
) -> Vec<(Option<i32>, String, String)> {
    match ecr.call_count("CreateRepository") > 1 {
        false => at_once(ecr, home, operation, runs),
        true => runs.iter().map(|arguments| ensure(ecr, home, arguments)).collect(),
    }
}
