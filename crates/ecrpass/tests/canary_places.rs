//! `ecrpass canary --once` as a process: regions, accounts, roles, public and cached repositories, what a command line may
//! say, and the local ECR that a command line makes.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

#[path = "common/canary.rs"]
mod canary;
mod common;
#[path = "common/tunnel.rs"]
mod tunnel;

use canary::{ACCOUNT, IMAGE, REGION, REGISTRY, World, told};
use common::{Home, text};
use ecrpass_local::{LocalEcr, TinyImage};
use serde_json::json;
use tunnel::Tunnel;

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
    assert_eq!(
        (told.steps().as_str(), told.cause()),
        ("ok ok fail skip skip", "wrong-registry-region"),
        "{}",
        told.all
    );
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
    assert_eq!(
        (told.steps().as_str(), told.cause()),
        ("ok ok ok fail skip", "cross-account-repo-policy-missing"),
        "{}",
        told.all
    );
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
    assert!(
        !told.metrics.contains("ecrpass_canary_up") && !told.metrics.contains("ecrpass_canary_runs"),
        "{}",
        told.metrics
    );
    assert!(told.metrics.contains("ecrpass_build_info"));
    assert_eq!(world.ecr.call_count("registry:GetManifest"), 0);
    // Asked for all the same, it is asked.
    assert_eq!(world.once(&["--allow-import", &image]).steps(), "ok ok ok fail skip");
    // The name alone is no rule where the rules may be read, and is one where they may not.
    let other = format!("{REGISTRY}/quay/app:1");
    assert_eq!(world.once(&[&other]).steps(), "ok ok ok fail skip");
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
    assert_eq!(
        told.metric("ecrpass_canary_up", &[("registry", "public.ecr.aws"), ("region", "us-east-1")]),
        Some(1.0)
    );
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
    assert_eq!(
        (denied.steps().as_str(), denied.cause()),
        ("fail skip skip skip skip", "assume-role-denied"),
        "{}",
        denied.all
    );
}

#[test]
fn several_targets_are_one_report() {
    let world = World::new();
    let gone = format!("{REGISTRY}/team/gone:canary");
    let told = world.once(&[IMAGE, &gone, REGISTRY]);
    assert_eq!(told.status, Some(1), "{}", told.all);
    let results: Vec<&str> = told.report["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["ok", "fail", "ok"]);
    assert_eq!(told.metric("ecrpass_canary_up", &[("target", "team/gone:canary")]), Some(0.0));
    // What CloudWatch reads of it.
    let (_, stdout, _) = text(&world.command(&["--once", "--emf", IMAGE, &gone]).output().unwrap());
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["Up"], &lines[1]["Up"]), (&json!(1), &json!(0)));
    assert_eq!(lines[1]["Cause"], "repository-not-found");
    assert_eq!(lines[1]["_aws"]["CloudWatchMetrics"][0]["Namespace"], "ecrpass");
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
        let given = [
            "local",
            "--tls",
            "--print-env",
            "json",
            "--region",
            REGION,
            "--ca-file",
            "ca.pem",
            "--redirect-layers",
        ];
        let mut command = home.command(&[&given[..], &["--image", "team/app:canary"], arguments].concat());
        let mut child =
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let variables: std::collections::BTreeMap<String, String> = serde_json::from_str(&line).unwrap();
        (Local(child), variables)
    };
    let run = |variables: &std::collections::BTreeMap<String, String>, image: &str| {
        let address = variables["AWS_ENDPOINT_URL"].trim_start_matches("https://").parse().unwrap();
        let tunnel = Tunnel::to(address, |_| None);
        let mut command =
            home.command(&["canary", "--once", "--format", "json", "--metrics-file", "metrics.prom", image]);
        command.envs(variables).env("HTTPS_PROXY", tunnel.url()).env("SSL_CERT_FILE", home.path("ca.pem"));
        told(&mut command, &home.path("metrics.prom"))
    };
    let busybox = "public.ecr.aws/docker/library/busybox:latest";
    let (local, variables) =
        start(&["--image", busybox, "--pull-through", "docker-hub", "--token-lifetime", "90s"]);
    let healthy = run(&variables, IMAGE);
    assert_eq!((healthy.status, healthy.steps().as_str()), (Some(0), "ok ok ok ok ok"), "{}", healthy.all);
    assert_eq!(
        healthy.report["targets"][0]["layer_host"],
        "prod-eu-west-1-starport-layer-bucket.s3.eu-west-1.amazonaws.com"
    );
    let expires_at = healthy.metric("ecrpass_canary_token_expiry_timestamp_seconds", &[]).unwrap();
    let ended_at = healthy.metric("ecrpass_canary_last_run_timestamp_seconds", &[]).unwrap();
    assert!(expires_at - ended_at <= 91.0, "{expires_at} {ended_at}");
    assert_eq!(run(&variables, busybox).status, Some(0));
    assert_eq!(run(&variables, &format!("{REGISTRY}/docker-hub/library/redis:7")).status, Some(2));
    drop(local);
    let (local, variables) =
        start(&["--caller-account", "444455556666", "--fault", "deny:registry:GetManifest"]);
    let guest = run(&variables, IMAGE);
    assert_eq!(
        (guest.steps().as_str(), guest.cause()),
        ("ok ok ok fail skip", "cross-account-repo-policy-missing"),
        "{}",
        guest.all
    );
    drop(local);
    let (_local, variables) = start(&["--token-region", "us-east-1"]);
    assert_eq!(run(&variables, IMAGE).cause(), "wrong-registry-region");
    let (status, _, stderr) = text(&home.run(&["local", "--fault", "deny:registry:GetManifst"]));
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("GetManifest"), "{stderr}");
}
