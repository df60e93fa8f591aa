//! Delegates that hang, lead back or leave others behind.

use std::os::unix::fs::symlink;

use crate::world::{World, helper, is_running, wait_until};

#[test]
fn one_that_hangs_is_ended_with_all_it_started() {
    let world = World::new();
    world.script(
        "bin/docker-credential-fake",
        "#!/bin/sh\nsleep 600 &\necho $! > \"$HOME/new\"\nmv \"$HOME/new\" \"$HOME/id\"\nsleep 600\n",
    );
    // Time enough for it to start something, however busy the machine.
    for seconds in [1, 4, 16, 64] {
        world.config(&format!("delegate = \"fake\"\ndeadline = \"{seconds}s\"\n"));
        assert_eq!(world.get("ghcr.io").slug(), "credential-delegate-slow");
        if world.path("id").exists() {
            break;
        }
    }
    let id = std::fs::read_to_string(world.path("id")).unwrap();
    wait_until("what the delegate started was ended with it", || !is_running(&id));
    world.config("delegate = \"fake\"\ndeadline = \"1s\"\n");
    let run = world.run("list", "");
    assert_eq!((run.code, run.stdout.trim()), (Some(0), "{}"));
    assert!(run.stderr.contains("[credential-delegate-slow]"), "{}", run.stderr);
}

#[test]
fn one_that_leads_back_is_asked_once() {
    let world = World::new();
    world.config("delegate = \"loop\"\ndeadline = \"60s\"\n");
    std::fs::create_dir_all(world.path("bin")).unwrap();
    symlink(helper(), world.path("bin/docker-credential-loop")).unwrap();
    let run = world.get("ghcr.io");
    assert_eq!(run.code, Some(1));
    assert_eq!(run.stdout.matches("leads back to this helper").count(), 1, "{}", run.stdout);
    assert!(!run.stdout.contains("did not answer in time"), "{}", run.stdout);
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
