//! What repairing does to the broken configurations people have, and what it never does to any configuration.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing

mod support;

use std::fmt::Write as _;

use ecrpass_clients::client::{Client, ClientEnvironmentInMemory, HelperReply, Request, Supplier, resolve};
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_clients::repair::{HelperLogin, KnownMachine, Repair, Safety, repair};
use ecrpass_core::environment::OperatingSystem;
use ecrpass_json::Document;
use proptest::prelude::*;
use support::{HOST, NOW, OTHER, auth, filled, run_asking};

fn run(text: &str, installed: &[&str], with_unsafe: bool) -> Repair {
    run_on(OperatingSystem::Linux, text, installed, with_unsafe)
}

fn run_on(platform: OperatingSystem, text: &str, installed: &[&str], with_unsafe: bool) -> Repair {
    run_asking(platform, text, installed, with_unsafe, Some(&|_| HelperLogin::Works))
}

fn told(name: &str, text: &str, installed: &[&str]) -> String {
    let repair = run(text, installed, false);
    let mut told = format!("## {name}\n{text}\n->\n{}\n", repair.document.text());
    for change in &repair.changes {
        writeln!(told, "fixed {} {}: {}; {}", change.place, change.id, change.problem, change.fix).unwrap();
    }
    for change in &repair.left {
        writeln!(
            told,
            "left  {} {}: {}; {} ({:?})",
            change.place, change.id, change.problem, change.fix, change.safety
        )
        .unwrap();
    }
    told.replace(HOST, "HOST").replace(OTHER, "OTHER").replace(&auth(NOW + 3600), "LIVE")
}

#[test]
fn a_store_that_is_at_home_here_is_not_taken_out_unasked() {
    let text = r#"{"credsStore": "STORE", "credHelpers": {"HOST": "ecr-login"}}"#;
    for (platform, store, safety) in [
        (OperatingSystem::Linux, "osxkeychain", None),
        (OperatingSystem::Linux, "desktop", None),
        (OperatingSystem::Linux, "desktop.exe", Some(Safety::Unsafe)),
        (OperatingSystem::MacOs, "osxkeychain", Some(Safety::Unsafe)),
        (OperatingSystem::MacOs, "wincred", None),
        (OperatingSystem::Windows, "wincred", Some(Safety::Unsafe)),
    ] {
        let text = text.replace("STORE", store);
        let repair = run_on(platform, &text, &["ecr-login"], false);
        assert_eq!(repair.left.first().map(|change| change.safety), safety, "{store} on {platform:?}");
        assert_eq!(
            repair.document.text().contains("credsStore"),
            safety.is_some(),
            "{store} on {platform:?}"
        );
        let asked = run_on(platform, &text, &["ecr-login"], true);
        assert!(!asked.document.text().contains("credsStore"));
    }
}

#[test]
fn what_is_left_is_told_at_its_place_in_the_old_file() {
    let text = "{\n  \"auths\": {\n    \"HOST\": {\"auth\": \"EXPIRED\"},\n    \"OTHER\": {\"auth\": \"LIVE\"}\n  },\n  \"credHelpers\": {\"HOST\": \"ecr-login\", \"OTHER\": \"ecr-login\"}\n}";
    let repair = run(text, &["ecr-login"], false);
    assert_eq!(repair.changes.first().map(|change| change.place.line), Some(3));
    assert_eq!(repair.left.first().map(|change| change.place.line), Some(4), "{:?}", repair.left);
}

