//! `ecrpass resolve` as a process: what is known of a helper without asking it, and how the way is told.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{HOST, Home, expired_login, login_expiring_in, text};

#[test]
fn our_helper_has_nothing_for_other_registries() {
    let home = Home::with_helper();
    home.write(".docker/config.json", r#"{"credsStore": "ecr-login"}"#, 0o600);
    let outcome = |host: &str| {
        let (code, stdout, stderr) = text(&home.run(&["resolve", host]));
        assert!(stdout.contains("ecr-login"), "{stdout}{stderr}");
        (code, stdout.lines().find(|line| line.contains("docker CLI ")).unwrap_or_default().to_owned())
    };
    for hub in ["docker.io", "nginx", "ghcr.io"] {
        let (code, says) = outcome(hub);
        assert!(code == Some(1) && says.starts_with("anonymous"), "{hub}: {says}");
    }
    let (code, says) = outcome(HOST);
    assert!(code == Some(0) && says.starts_with("store"), "{says}");
    // What it hands on, or takes for a registry of ECR's, it may answer.
    home.write(
        ".config/ecrpass/config.toml",
        &format!("delegate = \"pass\"\n[[registry]]\nhost = \"images.example\"\nalias_of = \"{HOST}\"\n"),
        0o600,
    );
    for host in ["docker.io", "images.example"] {
        let (code, says) = outcome(host);
        assert!(code == Some(0) && says.starts_with("store"), "{host}: {says}");
    }
}

#[test]
fn the_way_is_told_and_the_rules_are_no_step_of_it() {
    let home = Home::with_helper();
    home.write(".docker/config.json", &format!(r#"{{"credHelpers": {{"{HOST}": "ecr-login"}}}}"#), 0o600);
    let (code, stdout, stderr) = text(&home.run(&["resolve", HOST]));
    assert_eq!((code, stdout.contains("rules")), (Some(0), false), "{stdout}");
    assert!(stdout.contains("is on PATH; it was not asked"), "{stdout}");
    assert!(stderr.contains("The rules are those of docker/cli"), "{stderr}");
    // Nobody looked for a helper whose answer is assumed.
    let (_, stdout, _) = text(&home.run(&["resolve", HOST, "--helper-says", "ok"]));
    assert!(stdout.contains("is taken to answer") && !stdout.contains("is on PATH"), "{stdout}");
}

#[test]
fn a_path_that_a_login_drops_is_told() {
    let home = Home::with_helper();
    let image = format!("{HOST}/team/app:1");
    for (client, is_dropped) in [("docker", true), ("compose", true), ("podman", false)] {
        let (_, _, stderr) =
            text(&home.run(&["resolve", &image, "--operation", "login", "--client", client]));
        assert_eq!(stderr.contains("drops `/team/app`"), is_dropped, "{client}: {stderr}");
    }
    let (_, _, stderr) = text(&home.run(&["resolve", &image]));
    assert!(!stderr.contains("drops"), "{stderr}");
}

#[test]
fn an_expired_login_in_a_variable_or_in_regctls_file_is_none() {
    let home = Home::with_helper();
    let password = |login: &str| {
        let token = String::from_utf8(STANDARD.decode(login).unwrap()).unwrap();
        token.strip_prefix("AWS:").unwrap().to_owned()
    };
    for (login, status, says) in
        [(expired_login(), 1, "expired"), (login_expiring_in(3600), 0, "good for another")]
    {
        let variable = format!(r#"{{"auths": {{"{HOST}": {{"auth": "{login}"}}}}}}"#);
        for client in ["docker", "testcontainers-java", "regclient"] {
            let mut command =
                home.command(&["resolve", HOST, "--client", client, "--client-version", "29.0.0"]);
            let output = command.env("DOCKER_AUTH_CONFIG", &variable).output().unwrap();
            let (code, stdout, stderr) = text(&output);
            assert_eq!(code, Some(status), "{client}: {stdout}{stderr}");
            assert!(
                stdout.contains(&format!("That token {}", if status == 1 { "expired" } else { "is good" })),
                "{client}: {stdout}"
            );
        }
        let own = format!(r#"{{"hosts": {{"{HOST}": {{"user": "AWS", "pass": "{}"}}}}}}"#, password(&login));
        home.write(".regctl/config.json", &own, 0o600);
        let (code, stdout, _) = text(&home.run(&["resolve", HOST, "--client", "regctl"]));
        assert!(code == Some(status) && stdout.contains(says), "{stdout}");
        std::fs::remove_file(home.path(".regctl/config.json")).unwrap();
    }
}

#[test]
fn a_token_under_another_name_is_no_login() {
    let home = Home::with_helper();
    let token = STANDARD.decode(login_expiring_in(3600)).unwrap();
    let token = String::from_utf8(token).unwrap().replacen("AWS:", "ada:", 1);
    let config = format!(r#"{{"auths": {{"{HOST}": {{"auth": "{}"}}}}}}"#, STANDARD.encode(token));
    home.write(".docker/config.json", &config, 0o600);
    for command in [&["resolve", HOST][..], &["status"]] {
        let (code, stdout, _) = text(&home.run(command));
        assert!(
            code == Some(1) && stdout.contains("the user name is `ada`, and ECR takes AWS only"),
            "{stdout}"
        );
        assert!(!stdout.contains("59 min"), "{stdout}");
    }
    // It never worked, so its removal stops nothing.
    let (_, stdout, stderr) = text(&home.run(&["fix", "--offline"]));
    assert!(stdout.contains("wrong-login-username-or-password"), "{stdout}{stderr}");
    assert!(
        !std::fs::read_to_string(home.path(".docker/config.json")).unwrap().contains("auth\""),
        "{stdout}"
    );
}

/// What is printed as the next step ends it, and is not another command that cannot.
#[test]
fn the_next_step_fits_what_stops_the_client() {
    let next = |home: &Home, client: &str, variables: &[(&str, &str)]| {
        let mut command = home.command(&["resolve", HOST, "--client", client]);
        let (code, stdout, stderr) = text(&command.envs(variables.iter().copied()).output().unwrap());
        assert_eq!(code, Some(1), "{stdout}{stderr}");
        stdout.lines().find_map(|line| line.trim().strip_prefix("Next: ")).unwrap_or_default().to_owned()
    };
    let home = Home::with_helper();
    home.write(".docker/config.json", r#"{"credHelpers": {},}"#, 0o600);
    let step = next(&home, "docker", &[]);
    assert!(step.starts_with("correct ") && step.contains("config.json:1:19 by hand: "), "{step}");
    home.write(".docker/config.json", &format!(r#"{{"credHelpers": {{"{HOST}": "ecr-login"}}}}"#), 0o600);
    let absent = home.path("ci/auth.json").display().to_string();
    let step = next(&home, "podman", &[("REGISTRY_AUTH_FILE", &absent)]);
    assert!(step.starts_with("unset REGISTRY_AUTH_FILE, or log in: podman login"), "{step}");
    home.write(".config/containers/registries.conf", "credential-helpers = [\"absent\"]\n", 0o600);
    let step = next(&home, "podman", &[]);
    assert!(step.starts_with("install docker-credential-absent, or take it out"), "{step}");
    home.write(".config/containers/registries.conf", "", 0o600);
    home.write(".docker/config.json", r#"{"credsStore": "ecr-login"}"#, 0o600);
    let step = next(&home, "podman", &[]);
    assert!(step.starts_with("ecrpass setup") && step.contains("--client podman"), "{step}");
}

/// An older docker takes the stored login where a newer one asks the store.
#[test]
fn who_uses_a_login_depends_on_the_version_that_is_installed() {
    let home = Home::with_helper();
    let login = login_expiring_in(3600);
    let config = format!(r#"{{"auths": {{"{HOST}": {{"auth": "{login}"}}}}, "credsStore": "absent"}}"#);
    home.write(".docker/config.json", &config, 0o600);
    for (version, uses) in [("20.10.24", true), ("29.0.0", false)] {
        home.script("docker", &format!("#!/bin/sh\necho 'Docker version {version}, build 1'\n"));
        let (_, stdout, _) = text(&home.run(&["status"]));
        assert_eq!(stdout.contains("used by docker, "), uses, "{version}: {stdout}");
    }
}

#[test]
fn a_manifest_of_a_pull_secret_is_told_from_what_is_in_it() {
    let home = Home::with_helper();
    let config = STANDARD.encode(format!(r#"{{"auths": {{"{HOST}": {{"auth": "{}"}}}}}}"#, expired_login()));
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: ecr\ntype: kubernetes.io/dockerconfigjson\ndata:\n  .dockerconfigjson: {config}\n"
    );
    let path = home.write("secret.yaml", &secret, 0o600).display().to_string();
    let (code, _, stderr) = text(&home.run(&["resolve", HOST, "--client", "kubelet", "--config", &path]));
    assert!(code == Some(3) && stderr.contains("is a manifest of a pull secret"), "{stderr}");
    assert!(stderr.contains(&format!("Next: ecrpass fix --dry-run {path}")), "{stderr}");
    let inner = String::from_utf8(STANDARD.decode(config).unwrap()).unwrap();
    let path = home.write(".dockerconfigjson", &inner, 0o600).display().to_string();
    let (code, stdout, _) = text(&home.run(&["resolve", HOST, "--client", "kubelet", "--config", &path]));
    assert!(code == Some(1) && stdout.contains("That token expired"), "{stdout}");
}
