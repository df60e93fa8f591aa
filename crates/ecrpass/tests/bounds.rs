//! Time and memory of every command: whatever hangs, in whatever place, costs the deadline and half a second at most, and
//! no input that somebody else chose takes more than 64 MB.
//!
//! A table: the places that files are read from, what stands there instead, and the commands. Here each command meets a
//! part of it, another one for each place; all of it in `cargo xtask attack`.

#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

#[path = "common/bombs.rs"]
mod bombs;
mod common;
#[path = "common/limits.rs"]
mod limits;

use std::any::Any;
use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use common::{ECRPASS, HOST, Home, write_program};
use limits::{Run, furnished, held_to, judge, run};

/// How long something may take that waits for nobody; only a hang ever takes so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// Who is asked about.
const USER: &str = "arn:aws:iam::123456789012:user/ada";

/// A command, and its deadline in seconds: what it is told, what the helper's configuration says, or else what it grants
/// a program that it asks, or a pipe in the place of a file.
type Timed = (&'static [&'static str], u64);

const COMMANDS: [Timed; 13] = [
    (&["explain", "build.log"], 2),
    (&["doctor", "--offline", "--deadline", "2"], 2),
    (&["doctor", "--deadline", "2", HOST], 2),
    (&["fix", "--dry-run", "--offline"], 2),
    (&["fix", "--dry-run"], 12),
    (&["fix", "--undo"], 2),
    (&["setup", HOST, "--dry-run"], 2),
    (&["setup", HOST, "--no-check"], 2),
    (&["status"], 2),
    (&["resolve", HOST, "--client", "all"], 5),
    (&["resolve", HOST, "--run-helper"], 5),
    (&["whoami"], 2),
    // Where the configuration itself is the pipe, the deadline in it is not known.
    (&["token", HOST], 2),
];

/// The places that files are read from, with the variables that lead to them.
const PLACES: [(&str, &[&str]); 17] = [
    (".docker/config.json", &[]),
    ("auth.json", &["REGISTRY_AUTH_FILE"]),
    (".config/containers/auth.json", &[]),
    (".config/containers/registries.conf", &[]),
    (".config/helm/registry/config.json", &[]),
    (".dockercfg", &[]),
    (".docker/daemon.json", &[]),
    (".docker/contexts/meta/x/meta.json", &[]),
    (".aws/config", &[]),
    (".aws/credentials", &[]),
    ("aws-config", &["AWS_CONFIG_FILE"]),
    (".aws/sso/cache/x.json", &[]),
    (".config/ecrpass/config.toml", &[]),
    ("bundle.pem", &["AWS_CA_BUNDLE"]),
    ("certificates.pem", &["SSL_CERT_FILE"]),
    ("web-identity", &["AWS_WEB_IDENTITY_TOKEN_FILE"]),
    ("pod-identity", &["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]),
];

/// What stands in a place instead of a file.
const THINGS: [&str; 4] = ["a pipe", "/dev/zero", "4 GiB of nothing", "a text without an end"];

/// Puts it there; what must be kept meanwhile.
fn put(thing: &str, path: &Path) -> Box<dyn Any> {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let _ = fs::remove_file(path);
    match thing {
        "a pipe" => {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
            // Held open, so that a reader waits for a word that never comes.
            return Box::new(OpenOptions::new().read(true).write(true).open(path).unwrap());
        }
        "4 GiB of nothing" => File::create(path).unwrap().set_len(4 << 30).unwrap(),
        "a text without an end" => fs::write(path, "[{\"a\": ".repeat(1 << 17)).unwrap(),
        device => std::os::unix::fs::symlink(device, path).unwrap(),
    }
    Box::new(())
}

/// Whether all of the table is wanted.
fn all() -> bool {
    std::env::var_os("ALL_HOSTILE_VALUES").is_some()
}

#[test]
fn no_file_hangs_a_command_or_fills_its_memory() {
    let mut cases = Vec::new();
    for (row, place) in PLACES.iter().enumerate() {
        for (column, thing) in THINGS.iter().enumerate() {
            for (number, command) in COMMANDS.iter().enumerate() {
                if all() || (row + column + number) % 13 == 0 {
                    cases.push((place, *thing, command));
                }
            }
        }
    }
    judge("a hostile file in a place that is read", cases, |((place, names), thing, (command, seconds))| {
        // Only a pipe hangs; how long it takes to refuse the others depends on the machine alone.
        let limit = if thing == "a pipe" { Duration::from_secs(*seconds) } else { PATIENCE };
        held_to(limit, &format!("{command:?} with {thing} as {place}"), || {
            let (home, mut variables) = furnished();
            let kept = put(thing, &home.path(place));
            for name in *names {
                if name.contains("TOKEN_FILE") {
                    variables.retain(|(name, _)| !name.contains("KEY"));
                    variables.push(("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r".to_owned()));
                    variables.push(("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/x".to_owned()));
                }
                variables.push((name, home.path(place).display().to_string()));
            }
            let run = run(&home, command, &variables);
            drop(kept);
            run
        })
    });
}

/// The commands that read a file which their command line names.
const READERS: [&[&str]; 20] = [
    &["explain"],
    &["doctor", "--offline"],
    &["doctor", "--offline", "--from-log"],
    &["doctor", "--replay"],
    &["fix", "--dry-run", "--offline", "--config"],
    &["fix", "--undo", "--config"],
    &["setup", "--dry-run", "--from"],
    &["resolve", HOST, "--config"],
    &["status"],
    &["audit"],
    &["audit", "build.log", "--baseline"],
    &["audit", "build.log", "--config"],
    &["alarms", "check"],
    &["kubelet", "check"],
    &["trail"],
    &["canary", "--once", "--config"],
    &["policy", "explain"],
    &["policy", "evaluate", "--request"],
    &["policy", "evaluate", "--principal", USER, "--action", "ecr:BatchGetImage", "--policies"],
    &["policy", "evaluate", "--principal", USER, "--action", "ecr:BatchGetImage", "--identity"],
];

#[test]
fn no_argument_fills_the_memory() {
    let bombs = bombs::all();
    let mut cases = Vec::new();
    for (row, bomb) in bombs.iter().enumerate() {
        for (column, command) in READERS.iter().enumerate() {
            if all() || (row + column) % 3 == 0 {
                cases.push((bomb, command));
            }
        }
    }
    judge("a hostile file as the argument", cases, |((name, content), command)| {
        held_to(PATIENCE, &format!("{command:?} {name}"), || {
            let (home, variables) = furnished();
            fs::write(home.path(name), content).unwrap();
            fs::write(home.path(".env"), bombs::dot_env()).unwrap();
            let mut arguments = command.to_vec();
            // That one looks for itself.
            if command[0] == "status" {
                fs::write(home.path(".docker/config.json"), content).unwrap();
            } else {
                arguments.push(name);
            }
            run(&home, &arguments, &variables)
        })
    });
}

/// A name, and what is put in the way.
type Hang = (&'static str, fn(&Home, &mut Vec<(&'static str, String)>) -> Box<dyn Any>);