#[test]
fn the_broken_configurations_of_common_guides() {
    let cases = [
        (
            "stale login, Docker Desktop's store",
            r#"{
	"auths": {
		"HOST": {
			"auth": "EXPIRED"
		},
		"https://index.docker.io/v1/": {}
	},
	"credsStore": "desktop"
}
"#,
        ),
        (
            "ecr-login for everything",
            r#"{
  "credsStore": "ecr-login",
  "auths": {
    "HOST": {}
  }
}"#,
        ),
        ("ecr-login for everything, and no registry known", r#"{"credsStore": "ecr-login"}"#),
        (
            "a login URL with a repository in it",
            r#"{"auths": {"https://HOST/team/app": {"auth": "EXPIRED"}}}"#,
        ),
        (
            "keys that never match",
            r#"{"credHelpers": {"https://HOST": "ecr-login", "OTHER/team/": "ecr-login", "*.dkr.ecr.us-west-2.amazonaws.com": "ecr-login"}}"#,
        ),
        (
            "helpers that are not there",
            r#"{"credHelpers": {"HOST": "docker-credential-ecr-login", "OTHER": "", "gcr.io": "gcloud"}}"#,
        ),
        ("a login that still works", r#"{"auths": {"HOST": {"auth": "LIVE"}}}"#),
        (
            "logins nobody can read",
            r#"{"auths": {"HOST": {"auth": "%%%"}, "other.example": {"auth": "%%%"}}}"#,
        ),
        (
            "a login as somebody else",
            r#"{"auths": {"HOST": {"auth": "QUtJQTpzZWNyZXQ="}}, "credHelpers": {"HOST": "ecr-login"}}"#,
        ),
        (
            "a host that cannot be",
            r#"{"credHelpers": {"1234.dkr.ecr.us-east-1.amazonaws.com": "ecr-login"}}"#,
        ),
        ("wrong types", r#"{"auths": {}, "credHelpers": [], "experimental": true}"#),
        (
            "nothing wrong",
            r#"{"auths": {"other.example": {"auth": "QTpi"}}, "credHelpers": {"HOST": "ecr-login"}}"#,
        ),
    ];
    let all: Vec<String> = cases.iter().map(|(name, text)| told(name, text, &["ecr-login"])).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn without_the_helper_only_what_is_dead_goes() {
    let text = r#"{"auths": {"HOST": {"auth": "EXPIRED"}, "OTHER": {"auth": "LIVE"}}, "credHelpers": {"HOST": "ecr-login"}}"#;
    insta::assert_snapshot!(told("no helper on PATH", text, &[]));
}

#[test]
fn unsafe_fixes_wait_to_be_asked() {
    let text = r#"{"auths": {"HOST": {"auth": "LIVE"}}, "credHelpers": {"HOST": "ecr-login"}}"#;
    assert_eq!(run(text, &["ecr-login"], false).document.text(), filled(text));
    let forced = run(text, &["ecr-login"], true);
    assert_eq!(forced.document.text(), filled(r#"{"auths": {}, "credHelpers": {"HOST": "ecr-login"}}"#));
    assert_eq!(forced.changes[0].safety, Safety::Unsafe);
}

#[test]
fn the_store_from_before_comes_back() {
    let installed = |name: &str| ["ecr-login", "desktop", "pass"].contains(&name);
    let known = |previous: Option<&'static str>| {
        let known = KnownMachine {
            now: NOW,
            platform: OperatingSystem::Linux,
            is_installed: Some(&installed),
            registries: &[],
            public_used_in: None,
            delegate: None,
            previous_store: previous,
            login: None,
        };
        let text = filled(r#"{"credsStore": "ecr-login", "credHelpers": {"HOST": "ecr-login"}}"#);
        repair(&text, Format::Current, &known, false).unwrap().document.text().to_owned()
    };
    assert!(known(Some("desktop")).contains(r#""credsStore": "desktop""#));
    assert!(known(Some("gone")).contains(r#""credsStore": "pass""#));
    assert!(known(None).contains(r#""credsStore": "pass""#));
    // A store would hide passwords that stand in the file.
    let hub = r#"{"credsStore": "ecr-login", "auths": {"other.example": {"auth": "QTpi"}}, "credHelpers": {"HOST": "ecr-login"}}"#;
    assert!(!run(hub, &["ecr-login", "pass"], false).document.text().contains("credsStore"));
}

/// Keys of ECR registries in the spellings seen in the field.
fn ecr_key() -> impl Strategy<Value = String> {
    let host = prop_oneof![Just(HOST), Just(OTHER), Just("public.ecr.aws")];
    (host, 0..8_usize).prop_map(|(host, spelling)| match spelling {
        0 => format!("https://{host}"),
        1 => format!("http://{host}/"),
        2 => format!("https://{host}/v2/"),
        3 => format!("{host}/team/app"),
        4 => host.to_uppercase(),
        5 => format!("{host}:443"),
        _ => host.to_owned(),
    })
}

fn other_key() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("https://index.docker.io/v1/".to_owned()),
        Just("gcr.io".to_owned()),
        Just("registry.example:5000".to_owned()),
        "[a-z]{1,6}\\.example",
    ]
}

fn login() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("{}".to_owned()),
        Just("null".to_owned()),
        Just(format!("{{\"auth\": \"{}\"}}", auth(NOW - 7200))),
        Just(format!("{{\"auth\":\"{}\"}}", auth(NOW + 3600))),
        Just("{\"auth\": \"QTpi\", \"email\": \"x\"}".to_owned()),
        Just("{\"auth\": \"%\"}".to_owned()),
        Just("{\"identitytoken\": \"t\"}".to_owned()),
        Just("{\"username\": \"u\", \"password\": \"p\"}".to_owned()),
    ]
}

fn helper_name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("ecr-login"),
        Just(""),
        Just("desktop"),
        Just("docker-credential-ecr-login"),
        Just("installed")
    ]
    .prop_map(|name| format!("\"{name}\""))
}

/// A configuration that parses, in some layout.
fn configuration() -> impl Strategy<Value = String> {
    let entries = |value: BoxedStrategy<String>| {
        prop::collection::vec((prop_oneof![ecr_key(), other_key()], value), 0..5)
    };
    let store = prop_oneof![
        Just(None),
        Just(Some("ecr-login")),
        Just(Some("desktop")),
        Just(Some("installed")),
        Just(Some("")),
    ];
    let layout = (0..4_usize, any::<bool>(), any::<bool>(), any::<bool>());
    (entries(login().boxed()), entries(helper_name().boxed()), store, layout, 0..6_usize).prop_map(
        |(auths, helpers, store, (space, mark, newline, split), order)| {
            let (line, inner) = [("", ""), ("\n\t", "\n\t\t"), ("\r\n  ", "\r\n    "), (" ", " ")][space];
            let object = |members: &[(String, String)]| {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("{inner}\"{key}\": {value}")).collect();
                format!("{{{}{}}}", members.join(","), if members.is_empty() { "" } else { line })
            };
            let mut fields = vec![format!("{line}\"auths\": {}", object(&auths))];
            if split && helpers.len() > 1 {
                fields.push(format!("{line}\"credHelpers\": {}", object(&helpers[..1])));
                fields.push(format!("{line}\"CREDHELPERS\": {}", object(&helpers[1..])));
            } else if !helpers.is_empty() {
                fields.push(format!("{line}\"credHelpers\": {}", object(&helpers)));
            }
            if let Some(store) = store {
                fields.push(format!("{line}\"credsStore\": \"{store}\""));
            }
            fields.push(format!("{line}\"psFormat\": \"table {{{{.ID}}}}\\t\\u00e9\""));
            let turn = order % fields.len();
            fields.rotate_left(turn);
            let end = line.trim_end_matches([' ', '\t']);
            format!(
                "{}{{{}{end}}}{}",
                if mark { "\u{feff}" } else { "" },
                fields.join(","),
                if newline { "\n" } else { "" }
            )
        },
    )
}

/// The members of `auths` and `credHelpers` that are not ECR's, as they stand in the text.
fn others(text: &str) -> Vec<String> {
    let document = Document::parse(text).unwrap();
    let config = DockerConfig::read(&document, Format::Current);
    let is_other = |key: &str| ecrpass_core::Registry::parse(key).is_err();
    let auths = config.auths.iter().filter(|entry| is_other(&entry.key)).map(|entry| entry.span.clone());
    let helpers =
        config.cred_helpers.iter().filter(|entry| is_other(&entry.key)).map(|entry| entry.span.clone());
    auths.chain(helpers).map(|span| text[span].to_owned()).collect()
}

/// The ECR registries of a configuration, as bare hosts.
fn registries(text: &str) -> Vec<String> {
    let document = Document::parse(text).unwrap();
    let config = DockerConfig::read(&document, Format::Current);
    let keys =
        config.auths.iter().map(|entry| &entry.key).chain(config.cred_helpers.iter().map(|entry| &entry.key));
    keys.filter_map(|key| Some(ecrpass_core::Registry::parse(key).ok()?.host().to_owned())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn repairing_twice_changes_nothing_more(text in configuration(), with_unsafe in any::<bool>()) {
        let installed = ["ecr-login", "installed"];
        let once = run(&text, &installed, with_unsafe);
        let twice = run(once.document.text(), &installed, with_unsafe);
        prop_assert!(twice.changes.is_empty(), "{:?}", twice.changes);
        prop_assert_eq!(twice.document.text(), once.document.text());
    }

    #[test]
    fn other_registries_stay_byte_for_byte(text in configuration(), with_unsafe in any::<bool>(), helper in any::<bool>()) {
        let installed: &[&str] = if helper { &["ecr-login", "installed"] } else { &[] };
        let after = run(&text, installed, with_unsafe);
        prop_assert_eq!(others(after.document.text()), others(&text));
        prop_assert!(after.document.text().contains("\"psFormat\": \"table {{.ID}}\\t\\u00e9\""));
        prop_assert_eq!(after.document.text().ends_with('\n'), text.ends_with('\n'));
        prop_assert_eq!(after.document.text().contains("\r\n"), text.contains("\r\n"));
    }

    #[test]
    fn docker_then_asks_the_helper_for_every_registry(text in configuration()) {
        let after = run(&text, &["ecr-login", "installed"], false);
        let mut machine = ClientEnvironmentInMemory::default();
        machine.environment.variables.insert("HOME".to_owned(), "/home/u".to_owned());
        machine.environment.files.insert("/home/u/.docker/config.json".into(), after.document.text().to_owned());
        for name in ["ecr-login", "installed"] {
            machine.helpers.insert(name.to_owned(), HelperReply::NotAsked);
        }
        let before = Document::parse(&text).unwrap();
        let before = DockerConfig::read(&before, Format::Current);
        // `""` is there on purpose, and respected.
        let is_off = |host: &str| before.cred_helpers.iter().any(|entry| {
            entry.helper.is_empty() && ecrpass_core::Registry::parse(&entry.key).is_ok_and(|meant| meant.host() == host)
        });
        for host in registries(&text).into_iter().filter(|host| !is_off(host)) {
            let resolution = resolve(&Request::new(Client::Docker, host), &machine);
            prop_assert_eq!(resolution.outcome, Supplier::Helper, "{}\n{}", after.document.text(), resolution.summary);
        }
    }

    #[test]
    fn every_change_is_told_and_nothing_else_is_changed(text in configuration()) {
        let after = run(&text, &["ecr-login", "installed"], false);
        prop_assert_eq!(after.changes.is_empty(), after.document.text() == text);
        prop_assert!(after.changes.iter().all(|change| change.safety == Safety::Safe));
        let lines = text.lines().count().max(1);
        prop_assert!(after.changes.iter().all(|change| change.place.line <= lines));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        let known = KnownMachine {
            now: NOW, platform: OperatingSystem::Linux, is_installed: None, registries: &[], public_used_in: None, delegate: None, previous_store: None,
            login: None,
        };
        let _ = repair(&text, Format::Current, &known, true);
        let _ = repair(&text, Format::Legacy, &known, true);
    }
}
