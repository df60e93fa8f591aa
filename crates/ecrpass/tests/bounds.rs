//! Time and memory of every command: whatever hangs, in whatever place, costs the deadline and half a second at most, and
//! no input that somebody else chose takes more than 64 MB.
//!
//! A table: the places that files are read from, what stands there instead, and the commands. Here each command meets a
//! part of it, another one for each place; all of it in `cargo xtask attack`.

#![cfg(target_os = "linux")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::print_stdout)] // a test's way of failing

#[path = "common/bombs.rs"]
mod bombs;
mod common;

use std::any::Any;
use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use common::{ECRPASS, HOST, Home, expired_login, write_program};

/// What a run may take beyond its deadline.
const GRACE: Duration = Duration::from_millis(500);

/// The most memory of a run and of what it started, in kB.
const MOST: u64 = 64 * 1024;

/// What of that is the program's own, in kB. One built for tests has several times the code of the one that ships: what it
/// takes beyond this is not counted.
const OWN: u64 = 16 * 1024;

/// What a run may compute, in seconds: programs built for tests are slow.
const COMPUTED: f64 = 10.0;

/// How long something may take that waits for nobody; only a hang ever takes so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many runs at a time; most of them wait.
const AT_A_TIME: usize = 4;

/// A run of a command.
struct Run {
    code: Option<i32>,
    said: String,
    took: Duration,
    /// The most memory, in kB.
    memory: u64,
    /// Time of processors, in seconds.
    computed: f64,
}

/// Runs a command below GNU time, which is small: a child of ours would be charged with our own memory.
fn run(home: &Home, arguments: &[&str], variables: &[(&str, String)]) -> Run {
    let figures = home.path("figures");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-q", "-f", "%M %U %S", "-o"]).arg(&figures).arg(ECRPASS).args(arguments);
    home.furnish(&mut command);
    command.env("PATH", home.path("bin")).env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs(variables.iter().map(|(name, value)| (name, value)));
    let started = Instant::now();
    let output = command.output().unwrap();
    let took = started.elapsed();
    let text = fs::read_to_string(&figures).unwrap();
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let uncounted = if cfg!(debug_assertions) { code_of_tests() } else { 0 };
    let said = [output.stdout, output.stderr].concat();
    Run {
        code: output.status.code(),
        said: String::from_utf8_lossy(&said).into_owned(),
        took,
        memory: (numbers[0] as u64).saturating_sub(uncounted),
        computed: numbers[1] + numbers[2],
    }
}

/// What the program takes beyond [`OWN`] without anything to do, in kB.
fn code_of_tests() -> u64 {
    static BEYOND: OnceLock<u64> = OnceLock::new();
    let measured = || Command::new("/usr/bin/time").args(["-q", "-f", "%M", ECRPASS, "--version"]).output();
    let parsed = |text: Vec<u8>| String::from_utf8(text).unwrap().trim().parse::<u64>().unwrap();
    *BEYOND.get_or_init(|| parsed(measured().unwrap().stderr).saturating_sub(OWN))
}

/// A home in which everything works but the network: nothing listens on port 1.
fn furnished() -> (Home, Vec<(&'static str, String)>) {
    let home = Home::with_helper();
    let docker = format!(r#"{{"auths": {{"{HOST}": {{"auth": "{}"}}}}}}"#, expired_login());
    home.write(".docker/config.json", &docker, 0o600);
    home.write(".config/ecrpass/config.toml", "deadline = \"1s\"\n", 0o600);
    home.write("build.log", &format!("Error: pull {HOST}/a: no basic auth credentials\n"), 0o644);
    let variables = [
        ("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4"),
        ("AWS_SECRET_ACCESS_KEY", "s"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("HTTPS_PROXY", "http://127.0.0.1:1"),
    ];
    (home, variables.map(|(name, value)| (name, value.to_owned())).into())
}

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

/// Judges runs that are made anew for each try, several at a time, and says what was counted.
fn judge<T: Send>(what: &str, cases: Vec<T>, check: impl Fn(T) -> Verdict + Sync) {
    let number = cases.len();
    let left = Mutex::new(cases);
    let verdicts = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().pop();
                    let Some(case) = next else { break };
                    let verdict = check(case);
                    verdicts.lock().unwrap().push(verdict);
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap();
    let of = |is: fn(&Verdict) -> bool| verdicts.iter().filter(|verdict| is(verdict)).count();
    let late = of(|verdict| verdict.late.is_some());
    let heavy = of(|verdict| verdict.memory > MOST);
    let most = verdicts.iter().map(|verdict| verdict.memory).max().unwrap_or(0);
    println!("counted: runs={number} timed={number} late={late} heavy={heavy}");
    println!("attacked: {number} runs of commands, {what}: {most} kB at most, {late} late");
    let wrong: Vec<&String> = verdicts.iter().filter_map(|verdict| verdict.wrong.as_ref()).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let late: Vec<&String> = verdicts.iter().filter_map(|verdict| verdict.late.as_ref()).collect();
    assert!(late.is_empty(), "{late:#?}");
    assert_eq!(heavy, 0, "{most} kB");
    assert!(number > 5);
}

/// What came of a case.
struct Verdict {
    memory: u64,
    late: Option<String>,
    wrong: Option<String>,
}

/// How much longer than on an idle machine it takes to compute for so many seconds, here and now.
fn delay(computed: f64) -> Duration {
    let (home, variables) = furnished();
    let run = run(&home, &["--version"], &variables);
    // Times of processors are told in hundredths.
    let stretch = run.took.as_secs_f64() / run.computed.max(0.02);
    Duration::from_secs_f64(computed * (stretch - 2.0).max(0.0))
}

/// Holds a run to its limits. Up to three times: what is late by nature is late each time, what a busy machine delays is
/// not.
fn held_to(limit: Duration, what: &str, mut run: impl FnMut() -> Run) -> Verdict {
    let mut verdict = Verdict { memory: 0, late: None, wrong: None };
    let mut took = Vec::new();
    for _ in 0..3 {
        let run = run();
        verdict.memory = verdict.memory.max(run.memory);
        // Not ended by a signal, which GNU time adds to 128, and no bug.
        if run.code.is_none_or(|code| code > 3) || run.said.contains("a bug in") {
            verdict.wrong = Some(format!("{what}: {:?} {}", run.code, run.said));
        } else if run.memory > MOST || run.computed > COMPUTED {
            verdict.wrong = Some(format!("{what}: {} kB, computed for {} s", run.memory, run.computed));
        }
        took.push(run.took);
        if run.took <= limit + GRACE || run.took <= limit + GRACE + delay(run.computed) {
            return verdict;
        }
    }
    verdict.late = Some(format!("{what} took {took:?}, and may take {limit:?}"));
    verdict
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

#[test]
fn no_argument_fills_the_memory() {
    let commands: [&[&str]; 9] = [
        &["explain"],
        &["doctor", "--offline"],
        &["doctor", "--offline", "--from-log"],
        &["doctor", "--replay"],
        &["fix", "--dry-run", "--offline", "--config"],
        &["fix", "--undo", "--config"],
        &["setup", "--dry-run", "--from"],
        &["resolve", HOST, "--config"],
        &["status"],
    ];
    let bombs = bombs::all();
    let mut cases = Vec::new();
    for (row, bomb) in bombs.iter().enumerate() {
        for (column, command) in commands.iter().enumerate() {
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
