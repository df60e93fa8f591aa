//! The safe copy: it diagnoses as the original does, and holds nothing that was secret or somebody's.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::{KnownMachine, repair};
use ecrpass_diagnosis::engine::configuration;
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::examination::examine;
use ecrpass_diagnosis::facts::Bundle;
use ecrpass_diagnosis::finding::Finding;
use ecrpass_diagnosis::input_kind::{InputKind, kind};
use ecrpass_diagnosis::safe_copy::shareable;
use proptest::prelude::*;

const CONFIGURATION: InputKind = InputKind::Configuration(Format::Current);

/// What a finding says, but for the names in it.
fn gist(findings: &[Finding]) -> Vec<String> {
    let gist = |finding: &Finding| {
        let lines: Vec<_> = finding.evidence.iter().map(|evidence| evidence.line).collect();
        format!("{} {:?} {:?} {lines:?}", finding.id, finding.severity, finding.confidence)
    };
    findings.iter().map(gist).collect()
}

fn sections() -> Vec<(String, String)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/diagnosis");
    let mut sections = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = format!("\n{}", fs::read_to_string(&path).unwrap());
        for part in text.split("\n=== ").skip(1) {
            let (name, text) = part.split_once('\n').unwrap_or((part, ""));
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            sections.push((format!("{file}: {name}"), text.to_owned()));
        }
    }
    sections
}

