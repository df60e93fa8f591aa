//! Inputs at the edges: configurations that docker reads and other programs do not, more failing files than anybody reads,
//! pipes in the place of files, thousands of registries. What ecrpass cannot judge it calls unknown.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use common::{ECRPASS, HOST, Home, expired_login, login_expiring_in, text};

const CONFIG: &str = ".docker/config.json";

/// A home whose configuration names the helper, and this in it.
fn named(more: &str) -> (Home, String) {
    let home = Home::with_helper();
    let config = format!("{{\"credHelpers\":{{\"{HOST}\":\"ecr-login\"}}{more}");
    home.write(CONFIG, &config, 0o600);
    (home, config)
}

fn all(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let (code, stdout, stderr) = text(&home.run(arguments));
    (code, stdout + &stderr)
}

#[test]
fn what_docker_reads_is_never_to_be_moved_away() {
    let deep = format!(",\"p\":{}{}}}", "[".repeat(300), "]".repeat(300));
    for more in ["}} }", deep.as_str(), ",\"HttpHeaders\":{\"X\":\"J?rgen\"}}"] {
        let (home, config) = named(more);
        let bytes: Vec<u8> = config.bytes().map(|b| if b == b'?' { 0xfc } else { b }).collect();
        fs::write(home.path(CONFIG), &bytes).unwrap();
        let (_, said) = all(&home, &["resolve", HOST]);
        assert!(said.contains("uses what docker-credential-ecr-login answers"), "{said}");
        for arguments in
            [&["doctor", "--offline", HOST][..], &["doctor", "--offline"], &["fix", "--dry-run", "--offline"]]
        {
            let (_, said) = all(&home, arguments);
            assert!(
                !said.contains(".broken") && !said.contains("as if the file were empty"),
                "{arguments:?}: {said}"
            );
        }
        // And nothing but what is asked for is changed, if anything.
        let (code, said) =
            all(&home, &["setup", "210987654321.dkr.ecr.eu-west-1.amazonaws.com", "--no-check"]);
        let after = fs::read(home.path(CONFIG)).unwrap();
        if more.contains('?') {
            assert!(code == Some(3) && said.contains("it is not UTF-8 (byte"), "{said}");
            assert_eq!(after, bytes);
        } else {
            assert!(code == Some(0) && String::from_utf8(after).unwrap().ends_with(more), "{said}");
        }
    }
}

#[test]
fn what_is_too_large_for_us_is_unknown() {
    let (home, config) = named(&format!(",\"p\":\"{}\"}}", "x".repeat(17 << 20)));
    let (code, said) = all(&home, &["resolve", HOST]);
    assert!(code == Some(1) && said.contains("Unknown: ") && said.contains("larger than 8 MiB"), "{said}");
    let (_, said) = all(&home, &["doctor", "--offline", HOST]);
    assert!(!said.contains(".broken") && !said.contains("error[config-json-invalid]"), "{said}");
    let (code, said) = all(&home, &["fix", "--offline"]);
    assert!(code == Some(3) && said.contains("ecrpass reads no larger file"), "{said}");
    assert_eq!(fs::read_to_string(home.path(CONFIG)).unwrap().len(), config.len());
}

#[test]
fn a_null_that_takes_the_helpers_back_is_found_by_all() {
    let (home, _) = named(",\"credHelpers\":null}");
    let (code, said) = all(&home, &["resolve", HOST]);
    assert!(code == Some(1) && said.contains("has no credentials"), "{said}");
    for arguments in [&["doctor", "--offline"][..], &["fix", "--dry-run", "--offline"]] {
        let (code, said) = all(&home, arguments);
        assert!(
            code == Some(1) && said.contains("docker forgets the entries before it"),
            "{arguments:?}: {said}"
        );
        assert!(!said.contains(".broken"), "{arguments:?}: {said}");
    }
}

/// The most memory that a run took, in kB, and what it said.
fn memory(home: &Home, arguments: &[&str]) -> (u64, String) {
    let figures = home.path("figures");
    let mut command = Command::new("/usr/bin/time");
    command.args(["-q", "-f", "%M", "-o"]).arg(&figures).arg(ECRPASS).args(arguments);
    home.furnish(&mut command);
    command.env("PATH", home.path("bin")).env("AWS_EC2_METADATA_DISABLED", "true");
    let (_, stdout, stderr) = text(&command.output().unwrap());
    (fs::read_to_string(figures).unwrap().trim().parse().unwrap(), stdout + &stderr)
}

