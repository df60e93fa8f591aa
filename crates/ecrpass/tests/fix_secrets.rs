//! `ecrpass fix` on pull secrets: a fresh token where the old one stood, and not a byte beside it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::string_slice)] // a test's way of failing

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{HOST, Home, expired_login, login_expiring_in, text};
use ecrpass_local::LocalEcr;

/// A file, and how the configuration is written in it.
type Kind = (&'static str, &'static str, fn(&str) -> String);

/// Every kind of file that a pull secret is kept in; CONFIG stands for its configuration.
const KINDS: [Kind; 7] = [
    (
        "data.yaml",
        "# from ops\napiVersion: v1\nkind: Secret\nmetadata:\n    name: regcred   # ours\n    namespace: shop\ntype: kubernetes.io/dockerconfigjson\ndata:\n    .dockerconfigjson:  CONFIG # kept\n    other: \"eA==\"\n---\nkind: Pod\napiVersion: v1\n",
        |config| STANDARD.encode(config),
    ),
    (
        "quoted.yaml",
        "kind: Secret\r\napiVersion: v1\r\nstringData:\r\n  '.dockerconfigjson': 'CONFIG'\r\n",
        str::to_owned,
    ),
    (
        "block.yaml",
        "kind: Secret\napiVersion: v1\nstringData:\n  .dockerconfigjson: |-\n        CONFIG\n",
        str::to_owned,
    ),
    (
        "data.json",
        "{\"apiVersion\":\"v1\",\n\t\"kind\": \"Secret\", \"data\" : {\".dockerconfigjson\":\"CONFIG\"}}",
        |config| STANDARD.encode(config),
    ),
    (
        "string.json",
        "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"stringData\":{\".dockerconfigjson\":CONFIG}}\n",
        |config| serde_json::Value::from(config).to_string(),
    ),
    (
        "list.yaml",
        "kind: List\napiVersion: v1\nitems:\n- kind: Secret\n  apiVersion: v1\n  data: {.dockerconfigjson: CONFIG}\n",
        |config| STANDARD.encode(config),
    ),
    (".dockerconfigjson", "CONFIG", str::to_owned),
];

