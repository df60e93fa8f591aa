//! What `ecrpass canary` says of a run that failed: that its token is seconds old, that it sent it itself, that a connection
//! was there, whose times it keeps to, and nothing of what is to be hidden.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

#[path = "common/canary.rs"]
mod canary;
mod common;
#[path = "common/tunnel.rs"]
mod tunnel;

use canary::{ACCOUNT, IMAGE, REGISTRY, World, told};
use common::{Home, text};
use ecrpass_local::LocalEcr;

/// What only somebody with a client and a stored login can do.
const FOR_CLIENTS: [&str; 7] = [
    "ecrpass fix",
    "ecrpass setup",
    "ecrpass status",
    "docker login",
    "auth login",
    "swarm",
    "No credentials were sent",
];

#[test]
fn a_fresh_token_that_is_refused_is_no_stored_login() {
    for (fault, cause) in [
        ("expired-tokens", "token-expired"),
        ("expired-session:registry:Ping", "token-expired"),
        ("invalid-credentials:registry:Ping", "other"),
    ] {
        let told = World::with_faults(&[fault]).once(&[IMAGE]);
        assert_eq!(
            (told.steps().as_str(), told.cause()),
            ("ok ok fail skip skip", cause),
            "{fault}: {}",
            told.all
        );
        let title = told.report["findings"][0]["title"].as_str().unwrap();
        assert!(title.contains("a token that was issued a moment ago"), "{fault}: {}", told.all);
        for wrong in FOR_CLIENTS {
            assert!(!told.all.contains(wrong), "{fault}: {wrong}: {}", told.all);
        }
        assert_eq!(told.metric("ecrpass_canary_cause", &[("cause", cause)]), Some(1.0), "{fault}");
    }
}

#[test]
fn an_answer_that_breaks_off_came_from_somebody_who_was_reached() {
    for (fault, steps) in [
        ("truncate:GetAuthorizationToken", "ok fail skip skip skip"),
        ("truncate:registry:GetManifest", "ok ok ok fail skip"),
    ] {
        let told = World::with_faults(&[fault]).once(&[IMAGE]);
        assert_eq!(
            (told.steps().as_str(), told.cause()),
            (steps, "aws-service-transient"),
            "{fault}: {}",
            told.all
        );
        assert_eq!(told.report["targets"][0]["confidence"], "likely", "{fault}");
        for wrong in ["cannot be reached", "cannot connect", "network-timeout"] {
            assert!(!told.all.contains(wrong), "{fault}: {wrong}: {}", told.all);
        }
    }
    // One that is closed without a word was made, too.
    for fault in ["drop:GetAuthorizationToken", "drop:registry:Ping"] {
        let told = World::with_faults(&[fault]).once(&[IMAGE]);
        let title = told.report["findings"][0]["title"].as_str().unwrap();
        assert!(title.contains("closes the connection without an answer"), "{fault}: {}", told.all);
        assert!(!told.all.contains("cannot connect"), "{fault}: {}", told.all);
    }
}

#[test]
fn a_redirect_that_is_not_followed_was_an_answer() {
    let world = World::new();
    let any = "127.0.0.1:0".parse().unwrap();
    let builder = LocalEcr::builder().region(canary::REGION).plain(any).tls(any, &[]);
    let ecr = builder.redirect_layers(Some("file:///etc/passwd")).start().unwrap();
    ecr.put_image(ACCOUNT, canary::REGION, "team/app", "canary", &ecrpass_local::TinyImage::new("a"))
        .unwrap();
    let tls = ecr.listeners().iter().find(|listener| listener.tls).unwrap().address;
    world.home.write("ca.pem", &ecr.ca_pem(), 0o600);
    let tunnel = tunnel::Tunnel::to(tls, |_| None);
    let mut command = world.command(&["--once", "--format", "json", IMAGE]);
    command.args(canary::unhurried(&[])).envs(ecr.env()).env("HTTPS_PROXY", tunnel.url());
    let told = told(&mut command, &world.home.path("none"));
    assert_eq!(
        (told.steps().as_str(), told.cause()),
        ("ok ok ok ok fail", "proxy-misconfigured"),
        "{}",
        told.all
    );
    assert!(
        told.all.contains("which is not followed") && !told.all.contains("cannot be reached"),
        "{}",
        told.all
    );
    assert!(!told.all.contains("docker "), "{}", told.all);
}

#[test]
fn a_step_has_its_patience_with_all_that_it_is_led_to() {
    let world = World::with_faults(&["latency:registry:GetBlob=4s", "latency:bucket=4s"]);
    let told = world.once(&["--patience", "6s", IMAGE]);
    assert_eq!(told.steps(), "ok ok ok ok fail", "{}", told.all);
    let took = told.report["targets"][0]["durations_ms"]["layer"].as_u64().unwrap();
    // With slack for a busy machine: the bucket alone would have answered after eight seconds.
    assert!(took < 7_900, "{took}");
    assert!(
        told.all.contains("does not answer within 6s") || told.all.contains("no answer within"),
        "{}",
        told.all
    );
}

#[test]
fn the_times_that_are_named_are_the_canarys() {
    for fault in ["hang:GetAuthorizationToken", "hang:registry:Ping"] {
        let told = World::with_faults(&[fault]).once(&["--patience", "4s", IMAGE]);
        assert_eq!(told.status, Some(1), "{fault}: {}", told.all);
        assert!(told.all.contains("--patience"), "{fault}: {}", told.all);
        assert!(!told.all.contains("ecrpass configuration"), "{fault}: {}", told.all);
    }
}

#[test]
fn accounts_that_are_to_be_hidden_are_hidden_in_every_output() {
    let world = World::new();
    let told = world.once(&["--mask-accounts", IMAGE]);
    assert_eq!(told.status, Some(0), "{}", told.all);
    assert!(told.metrics.contains("ecrpass_canary_up{"), "{}", told.metrics);
    assert!(!told.metrics.contains(ACCOUNT) && !told.all.contains(ACCOUNT), "{}{}", told.metrics, told.all);
}

#[test]
fn a_secret_in_the_place_of_a_target_is_not_said() {
    const SECRET: &str = "wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool";
    let home = Home::bare();
    home.write("bad.toml", &format!("[[target]]\nimage = \"{SECRET}\"\n"), 0o600);
    let whole = format!("{REGISTRY}/{SECRET}:1");
    for arguments in [
        &["canary", "--once", "--config", "bad.toml"][..],
        &["canary", "--once", &whole],
        &["canary", "--once", SECRET],
    ] {
        let (code, stdout, stderr) = text(&home.run(arguments));
        let all = format!("{stdout}{stderr}").to_ascii_lowercase();
        assert_eq!(code, Some(2), "{arguments:?}: {all}");
        assert!(!all.contains("k7baepfjbd0kh8") && !all.contains("wju8"), "{arguments:?}: {all}");
    }
    let (code, _, stderr) = text(&home.run(&["canary", "--once", "--platform", "x", IMAGE]));
    assert!(code == Some(2) && stderr.contains("no platform"), "{stderr}");
}
