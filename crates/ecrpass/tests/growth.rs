//! The commands take time in proportion to what they read: four times as many registries, images or entries may take
//! somewhat more than four times as long; squares take sixteen.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use common::{ECRPASS, Home, expired_login};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

const SMALL: usize = 125;

/// Names the program that ships, to be measured in place of the one that was built for tests.
const UNDER_TEST: &str = "ECRPASS_UNDER_TEST";

fn host(number: usize) -> String {
    format!("{}.dkr.ecr.us-east-1.amazonaws.com", 100_000_000_000 + number)
}

/// A home with so many entries in each of the configurations, and files that name so many registries and images.
fn home(count: usize) -> Home {
    let home = Home::with_helper();
    let login = expired_login();
    let (mut auths, mut helpers) = (String::new(), String::new());
    let (mut registries, mut images) = ("services:\n".to_owned(), "services:\n".to_owned());
    for number in 0..count {
        let comma = if number == 0 { "" } else { "," };
        write!(auths, "{comma}\n\t\t\"{}\": {{\n\t\t\t\"auth\": \"{login}\"\n\t\t}}", host(number)).unwrap();
        write!(helpers, "{comma}\n\t\t\"https://{}/\": \"ecr-login\"", host(2 * number)).unwrap();
        writeln!(registries, "  s{number}:\n    image: {}/team/app:1", host(number)).unwrap();
        writeln!(images, "  s{number}:\n    image: {}/team/app{number}:1", host(0)).unwrap();
    }
    let text = format!("{{\n\t\"auths\": {{{auths}\n\t}},\n\t\"credHelpers\": {{{helpers}\n\t}}\n}}\n");
    home.write(".docker/config.json", &text, 0o600);
    home.write(".config/containers/auth.json", &format!("{{\n\t\"auths\": {{{auths}\n\t}}\n}}\n"), 0o600);
    home.write("registries.yaml", &registries, 0o600);
    home.write("images.yaml", &images, 0o600);
    let lines =
        |word: &str| (0..8 * count).map(|n| format!("{word} {}/a:{n}\n", host(0))).collect::<String>();
    home.write("Dockerfile", &lines("FROM"), 0o600);
    home.write("push.sh", &format!("#!/bin/sh\n{}", lines("docker push")), 0o600);
    home.write("providers.yaml", &lines("Error:"), 0o600);
    home.script("podman", "#!/bin/sh\necho podman version 5.0.0\n");
    home
}

/// The processor's time that a command takes, and what it wrote.
fn work(home: &Home, arguments: &[&str]) -> (Duration, usize) {
    let mut command: Command = home.command(arguments);
    command.env("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4").env("AWS_SECRET_ACCESS_KEY", "s");
    let out = fs::File::create(home.path("out")).unwrap();
    let mut child = command.stdout(out).stderr(Stdio::null()).spawn().unwrap();
    // While it is not collected, the system still says what it took.
    let id = Pid::from_child(&child);
    waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: u64 = fields.iter().skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
    let status = child.wait().unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{arguments:?}: {status}");
    let written = fs::metadata(home.path("out")).unwrap().len();
    (Duration::from_millis(10 * ticks), usize::try_from(written).unwrap())
}

