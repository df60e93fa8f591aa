//! Delegates that hang, lead back or leave others behind, and clients that never close their end.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::world::{HOST, World, finish, helper};

#[test]
fn one_that_hangs_is_ended_with_all_it_started() {
    let world = World::new();
    world.config("delegate = \"fake\"\ndeadline = \"1s\"\n");
    world.script("bin/docker-credential-fake", "#!/bin/sh\n(sleep 4; touch \"$HOME/alive\") &\nsleep 60\n");
    let (run, took) = world.timed("ghcr.io");
    assert_eq!(run.slug(), "helper-not-on-path");
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert!(world.run("list", "").stderr.contains("did not answer in time"));
    std::thread::sleep(Duration::from_millis(4500).saturating_sub(took));
    assert!(!world.path("alive").exists(), "a child of the delegate outlived it");
}

#[test]
fn one_that_leads_back_is_asked_once() {
    let world = World::new();
    world.config("delegate = \"loop\"\ndeadline = \"3s\"\n");
    std::fs::create_dir_all(world.path("bin")).unwrap();
    symlink(helper(), world.path("bin/docker-credential-loop")).unwrap();
    let (run, took) = world.timed("ghcr.io");
    assert_eq!(run.code, Some(1));
    assert!(run.stdout.contains("leads back to this helper"), "{}", run.stdout);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn one_without_end_of_output_is_cut_off() {
    let world = World::new();
    world.config("delegate = \"fake\"\ndeadline = \"5s\"\n");
    world.script("bin/docker-credential-fake", "#!/bin/sh\nexec yes\n");
    let run = world.run("list", "");
    assert_eq!(run.code, Some(0));
    assert!(run.stderr.contains("printed more than 1024 kB"), "{}", run.stderr);
}

#[test]
fn input_that_is_never_closed_costs_the_deadline() {
    let world = World::new();
    world.config("deadline = \"1s\"\n");
    for action in ["get", "store", "erase", "list"] {
        let started = Instant::now();
        let mut child = world
            .command(action)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(HOST.as_bytes()).unwrap();
        let run = std::thread::spawn(move || finish(child));
        while !run.is_finished() && started.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(started.elapsed() < Duration::from_secs(3), "{action}: {:?}", started.elapsed());
        drop(stdin);
        let run = run.join().unwrap();
        assert_eq!(run.code, Some(1), "{action}");
        assert!(run.stdout.contains("not closed in time"), "{}", run.stdout);
    }
}
