//! Whatever the system does in the middle of `ecrpass fix` and `--undo`, the old or the new file is there, whole.
//!
//! Every system call that can change something on disk, or fail to, is killed at, and fails with every kind of error:
//! all of them in the long test, those that change something in the short one.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use common::{HOST, Home, expired_login};

/// The calls that change something.
const CHANGING: [&str; 7] = ["write", "fsync", "rename", "renameat2", "unlink", "flock", "fchmod"];

/// The others that touch a file.
const LOOKING: [&str; 12] = [
    "openat",
    "read",
    "close",
    "statx",
    "mkdir",
    "fchown",
    "listxattr",
    "getxattr",
    "fsetxattr",
    "fremovexattr",
    "readlink",
    "getdents64",
];

/// How often it was killed.
static KILLS: AtomicUsize = AtomicUsize::new(0);

fn broken() -> String {
    format!(
        "{{\n\t\"auths\" : {{\n\t\t\"{HOST}\": {{ \"auth\": \"{}\" }},\n\t\t\"ghcr.io\": {{ \"auth\": \"dTpzM2NyM3QtZ2hjcg==\" }}\n\t}}\n}}\n",
        expired_login()
    )
}

/// Runs a command with something happening at the `number`th call; `None` once there are fewer of them.
fn run_with(home: &Home, call: &str, what: &str, number: usize, arguments: &[&str]) -> Option<i32> {
    let log = home.path("strace.log");
    let mut command = Command::new("timeout");
    command
        .args(["--signal=KILL", "60", "strace", "-f", "-o"])
        .arg(&log)
        .args(["-e", &format!("trace={call}")])
        .arg(format!("--inject={call}:{what}:when={number}"))
        .arg(common::ECRPASS)
        .args(arguments);
    home.furnish(&mut command);
    let status = command.output().unwrap().status;
    let log = fs::read_to_string(&log).unwrap();
    assert_ne!(status.code(), Some(137), "hangs after {call} {what} {number}");
    if what.contains("KILL") && log.contains("killed by SIGKILL") {
        KILLS.fetch_add(1, Ordering::Relaxed);
    }
    let happened =
        log.contains("(INJECTED)") || log.contains("(DELAYED)") || log.contains("killed by SIGKILL");
    happened.then(|| status.code().unwrap_or(-1))
}

/// What is tried at every call, and what must hold afterwards.
struct Trial<'a> {
    home: &'a Home,
    arguments: &'a [&'a str],
    prepare: &'a dyn Fn(),
    check: &'a dyn Fn(&str, Option<i32>),
}

impl Trial<'_> {
    fn at_every(&self, calls: &[&str], events: &[&str]) -> usize {
        let mut moments = 0;
        for call in calls {
            for what in events {
                // One that is not closed although asked to never ends: nothing of ours to test.
                if *call == "close" && what.starts_with("error") {
                    continue;
                }
                for number in 1.. {
                    (self.prepare)();
                    let Some(code) = run_with(self.home, call, what, number, self.arguments) else { break };
                    (self.check)(&format!("{call} {what} {number}"), Some(code));
                    moments += 1;
                    assert!(number < 500, "{call} {what} never ends");
                }
            }
        }
        moments
    }
}

fn reset(directory: &Path, text: &str) {
    let _ = fs::remove_dir_all(directory);
    fs::create_dir_all(directory).unwrap();
    let path = directory.join("config.json");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
}

