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
        // A scheme that is not HTTP's becomes a host; a set in a pattern is no URL; `/v2` without a slash is a path.
        ("ftp://HOST", false),
        ("[0-9]*.dkr.ecr.us-east-1.amazonaws.com", false),
        ("https://HOST/v2", false),
        ("https://HOST/v2/team", true),
        ("me@HOST", true),
    ] {
        let machine = machine(&format!(r#"{{"auths": {{"{key}": LOGIN}}}}"#), None);
        assert_eq!(outcome(Client::Kubelet, &machine) == "auths", matches, "{key}");
    }
}

#[test]
fn oras_and_crane_stop_at_a_damaged_file_and_docker_does_not() {
    for (config, client, expected) in [
        ("{", Client::Docker, "anonymous"),
        ("{", Client::Oras, "error"),
        ("{", Client::Crane, "error"),
        ("{", Client::Regclient, "anonymous"),
        ("", Client::Oras, "anonymous"),
        ("", Client::Crane, "anonymous"),
        // An entry that cannot be decoded: of another registry, and of this one.
        (r#"{"auths": {"HOST": LOGIN, "other.example": {"auth": "%"}}}"#, Client::Oras, "auths"),
        (r#"{"auths": {"HOST": LOGIN, "other.example": {"auth": "%"}}}"#, Client::Crane, "error"),
        (r#"{"auths": {"HOST": LOGIN, "other.example": {"auth": "%"}}}"#, Client::Kubelet, "anonymous"),
        (
            r#"{"auths": {"HOST": LOGIN, "other.example": {"auth": "%"}}}"#,
            Client::TestcontainersGo,
            "anonymous",
        ),
        (r#"{"auths": {"HOST": {"auth": "%"}}}"#, Client::Oras, "error"),
        (r#"{"auths": {"HOST": {"auth": "%"}}}"#, Client::Regclient, "anonymous"),
        // The field that docker no longer knows.
        (r#"{"experimental": true, "auths": {"HOST": LOGIN}}"#, Client::Crane, "auths"),
        (r#"{"experimental": true, "auths": {"HOST": LOGIN}}"#, Client::Regclient, "auths"),
        (r#"{"detachKeys": 1, "auths": {"HOST": LOGIN}}"#, Client::Crane, "error"),
        (r#"{"auths": [], "credHelpers": {"HOST": "ecr-login"}}"#, Client::Oras, "error"),
    ] {
        let machine = machine(config, Some(HelperReply::NotAsked));
        assert_eq!(outcome(client, &machine), expected, "{client} {config}");
    }
}

#[test]
fn buildx_and_compose_pass_over_a_field_of_old_and_buildx_sends_an_identity_token_in_place_of_a_login() {
    let former = machine(r#"{"experimental": true, "auths": {"HOST": LOGIN}}"#, None);
    for (version, expected) in [(None, "auths"), (Some("0.38.2"), "auths"), (Some("0.30"), "anonymous")] {
        let version = version.map(|version| Version::parse(version).unwrap());
        let request = Request { version, ..Request::new(Client::Buildx, HOST) };
        assert_eq!(resolve(&request, &former).outcome.id(), expected, "{version:?}");
    }
    assert_eq!(outcome(Client::Docker, &former), "anonymous");
    assert_eq!(outcome(Client::Compose, &former), "auths");
    let token = r#"{"auths": {"HOST": {"auth": "QVdTOnNlY3JldA==", "identitytoken": "t"}}}"#;
    assert_eq!(outcome(Client::Buildx, &machine(token, None)), "anonymous");
    assert_eq!(outcome(Client::Docker, &machine(token, None)), "auths");
}

#[test]
fn only_what_looks_like_docker_itself_looks_for_a_store() {
    let mut machine = machine("{}", None);
    machine.helpers.insert("secretservice".to_owned(), HelperReply::NotAsked);
    for (client, expected) in [
        (Client::Docker, "store"),
        (Client::Helm, "store"),
        (Client::Oras, "anonymous"),
        (Client::Crane, "anonymous"),
        (Client::Regclient, "anonymous"),
    ] {
        assert_eq!(outcome(client, &machine), expected, "{client}");
    }
}

#[test]
fn helm_asks_the_platforms_store_before_dockers_file() {
    let login = r#"{"auths": {"HOST": LOGIN}}"#;
    for (answer, expected) in [
        (HelperReply::NotAsked, "store"),
        (HelperReply::NotFound, "auths"),
        (HelperReply::Failed("locked".to_owned()), "error"),
    ] {
        let mut machine = machine(login, None);
        machine.helpers.insert("secretservice".to_owned(), answer);
        assert_eq!(outcome(Client::Helm, &machine), expected);
    }
    // docker's file is passed over where it is damaged; Helm's own ends it.
    assert_eq!(outcome(Client::Helm, &machine("{", None)), "anonymous");
    let mut own = machine(login, None);
    own.environment.files.insert("/home/u/.config/helm/registry/config.json".into(), "{".to_owned());
    assert_eq!(outcome(Client::Helm, &own), "error");
}

#[test]
fn regctl_merges_and_the_last_word_counts() {
    let own = ("/home/u/.regctl/config.json", r#"{"hosts": {"HOST": {"user": "own", "pass": "p"}}}"#);
    let program = r#"{"hosts": {"HOST": {"credHelper": "docker-credential-ecr-login"}}}"#;
    for (config, own, expected) in [
        (r#"{"credHelpers": {"HOST": "ecr-login"}}"#, Some(own), "auths"),
        (r#"{"auths": {"HOST": LOGIN}}"#, Some((own.0, program)), "helper"),
        (r#"{"auths": {"HOST": LOGIN}, "credHelpers": {"https://HOST": "ecr-login"}}"#, None, "helper"),
        (r#"{"auths": {"HOST": LOGIN}, "credHelpers": {"https://HOST/v2/": "ecr-login"}}"#, None, "auths"),
        (r#"{"auths": {"http://HOST": LOGIN}}"#, None, "error"),
        (r#"{"credHelpers": {"HOST": "ecr-login"}, "credsStore": "gone"}"#, None, "helper"),
    ] {
        let mut machine = machine(config, Some(HelperReply::NotAsked));
        if let Some((path, text)) = own {
            machine.environment.files.insert(path.into(), filled(text));
        }
        assert_eq!(outcome(Client::Regclient, &machine), expected, "{config}");
    }
}

#[test]
fn crane_asks_the_variable_for_each_name_and_only_beside_a_file() {
    let variable = filled(r#"{"auths": {"HOST": LOGIN}}"#);
    for (config, expected) in [
        (r#"{"credHelpers": {"HOST": "ecr-login"}}"#, "environment"),
        // The store is asked for the repository first, of which the variable knows nothing.
        (r#"{"credsStore": "ecr-login"}"#, "store"),
        ("{}", "environment"),
    ] {
        let mut machine = machine(config, Some(HelperReply::NotAsked));
        machine.environment.variables.insert("DOCKER_AUTH_CONFIG".to_owned(), variable.clone());
        assert_eq!(outcome(Client::Crane, &machine), expected, "{config}");
        machine.environment.files.clear();
        assert_eq!(outcome(Client::Crane, &machine), "anonymous");
    }
}

#[test]
fn testcontainers_go_asks_the_file_for_what_the_variable_names() {
    let variable = filled(r#"{"auths": {"HOST": LOGIN}}"#);
    for (config, expected) in [
        ("{}", "anonymous"),
        (r#"{"credHelpers": {"HOST": "ecr-login"}}"#, "helper"),
        (r#"{"auths": {"HOST": LOGIN}}"#, "auths"),
    ] {
        let mut machine = machine(config, Some(HelperReply::NotAsked));
        machine.environment.variables.insert("DOCKER_AUTH_CONFIG".to_owned(), variable.clone());
        assert_eq!(outcome(Client::TestcontainersGo, &machine), expected, "{config}");
    }
}

#[test]
fn jib_decodes_as_java_does_and_ends_at_what_it_cannot_decode() {
    let entry = |auth: &str| format!("{{\"auths\": {{\"HOST\": {{\"auth\": \"{auth}\"}}}}}}");
    for (config, expected) in [
        // `AWS:secre`, without its padding.
        (entry("QVdTOnNlY3Jl"), "auths"),
        (entry("QVdTOnNlY3I"), "auths"),
        (entry("QVdTOnNl\\nY3Jl"), "error"),
        (entry("%"), "error"),
        (entry("QVdT"), "error"),
        (format!("\u{feff}{}", entry("QVdTOnNlY3Jl")), "auths"),
        ("{".to_owned(), "anonymous"),
    ] {
        assert_eq!(
            outcome(Client::Jib, &machine(&config, Some(HelperReply::NotFound))),
            expected,
            "{config}"
        );
    }
    // What it takes for credentials ends its search, although it cannot be sent.
    assert_eq!(outcome(Client::Jib, &machine(HELPER, Some(HelperReply::IdentityToken))), "anonymous");
}

#[test]
fn jib_passes_over_a_file_that_it_cannot_parse() {
    const PODMANS: &str = "/run/user/1/containers/auth.json";
    let login = r#"{"auths": {"HOST": LOGIN}}"#;
    for (first, expected) in [
        ("{", "auths"),
        // Neither the helpers of such a file nor its logins are used.
        (r#"{"auths": [], "credHelpers": {"HOST": "ecr-login"}}"#, "auths"),
        (r#"{"auths": {"HOST": LOGIN}, "credHelpers": []}"#, "auths"),
        (r#"{"credHelpers": {"HOST": "ecr-login"}}"#, "helper"),
    ] {
        let mut machine = machine(login, Some(HelperReply::Credentials("AWS".to_owned())));
        machine.environment.variables.insert("XDG_RUNTIME_DIR".to_owned(), "/run/user/1".to_owned());
        machine.environment.files.insert(PODMANS.into(), filled(first));
        let request = Request::new(Client::Jib, HOST);
        let resolution = resolve(&request, &machine);
        assert_eq!(resolution.outcome.id(), expected, "{first}");
        if expected == "auths" {
            let file = resolution.file.unwrap();
            assert_eq!(file.to_str(), Some("/home/u/.docker/config.json"), "{first}");
        }
    }
}

#[test]
fn json_keeps_the_contract() {
    let machine = machine(r#"{"credsStore": "desktop"}"#, None);
    let resolution = resolve(&Request::new(Client::Docker, HOST), &machine);
    insta::assert_snapshot!(serde_json::to_string_pretty(&resolution).unwrap());
}