/// Takes connections, as the kernel does for it, and never answers.
fn silent(variables: &mut Vec<(&'static str, String)>, name: &'static str) -> Box<dyn Any> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    variables.retain(|(other, _)| *other != name);
    variables.push((name, format!("http://{}", listener.local_addr().unwrap())));
    Box::new(listener)
}

const HANGS: [Hang; 6] = [
    ("an API that says nothing", |_, variables| silent(variables, "AWS_ENDPOINT_URL")),
    ("a proxy that says nothing", |_, variables| silent(variables, "HTTPS_PROXY")),
    ("a metadata service that says nothing", |_, variables| {
        variables.retain(|(name, _)| !name.contains("KEY"));
        variables.push(("AWS_EC2_METADATA_DISABLED", "false".to_owned()));
        silent(variables, "AWS_EC2_METADATA_SERVICE_ENDPOINT")
    }),
    ("a credential_process that does not end", |home, variables| {
        variables.retain(|(name, _)| !name.contains("KEY"));
        write_program(&home.path("slow.sh"), "#!/bin/sh\n/bin/sleep 600 & /bin/sleep 600\n");
        home.write(
            ".aws/config",
            &format!("[default]\ncredential_process = {}\n", home.path("slow.sh").display()),
            0o600,
        );
        Box::new(())
    }),
    ("a daemon that says nothing", |home, variables| {
        let socket = home.path("daemon");
        let listener = UnixListener::bind(&socket).unwrap();
        variables.push(("DOCKER_HOST", format!("unix://{}", socket.display())));
        Box::new(listener)
    }),
    ("another helper that does not end", |home, _| {
        home.script("docker-credential-slow", "#!/bin/sh\nexec /bin/sleep 600\n");
        home.write(".docker/config.json", r#"{"credsStore": "slow"}"#, 0o600);
        Box::new(())
    }),
];

#[test]
fn whatever_hangs_costs_a_command_its_deadline() {
    let mut cases = Vec::new();
    for (row, hang) in HANGS.iter().enumerate() {
        for (column, command) in COMMANDS.iter().enumerate() {
            // What has no deadline of its own gives a helper that it asks half a minute.
            let is_patient = hang.0.starts_with("another helper") && command.0.contains(&"--run-helper");
            if !is_patient && (all() || (row + column) % 3 == 0) {
                cases.push((hang, command));
            }
        }
    }
    judge("something that hangs", cases, |((name, hang), (command, seconds))| {
        held_to(Duration::from_secs(*seconds), &format!("{command:?} with {name}"), || {
            let (home, mut variables) = furnished();
            let kept = hang(&home, &mut variables);
            let run = run(&home, command, &variables);
            drop(kept);
            run
        })
    });
}

/// Standard input that is never closed: a command that does not want it does not wait for it.
#[test]
fn input_that_is_never_closed_hangs_nobody_who_does_not_want_it() {
    let cases: Vec<&Timed> = COMMANDS.iter().collect();
    judge("an input that is never closed", cases, |(command, seconds)| {
        held_to(Duration::from_secs(*seconds), &format!("{command:?} with an open input"), || {
            let (home, variables) = furnished();
            let (reader, writer) = std::io::pipe().unwrap();
            let mut shell = Command::new(ECRPASS);
            home.furnish(&mut shell);
            shell.args(*command).stdin(reader).stdout(Stdio::null()).stderr(Stdio::null());
            shell
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .envs(variables.iter().map(|(name, value)| (name, value)));
            let started = Instant::now();
            let status = shell.status().unwrap();
            let took = started.elapsed();
            drop(writer);
            Run { code: status.code(), said: String::new(), took, memory: 0, computed: 0.0 }
        })
    });
}