#[test]
fn four_times_as_much_is_no_more_than_some_four_times_the_work() {
    let (small, large) = (home(SMALL), home(4 * SMALL));
    for arguments in [
        &["status"][..],
        &["fix", "--offline", "--dry-run"],
        &["fix", "--offline", "--dry-run", "--format", "json"],
        &["doctor", "--offline"],
        &["doctor", "--offline", "registries.yaml"],
        &["doctor", "--offline", "images.yaml"],
        &["setup", "--from", "registries.yaml", "--dry-run"],
        &["audit", "Dockerfile"],
        &["audit", "push.sh"],
        &["kubelet", "check", "providers.yaml"],
        // Last: they change the files.
        &["setup", "--from", "registries.yaml", "--no-check"],
        &["fix", "--offline", "--unsafe"],
    ] {
        // Up to three times: what else the machine does only ever adds to it.
        let mut tries = Vec::new();
        for _ in 0..3 {
            let ((little, _), (much, written)) = (work(&small, arguments), work(&large, arguments));
            assert!(written > 100, "{arguments:?} wrote {written} bytes");
            tries.push((little, much));
            if much < little * 8 + Duration::from_millis(400) {
                break;
            }
        }
        let is_linear =
            tries.last().is_some_and(|(little, much)| *much < *little * 8 + Duration::from_millis(400));
        assert!(is_linear, "{arguments:?} with {SMALL} and four times as many took {tries:?}");
    }
}

/// The command, by the program that ships where one is named: of a debug build the time says little.
fn under_test(command: Command) -> Command {
    let Some(program) = std::env::var_os(UNDER_TEST) else { return command };
    let mut same = Command::new(program);
    same.args(command.get_args()).env_clear().stdin(Stdio::null());
    same.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    same.current_dir(command.get_current_dir().unwrap());
    same
}

/// How long a command runs, and the most memory that it takes meanwhile, in kB.
fn time_and_memory(home: &Home, arguments: &[&str]) -> (Duration, u64) {
    let mut command = under_test(home.command(arguments));
    command.env("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4").env("AWS_SECRET_ACCESS_KEY", "s");
    let (started, mut most) = (Instant::now(), 0);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        most = most.max(peak.map_or(0, |peak| peak.trim().trim_end_matches(" kB").parse().unwrap()));
        if child.try_wait().unwrap().is_some() {
            return (started.elapsed(), most);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
#[ignore = "a measurement"]
fn ten_thousand_entries_take_a_second_and_64_megabytes() {
    let home = home(10_000);
    let is_release = ECRPASS.contains("/release") || std::env::var_os(UNDER_TEST).is_some();
    let (mut slowest, mut largest) = (Duration::ZERO, 0);
    for arguments in [
        &["status"][..],
        &["fix", "--offline", "--dry-run"],
        &["fix", "--offline", "--dry-run", "--format", "json"],
        &["doctor", "--offline"],
        &["doctor", "--offline", "registries.yaml"],
        &["doctor", "--offline", "images.yaml"],
        &["setup", "--from", "registries.yaml", "--dry-run"],
        &["setup", "--from", "registries.yaml", "--no-check"],
        &["fix", "--offline", "--unsafe"],
    ] {
        let (took, memory) = time_and_memory(&home, arguments);
        assert!(memory < 64 << 10, "{arguments:?} took {memory} kB");
        assert!(!is_release || took < Duration::from_secs(1), "{arguments:?} took {took:?}");
        (slowest, largest) = (slowest.max(took), largest.max(memory));
    }
    println!("attacked: ten thousand entries in each file: {slowest:?} and {largest} kB at most");
}

/// Thousands of entries name one helper: a program is started for the name, not for each of them.
#[test]
fn setup_asks_a_helper_once_who_it_is_however_many_entries_name_it() {
    let calls = |count: usize| {
        let home = home(count);
        fs::remove_file(home.path("bin/docker-credential-ecr-login")).unwrap();
        let script =
            format!("#!/bin/sh\necho \"$1\" >> {}\necho ecrpass 0.1.0\n", home.path("calls").display());
        home.script("docker-credential-ecr-login", &script);
        let helpers: Vec<String> =
            (0..count).map(|number| format!("\"{}\": \"ecr-login\"", host(number))).collect();
        let text = format!("{{\"credHelpers\": {{{}}}}}", helpers.join(", "));
        home.write(".docker/config.json", &text, 0o600);
        work(&home, &["setup", "--from", "registries.yaml", "--dry-run"]);
        fs::read_to_string(home.path("calls")).unwrap().lines().count()
    };
    assert_eq!(calls(3), calls(40));
}
