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

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use canary::{ACCOUNT, IMAGE, REGION, REGISTRY, World, told};
use common::{Home, text};
use ecrpass_local::{Ca, LocalEcr, TinyImage, TinyIndex};
use serde_json::json;
use tunnel::Tunnel;

/// A fault, the states of the steps, the cause, how certain it is.
type Case = (&'static [&'static str], &'static str, &'static str, &'static str);

const CASES: &[Case] = &[
    (&["vpc-endpoint-deny:ecr:GetAuthorizationToken"], "ok fail skip skip skip", "explicit-deny-policy", "certain"),
    (&["deny:ecr:GetAuthorizationToken"], "ok fail skip skip skip", "iam-missing-get-authorization-token", "certain"),
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
        assert_eq!((&target["result"], &target["confidence"]), (&json!("fail"), &json!(confidence)), "{name}");
        assert_eq!(told.report["findings"][0]["id"], **cause, "{name}");
        // The metrics say the same.
        assert_eq!(told.metric("ecrpass_canary_up", &[("target", "team/app:canary")]), Some(0.0), "{name}");
        assert_eq!(told.metric("ecrpass_canary_cause", &[("cause", cause)]), Some(1.0), "{name}");
        assert_eq!(told.metric("ecrpass_canary_runs_total", &[("result", "fail")]), Some(1.0), "{name}");
        for (step, state) in ["credentials", "token", "ping", "manifest", "layer"].iter().zip(steps.split(' ')) {
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
        let told = world.once(&["--patience", "1s", IMAGE]);
        assert_eq!((told.status, told.steps().as_str(), told.cause()), (Some(1), steps, cause), "{fault}: {}", told.all);
        assert_eq!(told.report["targets"][0]["confidence"], "certain");
        // With much slack for a busy machine: without an end it would be 15 s.
        assert!(started.elapsed() < Duration::from_secs(10), "{fault}: {:?}", started.elapsed());
    }
    let world = World::with_faults(&["latency:registry:GetManifest=30s"]);
    let told = world.once(&["--deadline", "2", IMAGE]);
    assert_eq!(told.steps(), "ok ok ok unknown unknown", "{}", told.all);
    let target = &told.report["targets"][0];
    assert_eq!((told.status, &target["result"], &target["cause"]), (Some(1), &json!("unknown"), &json!(null)));
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
        assert_eq!((told.status, told.steps().as_str(), told.cause()), (Some(1), "ok ok ok fail skip", cause));
        assert_eq!(told.report["targets"][0]["confidence"], "certain");
        let says = told.report["findings"][0].to_string();
        assert_eq!(says.contains("pin the canary to a tag that no lifecycle rule touches"), cause == "tag-not-found");
    }
}

#[test]
fn the_region_is_that_of_the_host() {
    let world = World::new();
    let told = told(
        world
            .command(&["--once", "--format", "json", "--metrics-file", "metrics.prom", IMAGE])
            .env("AWS_REGION", "ap-south-1")
            .env("AWS_DEFAULT_REGION", "ap-south-1"),
        &world.home.path("metrics.prom"),
    );
    assert_eq!(told.status, Some(0), "{}", told.all);
    assert_eq!(told.report["targets"][0]["region"], REGION);
    // A token of another region all the same.
    let world = World::of(LocalEcr::builder().token_region("us-east-1"));
    let told = world.once(&[IMAGE]);
    assert_eq!((told.steps().as_str(), told.cause()), ("ok ok fail skip skip", "wrong-registry-region"), "{}", told.all);
    assert_eq!(told.report["targets"][0]["confidence"], "certain");
}

#[test]
fn a_registry_of_another_account_is_its_owners_business() {
    let builder = LocalEcr::builder().account("444455556666");
    let world = World::of(builder);
    world.ecr.share_repository(ACCOUNT, REGION, "team/app", "444455556666").unwrap();
    assert_eq!(world.once(&[IMAGE]).status, Some(0));
    world.ecr.add_fault("deny:registry:GetManifest".parse().unwrap());
    let told = world.once(&[IMAGE]);
    assert_eq!((told.steps().as_str(), told.cause()), ("ok ok ok fail skip", "cross-account-repo-policy-missing"), "{}", told.all);
    assert_eq!(told.report["targets"][0]["confidence"], "certain");
}

