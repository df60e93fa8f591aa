//! Every client's way with the configurations people have, as tables. What the real docker, docker-py, podman, skopeo
//! and buildah do is compared end to end elsewhere; these tables hold the others to the rules in their sources.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing

use std::fmt::Write as _;

use ecrpass_clients::client::{
    Client, ClientEnvironmentInMemory, HelperReply, Operation, Request, Version, resolve,
};

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// `AWS:secret`
const LOGIN: &str = r#"{"auth": "QVdTOnNlY3JldA=="}"#;

fn filled(text: &str) -> String {
    text.replace("HOST", HOST).replace("LOGIN", LOGIN)
}

fn machine(config: &str, answer: Option<HelperReply>) -> ClientEnvironmentInMemory {
    let mut machine = ClientEnvironmentInMemory::default();
    machine.environment.variables.insert("HOME".to_owned(), "/home/u".to_owned());
    machine.environment.files.insert("/home/u/.docker/config.json".into(), filled(config));
    if let Some(answer) = answer {
        machine.helpers.insert("ecr-login".to_owned(), answer);
        machine.lists.insert("ecr-login".to_owned(), Vec::new());
    }
    machine
}

fn outcome(client: Client, machine: &ClientEnvironmentInMemory) -> &'static str {
    let request = Request { repository: Some("team/app".to_owned()), ..Request::new(client, HOST) };
    resolve(&request, machine).outcome.id()
}

const HELPER: &str = r#"{"credHelpers": {"HOST": "ecr-login"}, "auths": {"HOST": LOGIN}}"#;

#[test]
fn all_clients_under_the_common_configurations() {
    let credentials = || Some(HelperReply::Credentials("AWS".to_owned()));
    let store = r#"{"credsStore": "ecr-login", "auths": {"HOST": LOGIN}}"#;
    let columns = [
        ("helper", machine(HELPER, credentials())),
        ("not-found", machine(HELPER, Some(HelperReply::NotFound))),
        ("fails", machine(HELPER, Some(HelperReply::Failed("no".to_owned())))),
        ("missing", machine(HELPER, None)),
        ("store", machine(store, credentials())),
        ("st-missing", machine(store, None)),
        ("auths", machine(r#"{"auths": {"HOST": LOGIN}}"#, None)),
        ("auths url", machine(r#"{"auths": {"https://HOST/v2/": LOGIN}}"#, None)),
        ("nothing", machine("{}", None)),
    ];
    let mut table = format!("{:<20}", "");
    for (name, _) in &columns {
        write!(table, "{name:<12}").unwrap();
    }
    for client in Client::ALL {
        write!(table, "\n{:<20}", client.id()).unwrap();
        for (_, machine) in &columns {
            write!(table, "{:<12}", outcome(client, machine)).unwrap();
        }
    }
    let table: Vec<&str> = table.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(table.join("\n"));
}

#[test]
fn docker_changed_its_mind_about_failing_helpers() {
    let machine = machine(HELPER, Some(HelperReply::Failed("no".to_owned())));
    for (operation, version, expected) in [
        (Operation::Pull, "28.9", "auths"),
        (Operation::Pull, "29.0", "error"),
        (Operation::Push, "28.4.0", "auths"),
        (Operation::Push, "28.5", "error"),
        (Operation::Create, "28.0.2", "auths"),
        (Operation::Create, "28.0.3", "error"),
        (Operation::Create, "28.1", "error"),
        (Operation::Build, "22.0", "auths"),
        (Operation::Build, "23.0", "error"),
    ] {
        let request =
            Request { operation, version: Version::parse(version), ..Request::new(Client::Docker, HOST) };
        assert_eq!(resolve(&request, &machine).outcome.id(), expected, "{} {version}", operation.id());
    }
}

#[test]
fn the_variable_counts_since_docker_28_3() {
    let mut machine = machine(r#"{"credHelpers": {"HOST": "ecr-login"}}"#, Some(HelperReply::NotAsked));
    let plain = r#"{"auths": {"HOST": LOGIN}}"#;
    // One word too many, and docker passes the variable over; others do not.
    let more = r#"{"auths": {"HOST": LOGIN}, "credHelpers": {}}"#;
    for (value, version, client, expected) in [
        (plain, "28.3", Client::Docker, "environment"),
        (plain, "28.2.2", Client::Docker, "helper"),
        (more, "29", Client::Docker, "helper"),
        (more, "1", Client::TestcontainersJava, "environment"),
        (r#"{"auths": {"https://HOST": LOGIN}}"#, "29", Client::Docker, "helper"),
    ] {
        machine.environment.variables.insert("DOCKER_AUTH_CONFIG".to_owned(), filled(value));
        let request = Request { version: Version::parse(version), ..Request::new(client, HOST) };
        assert_eq!(resolve(&request, &machine).outcome.id(), expected, "{value} {client} {version}");
    }
}

#[test]
fn old_logins_outrank_helpers_where_they_are_known_to() {
    let mut helm = machine(r#"{"credHelpers": {"HOST": "ecr-login"}}"#, Some(HelperReply::NotAsked));
    let login = filled(r#"{"auths": {"HOST": LOGIN}}"#);
    helm.environment.files.insert("/home/u/.config/helm/registry/config.json".into(), login);
    assert_eq!(outcome(Client::Helm, &helm), "auths");
    let nerdctl = r#"{"credHelpers": {"HOST": "ecr-login"}, "auths": {"HOST:443": LOGIN}}"#;
    let nerdctl = machine(nerdctl, Some(HelperReply::NotAsked));
    assert_eq!(outcome(Client::Nerdctl, &nerdctl), "auths");
    assert_eq!(outcome(Client::Docker, &nerdctl), "helper");
}

#[test]
fn the_kubelet_matches_patterns_and_prefixes() {
    for (key, matches) in [
        ("HOST", true),
        ("https://HOST/v2/", true),
        ("*.dkr.ecr.*.amazonaws.com", true),
        ("*.amazonaws.com", false),
        ("HOST/tea", true),
        ("HOST/other", false),
        ("HOST:443", false),
    ] {
        let machine = machine(&format!(r#"{{"auths": {{"{key}": LOGIN}}}}"#), None);
        assert_eq!(outcome(Client::Kubelet, &machine) == "auths", matches, "{key}");
    }
}

#[test]
fn json_keeps_the_contract() {
    let machine = machine(r#"{"credsStore": "desktop"}"#, None);
    let resolution = resolve(&Request::new(Client::Docker, HOST), &machine);
    insta::assert_snapshot!(serde_json::to_string_pretty(&resolution).unwrap());
}
