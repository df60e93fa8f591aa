//! Where output cannot go, and what must not be in it: full disks, closed pipes, pipes that nobody reads, user names and
//! passwords in URLs, and the words of a panic.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;
#[path = "common/terminal.rs"]
mod terminal;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use common::{HOST, Home, expired_login, text};
use ecrpass_diagnosis::facts::Bundle;
use ecrpass_local::LocalEcr;
use terminal::{on_terminal, wrong_on_terminal};

/// No test here waits for anything that long: what does not end by itself is ended, and the test fails.
const STUCK: Duration = Duration::from_secs(60);

fn wait(mut child: Child) -> ExitStatus {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if started.elapsed() > STUCK {
            child.kill().unwrap();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A home in which every command has something to say.
fn world() -> (LocalEcr, Home) {
    let home = Home::with_helper();
    home.write(
        ".docker/config.json",
        &format!(r#"{{"auths":{{"{HOST}":{{"auth":"{}"}}}}}}"#, expired_login()),
        0o600,
    );
    home.write(
        "build.log",
        "denied: Your authorization token has expired. Reauthenticate and try again.\n",
        0o644,
    );
    home.write("compose.yaml", &format!("services: {{a: {{image: {HOST}/team/app}}}}\n"), 0o644);
    (LocalEcr::start().unwrap(), home)
}

/// A command of each kind, with a result.
const RESULTS: [&[&str]; 31] = [
    &["--help"],
    &["--version"],
    &["canary", "--once", "--deadline", "2", HOST],
    &["doctor", "--help"],
    &["demo", "--client", "builtin"],
    &["doctor", "--offline"],
    &["doctor", "--offline", "--format", "json"],
    &["doctor", "--offline", "--format", "sarif"],
    &["doctor", "--offline", "--format", "github"],
    &["explain", "build.log"],
    &["explain", "build.log", "--format", "github"],
    &["explain", "--list"],
    &["explain", "--id", "token-expired"],
    &["explain", "--", "/bin/echo", "x"],
    &["fix", "--dry-run"],
    &["fix", "--dry-run", "--format", "json"],
    &["fix", "--config", "-"],
    &["kubelet", "config"],
    &["local"],
    &["policy", "generate", "login"],
    &["policy", "generate", "login", "--format", "terraform"],
    &["resolve", HOST],
    &["resolve", HOST, "--client", "all", "--format", "json"],
    &["setup", HOST, "--dry-run"],
    &["setup"],
    &["self", "check"],
    &["uninstall"],
    &["setup", HOST, "--client", "kubelet"],
    &["status"],
    &["token", HOST],
    &["whoami", "--format", "json"],
];

#[test]
fn a_full_disk_is_a_failure_of_every_command() {
    let (ecr, home) = world();
    for arguments in RESULTS {
        let mut command = home.command(arguments);
        command.envs(ecr.env()).stdin(File::open(home.path(".docker/config.json")).unwrap());
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(wait(child).code(), Some(3), "{arguments:?}: {stderr}");
        assert!(
            stderr.contains("standard output cannot be written: No space left")
                && stderr.contains("Next: free disk space"),
            "{arguments:?}: {stderr}"
        );
        // Nobody to complain to is no reason for another status.
        let mut command = home.command(arguments);
        command.envs(ecr.env()).stdin(File::open(home.path(".docker/config.json")).unwrap());
        let full = || File::options().write(true).open("/dev/full").unwrap();
        assert_eq!(
            wait(command.stdout(full()).stderr(full()).spawn().unwrap()).code(),
            Some(3),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_reader_that_has_gone_is_not_complained_about() {
    let (ecr, home) = world();
    for arguments in RESULTS {
        let mut command = home.command(arguments);
        command.envs(ecr.env()).stdin(File::open(home.path(".docker/config.json")).unwrap());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(wait(child).code(), Some(0), "{arguments:?}: {stderr}");
        assert!(!stderr.to_lowercase().contains("pipe"), "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_bundle_is_recorded_whole_or_not_at_all() {
    let (_, home) = world();
    let record = |path: &str| {
        let mut command = home.command(&["doctor", "--offline", "--record", path]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (wait(child).code(), stderr)
    };
    let pipe = home.path("pipe");
    assert!(Command::new("/usr/bin/mkfifo").arg(&pipe).status().unwrap().success());
    home.write("other.json", "{\"mine\": 1}", 0o644);
    std::os::unix::fs::symlink("nowhere", home.path("dangling")).unwrap();
    let before = home.names(".");
    for (path, why) in [
        ("pipe", "nobody reads from it"),
        (".", "is a directory"),
        ("dangling", "is a link to nowhere"),
        ("other.json", "exists already, and is not a bundle"),
        ("build.log/x", "cannot be written: "),
        ("nowhere/x", "cannot be written: there is no directory"),
        ("/dev/full", "cannot be written: No space left"),
    ] {
        let (code, stderr) = record(path);
        assert_eq!(code, Some(3), "{path}: {stderr}");
        assert!(
            stderr.contains(path) && stderr.contains(why) && stderr.contains("  Next: "),
            "{path}: {stderr}"
        );
    }
    assert_eq!(home.names("."), before);
    assert_eq!(fs::read_to_string(home.path("other.json")).unwrap(), "{\"mine\": 1}");

    // A pipe that somebody reads gets all of it, and so does a device.
    let reader = std::thread::spawn(move || fs::read_to_string(pipe).unwrap());
    // It opens the pipe before or after us: ask again until somebody is there.
    let started = Instant::now();
    while record("pipe").0 == Some(3) && started.elapsed() < STUCK {}
    Bundle::parse(&reader.join().unwrap()).unwrap();
    assert_eq!(record("/dev/null").0, Some(1));
    assert_eq!(record("new.json").0, Some(1));
    Bundle::parse(&fs::read_to_string(home.path("new.json")).unwrap()).unwrap();
}

#[test]
fn a_reader_that_rests_is_not_waited_for_for_ever() {
    let (_, home) = world();
    let pipe = home.path("pipe");
    assert!(Command::new("/usr/bin/mkfifo").arg(&pipe).status().unwrap().success());
    let mut reader = File::options().read(true).write(true).open(&pipe).unwrap();
    // All that fits into a pipe of Linux.
    reader.write_all(&[0; 64 * 1024]).unwrap();
    let mut command = home.command(&["doctor", "--offline", "--record", "pipe"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((wait(child).code(), stderr.contains("was not read in time")), (Some(3), true), "{stderr}");
}

#[test]
fn a_process_that_is_left_behind_does_not_hold_explain_up() {
    let home = Home::bare();
    let run = |script: &str| {
        let mut command = home.command(&["explain", "--", "/bin/sh", "-c", script]);
        command.env("PATH", "/usr/bin:/bin").stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let output = command.output().unwrap();
        assert!(started.elapsed() < STUCK, "{script}");
        text(&output)
    };
    let error = format!("Get https://{HOST}/v2/: no basic auth credentials");
    // One that says nothing, and one that never stops.
    for behind in ["sleep 300 &", "yes behind >&2 &", "while sleep 0.05; do echo behind >&2; done &"] {
        let (code, stdout, stderr) = run(&format!("{behind} echo '{error}'; exit 7"));
        assert_eq!((code, stdout), (Some(7), format!("{error}\n")), "{behind}");
        assert!(stderr.contains("[not-logged-in]"), "{behind}: {}", &stderr[..stderr.len().min(2000)]);
    }
    // What was written before the end is passed on, however slowly it is read.
    let mut command = home.command(&["explain", "--", "/bin/sh", "-c", "yes | head -c 300000"]);
    command.env("PATH", "/usr/bin:/bin").stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    let mut all = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut all).unwrap();
    assert_eq!((all.len(), wait(child).code()), (300_000, Some(0)));
}

#[test]
fn a_command_notices_that_its_reader_has_gone() {
    let home = Home::bare();
    let mut command = home.command(&["explain", "--", "/usr/bin/yes"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut some = [0; 2];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    assert_ne!(wait(child).code(), Some(0));
}

#[test]
fn names_and_passwords_in_urls_are_shown_nowhere() {
    let (_, home) = world();
    let with_password = "http://planted-user:planted-password@127.0.0.1:9/planted";
    let docker = serde_json::json!({
        "auths": {format!("https://planted-user:planted-password@{HOST}"): {"auth": expired_login()}},
        "credHelpers": {format!("planted-user:planted-password@{HOST}"): "ecr-login"},
        "proxies": {"default": {"httpProxy": with_password, "httpsProxy": with_password}},
    });
    home.write(".docker/config.json", &docker.to_string(), 0o600);
    home.write(".aws/config", &format!("[default]\nendpoint_url = {with_password}\nregion = us-east-1\n[profile sso]\nsso_start_url = {with_password}\n"), 0o600);
    home.write("build.log", &format!("Error: proxyconnect tcp: dial {with_password}: denied: Your authorization token has expired. Reauthenticate\n"), 0o644);
    home.write("compose.yaml", &format!("services: {{a: {{image: 'planted-user:planted-password@{HOST}/team/app'}}, b: {{image: '{HOST}/team/app', environment: {{HTTP_PROXY: '{with_password}'}}}}}}\n"), 0o644);
    let variables = [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_ECR",
        "AWS_ENDPOINT_URL_STS",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
        "ALL_PROXY",
        "DOCKER_HOST",
    ];
    let given = format!("https://planted-user:planted-password@{HOST}/team/app");
    for arguments in [
        &["doctor", "--deadline", "3", "--record", "bundle.json", HOST][..],
        &["doctor", "--deadline", "3", "--format", "json", HOST],
        &["doctor", "--offline", "--format", "sarif"],
        &["doctor", "--offline", "compose.yaml"],
        &["doctor", "--offline", "--from-log", "build.log"],
        &["doctor", "--offline", &given],
        &["explain", "build.log"],
        &["explain", "build.log", "--format", "json"],
        &["explain", "build.log", "--format", "github"],
        &["fix", "--dry-run"],
        &["fix", "--dry-run", "--format", "json"],
        &["login", "--client", "docker", HOST],
        &["login", &given],
        &["resolve", HOST, "--client", "all"],
        &["resolve", HOST, "--format", "json", "--run-helper"],
        &["resolve", &given],
        &["setup", HOST, "--dry-run"],
        &["setup", "--from", "compose.yaml", "--dry-run"],
        &["setup", &given, "--dry-run"],
        &["status"],
        &["status", "--format", "json"],
        &["token", HOST],
        &["token", &given],
        &["whoami"],
        &["whoami", "--format", "json"],
        &["fix", "--unsafe"],
        &["setup", HOST],
    ] {
        for variable in [&variables[..], &variables[..3], &variables[3..4], &variables[5..]] {
            let mut command = home.command(arguments);
            command.envs(variable.iter().map(|name| (name, with_password)));
            let output = command.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
            for said in [output.stdout, output.stderr] {
                let said = String::from_utf8(said).unwrap();
                assert!(!said.contains("planted-password"), "{arguments:?} {variable:?}:\n{said}");
            }
        }
    }
    let bundle = fs::read_to_string(home.path("bundle.json")).unwrap();
    assert!(!bundle.contains("planted-password"), "{bundle}");
}

#[test]
#[cfg(debug_assertions)]
fn a_bug_of_our_own_is_one_plain_line() {
    let home = Home::with_helper();
    for bug in ["main", "thread", "writing"] {
        let (code, stdout, stderr) = text(&home.run(&["provoke-bug", bug]));
        assert_eq!((code, stdout.as_str()), (Some(3), ""), "{stderr}");
        assert!(
            stderr.starts_with("ecrpass: a bug in ecrpass itself stopped it (last_resort.rs:"),
            "{stderr}"
        );
        assert!(
            stderr.contains(" Next: ") && stderr.lines().count() == 1 && stderr.ends_with('\n'),
            "{stderr}"
        );
        assert!(
            !stderr.contains("secret") && !stderr.contains("formatter") && !stderr.contains('\u{1b}'),
            "{stderr}"
        );
        let (status, seen) = on_terminal(home.command(&["provoke-bug", bug]));
        assert_eq!(
            (status.code(), wrong_on_terminal(&seen.replacen("\r\u{1b}[K", "", 1))),
            (Some(3), None),
            "{seen}"
        );
    }
    // By the helper's name, in the words of its protocol.
    let mut command = Command::new(home.path("bin/docker-credential-ecr-login"));
    home.furnish(&mut command);
    let (code, stdout, stderr) = text(&command.arg("provoke-bug").output().unwrap());
    assert_eq!((code, stdout.lines().count()), (Some(1), 1), "{stdout}");
    assert!(stdout.starts_with("ecr-login: [") && !stdout.contains("secret"), "{stdout}");
    assert_eq!(stdout, stderr);
}
