//! Delegates that hang, lead back or leave others behind.

use std::os::unix::fs::symlink;

use crate::world::{NOT_FOUND, Run, World, helper, is_running, wait_until};

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

/// A `get` that the delegate answers with a script.
fn answered_by(script: &str) -> (World, Run) {
    let world = World::new();
    world.config("delegate = \"fake\"\n");
    world.script("bin/docker-credential-fake", &format!("#!/bin/sh\n{script}\n"));
    let run = world.get("ghcr.io");
    (world, run)
}

#[test]
fn what_one_answers_is_passed_on_as_it_is() {
    let answer = "{\"ServerURL\": \"ghcr.io\",\"Username\":\"me\u{200d}\", \"Secret\":\"\\u001b[1m\u{7f}\"}";
    let (_, run) = answered_by(&format!("cat <<'X'\n{answer}\nX"));
    assert_eq!((run.code, run.stdout.as_str(), run.stderr.as_str()), (Some(0), &*format!("{answer}\n"), ""));
    // Clients compare this one with the whole of what is said.
    let (_, run) = answered_by(&format!("echo '{NOT_FOUND}'; exit 1"));
    assert_eq!(
        (run.code, run.stdout.as_str(), run.stderr.as_str()),
        (Some(1), &*format!("{NOT_FOUND}\n"), "")
    );
}

#[test]
fn nothing_one_says_reaches_a_terminal_as_a_command() {
    let (_, run) = answered_by("printf 'the \\033[31mkeychain\\302\\233 is\\r locked\\n\\377\\n'; exit 3");
    assert_eq!(run.code, Some(3));
    assert_eq!(run.stdout, "the \u{fffd}[31mkeychain\u{fffd} is  locked\n\u{fffd}\n");
}

#[test]
fn one_that_says_nothing_is_told() {
    for (script, status) in [("exit 0", 1), ("echo", 1), ("printf 'no JSON'", 1), ("exit 5", 5)] {
        let (world, run) = answered_by(script);
        assert_eq!(run.code, Some(status), "{script}: {}", run.stdout);
        let same = Run { code: Some(1), ..run };
        assert_eq!(same.slug(), "credential-delegate-slow", "{script}");
        assert!(same.stderr.contains("docker-credential-fake"), "{}", same.stderr);
        // The other actions have nothing to say when they succeed, and a reason when they do not.
        let erased = world.run("erase", "ghcr.io");
        let failed = status == 5;
        assert_eq!(
            (erased.code, erased.stderr.contains("[credential-")),
            (Some(if failed { 5 } else { 0 }), failed)
        );
    }
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let (_, run) = answered_by("exec yes");
    assert!(
        run.slug() == "credential-delegate-slow" && run.stderr.contains("printed more than 1024 kB"),
        "{}",
        run.stderr
    );
}
