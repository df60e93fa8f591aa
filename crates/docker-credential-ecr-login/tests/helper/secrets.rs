//! Planted secrets are found in no output, log or file but the cache.

use std::fs;
use std::path::Path;

use ecrpass_local::Fault;

use crate::world::{HOST, Run, World};

const SECRETS: [&str; 4] = [
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "PLANTEDsessionTOKEN0123456789abcdefABCDEF",
    "plantedPassword99",
    "plantedProcessOutput77",
];

fn assert_clean(world: &World, run: &Run, more: &[&str]) {
    let mut texts = vec![("stderr".to_owned(), run.stderr.clone())];
    if run.code != Some(0) {
        texts.push(("stdout".to_owned(), run.stdout.clone()));
    }
    collect(&world.path(".ecr"), &mut texts);
    for (place, text) in &texts {
        for secret in SECRETS.iter().chain(more) {
            assert!(!text.contains(secret), "{secret} in {place}: {text}");
        }
    }
}

/// Every file below a directory but the tokens themselves.
fn collect(directory: &Path, texts: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, texts);
        } else if path.extension().is_none_or(|extension| extension != "json") {
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            texts.push((path.display().to_string(), text));
        }
    }
}

#[test]
fn whatever_goes_wrong() {
    for fault in [
        None,
        Some("deny:ecr"),
        Some("server-error:ecr"),
        Some("garbage:ecr"),
        Some("truncate:ecr"),
        Some("drop:ecr"),
        Some("expired-session:ecr"),
        Some("expired-tokens"),
    ] {
        let world = World::new();
        let key = world.ecr.access_key().secret.expose().to_owned();
        if let Some(fault) = fault {
            world.ecr.add_fault(fault.parse::<Fault>().unwrap());
        }
        let run = world.get(HOST);
        let token = if run.code == Some(0) { run.password() } else { "no token".to_owned() };
        assert_clean(&world, &run, &[&key, &token]);
    }
}

#[test]
fn wherever_they_are_planted() {
    let mut world = World::without_credentials();
    world.set("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4");
    world.set("AWS_SECRET_ACCESS_KEY", SECRETS[0]);
    world.set("AWS_SESSION_TOKEN", SECRETS[1]);
    assert_clean(&world, &world.get(HOST), &[]);
    // In the server URL.
    assert_clean(&world, &world.get(&format!("https://AWS:{}@{HOST}/", SECRETS[2])), &[]);
    assert_clean(
        &world,
        &world.get(&format!("https://AWS:{}@12345.dkr.ecr.us-east-1.amazonaws.com/", SECRETS[2])),
        &[],
    );
    // In a stored login.
    let request = format!(r#"{{"ServerURL":"ghcr.io","Username":"me","Secret":"{}"}}"#, SECRETS[2]);
    assert_clean(&world, &world.run("store", &request), &[]);
    assert_clean(&world, &world.run("store", &request[1..]), &[]);
    // In what a credential process prints and complains about.
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        world.unset(name);
    }
    world.set("AWS_PROFILE", "p");
    for output in [
        format!(
            "echo '{{\"Version\":1,\"AccessKeyId\":\"AKIARZPUZDIKGB2VALC4\",\"SecretAccessKey\":\"{}\"'",
            SECRETS[0]
        ),
        format!("echo 'password={}' >&2; exit 1", SECRETS[3]),
        format!("echo 'SecretAccessKey: {}' >&2; exit 1", SECRETS[0]),
    ] {
        let script = world.script("creds.sh", &format!("#!/bin/sh\n{output}\n"));
        world.aws_config(&format!(
            "[profile p]\ncredential_process = {} --password {}\n",
            script.display(),
            SECRETS[2]
        ));
        assert_clean(&world, &world.get(HOST), &[]);
    }
    // In broken files.
    world.aws_config(&format!("[profile p\naws_secret_access_key {}\n= {}\n", SECRETS[0], SECRETS[1]));
    assert_clean(&world, &world.get(HOST), &[]);
    world.config(&format!("delegate = [\"{}\"\n", SECRETS[2]));
    assert_clean(&world, &world.get(HOST), &[]);
}
