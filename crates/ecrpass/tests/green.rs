//! One command to green: of the failures that can be ended on the machine, how many the first printed command ends, run
//! to the letter in the same shell, and how many `doctor --fix` does. The judge is another reading of what clients send.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing

mod common;
#[path = "common/judge.rs"]
mod judge;
#[path = "common/scenarios.rs"]
mod scenarios;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use common::{ECRPASS, HOST, Home, expired_login, text};
use ecrpass_local::LocalEcr;
use judge::{Client, Variables, is_green};
use scenarios::{DOCKER, NONE, STALE, Scenario, scenarios, with_helper};
use serde_json::Value;

/// A home as the scenario has it, and the variables of its shell.
fn stage(scenario: &Scenario, ecr: &LocalEcr) -> (Home, Variables) {
    let home = Home::bare();
    symlink(ECRPASS, home.path("bin/ecrpass")).unwrap();
    // What printed commands need, in a directory that no link is put into.
    fs::create_dir(home.path("tools")).unwrap();
    for tool in ["mv", "chmod", "env", "cat"] {
        symlink(format!("/bin/{tool}"), home.path("tools").join(tool)).unwrap();
    }
    fs::set_permissions(home.path("tools"), fs::Permissions::from_mode(0o777)).unwrap();
    let key = ecr.access_key();
    let home_path = home.path("").display().to_string().trim_end_matches('/').to_owned();
    let fill = |text: &str| {
        text.replace("HOST", HOST)
            .replace("HOME", &home_path)
            .replace("KEY", &key.id)
            .replace("SECRET", key.secret.expose())
            .replace("EXPIRED", &expired_login())
    };
    for (name, content) in scenario.files {
        home.write(name, &fill(content), 0o600);
    }
    (scenario.prepare)(&home);
    let mut variables: Variables = ecr.env().into_iter().collect();
    variables.insert("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned());
    variables.insert("HOME".to_owned(), home_path.clone());
    variables.insert("XDG_RUNTIME_DIR".to_owned(), format!("{home_path}/run"));
    variables.insert("PATH".to_owned(), format!("{home_path}/bin:{home_path}/tools"));
    for (name, value) in scenario.variables {
        match value {
            Some(value) => variables.insert((*name).to_owned(), fill(value)),
            None => variables.remove(*name),
        };
    }
    (home, variables)
}

fn ecrpass(home: &Home, variables: &Variables, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(ECRPASS);
    command.args(arguments).env_clear().envs(variables).current_dir(home.path(""));
    text(&command.output().unwrap())
}

/// The arguments of doctor for the scenario, and more.
fn doctor<'a>(scenario: &Scenario, more: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = vec!["doctor", "--client", scenario.client.id(), "--deadline", "10"];
    arguments.extend(more);
    arguments.extend(Some(scenario.target).filter(|target| !target.is_empty()));
    arguments
}

/// Where the test runs there is neither a docker daemon nor a name server, and both are found to be wrong, too.
const ABSENT_HERE: [&str; 2] = ["docker-daemon-unreachable", "dns-resolution-failure"];

/// The first printed command.
fn first_command(report: &str) -> Option<String> {
    let report: Value = serde_json::from_str(report).ok()?;
    let is_meant = |finding: &&Value| !ABSENT_HERE.contains(&finding["id"].as_str().unwrap_or_default());
    let findings = report["findings"].as_array()?.iter().filter(is_meant);
    let mut fixes = findings.flat_map(|finding| finding["fixes"].as_array()).flatten();
    fixes.find_map(|fix| Some(fix["command"].as_str()?.to_owned()))
}

