//! Files that somebody names to be written, by every command that has such an option: a device, a pipe and a link stay
//! what they are, a file is replaced whole and keeps its mode, and what is read is never what is written.

#![allow(clippy::indexing_slicing)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing
#![cfg(unix)]

mod common;

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::process::{Command, Stdio};

use common::{HOST, Home, text};
use ecrpass_local::{LocalEcr, Policy};

/// A record of CloudTrail, without which there is nothing to export.
const TRAIL: &str = r#"{"Records":[{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::444455556666:assumed-role/a/b","accountId":"444455556666"},"eventTime":"2026-11-24T10:00:00Z","eventSource":"ecr.amazonaws.com","eventName":"GetAuthorizationToken","awsRegion":"eu-west-1","sourceIPAddress":"10.0.0.1","userAgent":"x","eventID":"e1","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"444455556666","eventCategory":"Management"}]}"#;

const USER: &str = "arn:aws:iam::123456789012:user/ann";

/// What every such option writes, by the words that are in it.
fn commands(output: &str) -> Vec<(Vec<String>, &'static str)> {
    let of = |arguments: &[&str]| arguments.iter().map(|&word| word.to_owned()).collect::<Vec<String>>();
    let image = format!("{HOST}/app:1");
    vec![
        (of(&["trail", "export", "in/trail.json", "-o", output]), "GetAuthorizationToken"),
        (of(&["audit", "in", &format!("--write-baseline={output}")]), "ecrpass/baseline/1"),
        (of(&["doctor", "--offline", "--record", output]), "ecrpass/bundle/"),
        (of(&["canary", "--once", "--metrics-file", output, &image]), "ecrpass_canary"),
        (of(&["policy", "collect", USER, "--output", output]), "ecrpass/policies/1"),
    ]
}

fn world() -> (LocalEcr, Home) {
    let ecr = LocalEcr::start().unwrap();
    ecr.add_user("123456789012", "ann", Policy::nothing());
    let home = Home::bare();
    home.write("in/trail.json", TRAIL, 0o644);
    home.write("in/a.sh", "$(aws ecr get-login --no-include-email --region us-east-1)\n", 0o644);
    (ecr, home)
}

fn command(ecr: &LocalEcr, home: &Home, arguments: &[String]) -> Command {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut command = home.command(&arguments);
    command.envs(ecr.env());
    command
}

/// Whether a device can be made here, which only root may.
fn device(home: &Home, name: &str) -> bool {
    let mut mknod = Command::new("/usr/bin/mknod");
    mknod.args(["-m", "666"]).arg(home.path(name)).args(["c", "1", "3"]).stderr(Stdio::null());
    mknod.status().is_ok_and(|status| status.success())
        && File::options().write(true).open(home.path(name)).is_ok()
}

#[test]
fn devices_pipes_and_links_stay_what_they_are() {
    let (ecr, home) = world();
    let has_device = device(&home, "null");
    assert!(Command::new("/usr/bin/mkfifo").arg(home.path("pipe")).status().unwrap().success());
    symlink("target", home.path("link")).unwrap();
    for (nth, (arguments, said)) in commands("link").into_iter().enumerate() {
        fs::write(home.path("target"), "").unwrap();
        fs::set_permissions(home.path("target"), fs::Permissions::from_mode(0o640)).unwrap();
        let (_, _, stderr) = text(&command(&ecr, &home, &arguments).output().unwrap());
        let target = home.path("target");
        assert!(fs::read_to_string(&target).unwrap().contains(said), "{arguments:?}: {stderr}");
        assert!(home.path("link").is_symlink(), "{arguments:?}");
        assert_eq!(target.metadata().unwrap().mode() & 0o7777, 0o640, "{arguments:?}");

        let arguments = &commands("pipe")[nth].0;
        // Both ends, so that neither waits for the other; all of it fits into a pipe, or is read meanwhile.
        let pipe = File::options().read(true).write(true).open(home.path("pipe")).unwrap();
        let reader = {
            let mut reader = File::open(home.path("pipe")).unwrap();
            std::thread::spawn(move || {
                let mut all = String::new();
                reader.read_to_string(&mut all).unwrap();
                all
            })
        };
        let (_, _, stderr) = text(&command(&ecr, &home, arguments).output().unwrap());
        drop(pipe);
        assert!(reader.join().unwrap().contains(said), "{arguments:?}: {stderr}");
        assert!(home.path("pipe").metadata().unwrap().file_type().is_fifo(), "{arguments:?}");

        if has_device {
            let arguments = &commands("null")[nth].0;
            let (_, _, stderr) = text(&command(&ecr, &home, arguments).output().unwrap());
            let kind = home.path("null").symlink_metadata().unwrap().file_type();
            assert!(kind.is_char_device(), "{arguments:?}: {stderr}");
        }
    }
}

