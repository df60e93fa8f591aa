//! `ecrpass canary --once` as a process, beside a local ECR that is reached by its own names: every kind of fault, the step
//! that fails, the cause, the exit status and the metrics.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

#[path = "common/canary.rs"]
mod canary;
mod common;
#[path = "common/tunnel.rs"]
mod tunnel;

use std::time::{Duration, Instant};

use canary::{ACCOUNT, IMAGE, REGION, REGISTRY, World, told};
use common::text;
use ecrpass_local::{TinyImage, TinyIndex};
use serde_json::json;

/// A fault, the states of the steps, the cause, how certain it is.
type Case = (&'static [&'static str], &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    (
        &["vpc-endpoint-deny:ecr:GetAuthorizationToken"],
        "ok fail skip skip skip",
        "explicit-deny-policy",
        "certain",
    ),
    (
        &["deny:ecr:GetAuthorizationToken"],
        "ok fail skip skip skip",
        "iam-missing-get-authorization-token",
        "certain",
    ),
    (&["invalid-credentials:ecr"], "ok fail skip skip skip", "invalid-access-key", "certain"),
    (&["throttle:GetAuthorizationToken"], "ok fail skip skip skip", "throttled", "certain"),
    (&["drop:ecr:GetAuthorizationToken"], "ok fail skip skip skip", "network-timeout-ecr-api", "certain"),
    (&["server-error:ecr"], "ok fail skip skip skip", "aws-service-transient", "likely"),
    (&["no-tokens"], "ok fail skip skip skip", "aws-service-transient", "likely"),
    (&["clock-skew=1200"], "ok fail skip skip skip", "clock-skew", "certain"),
    (&["expired-tokens"], "ok ok fail skip skip", "token-expired", "certain"),
    (&["garbage:registry:Ping"], "ok ok fail skip skip", "proxy-misconfigured", "likely"),
    (&["drop:registry:Ping"], "ok ok fail skip skip", "network-timeout-registry", "certain"),
    (&["server-error:registry:Ping"], "ok ok fail skip skip", "aws-service-transient", "likely"),
    (&["deny:registry:GetManifest"], "ok ok ok fail skip", "iam-missing-pull-action", "certain"),
    (&["throttle:registry:GetManifest"], "ok ok ok fail skip", "throttled", "certain"),
    (&["server-error:registry:GetManifest"], "ok ok ok fail skip", "aws-service-transient", "likely"),
    (&["garbage:registry:GetManifest"], "ok ok ok fail skip", "proxy-misconfigured", "likely"),
    (&["deny:registry:GetBlob"], "ok ok ok ok fail", "iam-missing-pull-action", "certain"),
    (&["deny:bucket"], "ok ok ok ok fail", "s3-layer-access-blocked", "certain"),
    (&["drop:bucket"], "ok ok ok ok fail", "s3-layer-access-blocked", "certain"),
    (&["garbage:bucket"], "ok ok ok ok fail", "proxy-misconfigured", "likely"),
    (&["throttle:bucket"], "ok ok ok ok fail", "throttled", "certain"),
    (&["server-error:bucket"], "ok ok ok ok fail", "aws-service-transient", "likely"),
];

#[test]
fn every_fault_has_its_step_and_its_cause() {
    for (faults, steps, cause, confidence) in CASES {
        let world = World::with_faults(faults);
        let told = world.once(&[IMAGE]);
        let name = format!("{faults:?}: {}", told.all);
        assert_eq!((told.status, told.steps().as_str(), told.cause()), (Some(1), *steps, *cause), "{name}");
        let target = &told.report["targets"][0];
        assert_eq!(
            (&target["result"], &target["confidence"]),
            (&json!("fail"), &json!(confidence)),
            "{name}"
        );
        assert_eq!(told.report["findings"][0]["id"], **cause, "{name}");
        // The metrics say the same.
        assert_eq!(told.metric("ecrpass_canary_up", &[("target", "team/app:canary")]), Some(0.0), "{name}");
        assert_eq!(told.metric("ecrpass_canary_cause", &[("cause", cause)]), Some(1.0), "{name}");
        assert_eq!(told.metric("ecrpass_canary_runs_total", &[("result", "fail")]), Some(1.0), "{name}");
        for (step, state) in
            ["credentials", "token", "ping", "manifest", "layer"].iter().zip(steps.split(' '))
        {
            let value = match state {
                "ok" => Some(1.0),
                "fail" => Some(0.0),
                _ => None,
            };
            assert_eq!(told.metric("ecrpass_canary_step_up", &[("step", step)]), value, "{step}: {name}");
            let failures = [("step", *step), ("cause", *cause)];
            let count = (state == "fail").then_some(1.0);
            assert_eq!(told.metric("ecrpass_canary_failures_total", &failures), count, "{step}: {name}");
        }
    }
}

