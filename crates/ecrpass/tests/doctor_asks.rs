//! Whom `ecrpass doctor` asks besides AWS as this user: a cluster, for the pull secrets of a pod, and the profiles that
//! are configured here, for the registry's account. And what is known of a sign-in where nobody is asked.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod common;

use common::{HOST, Home, expired_login, text};
use ecrpass_local::{LocalEcr, Policy, Role};
use serde_json::{Value, json};

/// A cluster whose pods pull with an expired login, in place of kubectl: it notes what it was asked.
fn cluster(home: &Home, names: &[&str]) {
    let auths = json!({"auths": {HOST: {"auth": expired_login()}}}).to_string();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "regcred", "namespace": "shop"},
        "type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": auths}});
    let secrets: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "imagePullSecrets": secrets,
        "metadata": {"name": "builder", "namespace": "shop"}});
    home.write("secret.out", &secret.to_string(), 0o600);
    home.write("serviceaccount.out", &account.to_string(), 0o600);
    home.script(
        "kubectl",
        "#!/bin/sh\necho \"$@\" >> \"$HOME/asked\"\nif [ -f \"$HOME/$4.out\" ]; then /bin/cat \"$HOME/$4.out\"; fi\n",
    );
}

fn findings(home: &Home, arguments: &[&str]) -> (Vec<String>, String) {
    let mut command = home.command(&["doctor", "--format", "json", "--deadline", "4"]);
    command.args(arguments).env("AWS_EC2_METADATA_DISABLED", "true");
    let (_, stdout, stderr) = text(&command.output().unwrap());
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let ids = report["findings"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
    (ids.collect(), stdout + &stderr)
}

#[test]
fn a_cluster_is_asked_for_the_secrets_that_a_file_leaves_out() {
    let pod = |spec: Value| {
        let mut spec = spec;
        spec["containers"] = json!([{"image": format!("{HOST}/team/app:1")}]);
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"}, "spec": spec})
    };
    for spec in [json!({"imagePullSecrets": [{"name": "regcred"}]}), json!({"serviceAccountName": "builder"})]
    {
        let home = Home::with_helper();
        cluster(&home, &["regcred"]);
        home.write("kubeconfig", "", 0o600);
        home.write("pod.json", &pod(spec).to_string(), 0o600);
        let (without, _) = findings(&home, &["pod.json"]);
        assert!(!without.contains(&"k8s-pull-secret-expired".to_owned()), "{without:?}");
        assert!(!home.path("asked").exists());
        let (with, said) = findings(&home, &["pod.json", "--kubeconfig", "kubeconfig"]);
        assert!(with.contains(&"k8s-pull-secret-expired".to_owned()), "{with:?}: {said}");
        assert!(!said.contains(&expired_login()[..40]), "{said}");
        let asked = std::fs::read_to_string(home.path("asked")).unwrap();
        assert!(
            asked.contains("get secret --ignore-not-found --output=json --namespace shop -- regcred"),
            "{asked}"
        );
    }
    // Where it cannot be asked, that is said, and the rest is examined.
    let home = Home::with_helper();
    home.script("kubectl", "#!/bin/sh\necho 'error: no such context' >&2\nexit 1\n");
    home.write("pod.json", &pod(json!({"imagePullSecrets": [{"name": "regcred"}]})).to_string(), 0o600);
    let (_, said) = findings(&home, &["pod.json", "--kubeconfig", "kubeconfig"]);
    assert!(said.contains("the cluster was not asked: kubectl: error: no such context"), "{said}");
}

#[test]
fn profiles_of_the_registrys_account_are_found_by_asking_who_they_are() {
    const ELSEWHERE: &str = "210987654321";
    let home = Home::with_helper();
    let ecr = LocalEcr::start().unwrap();
    let role = ecr.add_role(Role::new(ELSEWHERE, "deploy").trust(&["arn:aws:iam::123456789012:user/local"]));
    let missing = ecr.role_arn(ELSEWHERE, "missing");
    home.write(
        ".aws/config",
        &format!("[profile prod]\nrole_arn = {role}\ncredential_source = Environment\n[profile gone]\nrole_arn = {missing}\ncredential_source = Environment\n[profile own]\nrole_arn = arn:aws:iam::123456789012:role/deploy\ncredential_source = Environment\n"),
        0o600,
    );
    for (account, expected) in [(ELSEWHERE, json!(["prod"])), ("123456789012", Value::Null)] {
        let image = format!("{account}.dkr.ecr.us-east-1.amazonaws.com/team/app:1");
        let mut command = home.command(&["doctor", &image, "--deadline", "6", "--record", "bundle.json"]);
        let output = command.envs(ecr.env()).output().unwrap();
        let bundle = std::fs::read_to_string(home.path("bundle.json")).unwrap();
        let bundle: Value = serde_json::from_str(&bundle).unwrap();
        assert_eq!(bundle["subjects"][0]["profiles_of_account"], expected, "{:?}", text(&output));
    }
}

#[test]
fn a_registry_that_is_not_ecrs_and_asks_our_helper_is_explained() {
    let home = Home::with_helper();
    home.write(".docker/config.json", r#"{"credsStore": "ecr-login"}"#, 0o600);
    let run = |host: &str| text(&home.run(&["doctor", "--offline", host]));
    let (code, _, stderr) = run("ghcr.io/a/b:1");
    assert_eq!(code, Some(1), "{stderr}");
    assert!(
        stderr.contains("`credsStore` names it for every registry") && stderr.contains("Next: ecrpass fix"),
        "{stderr}"
    );
    // An alias stands for its registry, whose image is examined.
    let settings = format!("[[registry]]\nhost = \"images.example\"\nalias_of = \"{HOST}\"\n");
    home.write(".config/ecrpass/config.toml", &settings, 0o600);
    let (_, stdout, stderr) = run("images.example/team/app:1");
    assert!(stderr.contains(&format!("images.example is an alias of {HOST}")), "{stderr}");
    assert!(stdout.contains(&format!("{HOST}/team/app:1")), "{stdout}{stderr}");
    // Who does not ask it gets nothing from it.
    home.write(".docker/config.json", "{}", 0o600);
    let (code, _, stderr) = run("ghcr.io/a/b:1");
    assert!(code == Some(3) && stderr.contains("is not an Amazon ECR registry"), "{stderr}");
}

#[test]
fn what_is_throttled_is_not_asked_more() {
    let home = Home::with_helper();
    let ecr = LocalEcr::start().unwrap();
    ecr.add_fault("throttle:ecr".parse().unwrap());
    let image = format!("{HOST}/team/app:1");
    let mut command = home.command(&["doctor", &image, "--deadline", "12", "--format", "json"]);
    let (_, stdout, stderr) = text(&command.envs(ecr.env()).output().unwrap());
    assert!(stdout.contains("\"throttled\""), "{stdout}{stderr}");
    for operation in ["GetCallerIdentity", "DescribeRepositories", "GetRepositoryPolicy", "BatchGetImage"] {
        assert_eq!(ecr.call_count(operation), 0, "{operation}");
    }
}

#[test]
fn the_statement_behind_a_denial_is_named_where_the_policies_may_be_read() {
    const IMAGE: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:1";
    let home = Home::with_helper();
    let ecr = LocalEcr::start().unwrap();
    ecr.create_repository("team/app").unwrap();
    let guard = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["ecr:*", "iam:*"], "Resource": "*"},
        {"Sid": "NoPush", "Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"}]})
    .to_string();
    let key = ecr.add_user("123456789012", "ann", Policy::nothing().inline("guard", &guard));
    let doctor = |more: &[&str]| {
        let mut command =
            home.command(&["doctor", IMAGE, "--for", "push", "--format", "json", "--deadline", "8"]);
        command.args(more).envs(ecr.env()).env("AWS_EC2_METADATA_DISABLED", "true");
        command.env("AWS_ACCESS_KEY_ID", &key.id).env("AWS_SECRET_ACCESS_KEY", key.secret.expose());
        let (_, stdout, stderr) = text(&command.output().unwrap());
        let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}{stderr}"));
        let all = report["findings"].as_array().unwrap().clone();
        let found = all.into_iter().find(|one| one["id"] == "explicit-deny-policy");
        found.unwrap_or_else(|| panic!("{stdout}"))
    };
    let finding = doctor(&["--record", "bundle.json"]);
    let evidence = finding["evidence"].as_array().unwrap();
    let deciding = evidence.iter().find(|one| one["source"] == "inline policy guard of user ann");
    let deciding = deciding.unwrap_or_else(|| panic!("{finding}"))["text"].as_str().unwrap();
    assert!(
        deciding.starts_with("statement NoPush (line ") && deciding.ends_with("denies ecr:PutImage"),
        "{deciding}"
    );
    let bundle = std::fs::read_to_string(home.path("bundle.json")).unwrap();
    assert!(bundle.contains("\"attached\"") && !bundle.contains(key.secret.expose()));
    // Where nobody may look, the denial is all there is.
    ecr.add_fault("deny:iam".parse().unwrap());
    let finding = doctor(&[]);
    assert!(
        finding["evidence"]
            .as_array()
            .unwrap()
            .iter()
            .all(|one| one["source"] != "inline policy guard of user ann")
    );
}

