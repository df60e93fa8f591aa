//! What is cached is served, what is old is renewed, what is broken is passed over.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};

use ecrpass_local::Fault;

use crate::world::{HOST, PATIENCE, World, files, now, shift};

const LIFETIME: i64 = 12 * 60 * 60;

fn age_to(world: &World, age: i64) {
    world.age(|entry| {
        let younger = now() - entry["issued_at"].as_i64().unwrap();
        shift(entry, younger - age);
    });
}

#[test]
fn files_are_for_their_owner_alone() {
    let world = World::new();
    world.get(HOST).password();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&world.path(".ecr")), 0o700);
    assert_eq!(mode(&world.tokens()), 0o700);
    assert_eq!(mode(&world.token_files()[0]), 0o600);
    assert_eq!(mode(&world.path(".ecr/log/ecr-login.log")), 0o600);
    assert_eq!(files(&world.tokens(), "tmp").len(), 0);
}

#[test]
fn a_young_token_is_served_and_an_older_one_renewed() {
    let world = World::new();
    let first = world.get(HOST).password();
    age_to(&world, LIFETIME / 2 - 60);
    assert_eq!(world.get(HOST).password(), first);
    assert_eq!(world.token_calls(), 1);
    age_to(&world, LIFETIME / 2 + 60);
    let second = world.get(HOST).password();
    assert_ne!(second, first);
    assert_eq!(world.token_calls(), 2);
}

#[test]
fn an_older_token_bridges_an_outage_but_not_a_denial() {
    for fault in ["server-error:ecr", "throttle:ecr", "drop:ecr", "hang:ecr"] {
        let world = World::new();
        let token = world.get(HOST).password();
        age_to(&world, LIFETIME / 2 + 60);
        world.ecr.add_fault(fault.parse::<Fault>().unwrap());
        assert_eq!(world.get(HOST).password(), token, "{fault}");
        // A call that hangs is counted when its connection is gone.
        let started = std::time::Instant::now();
        while world.token_calls() < 2 && started.elapsed() < PATIENCE {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        // AWS is left alone for a minute.
        let calls = world.token_calls();
        assert_eq!(world.get(HOST).password(), token, "{fault}");
        assert_eq!(world.token_calls(), calls, "{fault}");
    }
    let world = World::new();
    world.get(HOST).password();
    age_to(&world, LIFETIME / 2 + 60);
    world.ecr.add_fault("deny:ecr".parse::<Fault>().unwrap());
    assert_eq!(world.get(HOST).slug(), "iam-missing-get-authorization-token");
}

#[test]
fn an_expired_token_is_never_served() {
    let world = World::new();
    let old = world.get(HOST).password();
    for age in [LIFETIME - 30, LIFETIME, LIFETIME + 1, 3 * LIFETIME] {
        age_to(&world, age);
        world.ecr.add_fault("server-error:ecr".parse::<Fault>().unwrap());
        assert_eq!(world.get(HOST).slug(), "aws-service-transient", "{age}");
        world.ecr.clear_faults();
        let fresh = world.get(HOST).password();
        assert_ne!(fresh, old);
    }
}

#[test]
fn a_token_from_the_future_is_not_believed() {
    let world = World::new();
    let token = world.get(HOST).password();
    age_to(&world, -7200);
    assert_ne!(world.get(HOST).password(), token);
}

#[test]
fn broken_files_are_a_miss_and_are_replaced() {
    let world = World::new();
    let good = world.get(HOST).password();
    let path = world.token_files().remove(0);
    let bytes = fs::read(&path).unwrap();
    let mut calls = world.token_calls();
    for broken in
        [&b""[..], b"{", b"null", b"[1,2]", &bytes[..bytes.len() / 2], &[0xff; 64], &[b'x'; 300_000]]
    {
        fs::write(&path, broken).unwrap();
        assert_ne!(world.get(HOST).password(), good);
        calls += 1;
        assert_eq!(world.token_calls(), calls);
        world.get(HOST).password();
        assert_eq!(world.token_calls(), calls);
    }
}

#[test]
fn files_that_others_could_have_touched_are_a_miss() {
    let world = World::new();
    world.get(HOST).password();
    let path = world.token_files().remove(0);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    world.get(HOST).password();
    assert_eq!(world.token_calls(), 2);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    // A link: to a token of ours, to nothing, to a directory.
    let elsewhere = world.path("elsewhere.json");
    fs::rename(&path, &elsewhere).unwrap();
    for (calls, target) in [(3, elsewhere.as_path()), (4, "/nonexistent".as_ref()), (5, world.home.path())] {
        let _ = fs::remove_file(&path);
        symlink(target, &path).unwrap();
        world.get(HOST).password();
        assert_eq!(world.token_calls(), calls);
        assert!(!fs::symlink_metadata(&path).unwrap().is_symlink());
    }
    // Another key's token under our name.
    world.age(|entry| entry["key"] = "0".repeat(64).into());
    world.get(HOST).password();
    assert_eq!(world.token_calls(), 6);

    // A directory in its place cannot be replaced, and does not have to be.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    world.get(HOST).password();
    assert_eq!(world.token_calls(), 7);
}

#[test]
fn places_that_cannot_be_written_do_not_matter() {
    for place in ["/proc/nonexistent", "/dev/null", "/dev/full"] {
        let mut world = World::new();
        world.set("AWS_ECR_CACHE_DIR", place);
        world.get(HOST).password();
        world.get(HOST).password();
        assert_eq!(world.token_calls(), 2);
    }
    let mut world = World::new();
    world.write("file", "");
    let file = world.path("file");
    world.set("AWS_ECR_CACHE_DIR", file.to_str().unwrap());
    world.get(HOST).password();
}

#[test]
fn no_home_is_no_reason_to_fail() {
    let world = World::new();
    let mut child = world
        .command("get")
        .env_remove("HOME")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), HOST.as_bytes()).unwrap();
    crate::world::finish(child).password();
}