/// How often fixing and undoing were disturbed, and came out well.
fn disturbed(calls: &[&str], events: &[&str]) -> (usize, usize) {
    let home = Home::with_helper();
    let directory = home.path(".docker");
    reset(&directory, &broken());
    let path = directory.join("config.json");
    let shown = path.to_str().unwrap();
    let fix = ["fix", "--offline", "--config", shown];
    let undo = ["fix", "--undo", "--config", shown];
    assert_eq!(home.run(&fix).status.code(), Some(0));
    let new = fs::read_to_string(&path).unwrap();
    let is_whole = |moment: &str| {
        let found = fs::read_to_string(&path).unwrap();
        assert!(found == broken() || found == new, "after {moment}: {found}");
        for name in home.names(".docker") {
            let mode = fs::metadata(directory.join(&name)).unwrap().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name} after {moment}");
        }
        found
    };
    // What a kill left is gone after the next run, and the old text is in the backup.
    let next_run = |moment: &str| {
        home.run(&fix);
        let names = home.names(".docker");
        assert!(!names.iter().any(|name| name.starts_with('.')), "{names:?} after {moment}");
        // What could not be read again after it was replaced may be somebody's: it stays, and is one of the two texts.
        for name in names.iter().filter(|name| name.contains("kept-by")) {
            let kept = fs::read_to_string(directory.join(name)).unwrap();
            assert!(
                moment.contains(" error=") && (kept == new || kept == broken()),
                "{names:?} after {moment}"
            );
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), new, "after {moment}");
        let holds = |name: &String| fs::read_to_string(directory.join(name)).unwrap() == broken();
        assert!(names.iter().any(holds), "{names:?} after {moment}");
    };
    let fixing = Trial {
        home: &home,
        arguments: &fix,
        prepare: &|| reset(&directory, &broken()),
        check: &|moment, code| {
            let found = is_whole(moment);
            // Success is only claimed for the new file.
            assert!(code != Some(0) || found == new, "after {moment}: claimed, not done");
            if found == broken() {
                next_run(moment);
            }
        },
    };
    let undoing = Trial {
        home: &home,
        arguments: &undo,
        prepare: &|| {
            reset(&directory, &broken());
            assert_eq!(home.run(&fix).status.code(), Some(0));
        },
        check: &|moment, code| {
            let found = is_whole(moment);
            assert!(code != Some(0) || found == broken(), "after {moment}: claimed, not done");
            if found == broken() {
                next_run(moment);
            }
        },
    };
    (fixing.at_every(calls, events), undoing.at_every(calls, events))
}

/// The same, several calls at a time, each in a home of its own.
fn disturbed_at_once(calls: &[&str], events: &[&str]) -> (usize, usize) {
    let left = Mutex::new(calls.to_vec());
    let sum = Mutex::new((0, 0));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(call) = next else { break };
                    let (fixing, undoing) = disturbed(&[call], events);
                    let mut sum = sum.lock().unwrap();
                    *sum = (sum.0 + fixing, sum.1 + undoing);
                }
            });
        }
    });
    sum.into_inner().unwrap()
}

#[test]
fn a_crash_or_an_error_at_any_change_leaves_the_old_or_the_new_file_whole() {
    let (fixing, undoing) = disturbed(&CHANGING, &["signal=KILL", "error=EIO"]);
    assert!(fixing > 25 && undoing > 25, "only {fixing} and {undoing} moments were tried");
}

#[test]
#[ignore = "takes minutes"]
fn whatever_happens_at_any_call_leaves_the_old_or_the_new_file_whole() {
    let events = [
        "signal=KILL",
        "error=ENOSPC",
        "error=EIO",
        "error=EROFS",
        "error=EACCES",
        "error=EINTR",
        "error=EINVAL",
        "error=ENOTSUP",
        "delay_enter=20000",
        "delay_exit=20000",
    ];
    let (fixing, undoing) = disturbed_at_once(&[&CHANGING[..], &LOOKING[..]].concat(), &events);
    let kills = KILLS.load(Ordering::Relaxed);
    println!("counted: runs={0} faults={0} kills={kills}", fixing + undoing);
    println!(
        "attacked: `fix` disturbed {fixing} times, `fix --undo` {undoing} times, {kills} of them killed: the old or the new file, whole"
    );
    assert!(fixing > 300 && undoing > 300, "only {fixing} and {undoing} moments were tried");
}