#[test]
fn a_cache_rule_stops_it_before_anything_is_imported() {
    let image = format!("{REGISTRY}/docker-hub/library/redis:7");
    let world = World::new();
    world.ecr.add_cache_rule(ACCOUNT, "docker-hub", "registry-1.docker.io").unwrap();
    let told = world.once(&[&image]);
    assert_eq!((told.status, told.steps().as_str()), (Some(2), "skip skip skip skip skip"), "{}", told.all);
    let target = &told.report["targets"][0];
    assert_eq!((&target["result"], &target["cause"]), (&json!("unknown"), &json!(null)));
    assert!(!told.metrics.contains("ecrpass_canary_up") && !told.metrics.contains("ecrpass_canary_runs"), "{}", told.metrics);
    assert!(told.metrics.contains("ecrpass_build_info"));
    assert_eq!(world.ecr.call_count("registry:GetManifest"), 0);
    // Asked for all the same, it is asked.
    assert_eq!(world.once(&["--allow-import", &image]).cause(), "repository-not-found");
    // The name alone is no rule where the rules may be read, and is one where they may not.
    let other = format!("{REGISTRY}/quay/app:1");
    assert_eq!(world.once(&[&other]).cause(), "repository-not-found");
    world.ecr.add_fault("deny:DescribePullThroughCacheRules".parse().unwrap());
    assert_eq!(world.once(&[&other]).status, Some(2));
    assert_eq!(world.once(&[IMAGE]).status, Some(0));
}

#[test]
fn a_registry_alone_is_logged_in_to() {
    let world = World::new();
    let told = world.once(&[REGISTRY]);
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok skip skip"), "{}", told.all);
    assert_eq!(told.metric("ecrpass_canary_up", &[("target", "")]), Some(1.0));
}

#[test]
fn ecr_public_needs_no_credentials() {
    let world = World::new();
    world
        .ecr
        .put_image("public", "us-east-1", "docker/library/busybox", "latest", &TinyImage::new("busybox"))
        .unwrap();
    let metrics = world.home.path("metrics.prom");
    let mut command = world.command(&["--once", "--format", "json", "--metrics-file", "metrics.prom"]);
    command.arg("public.ecr.aws/docker/library/busybox:latest");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        command.env_remove(name);
    }
    let told = told(&mut command, &metrics);
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    assert_eq!(told.metric("ecrpass_canary_up", &[("registry", "public.ecr.aws"), ("region", "us-east-1")]), Some(1.0));
}

#[test]
fn without_credentials_it_is_these_that_fail() {
    let world = World::new();
    let run = |command: &mut std::process::Command| told(command, &world.home.path("metrics.prom"));
    let base = || {
        let mut command = world.command(&["--once", "--format", "json", "--metrics-file", "metrics.prom", IMAGE]);
        for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
            command.env_remove(name);
        }
        command
    };
    let none = run(&mut base());
    assert_eq!((none.status, none.steps().as_str(), none.cause()), (Some(1), "fail skip skip skip skip", "no-aws-credentials"), "{}", none.all);
    assert_eq!(none.metric("ecrpass_canary_step_up", &[("step", "token")]), None);
    let failures = [("step", "credentials"), ("cause", "no-aws-credentials")];
    assert_eq!(none.metric("ecrpass_canary_failures_total", &failures), Some(1.0));
    // From a container, the answer to the session token's request does not come that far.
    world.ecr.add_fault("hop-limit".parse().unwrap());
    let far = run(base().env_remove("AWS_EC2_METADATA_DISABLED"));
    assert_eq!((far.steps().as_str(), far.cause()), ("fail skip skip skip skip", "imds-unreachable-or-hop-limit"), "{}", far.all);
    assert_eq!(far.report["targets"][0]["confidence"], "certain");
    world.ecr.clear_faults();
    let near = run(base().env_remove("AWS_EC2_METADATA_DISABLED"));
    assert_eq!(near.status, Some(0), "{}", near.all);
}