#[test]
fn a_healthy_run_asks_for_little() {
    let world = World::new();
    let told = world.once(&[IMAGE]);
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    assert_eq!((told.cause(), &told.report["findings"]), ("", &json!([])));
    assert_eq!(told.metric("ecrpass_canary_up", &[("region", REGION), ("registry", REGISTRY)]), Some(1.0));
    let offset = told.metric("ecrpass_canary_clock_offset_seconds", &[]).unwrap();
    assert!(offset.abs() <= 5.0, "{offset}");
    assert!(told.metric("ecrpass_canary_token_expiry_timestamp_seconds", &[]).unwrap() > 1.7e9);
    for (operation, times) in [
        ("GetAuthorizationToken", 1),
        ("registry:Ping", 1),
        ("registry:GetManifest", 1),
        ("registry:GetBlob", 1),
        ("bucket:GetObject", 1),
        ("DescribePullThroughCacheRules", 1),
        ("GetCallerIdentity", 0),
    ] {
        assert_eq!(world.ecr.call_count(operation), times, "{operation}");
    }
    let bucket = world.ecr.calls().into_iter().find(|call| call.service == "bucket").unwrap();
    assert_eq!(bucket.status, 206);
    assert_eq!(format!("{:?}", bucket.authorization), "None");
    // The address of a layer is no secret's: it is signed, and nothing of it is told.
    assert!(!told.all.contains("X-Amz") && !told.metrics.contains("sha256"), "{}", told.all);
    // What people read.
    let (status, stdout, _) = text(&world.command(&["--once", IMAGE]).output().unwrap());
    assert_eq!(status, Some(0));
    assert!(stdout.starts_with(&format!("ok      {IMAGE}\n")) && stdout.contains("layer ok"), "{stdout}");
}

#[test]
fn the_cache_of_the_helper_is_neither_read_nor_written() {
    let world = World::new();
    for _ in 0..2 {
        assert_eq!(world.once(&[IMAGE]).status, Some(0));
    }
    assert_eq!(world.ecr.call_count("GetAuthorizationToken"), 2);
    assert!(!world.home.path(".ecr").exists() && !world.home.path(".cache").exists());
    // A right that is lost while tokens are good for hours is missed at once.
    world.ecr.add_fault("deny:GetAuthorizationToken".parse().unwrap());
    assert_eq!(world.once(&[IMAGE]).cause(), "iam-missing-get-authorization-token");
}

#[test]
fn busy_servers_are_asked_again_and_that_is_counted() {
    for (fault, step, retries) in [
        ("server-error:registry:GetManifest=1", "manifest", 1.0),
        ("throttle:registry:Ping=2", "ping", 2.0),
        ("throttle:GetAuthorizationToken=1", "token", 1.0),
        ("throttle:bucket=1", "layer", 1.0),
    ] {
        let world = World::with_faults(&[fault]);
        let told = world.once(&[IMAGE]);
        assert_eq!((told.status, told.cause()), (Some(0), ""), "{fault}: {}", told.all);
        assert_eq!(told.metric("ecrpass_canary_retries_total", &[("step", step)]), Some(retries), "{fault}");
    }
    let world = World::with_faults(&["throttle:GetAuthorizationToken"]);
    world.once(&[IMAGE]);
    assert_eq!(world.ecr.call_count("GetAuthorizationToken"), 3);
    // What is refused otherwise is not asked again.
    let world = World::with_faults(&["deny:registry:GetManifest"]);
    world.once(&[IMAGE]);
    assert_eq!(world.ecr.call_count("registry:GetManifest"), 1);
}

#[test]
fn a_step_has_its_patience_and_a_run_its_deadline() {
    for (fault, steps, cause) in [
        ("hang:GetAuthorizationToken", "ok fail skip skip skip", "network-timeout-ecr-api"),
        ("hang:registry:Ping", "ok ok fail skip skip", "network-timeout-registry"),
        ("hang:registry:GetManifest", "ok ok ok fail skip", "network-timeout-registry"),
        ("hang:bucket", "ok ok ok ok fail", "s3-layer-access-blocked"),
    ] {
        let world = World::with_faults(&[fault]);
        let started = Instant::now();
        let told = world.once(&["--patience", "4s", IMAGE]);
        assert_eq!(
            (told.status, told.steps().as_str(), told.cause()),
            (Some(1), steps, cause),
            "{fault}: {}",
            told.all
        );
        assert_eq!(told.report["targets"][0]["confidence"], "certain");
        // With much slack for a busy machine: without an end it would be a minute.
        assert!(started.elapsed() < Duration::from_secs(40), "{fault}: {:?}", started.elapsed());
    }
    let world = World::with_faults(&["latency:registry:GetManifest=30s"]);
    let told = world.once(&["--deadline", "6", IMAGE]);
    assert_eq!(told.steps(), "ok ok ok unknown unknown", "{}", told.all);
    let target = &told.report["targets"][0];
    assert_eq!(
        (told.status, &target["result"], &target["cause"]),
        (Some(1), &json!("unknown"), &json!(null))
    );
    assert_eq!(told.report["findings"], json!([]));
    assert_eq!(told.metric("ecrpass_canary_up", &[]), Some(0.0));
    assert_eq!(told.metric("ecrpass_canary_runs_total", &[("result", "unknown")]), Some(1.0));
    assert_eq!(told.metric("ecrpass_canary_step_up", &[("step", "manifest")]), None);
}