/// Runs a line in a shell, and tells the shell's variables afterwards.
fn in_shell(home: &Home, variables: &Variables, line: &str) -> (String, Variables) {
    let mut shell = Command::new("/bin/sh");
    let script = format!("{line}\nenv -0 > \"$HOME/after\"\n");
    shell.arg("-c").arg(script).env_clear().envs(variables).current_dir(home.path(""));
    let output = shell.output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let after = fs::read_to_string(home.path("after")).unwrap();
    let after = after.split('\0').filter_map(|pair| pair.split_once('='));
    (said, after.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

#[test]
fn one_command_ends_what_can_be_ended_here() {
    let ecr = LocalEcr::start().unwrap();
    let address = ecr.registry_address();
    let (mut first, mut by_fix, mut can_be_fixed, mut missed) = (0, 0, 0, Vec::new());
    let all = scenarios();
    for scenario in &all {
        let (home, variables) = stage(scenario, &ecr);
        let is_green = |variables: &Variables| is_green(scenario.client, HOST, variables, &address);
        assert!(!is_green(&variables), "{}: it fails before", scenario.name);
        let (code, report, stderr) = ecrpass(&home, &variables, &doctor(scenario, &["--format", "json"]));
        assert_eq!(code, Some(1), "{}: {report}{stderr}", scenario.name);
        match first_command(&report) {
            None => missed.push(format!("{}: no command is printed: {report}", scenario.name)),
            Some(line) => {
                let (said, after) = in_shell(&home, &variables, &line);
                if is_green(&after) {
                    first += 1;
                } else {
                    missed.push(format!("{}: `{line}` does not end it: {said}", scenario.name));
                }
            }
        }
        if scenario.shell {
            continue;
        }
        can_be_fixed += 1;
        let (home, variables) = stage(scenario, &ecr);
        let (_, said, notes) = ecrpass(&home, &variables, &doctor(scenario, &["--fix"]));
        if is_green(&variables) {
            by_fix += 1;
        } else {
            missed.push(format!("{}: doctor --fix does not end it: {notes}{said}", scenario.name));
        }
    }
    println!(
        "{} failures can be ended here; {first} are by the first command; doctor --fix ends {by_fix} of {can_be_fixed}",
        all.len()
    );
    for line in &missed {
        println!("- {line}");
    }
    assert!(first * 10 >= all.len() * 9, "{first} of {}: {missed:#?}", all.len());
    assert!(by_fix * 10 >= can_be_fixed * 9, "{by_fix} of {can_be_fixed}: {missed:#?}");
}

/// What `doctor` calls well, `fix` has nothing to do with, and the other way round.
#[test]
fn doctor_and_fix_never_disagree() {
    let ecr = LocalEcr::start().unwrap();
    for scenario in scenarios().iter().filter(|scenario| !scenario.shell && !scenario.files.is_empty()) {
        let (home, variables) = stage(scenario, &ecr);
        for more in [&[][..], &["--offline"]] {
            let (fix, planned, _) = ecrpass(&home, &variables, &[&["fix", "--dry-run"], more].concat());
            let (doctor, said, notes) = ecrpass(&home, &variables, &[&["doctor"], more].concat());
            if fix == Some(1) {
                assert_eq!(doctor, Some(1), "{} {more:?}: {said}{notes}\n{planned}", scenario.name);
            }
        }
    }
}

/// The link is shown, made, and taken back with what needed it; another's file stays.
#[test]
fn the_helper_is_put_in_place_and_taken_back() {
    let ecr = LocalEcr::start().unwrap();
    let scenario = Scenario { files: &[(DOCKER, STALE)], ..NONE };
    for command in [&["fix"][..], &["setup", HOST, "--no-check"]] {
        let (home, variables) = stage(&scenario, &ecr);
        let link = home.path("bin/docker-credential-ecrpass");
        let (_, dry, _) = ecrpass(&home, &variables, &[command, &["--dry-run"]].concat());
        assert!(dry.contains("would be put on PATH") && dry.contains("docker-credential-ecrpass"), "{dry}");
        assert!(link.symlink_metadata().is_err());
        let before = fs::read_to_string(home.path(DOCKER)).unwrap();
        let (code, said, notes) = ecrpass(&home, &variables, command);
        assert_eq!(code, Some(0), "{command:?}: {said}{notes}");
        assert_eq!(fs::read_link(&link).unwrap(), home.path("bin/ecrpass"));
        assert!(fs::read_to_string(home.path(DOCKER)).unwrap().contains("\"ecrpass\""));
        assert!(is_green(Client::Docker, HOST, &variables, &ecr.registry_address()));
        let (code, said, notes) = ecrpass(&home, &variables, &["fix", "--undo"]);
        assert_eq!(code, Some(0), "{said}{notes}");
        assert_eq!(fs::read_to_string(home.path(DOCKER)).unwrap(), before);
        assert!(link.symlink_metadata().is_err(), "{said}{notes}");
        assert!(!home.path(".local/state/ecrpass/placed.json").exists());
    }
    // Another program of the name is neither replaced nor removed; the other name is used where it answers.
    let (home, variables) = stage(&scenario, &ecr);
    home.script("docker-credential-ecrpass", "#!/bin/sh\necho other\n");
    let (code, _, notes) = ecrpass(&home, &variables, &["setup", HOST, "--no-check"]);
    assert_eq!((code, notes.contains("is another program of that name")), (Some(1), true), "{notes}");
    with_helper(&home);
    let (code, said, notes) = ecrpass(&home, &variables, &["setup", HOST, "--no-check"]);
    assert_eq!(code, Some(0), "{said}{notes}");
    assert!(fs::read_to_string(home.path(DOCKER)).unwrap().contains("\"ecr-login\""));
    assert_eq!(
        fs::read_to_string(home.path("bin/docker-credential-ecrpass")).unwrap(),
        "#!/bin/sh\necho other\n"
    );
}