#[test]
fn it_pulls_as_the_role_it_is_given() {
    let world = World::new();
    let role = world.ecr.role_arn(ACCOUNT, "deploy");
    let told = world.once(&["--as", &role, IMAGE]);
    assert_eq!(told.status, Some(0), "{}", told.all);
    assert_eq!(told.report["targets"][0]["as"], role.as_str());
    assert!(!told.metrics.contains("arn:"), "{}", told.metrics);
    let pulls = world.ecr.calls().into_iter().filter(|call| call.operation == "GetManifest");
    assert!(pulls.filter_map(|call| call.principal).all(|who| who.contains("assumed-role/deploy")));
    world.ecr.add_fault("deny:sts:AssumeRole".parse().unwrap());
    let denied = world.once(&["--as", &role, IMAGE]);
    assert_eq!((denied.steps().as_str(), denied.cause()), ("fail skip skip skip skip", "assume-role-denied"), "{}", denied.all);
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
    assert_eq!((missing.steps().as_str(), missing.cause()), ("ok ok ok fail skip", "platform-mismatch"), "{}", missing.all);
}

#[test]
fn who_signed_the_certificate_matters() {
    let world = World::new();
    let stranger = Ca::generate().unwrap();
    world.home.write("ca.pem", &stranger.pem(), 0o600);
    let told = world.once(&[IMAGE]);
    assert_eq!((told.steps().as_str(), told.cause()), ("ok ok fail skip skip", "tls-ca-untrusted"), "{}", told.all);
}

/// A bucket that answers every request in this manner, over TLS of the world's own names.
fn elsewhere(answer: impl Fn(&str) -> (String, Vec<u8>) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = Vec::new();
            let mut buffer = [0; 1024];
            while !head.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(length) if length > 0 => head.extend(&buffer[..length]),
                    _ => break,
                }
            }
            let (start, body) = answer(&String::from_utf8_lossy(&head));
            let _ = stream.write_all(format!("HTTP/1.1 {start}\r\nconnection: close\r\n\r\n").as_bytes());
            let _ = stream.write_all(&body);
        }
    });
    address
}

/// A world whose layers are at that address, and a command in it.
fn with_layers_at(address: &str, tunnel: impl Fn(&str) -> Option<SocketAddr> + Send + Sync + 'static) -> (World, Tunnel, LocalEcr) {
    let world = World::new();
    let any = "127.0.0.1:0".parse().unwrap();
    let builder = LocalEcr::builder().region(REGION).plain(any).tls(any, &[]);
    let ecr = builder.redirect_layers(Some(address)).start().unwrap();
    ecr.put_image(ACCOUNT, REGION, "team/app", "canary", &TinyImage::new("a")).unwrap();
    let tls = ecr.listeners().iter().find(|listener| listener.tls).unwrap().address;
    world.home.write("ca.pem", &ecr.ca_pem(), 0o600);
    (world, Tunnel::to(tls, tunnel), ecr)
}

#[test]
fn a_cache_on_the_way_to_a_layer_is_named_and_gets_no_credentials() {
    let heads = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let kept = std::sync::Arc::clone(&heads);
    let end = elsewhere(move |head| {
        kept.lock().unwrap().push(head.to_ascii_lowercase());
        ("206 Partial Content\r\ncontent-length: 1".to_owned(), b"x".to_vec())
    });
    let to = format!("307 Temporary Redirect\r\ncontent-length: 0\r\nlocation: http://{end}/cached");
    let bucket = elsewhere(move |_| (to.clone(), Vec::new()));
    let (world, tunnel, ecr) = with_layers_at(&format!("http://{bucket}/layers"), |_| None);
    let mut command = world.command(&["--once", "--format", "json", IMAGE]);
    command.envs(ecr.env()).env("HTTPS_PROXY", tunnel.url());
    let told = told(&mut command, &world.home.path("none"));
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    assert_eq!(told.report["targets"][0]["layer_host"], end.to_string());
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].contains("range: bytes=0-0") && !heads[0].contains("authorization"), "{heads:?}");
    // Nobody leads to what only this machine and its hypervisor know.
    let (world, tunnel, ecr) = with_layers_at("http://169.254.169.254/latest/meta-data/x", |_| None);
    let mut command = world.command(&["--once", "--format", "json", IMAGE]);
    command.envs(ecr.env()).env("HTTPS_PROXY", tunnel.url());
    let told = canary::told(&mut command, &world.home.path("none"));
    assert_eq!(told.steps(), "ok ok ok ok fail", "{}", told.all);
}