#[test]
fn the_cache_can_be_switched_off() {
    let mut world = World::new();
    world.set("AWS_ECR_DISABLE_CACHE", "1");
    world.get(HOST).password();
    world.get(HOST).password();
    assert_eq!(world.token_calls(), 2);
    assert!(world.token_files().is_empty());
    world.unset("AWS_ECR_DISABLE_CACHE");
    world.config("cache = \"none\"\n");
    world.get(HOST).password();
    assert_eq!(world.token_calls(), 3);
    assert!(world.token_files().is_empty());
}

#[test]
fn what_others_keep_is_erased_without_a_cache_of_ones_own() {
    let mut world = World::new();
    world.get(HOST).password();
    assert_eq!(world.token_files().len(), 1);
    world.set("AWS_ECR_DISABLE_CACHE", "1");
    assert_eq!(world.run("erase", HOST).code, Some(0));
    assert!(world.token_files().is_empty());
    world.unset("AWS_ECR_DISABLE_CACHE");
    world.get(HOST).password();
    assert_eq!(world.token_calls(), 2);
}

#[test]
fn the_kernels_keyring_keeps_tokens_off_the_disk() {
    let world = World::new();
    world.config("cache = \"kernel\"\n");
    // The keyring outlives a run of this test that was killed.
    world.run("erase", HOST);
    let token = world.get(HOST).password();
    assert!(world.token_files().is_empty());
    let kept = !world.log().contains("the token was not kept");
    if kept {
        assert_eq!(world.get(HOST).password(), token);
        assert_eq!(world.token_calls(), 1);
        assert_eq!(world.run("erase", HOST).code, Some(0));
        assert_ne!(world.get(HOST).password(), token);
        world.run("erase", HOST);
    } else {
        // Kernels and containers without keyrings: still an answer, and the log says why it is slow.
        assert!(world.log().contains("kernel keyring refused"), "{}", world.log());
        world.get(HOST).password();
        assert_eq!(world.token_calls(), 2);
    }
}

#[test]
fn erase_forces_a_fresh_token_and_list_names_the_hosts() {
    let world = World::new();
    let token = world.get(HOST).password();
    world.get("999999999999.dkr.ecr.us-east-1.amazonaws.com").password();
    let list: serde_json::Value = serde_json::from_str(&world.run("list", "unused").stdout).unwrap();
    let expected = serde_json::json!({
        format!("https://{HOST}"): "AWS",
        "https://999999999999.dkr.ecr.us-east-1.amazonaws.com": "AWS",
    });
    assert_eq!(list, expected);
    let erased = world.run("erase", &format!("https://{HOST}/"));
    assert_eq!((erased.code, erased.stdout.as_str(), erased.stderr.as_str()), (Some(0), "", ""));
    assert_eq!(world.run("list", "").stdout.trim(), "{}");
    assert_ne!(world.get(HOST).password(), token);
}

#[test]
fn the_log_is_capped() {
    let world = World::new();
    world.write(".ecr/log/ecr-login.log", &"x".repeat(256 * 1024));
    world.get(HOST).password();
    assert!(world.log().len() < 4096);
    assert!(world.path(".ecr/log/ecr-login.log.1").exists());
}
