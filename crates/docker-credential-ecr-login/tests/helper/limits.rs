//! What a limit of the process leaves it: a stack, memory, descriptors, processes. It answers with a token, or with the
//! one line that says what there is too little of.

use std::os::unix::fs::chown;

use crate::world::{HOST, Run, World, finish, no_key, require_root, start};

/// A run of an action under a limit of the shell's, `-s 64`.
fn limited(world: &World, limit: &str, action: &str) -> Run {
    let script = format!("ulimit {limit} && exec \"$0\" \"$1\"");
    finish(start(world.command_below("sh", &["-c", &script], action), HOST.as_bytes()))
}

#[test]
fn a_small_stack_is_enough() {
    for limit in [24, 32, 40, 48, 64, 72, 80, 96, 128, 256, 1024] {
        let world = World::new();
        for _ in ["cold", "warm"] {
            world.token(&limited(&world, &format!("-s {limit}"), "get"));
        }
        assert_eq!(world.token_calls(), 1, "{limit} kB");
        let list = limited(&world, &format!("-s {limit}"), "list");
        assert!(list.code == Some(0) && list.stdout.contains(HOST), "{limit} kB: {}", list.stderr);
        assert_eq!(limited(&world, &format!("-s {limit}"), "erase").code, Some(0), "{limit} kB");
    }
}

#[test]
fn sixty_megabytes_of_addresses_are_enough() {
    // A program that is linked at run time maps all of its libraries, and is itself larger when built for tests.
    let limit = if cfg!(debug_assertions) && std::env::var_os("HELPER_UNDER_TEST").is_none() {
        "-v 120000"
    } else {
        "-v 60000"
    };
    let world = World::new();
    for _ in ["cold", "warm"] {
        world.token(&limited(&world, limit, "get"));
    }
}

/// The helper as somebody who may start nothing more: root always may.
fn without_processes(world: &World, action: &str, host: &str) -> Run {
    let program = world.program_for_everybody();
    let script = format!(
        "chown -R 65534 \"$HOME\" && exec setpriv --reuid 65534 --regid 65534 --clear-groups prlimit --nproc=0 {} {action}",
        program.display()
    );
    let run = finish(start(world.command_below("sh", &["-c", &script], action), host.as_bytes()));
    chown(world.home.path(), Some(0), Some(0)).unwrap();
    run
}

#[test]
fn where_nothing_more_can_be_started_it_says_so() {
    require_root();
    let by_name = |world: &mut World| {
        // A name, so that a thread is to look it up.
        let url = world.ecr.url().replace("127.0.0.1", "localhost");
        world.set("AWS_ENDPOINT_URL", &url);
    };
    let mut world = World::new();
    by_name(&mut world);
    let run = without_processes(&world, "get", HOST);
    assert_eq!(run.slug(), "aws-service-transient");
    assert!(run.stderr.contains("starts no more threads"), "{}", run.stderr);
    assert_eq!(world.token_calls(), 0);

    let mut world = World::new();
    no_key(&mut world);
    let url = world.ecr.pod_identity_uri().replace("127.0.0.1", "localhost");
    world.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url);
    world.set("AWS_CONTAINER_AUTHORIZATION_TOKEN", world.ecr.pod_identity_token().expose());
    assert_eq!(without_processes(&world, "get", HOST).slug(), "aws-service-transient");

    let mut world = World::new();
    no_key(&mut world);
    world.aws_config("[default]\ncredential_process = /bin/true\n");
    assert_eq!(without_processes(&world, "get", HOST).slug(), "aws-service-transient");

    let world = World::new();
    world.config("delegate = \"fake\"\n");
    world.script("bin/docker-credential-fake", "#!/bin/sh\nexit 0\n");
    let run = without_processes(&world, "get", "ghcr.io");
    assert_eq!(run.slug(), "credential-delegate-slow");
    assert!(run.stderr.contains("cannot be started now"), "{}", run.stderr);
}

/// A cached token needs no thread and no process.
#[test]
fn where_nothing_more_can_be_started_a_cached_token_is_served() {
    require_root();
    let world = World::new();
    let token = world.token(&world.get(HOST));
    assert_eq!(world.token(&without_processes(&world, "get", HOST)), token);
    assert_eq!(world.token_calls(), 1);
}

#[test]
fn a_small_stack_and_no_thread_are_told() {
    require_root();
    let world = World::new();
    let program = world.program_for_everybody();
    let script = format!(
        "ulimit -s 64 && exec setpriv --reuid 65534 --regid 65534 --clear-groups prlimit --nproc=0 {} get",
        program.display()
    );
    let run = finish(start(world.command_below("sh", &["-c", &script], "get"), HOST.as_bytes()));
    assert_eq!(run.slug(), "aws-service-transient");
    assert!(run.stderr.contains("The stack is limited to 64 kB"), "{}", run.stderr);
}