#[test]
fn of_a_layer_without_end_a_byte_is_read() {
    const WHOLE: usize = 64 << 20;
    let sent = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = std::sync::Arc::clone(&sent);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let plain = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {WHOLE}\r\n\r\n").as_bytes());
        while let Ok(length) = stream.write(&[0; 64 * 1024]) {
            counter.fetch_add(length, Ordering::Relaxed);
        }
    });
    let (world, tunnel, ecr) = with_layers_at(&format!("http://{plain}/x"), |_| None);
    let mut command = world.command(&["--once", "--format", "json", "--metrics-file", "metrics.prom", IMAGE]);
    command.envs(ecr.env()).env("HTTPS_PROXY", tunnel.url());
    let told = told(&mut command, &world.home.path("metrics.prom"));
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    // What the system's buffers took in until the connection was closed.
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < WHOLE / 4, "{sent}");
}

#[test]
fn hostile_registries_end_in_a_step_that_fails() {
    let world = World::new();
    let endless = elsewhere(|_| ("200 OK\r\ndocker-distribution-api-version: registry/2.0".to_owned(), vec![b'x'; 32 << 20]));
    let garbage = elsewhere(|_| ("999 \u{1b}[31mx".to_owned(), b"\x00\xff".to_vec()));
    for (server, steps) in [(endless, "ok ok fail skip skip"), (garbage, "ok ok fail skip skip")] {
        // Not TLS at all: the handshake is what fails.
        let tunnel = Tunnel::to(server, |_| None);
        let mut command = world.command(&["--once", "--format", "json", "--patience", "2s", IMAGE]);
        let told = told(command.env("HTTPS_PROXY", tunnel.url()), &world.home.path("none"));
        assert_eq!((told.status, told.steps().as_str()), (Some(1), steps), "{}", told.all);
        assert!(!told.all.contains('\u{1b}'), "{}", told.all);
    }
}

#[test]
fn several_targets_are_one_report() {
    let world = World::new();
    let gone = format!("{REGISTRY}/team/gone:canary");
    let told = world.once(&[IMAGE, &gone, REGISTRY]);
    assert_eq!(told.status, Some(1), "{}", told.all);
    let results: Vec<&str> =
        told.report["targets"].as_array().unwrap().iter().map(|one| one["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["ok", "fail", "ok"]);
    assert_eq!(told.metric("ecrpass_canary_up", &[("target", "team/gone:canary")]), Some(0.0));
    // What CloudWatch reads of it.
    let (_, stdout, _) = text(&world.command(&["--once", "--emf", IMAGE, &gone]).output().unwrap());
    let lines: Vec<serde_json::Value> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["Up"], &lines[1]["Up"]), (&json!(1), &json!(0)));
    assert_eq!(lines[1]["Cause"], "repository-not-found");
    assert_eq!(lines[1]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "ecrpass");
}