fn config(auth: &str) -> String {
    format!(r#"{{"auths": {{"ghcr.io": {{"auth": "dTpw"}},  "{HOST}": {{"auth": "{auth}"}}}}}}"#)
}

/// The `auth` that is in a file now, found by what stands around it.
fn auth_in(now: &str, template: &str, encode: fn(&str) -> String) -> String {
    let (before, behind) = template.split_once("CONFIG").unwrap();
    let written = now.strip_prefix(before).and_then(|now| now.strip_suffix(behind));
    let written = written.unwrap_or_else(|| panic!("something else has changed:\n{now}"));
    let (decoded, plain) = (STANDARD.decode(written), written.replace("\\\"", "\""));
    let inner = decoded.map_or(plain, |bytes| String::from_utf8(bytes).unwrap());
    let inner = inner.trim_matches('"');
    let marked = config("MARK");
    let (start, end) = marked.trim_matches('"').split_once("MARK").unwrap();
    let auth = inner.strip_prefix(start).and_then(|inner| inner.strip_suffix(end));
    let auth = auth.unwrap_or_else(|| panic!("something else has changed: {inner}")).to_owned();
    assert_eq!(written, encode(&config(&auth)));
    auth
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn an_expired_login_gets_a_fresh_token_in_every_kind_of_file() {
    let home = Home::bare();
    let ecr = LocalEcr::start().unwrap();
    for (name, template, encode) in KINDS {
        let before = template.replace("CONFIG", &encode(&config(&expired_login())));
        let path = home.write(name, &before, 0o644);
        let run = |arguments: &[&str]| text(&home.command(arguments).envs(ecr.env()).output().unwrap());
        let (code, stdout, stderr) = run(&["fix", "--dry-run", name]);
        assert_eq!(code, Some(1), "{name}: {stdout}{stderr}");
        assert!(stdout.contains("k8s-pull-secret-expired"), "{name}: {stdout}");
        assert_eq!(fs::read_to_string(&path).unwrap(), before, "{name}");

        let (code, stdout, stderr) = run(&["fix", name]);
        assert_eq!(code, Some(0), "{name}: {stdout}{stderr}");
        let now = fs::read_to_string(&path).unwrap();
        let auth = auth_in(&now, template, encode);
        let token = String::from_utf8(STANDARD.decode(&auth).unwrap()).unwrap();
        let password = token.strip_prefix("AWS:").unwrap();
        assert!(ecr.issued_to(password).is_some(), "{name}");
        assert!(
            stdout.contains("-") && stdout.contains("[redacted, expires 2023-11-14T"),
            "{name}: {stdout}"
        );
        assert!(!format!("{stdout}{stderr}").contains(&auth[..20]), "{name}");
        assert!(stdout.contains(&format!("kubectl apply -f {name}")), "{name}: {stdout}");
        assert_eq!(mode(&path), 0o600, "{name}");

        // Once it is right, there is nothing to do, and undoing brings back every byte.
        let (code, stdout, _) = run(&["fix", name]);
        assert_eq!(
            (code, stdout.contains("good for another 12 h") || stdout.contains("good for another 11 h")),
            (Some(0), true),
            "{name}: {stdout}"
        );
        assert_eq!(fs::read_to_string(&path).unwrap(), now, "{name}");
        assert!(stderr.contains(&format!("ecrpass fix --undo {name}")), "{name}: {stderr}");
        assert_eq!(run(&["fix", "--undo", name]).0, Some(0), "{name}");
        assert_eq!(fs::read_to_string(&path).unwrap(), before, "{name}");
    }
}

#[test]
fn a_secret_from_kubectl_goes_through_a_pipe() {
    let home = Home::bare();
    let ecr = LocalEcr::start().unwrap();
    let (_, template, encode) = KINDS[0];
    let before = template.replace("CONFIG", &encode(&config(&expired_login())));
    home.write("in.yaml", &before, 0o600);
    let mut command = home.command(&["fix", "-"]);
    let input = fs::File::open(home.path("in.yaml")).unwrap();
    let (code, stdout, stderr) = text(&command.envs(ecr.env()).stdin(input).output().unwrap());
    assert_eq!(code, Some(0), "{stderr}");
    auth_in(&stdout, template, encode);
    assert!(stderr.contains("[k8s-pull-secret-expired]"), "{stderr}");
    // Offline, what comes in goes out.
    let (code, stdout, stderr) = text(&home.run_with_input(&["fix", "--offline", "-"], &before));
    assert_eq!((code, stdout == before), (Some(0), true), "{stderr}");
}

#[test]
fn a_login_that_works_stays_and_without_aws_nothing_is_written() {
    let home = Home::bare();
    for (name, template, encode) in KINDS {
        let live = template.replace("CONFIG", &encode(&config(&login_expiring_in(7200))));
        let path = home.write(name, &live, 0o600);
        let (code, stdout, stderr) = text(&home.run(&["fix", "--unsafe", name]));
        assert_eq!(code, Some(0), "{name}: {stdout}{stderr}");
        assert!(stdout.contains("setup --client kubelet"), "{name}: {stdout}");
        assert_eq!(fs::read_to_string(&path).unwrap(), live, "{name}");

        let over = template.replace("CONFIG", &encode(&config(&expired_login())));
        let path = home.write(name, &over, 0o600);
        for offline in [&["--offline"][..], &[]] {
            let mut command = home.command(&["fix", name]);
            let output = command.args(offline).env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap();
            let (code, stdout, stderr) = text(&output);
            assert_eq!(code, Some(1), "{name}: {stdout}{stderr}");
            assert!(stdout.contains("fresh token"), "{name}: {stdout}");
            assert_eq!(fs::read_to_string(&path).unwrap(), over, "{name}");
        }
    }
    // What is no manifest at all, though it has the words.
    home.write("odd.yaml", "apiVersion: v1\nkind: Secret\ndata: [.dockerconfigjson\n", 0o600);
    let (code, _, stderr) = text(&home.run(&["fix", "--offline", "odd.yaml"]));
    assert_eq!((code, stderr.contains("kubectl create secret docker-registry")), (Some(3), true), "{stderr}");
}