#[test]
fn a_dash_is_standard_output_and_a_missing_directory_an_error() {
    let (ecr, home) = world();
    for (nth, (arguments, said)) in commands("-").into_iter().enumerate() {
        let (_, stdout, stderr) = text(&command(&ecr, &home, &arguments).output().unwrap());
        assert!(stdout.contains(said), "{arguments:?}: {stdout}{stderr}");
        assert!(!home.path("-").exists(), "{arguments:?}");

        let arguments = &commands("none/x")[nth].0;
        let (code, _, stderr) = text(&command(&ecr, &home, arguments).output().unwrap());
        assert!(code != Some(0) && stderr.contains("there is no directory none"), "{arguments:?}: {stderr}");
        assert!(!home.path("none").exists(), "{arguments:?}");

        // What a shell has opened goes on where it is.
        let arguments = &commands("/dev/stdout")[nth].0;
        fs::write(home.path("log"), "before\n").unwrap();
        let log = File::options().append(true).open(home.path("log")).unwrap();
        command(&ecr, &home, arguments).stdout(log).stderr(Stdio::null()).status().unwrap();
        let log = fs::read_to_string(home.path("log")).unwrap();
        assert!(log.starts_with("before\n") && log.contains(said), "{arguments:?}: {log}");
    }
    assert_eq!(home.names("in").len(), 2);
}

#[test]
fn new_files_are_for_those_whom_they_are_for() {
    let (ecr, home) = world();
    fs::write(home.path("plain"), "").unwrap();
    let plain = home.path("plain").metadata().unwrap().mode() & 0o777;
    for (nth, mode) in [(0, plain), (1, plain), (2, 0o600), (3, 0o644), (4, 0o600)] {
        let name = format!("new{nth}");
        let arguments = &commands(&name)[nth].0;
        let (_, _, stderr) = text(&command(&ecr, &home, arguments).output().unwrap());
        let file = home.path(&name).metadata();
        assert_eq!(file.unwrap().mode() & 0o777, mode, "{arguments:?}: {stderr}");
    }
}

#[test]
fn what_is_read_is_not_what_is_written_and_an_earlier_result_stays() {
    let (_, home) = world();
    home.write("earlier", "earlier", 0o644);
    home.write("junk", "no records", 0o644);
    for (input, output, why) in [
        ("in/trail.json", "in/trail.json", "is also what is read"),
        ("in", "in/new.json", "is in in, which is read"),
        ("missing", "earlier", "missing cannot be read"),
        ("junk", "earlier", ""),
    ] {
        let (code, _, stderr) = text(&home.run(&["trail", "export", "-o", output, input]));
        assert_eq!(code, Some(3), "{input}: {stderr}");
        assert!(stderr.contains(why) && stderr.contains("Next: "), "{input}: {stderr}");
    }
    let (code, _, stderr) = {
        let mut command = home.command(&["trail", "export", "-o", "in/trail.json", "-"]);
        text(&command.stdin(File::open(home.path("in/trail.json")).unwrap()).output().unwrap())
    };
    assert!(code == Some(3) && stderr.contains("is also what is read"), "{stderr}");
    assert_eq!(fs::read_to_string(home.path("in/trail.json")).unwrap(), TRAIL);
    assert_eq!(fs::read_to_string(home.path("earlier")).unwrap(), "earlier");

    home.write("canary.toml", &format!("[[target]]\nimage = \"{HOST}/app:1\"\n"), 0o644);
    let arguments = ["canary", "--once", "--config", "canary.toml", "--metrics-file", "canary.toml"];
    let (code, _, stderr) = text(&home.run(&arguments));
    assert_eq!(code, Some(3), "{stderr}");
    assert!(fs::read_to_string(home.path("canary.toml")).unwrap().starts_with("[[target]]"), "{stderr}");

    // What is no baseline is not taken for one.
    let (code, _, stderr) = text(&home.run(&["audit", "in", "--write-baseline=in/a.sh"]));
    assert!(code == Some(3) && stderr.contains("exists already, and is no baseline"), "{stderr}");
}

#[test]
fn directories_are_made_in_those_that_are_there_and_files_in_them_are_as_others() {
    let home = Home::bare();
    let image = format!("{HOST}/team/app");
    let generate = ["ci", "generate", "gitlab", "--image", &image, "--code", "team/app", "--branch", "main"];
    let ci = |directory: &'static str| [generate.as_slice(), &["--output", directory]].concat();
    let alarms = |directory: &'static str| vec!["alarms", "generate", "prometheus", "-o", directory];
    for arguments in [ci("none/deep"), alarms("none/deep")] {
        let (code, _, stderr) = text(&home.run(&arguments));
        assert!(code == Some(3) && stderr.contains("there is no directory none"), "{arguments:?}: {stderr}");
        assert!(!home.path("none").exists(), "{arguments:?}: {stderr}");
    }
    fs::write(home.path("plain"), "").unwrap();
    let plain = home.path("plain").metadata().unwrap().mode() & 0o777;
    for (arguments, directory) in [(ci("ci"), "ci"), (alarms("alarms"), "alarms")] {
        let (code, _, stderr) = text(&home.run(&arguments));
        assert_eq!(code, Some(0), "{arguments:?}: {stderr}");
        let files = walk(&home.path(directory));
        assert!(!files.is_empty(), "{arguments:?}");
        for file in files {
            assert_eq!(file.metadata().unwrap().mode() & 0o777, plain, "{}", file.display());
        }
    }
    // A file that another text was in is told.
    let rules = walk(&home.path("alarms")).remove(0);
    fs::write(&rules, "mine").unwrap();
    let (_, _, stderr) = text(&home.run(&alarms("alarms")));
    assert!(stderr.contains("was there with another text"), "{stderr}");
    let (_, _, stderr) = text(&home.run(&alarms("alarms")));
    assert!(!stderr.contains("was there with another text"), "{stderr}");
}

fn walk(directory: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}