#[test]
fn a_dead_collector_fails_no_run() {
    let world = World::new();
    let told = world.once(&["--otlp", "http://127.0.0.1:1", IMAGE]);
    assert_eq!((told.status, told.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", told.all);
    assert_eq!(told.metric("ecrpass_canary_export_failures_total", &[("exporter", "otlp")]), Some(1.0));
    // One that lives gets the metrics.
    let (tell, heard) = std::sync::mpsc::channel();
    let collector = elsewhere(move |head| {
        tell.send(head.to_owned()).unwrap();
        ("200 OK\r\ncontent-length: 2".to_owned(), b"{}".to_vec())
    });
    let told = world.once(&["--otlp", &format!("http://{collector}"), IMAGE]);
    assert_eq!(told.metric("ecrpass_canary_export_failures_total", &[]), None, "{}", told.all);
    let head = heard.recv_timeout(Duration::from_secs(20)).unwrap();
    assert!(head.starts_with("POST /v1/metrics HTTP/1.1") && head.to_ascii_lowercase().contains("content-type: application/json"), "{head}");
}

#[test]
fn wrong_usage_is_told_and_nothing_is_asked() {
    let home = Home::bare();
    home.write("bad.toml", "interval = \"soon\"\n", 0o600);
    home.write("empty.toml", "", 0o600);
    for (arguments, status, says) in [
        (&["canary", "--once"][..], 2, "there is nothing to run"),
        (&["canary", "--once", "redis:7"], 2, "names no registry"),
        (&["canary", "--once", "docker.io/library/redis:7"], 2, "not an Amazon ECR"),
        (&["canary", "--interval", "1s", IMAGE], 2, "at least 2s"),
        (&["canary", "--interval", "soon", IMAGE], 2, "length of time"),
        (&["canary", "--once", "--as", "deploy", IMAGE], 2, "is no role"),
        (&["canary", "--once", "--config", "bad.toml"], 3, "bad.toml:1:12"),
        (&["canary", "--once", "--config", "none.toml"], 3, "does not exist"),
        (&["canary", "--once", "--config", "empty.toml"], 2, "there is nothing to run"),
        (&["canary", "--listen", "256.0.0.1:1", IMAGE], 3, "Cannot listen at"),
    ] {
        let (code, stdout, stderr) = text(&home.run(arguments));
        assert_eq!(code, Some(status), "{arguments:?}: {stdout}{stderr}");
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    }
}

/// `ecrpass local` at work.
struct Local(std::process::Child);

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_local_ecr_of_the_command_line_plays_along() {
    use std::io::BufRead;
    let home = Home::bare();
    let start = |arguments: &[&str]| {
        let given = ["local", "--tls", "--print-env", "json", "--region", REGION, "--ca-file", "ca.pem", "--redirect-layers"];
        let mut command = home.command(&[&given[..], &["--image", "team/app:canary"], arguments].concat());
        let mut child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let variables: std::collections::BTreeMap<String, String> = serde_json::from_str(&line).unwrap();
        (Local(child), variables)
    };
    let run = |variables: &std::collections::BTreeMap<String, String>, image: &str| {
        let address = variables["AWS_ENDPOINT_URL"].trim_start_matches("https://").parse().unwrap();
        let tunnel = Tunnel::to(address, |_| None);
        let mut command = home.command(&["canary", "--once", "--format", "json", "--metrics-file", "metrics.prom", image]);
        command.envs(variables).env("HTTPS_PROXY", tunnel.url()).env("SSL_CERT_FILE", home.path("ca.pem"));
        told(&mut command, &home.path("metrics.prom"))
    };
    let busybox = "public.ecr.aws/docker/library/busybox:latest";
    let (local, variables) = start(&["--image", busybox, "--pull-through", "docker-hub", "--token-lifetime", "90s"]);
    let healthy = run(&variables, IMAGE);
    assert_eq!((healthy.status, healthy.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", healthy.all);
    assert_eq!(healthy.report["targets"][0]["layer_host"], "prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com");
    let expires_at = healthy.metric("ecrpass_canary_token_expiry_timestamp_seconds", &[]).unwrap();
    let ended_at = healthy.metric("ecrpass_canary_last_run_timestamp_seconds", &[]).unwrap();
    assert!(expires_at - ended_at <= 91.0, "{expires_at} {ended_at}");
    assert_eq!(run(&variables, busybox).status, Some(0));
    assert_eq!(run(&variables, &format!("{REGISTRY}/docker-hub/library/redis:7")).status, Some(2));
    drop(local);
    let (local, variables) = start(&["--caller-account", "444455556666", "--fault", "deny:registry:GetManifest"]);
    let guest = run(&variables, IMAGE);
    assert_eq!((guest.steps().as_str(), guest.cause()), ("ok ok ok fail skip", "cross-account-repo-policy-missing"), "{}", guest.all);
    drop(local);
    let (_local, variables) = start(&["--token-region", "us-east-1"]);
    assert_eq!(run(&variables, IMAGE).cause(), "wrong-registry-region");
    let (status, _, stderr) = text(&home.run(&["local", "--fault", "deny:registry:GetManifst"]));
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("GetManifest"), "{stderr}");
}