#[test]
fn what_is_not_there_is_told_from_what_is_forbidden() {
    let world = World::new();
    for (image, cause) in [("team/gone:canary", "repository-not-found"), ("team/app:gone", "tag-not-found")] {
        let told = world.once(&[&format!("{REGISTRY}/{image}")]);
        assert_eq!(
            (told.status, told.steps().as_str(), told.cause()),
            (Some(1), "ok ok ok fail skip", cause)
        );
        assert_eq!(told.report["targets"][0]["confidence"], "certain");
        let says = told.report["findings"][0].to_string();
        assert_eq!(
            says.contains("pin the canary to a tag that no lifecycle rule touches"),
            cause == "tag-not-found"
        );
    }
}

#[test]
fn without_credentials_it_is_these_that_fail() {
    let world = World::new();
    let run = |command: &mut std::process::Command| told(command, &world.home.path("metrics.prom"));
    let base = || {
        let mut command =
            world.command(&["--once", "--format", "json", "--metrics-file", "metrics.prom", IMAGE]);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env_remove(name);
        }
        command
    };
    let none = run(&mut base());
    assert_eq!(
        (none.status, none.steps().as_str(), none.cause()),
        (Some(1), "fail skip skip skip skip", "no-aws-credentials"),
        "{}",
        none.all
    );
    assert_eq!(none.metric("ecrpass_canary_step_up", &[("step", "token")]), None);
    let failures = [("step", "credentials"), ("cause", "no-aws-credentials")];
    assert_eq!(none.metric("ecrpass_canary_failures_total", &failures), Some(1.0));
    // From a container, the answer to the session token's request does not come that far.
    world.ecr.add_fault("hop-limit".parse().unwrap());
    let far = run(base().env_remove("AWS_EC2_METADATA_DISABLED"));
    assert_eq!(
        (far.steps().as_str(), far.cause()),
        ("fail skip skip skip skip", "imds-unreachable-or-hop-limit"),
        "{}",
        far.all
    );
    assert_eq!(far.report["targets"][0]["confidence"], "certain");
    world.ecr.clear_faults();
    let near = run(base().env_remove("AWS_EC2_METADATA_DISABLED"));
    assert_eq!(near.status, Some(0), "{}", near.all);
}

#[test]
fn of_a_list_the_image_for_a_platform_is_had() {
    let world = World::new();
    let images = [TinyImage::for_architecture("a", "amd64"), TinyImage::for_architecture("b", "arm64")];
    world.ecr.put_index(ACCOUNT, REGION, "team/app", "many", &TinyIndex::new(&images)).unwrap();
    let image = format!("{REGISTRY}/team/app:many");
    let told = world.once(&["--platform", "linux/arm64", &image]);
    assert_eq!(told.status, Some(0), "{}", told.all);
    let asked = |digest: &str| world.ecr.calls().into_iter().any(|call| call.path.ends_with(digest));
    assert!(asked(&images[1].manifest().digest) && !asked(&images[0].manifest().digest));
    let missing = world.once(&["--platform", "linux/s390x", &image]);
    assert_eq!(
        (missing.steps().as_str(), missing.cause()),
        ("ok ok ok fail skip", "platform-mismatch"),
        "{}",
        missing.all
    );
}

/// Whoever merges the indexes of several builds gets an index of indexes, which containerd follows, too.
#[test]
fn of_a_list_of_lists_the_image_for_a_platform_is_had() {
    let world = World::new();
    let images = [TinyImage::for_architecture("a", "amd64"), TinyImage::for_architecture("b", "arm64")];
    let inner = images.each_ref().map(|image| TinyIndex::new(std::slice::from_ref(image)));
    let put = |tag: &str, index: &TinyIndex| {
        world.ecr.put_index(ACCOUNT, REGION, "team/app", tag, index).unwrap();
    };
    for (tag, index) in ["one", "two"].iter().zip(&inner) {
        put(tag, index);
    }
    put("many", &TinyIndex::of_indexes(&inner));
    let image = format!("{REGISTRY}/team/app:many");
    let told = world.once(&["--platform", "linux/arm64", &image]);
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    let asked = |digest: &str| world.ecr.calls().into_iter().any(|call| call.path.ends_with(digest));
    assert!(asked(&images[1].manifest().digest) && !asked(&images[0].manifest().digest));
    let missing = world.once(&["--platform", "linux/s390x", &image]);
    assert_eq!(
        (missing.steps().as_str(), missing.cause()),
        ("ok ok ok fail skip", "platform-mismatch"),
        "{}",
        missing.all
    );
}
