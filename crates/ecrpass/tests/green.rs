//! One command to green: of the failures that can be ended on the machine, how many the first printed command ends, run
//! to the letter in the same shell, and how many `doctor --fix` does. The judge is another reading of what clients send.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing

mod common;
#[path = "common/judge.rs"]
mod judge;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use common::{ECRPASS, HOST, Home, expired_login, text};
use ecrpass_local::LocalEcr;
use judge::{Client, Variables, is_green};
use serde_json::Value;

/// A machine on which a pull fails.
struct Scenario {
    name: &'static str,
    client: Client,
    /// What is asked about.
    target: &'static str,
    /// Files, with `HOST` and `EXPIRED` to be filled in.
    files: &'static [(&'static str, &'static str)],
    /// Variables; none where one is to be taken away.
    variables: &'static [(&'static str, Option<&'static str>)],
    /// Whether a variable of the shell is at fault, which no program can change.
    shell: bool,
    /// What else is done to the home.
    prepare: fn(&Home),
}

const NONE: Scenario = Scenario {
    name: "",
    client: Client::Docker,
    target: HOST,
    files: &[],
    variables: &[],
    shell: false,
    prepare: |_| {},
};

const DOCKER: &str = ".docker/config.json";
const NAMED: &str = r#"{"credHelpers": {"HOST": "ecr-login"}}"#;
const STALE: &str = r#"{"auths": {"HOST": {"auth": "EXPIRED"}}}"#;
const PROFILE: &str = "[profile ci]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\n";
const DEFAULT: &str = "[default]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\n";
const NO_KEYS: [(&str, Option<&str>); 2] = [("AWS_ACCESS_KEY_ID", None), ("AWS_SECRET_ACCESS_KEY", None)];

fn with_helper(home: &Home) {
    symlink(ECRPASS, home.path("bin/docker-credential-ecr-login")).unwrap();
}

fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario { name: "an expired login, and no helper", files: &[(DOCKER, STALE)], ..NONE },
        Scenario { name: "no configuration, and no helper", ..NONE },
        Scenario { name: "an empty object, and no helper", files: &[(DOCKER, "{}\n")], ..NONE },
        Scenario {
            name: "an expired login beside the helper",
            files: &[(DOCKER, STALE)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "an expired login under a URL",
            files: &[(DOCKER, r#"{"auths": {"https://HOST": {"auth": "EXPIRED"}}}"#)],
            ..NONE
        },
        Scenario {
            name: "an expired login under a URL with a path",
            files: &[(DOCKER, r#"{"auths": {"https://HOST/v2/": {"auth": "EXPIRED"}}}"#)],
            ..NONE
        },
        Scenario { name: "the helper named, and not there", files: &[(DOCKER, NAMED)], ..NONE },
        Scenario {
            name: "our name for the helper, and not there",
            files: &[(DOCKER, r#"{"credHelpers": {"HOST": "ecrpass"}}"#)],
            ..NONE
        },
        Scenario {
            name: "the helper named, not executable",
            files: &[(DOCKER, NAMED)],
            prepare: |home| {
                home.write("bin/docker-credential-ecr-login", "#!/bin/sh\n", 0o644);
            },
            ..NONE
        },
        Scenario {
            name: "the helper named, for another machine",
            files: &[(DOCKER, NAMED)],
            prepare: |home| {
                let mut program = vec![0_u8; 64];
                program[..8].copy_from_slice(b"\x7fELF\x02\x01\x01\x00");
                program[18] = 243; // RISC-V
                let path = home.path("bin/docker-credential-ecr-login");
                fs::write(&path, program).unwrap();
                fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            },
            ..NONE
        },
        Scenario {
            name: "another helper that fails",
            files: &[(DOCKER, NAMED)],
            prepare: |home| {
                home.script(
                    "docker-credential-ecr-login",
                    "#!/bin/sh\n[ \"$1\" = version ] && echo 0.6.0 && exit\necho credentials not found in native keychain\nexit 1\n",
                );
            },
            ..NONE
        },
        Scenario {
            name: "Docker Desktop's store, without Docker Desktop",
            files: &[(DOCKER, r#"{"auths": {"HOST": {}}, "credsStore": "desktop"}"#)],
            ..NONE
        },
        Scenario {
            name: "the same, without a target",
            target: "",
            files: &[(DOCKER, r#"{"auths": {"HOST": {}}, "credsStore": "desktop"}"#)],
            ..NONE
        },
        Scenario {
            name: "Docker Desktop's store alone",
            files: &[(DOCKER, r#"{"credsStore": "desktop"}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a misspelt field",
            files: &[(DOCKER, r#"{"credsHelpers": {"HOST": "ecr-login"}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a URL as the helper's key",
            files: &[(DOCKER, r#"{"credHelpers": {"https://HOST": "ecr-login"}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "the helper by its program's name",
            files: &[(DOCKER, r#"{"credHelpers": {"HOST": "docker-credential-ecr-login"}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "no helper on purpose, and no login",
            files: &[(DOCKER, r#"{"credHelpers": {"HOST": ""}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a login that is no base64",
            files: &[(DOCKER, r#"{"auths": {"HOST": {"auth": "%%%"}}}"#)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a broken file",
            files: &[(DOCKER, "{\"credHelpers\": {\"HOST\": \"ecr-login\",}}")],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "podman's runtime file has an expired login",
            client: Client::Podman,
            files: &[("run/containers/auth.json", STALE), (DOCKER, NAMED)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "podman's own file has an expired login",
            client: Client::Podman,
            files: &[(".config/containers/auth.json", STALE)],
            ..NONE
        },
        Scenario { name: "podman has nothing, and no helper", client: Client::Podman, ..NONE },
        Scenario {
            name: "buildx has a file of its own with an expired login",
            client: Client::Buildx,
            files: &[
                (".docker/buildx/config/123456789012.dkr.ecr.us-east-1.amazonaws.com/config.json", STALE),
                (DOCKER, NAMED),
            ],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "Helm's file has an expired login",
            client: Client::Helm,
            files: &[(".config/helm/registry/config.json", STALE), (DOCKER, NAMED)],
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a variable holds an expired login",
            files: &[(DOCKER, NAMED)],
            variables: &[("DOCKER_AUTH_CONFIG", Some(STALE))],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "another configuration directory",
            files: &[(DOCKER, NAMED), ("other/config.json", "{}")],
            variables: &[("DOCKER_CONFIG", Some("HOME/other"))],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a misspelt profile",
            files: &[(DOCKER, NAMED), (".aws/config", PROFILE)],
            variables: &[("AWS_PROFILE", Some("cii")), NO_KEYS[0], NO_KEYS[1]],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "stray keys in front of a profile",
            files: &[(DOCKER, NAMED), (".aws/credentials", DEFAULT)],
            variables: &[
                ("AWS_ACCESS_KEY_ID", Some("AKIAIOSFODNN7EXAMPLE")),
                ("AWS_SECRET_ACCESS_KEY", Some("x")),
            ],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "temporary keys without their token, in front of a profile",
            files: &[(DOCKER, NAMED), (".aws/credentials", DEFAULT)],
            variables: &[
                ("AWS_ACCESS_KEY_ID", Some("ASIAIOSFODNN7EXAMPLE")),
                ("AWS_SECRET_ACCESS_KEY", Some("x")),
            ],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "a session token beside keys that have none",
            files: &[(DOCKER, NAMED)],
            variables: &[("AWS_SESSION_TOKEN", Some("old"))],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "an endpoint where nobody listens",
            files: &[(DOCKER, NAMED)],
            variables: &[("AWS_ENDPOINT_URL_ECR", Some("http://127.0.0.1:1"))],
            shell: true,
            prepare: with_helper,
            ..NONE
        },
        Scenario {
            name: "no directory of PATH can be written",
            files: &[(DOCKER, NAMED)],
            shell: true,
            // Others could put a program there, so that we do not.
            prepare: |home| fs::set_permissions(home.path("bin"), fs::Permissions::from_mode(0o777)).unwrap(),
            ..NONE
        },
    ]
}

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