#[test]
fn memory_does_not_grow_with_the_files_that_failed() {
    let home = Home::with_helper();
    fs::create_dir(home.path("logs")).unwrap();
    for n in 0..3000 {
        fs::write(home.path("logs").join(format!("{n:04}.log")), "no basic auth credentials\n").unwrap();
    }
    fs::write(
        home.path("logs/9999.log"),
        "denied: Your authorization token has expired. Reauthenticate and try again.\n",
    )
    .unwrap();
    for format in ["text", "json"] {
        let (memory, said) = memory(&home, &["explain", "logs", "--format", format]);
        assert!(memory < 64 * 1024, "{format}: {memory} kB");
        // A cause that comes late is shown all the same, and the others are counted.
        assert!(
            said.contains("token-expired") && said.contains("are only counted"),
            "{}",
            &said[said.len() - 900..]
        );
    }
}

#[test]
fn a_pipe_is_waited_for_or_told() {
    let home = Home::with_helper();
    let pipe = home.path("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writing = pipe.clone();
    let writer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(700));
        // Waits for a reader itself.
        let mut file = OpenOptions::new().write(true).open(writing).unwrap();
        writeln!(file, "denied: Your authorization token has expired. Reauthenticate and try again.")
            .unwrap();
    });
    let (code, said) = all(&home, &["doctor", "--offline", "--deadline", "60", "--from-log", "pipe"]);
    assert!(code == Some(1) && said.contains("token-expired"), "{said}");
    writer.join().unwrap();
    for (path, what) in [("pipe", "a pipe, and its writer does not come"), ("/dev/zero", "a device")] {
        let (code, said) = all(&home, &["setup", "--dry-run", "--from", path]);
        assert!(code == Some(3) && said.contains(what), "{said}");
    }
}

#[test]
fn memory_of_doctor_does_not_grow_with_registries_times_checks() {
    let of = |registries: usize| {
        let home = Home::with_helper();
        let (mut auths, mut helpers) = (String::new(), String::new());
        for n in 0..registries {
            let comma = if n == 0 { "" } else { "," };
            let host = format!("{n:012}.dkr.ecr.us-east-1.amazonaws.com");
            write!(auths, "{comma}\"{host}\":{{\"auth\":\"{}\"}}", expired_login()).unwrap();
            write!(helpers, "{comma}\"{host}\":\"ecr-login\"").unwrap();
        }
        home.write(CONFIG, &format!("{{\"auths\":{{{auths}}},\"credHelpers\":{{{helpers}}}}}"), 0o600);
        let (memory, said) = memory(&home, &["doctor", "-q", "--deadline", "3"]);
        assert!(said.contains("?") || said.contains("token-expired"), "{said}");
        memory
    };
    let (few, many) = (of(50), of(1500));
    assert!(many < few + 60 * 1024, "{few} kB, {many} kB");
}

#[test]
fn files_that_cannot_be_looked_at_are_not_said_to_hold_nothing() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    // Root's home is closed to nobody, who is asked.
    let home = Home::with_helper();
    fs::set_permissions(home.path("."), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "65534", "--clear-groups", ECRPASS, "status"]);
    home.furnish(&mut command);
    let (code, stdout, _) = text(&command.output().unwrap());
    let is_closed = std::os::unix::fs::MetadataExt::mode(&fs::metadata("/root").unwrap()) & 0o005 == 0;
    if is_closed {
        assert!(code == Some(0) && stdout.contains("in the files that can be read"), "{stdout}");
    }
}

#[test]
fn the_path_of_an_endpoint_is_nobodys_business() {
    let home = Home::with_helper();
    home.write(
        CONFIG,
        &format!("{{\"auths\":{{\"{HOST}\":{{\"auth\":\"{}\"}}}}}}", login_expiring_in(3600)),
        0o600,
    );
    let mut command = home.command(&["doctor", "--offline", "--record", "bundle.json", HOST]);
    let output = command.env("AWS_ENDPOINT_URL", "https://gateway.example/SECRETKEY/x?y=z").output().unwrap();
    let (_, stdout, stderr) = text(&output);
    let bundle = fs::read_to_string(home.path("bundle.json")).unwrap();
    assert!(bundle.contains("https://gateway.example") && !bundle.contains("SECRETKEY"));
    assert!(!format!("{stdout}{stderr}").contains("SECRETKEY"), "{stdout}{stderr}");
}