#[test]
fn logs_diagnose_the_same() {
    let mut wrong = String::new();
    for (name, text) in sections() {
        let copy = shareable(&text, InputKind::Log);
        let (before, after) = (gist(&explain("log", &text)), gist(&explain("log", &copy)));
        if before != after {
            writeln!(wrong, "{name}: {before:?} became {after:?}\n{copy}").unwrap();
        }
        assert_eq!(shareable(&copy, InputKind::Log), copy, "{name}: twice is not once");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn findings(text: &str) -> Vec<String> {
    let known = KnownMachine::of_text(1_800_000_000);
    match repair(text, Format::Current, &known, false) {
        Ok(repair) => gist(&configuration::findings(&repair, "file", false).collect::<Vec<_>>()),
        Err(error) => gist(&[configuration::invalid(&error, "file")]),
    }
}

fn login(user: &str, expiration: i64) -> String {
    let password = STANDARD.encode(format!(r#"{{"payload":"hunter2","expiration":{expiration}}}"#));
    STANDARD.encode(format!("{user}:{password}"))
}

#[test]
fn configurations_diagnose_the_same() {
    const ECR: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    let (dead, live) = (login("AWS", 1_700_000_000), login("AWS", 1_900_000_000));
    for text in [
        format!(r#"{{"auths": {{"{ECR}": {{"auth": "{dead}"}}}}}}"#),
        format!(r#"{{"auths": {{"{ECR}": {{"auth": "{live}", "email": "ada@corp.example"}}}}}}"#),
        format!(r#"{{"auths": {{"{ECR}": {{"auth": "{live}"}}}}, "credHelpers": {{"{ECR}": "ecr-login"}}}}"#),
        format!(r#"{{"auths": {{"{ECR}": {{"auth": "{}"}}}}}}"#, dead.trim_end_matches('=')),
        format!(r#"{{"auths": {{"{ECR}": {{"auth": "%%%"}}, "x.corp.example": {{"auth": "QVdT"}}}}}}"#),
        format!(r#"{{"auths": {{"{ECR}": {{"auth": 12345}}, "h": "hunter2", "i": [1]}}}}"#),
        format!(r#"{{"auths": {{"{ECR}": {{"username": "AWS", "password": "hunter2"}}}}}}"#),
        r#"{"auths": "hunter2", "credsStore": "desktop"}"#.to_owned(),
        format!("\u{feff}{{\n\"credHelpers\": {{\"https://{ECR}/v2/\": \"ecr-login\"}}\n}}"),
        format!("{{\n\"auths\": {{\"{ECR}\": {{\"auth\": \"{live}\"}},\n}}}}"),
    ] {
        let copy = shareable(&text, kind(&text));
        assert_eq!(findings(&copy), findings(&text), "{text}\n{copy}");
        assert!(
            !copy.contains("hunter2") && !copy.contains(&live) && !copy.contains("123456789012"),
            "{copy}"
        );
        assert!(!copy.contains("ada@") && !copy.contains("corp."), "{copy}");
        assert_eq!(shareable(&copy, CONFIGURATION), copy, "twice is not once");
    }
}

#[test]
fn hosts_are_known_by_their_place() {
    let text = r#"{"auths": {"https://images.acme.zone/v1/": {"auth": "QVdTOng="}}, "credHelpers": {"acme-cache:5000": "x"}}"#;
    let copy = shareable(text, CONFIGURATION);
    assert!(!copy.contains("acme"), "{copy}");
    assert_eq!(findings(&copy), findings(text));
    assert_eq!(shareable(&copy, CONFIGURATION), copy, "twice is not once");
}

/// What a bundle's replay finds.
fn replayed(text: &str) -> Vec<String> {
    let bundle = Bundle::parse(text).unwrap();
    examine(&bundle).findings.iter().map(|finding| finding.id.to_string()).collect()
}

#[test]
fn bundles_diagnose_the_same() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bundles/healthy.json");
    let pretty = fs::read_to_string(path).unwrap();
    let value: serde_json::Value = serde_json::from_str(&pretty).unwrap();
    let minified = serde_json::to_string(&value).unwrap();
    // A header, a password and a token in the middle of a line that is the whole document.
    let with = |words: &str| {
        let mut value = value.clone();
        value["machine"]["name"] = words.into();
        serde_json::to_string(&value).unwrap()
    };
    let spoilt = |pointer: &str, new: serde_json::Value| {
        let mut value = value.clone();
        *value.pointer_mut(pointer).unwrap() = new;
        serde_json::to_string(&value).unwrap()
    };
    for text in [
        pretty.clone(),
        minified,
        spoilt(
            "/machine/daemon",
            serde_json::json!({"known": {"address": "unix:///s", "unreachable": "no"}}),
        ),
        spoilt(
            "/subjects/0/login",
            serde_json::json!({"known": {"status": 401, "message": "Authorization: Basic hunter2hunter2"}}),
        ),
        with("sent Authorization: Basic aHVudGVyMg=="),
        with("-H \"Authorization: hunter2hunter2\" --password \"o'hunter2\""),
        with("password=hunter2\nCookie: hunter2\ntoken=hunter2\\"),
    ] {
        let copy = shareable(&text, InputKind::Bundle);
        assert!(!copy.contains("hunter2"), "{copy}");
        assert_eq!(replayed(&copy), replayed(&text));
    }
}

/// Secrets as they occur, each with what makes it one.
fn secret() -> impl Strategy<Value = String> {
    prop_oneof![
        // A secret access key.
        "[A-Za-z0-9/+]{37}[a-z][A-Z][0-9]",
        // An access key id.
        "(AKIA|ASIA)[A-Z0-9]{16}",
        // A session token, an ECR password.
        "(IQoJb3JpZ2lu|FwoGZXIvYXdz)[A-Za-z0-9/+]{300,400}a1B",
        "eyJwYXlsb2FkIjoi[A-Za-z0-9+/]{200,400}",
        // Tokens of others.
        "ghp_[A-Za-z0-9]{36}",
        "glpat-[A-Za-z0-9]{20}",
        "eyJhbGciOiJSUzI1NiJ9\\.eyJ[A-Za-z0-9]{40}\\.[A-Za-z0-9_-]{43}",
    ]
}

/// What is a secret by its place alone: the secret, and what stands before and after it.
fn placed() -> impl Strategy<Value = (String, (&'static str, &'static str))> {
    let pair = prop::sample::select(&PLACES[..]);
    ("[A-Z][a-z]{3}[0-9]{3}[A-Za-z0-9]{2,12}", pair)
}

const PLACES: [(&str, &str); 30] = [
    ("docker login -u AWS -p \"", "\" h\n"),
    ("docker login -p '", "' h\n"),
    ("docker login -p=", " h\n"),
    ("docker login --password  ", " h\n"),
    ("[\"--password\",\"", "\"]\n"),
    ("[\"login\", \"-p\", \"", "\"]\n"),
    ("'Authorization': b'Basic ", "'\n"),
    ("\"Authorization\": [\"Basic ", "\"]\n"),
    ("with Bearer ", " to\n"),
    ("Proxy-Authorization: ", "\n"),
    ("\\nAuthorization: Basic ", "\\n"),
    ("\"password\": \"o'", "\"\n"),
    ("\"password\": \"o\\\"", "\"\n"),
    ("{\\\"password\\\": \\\"", "\\\"}\n"),
    ("DOCKER_PASS=", "\n"),
    ("CI_JOB_TOKEN=", "\n"),
    ("VAULT_TOKEN=", " x\n"),
    ("MYSQL_PWD=", "\n"),
    ("X-Vault-Token: ", "\n"),
    ("Cookie: a=b; c=", "\n"),
    ("\n  auth: ", "\n"),
    ("\ntoken: ", "\n"),
    ("\npassword: ", "\n"),
    ("--creds u:", " x\n"),
    ("--src-creds=u:", " x\n"),
    ("--dest-creds 'u:", "' x\n"),
    ("curl -u u:", " https://h\n"),
    ("https://", "@host.tld/x\n"),
    ("user:", "@host.tld\n"),
    ("arn:aws:iam::1:role/x;password=", "\n"),
];

/// What identifies.
fn identity() -> impl Strategy<Value = String> {
    prop_oneof![
        "[2-9][0-9]{11}",
        "[a-z]{5}\\.[a-z]{5}@[a-z]{6}\\.(com|org|example)",
        "[a-z]{4}[0-9]{3}\\.[a-z]{7}\\.(com|net|internal|corp)",
        "10\\.[1-9][0-9]\\.[1-9][0-9]\\.[1-9][0-9]",
        "ip-10-[0-9]{2}-[0-9]{2}-[0-9]{2}",
        "2600:1f18:[1-9a-f]{4}:[1-9a-f]{4}::[1-9]",
    ]
}

const AROUND: [(&str, &str); 14] = [
    (" ", " "),
    ("\"", "\""),
    ("'", "'"),
    ("(", ")"),
    ("=", "\n"),
    (": ", ", "),
    ("[", "]"),
    ("\n", "\n"),
    // As they stand in logs in JSON, in colours, and in sentences.
    ("\\n", "\\n"),
    ("\\t", "\\r\\n"),
    ("\\u001b[32m", "\\u001b[0m"),
    ("\u{1b}[1;32m", "\u{1b}[0m"),
    (" ", ". "),
    ("\\\\n", "\\\\n"),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn planted_secrets_are_not_in_a_log(
        secrets in prop::collection::vec((secret(), prop::sample::select(&AROUND[..]), "[a-z .\n]{0,30}"), 1..6),
        placed in prop::collection::vec(placed(), 0..4),
        others in prop::collection::vec((identity(), prop::sample::select(&AROUND[..])), 0..4),
    ) {
        let mut text = String::new();
        for (secret, (before, after), between) in &secrets {
            write!(text, "{between}{before}{secret}{after}").unwrap();
        }
        text.push('\n');
        for (secret, (before, after)) in &placed {
            write!(text, "{before}{secret}{after}").unwrap();
        }
        for (other, (before, after)) in &others {
            write!(text, "{before}{other}{after}").unwrap();
        }
        let copy = shareable(&text, InputKind::Log);
        for (secret, _, _) in &secrets {
            prop_assert!(!copy.contains(secret.as_str()), "{}\n{}", text, copy);
        }
        for (secret, place) in &placed {
            prop_assert!(!copy.contains(secret.as_str()), "{:?}: {}\n{}", place, text, copy);
        }
        for (other, _) in &others {
            prop_assert!(!copy.contains(other.as_str()), "{}\n{}", text, copy);
        }
    }

    #[test]
    fn planted_passwords_are_not_in_a_configuration(
        password in "[!#-Z^-~]{8,40}", user in "[a-z]{6,12}", key in prop::sample::select(&["auth", "Password", "identitytoken", "registryToken", "password"][..]),
        host in "[a-z]{5}\\.[a-z]{6}\\.com", is_encoded in any::<bool>(),
    ) {
        // A password that is also the name of something is no secret to lose.
        prop_assume!(!"auths username password redacted httpheaders".contains(&password.to_ascii_lowercase()));
        let value = if is_encoded { STANDARD.encode(format!("{user}:{password}")) } else { password.clone() };
        let text = format!(
            r#"{{"auths": {{"{host}": {{"{key}": "{value}", "username": "{user}"}}}}, "HttpHeaders": {{"X-Key": "{password}"}}}}"#
        );
        let copy = shareable(&text, kind(&text));
        for secret in [&password, &value, &user, &host] {
            prop_assert!(!copy.contains(secret.as_str()), "{}\n{}", text, copy);
        }
        prop_assert_eq!(findings(&copy), findings(&text));
    }

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        for kind in [InputKind::Log, CONFIGURATION, InputKind::Configuration(Format::Legacy)] {
            let _ = shareable(&text, kind);
        }
    }
}