const SIGN_INS: &str = "[profile sso]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = r\n[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://x.example/start\n[profile role]\nrole_arn = arn:aws:iam::123456789012:role/r\nsource_profile = sso\n[profile login]\nregion = eu-west-1\nlogin_session = corp\n";

/// Where the tools keep the sign-ins of `corp`.
const CACHED: [&str; 2] = [
    ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json",
    ".aws/login/cache/19f4c684a3ff4f2dfa73b8d9098257cfb08e3da6b5ac7f86aa3aa36537018265.json",
];

/// A sign-in that is missing or over is named by the same words, whether AWS is asked or nobody.
#[test]
fn a_sign_in_that_is_over_is_named_where_nobody_is_asked() {
    let ended = [
        json!({"accessToken": "hidden-token", "expiresAt": "2020-01-01T00:00:00Z"}),
        json!({"accessToken": {"accessKeyId": "ASIAY34FZKBOKMUTVV7A", "secretAccessKey": "hidden-secret",
            "sessionToken": "hidden-token", "expiresAt": "2020-01-01T00:00:00Z"}}),
    ];
    let lasting = [
        json!({"accessToken": "hidden-token", "expiresAt": "2099-01-01T00:00:00Z"}),
        json!({"accessToken": {"accessKeyId": "ASIAY34FZKBOKMUTVV7A", "secretAccessKey": "hidden-secret",
            "sessionToken": "hidden-token", "expiresAt": "2099-01-01T00:00:00Z"}}),
    ];
    for (profile, id, step) in [
        ("sso", "sso-session-expired", "aws sso login --profile sso"),
        ("role", "sso-session-expired", "aws sso login --profile sso"),
        ("login", "no-aws-credentials", "aws login --profile login"),
    ] {
        for (sign_in, is_over) in [(None, true), (Some(&ended), true), (Some(&lasting), false)] {
            let home = Home::with_helper();
            home.write(".aws/config", SIGN_INS, 0o600);
            for (path, text) in CACHED.iter().zip(sign_in.into_iter().flatten()) {
                home.write(path, &text.to_string(), 0o600);
            }
            let found = |arguments: &[&str]| {
                let mut command = home.command(&["doctor", "--format", "json", "--deadline", "5"]);
                let done = command.args(arguments).env("AWS_PROFILE", profile).output().unwrap();
                let (_, stdout, stderr) = text(&done);
                assert!(!format!("{stdout}{stderr}").contains("hidden-"), "{stdout}{stderr}");
                let report: Value = serde_json::from_str(&stdout).unwrap();
                let found = report["findings"].as_array().unwrap().iter().find(|found| found["id"] == id);
                found.map(|found| (found["title"].clone(), found["fixes"][0]["command"].clone()))
            };
            let offline = found(&["--offline", HOST]);
            assert_eq!(offline.is_some(), is_over, "{profile} {sign_in:?}");
            assert_eq!(found(&["--offline"]), offline, "{profile} {sign_in:?}");
            if is_over {
                assert_eq!(found(&[HOST]), offline, "{profile} {sign_in:?}");
                assert_eq!(offline.unwrap().1, step);
            }
        }
    }
}
