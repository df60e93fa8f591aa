//! `ecrpass doctor` as a process: bundles replayed, files as targets, and a machine without network, docker or keys.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;

use std::path::PathBuf;

use common::{HOST, Home, expired_login, text};
use serde_json::{Value, json};

const HEALTHY: &str = include_str!("../../ecrpass-diagnosis/tests/fixtures/bundles/healthy.json");

/// A bundle with changes, in a file.
fn bundle(home: &Home, name: &str, changes: &[(&str, Value)]) -> PathBuf {
    let mut value: Value = serde_json::from_str(HEALTHY).unwrap();
    for (pointer, new) in changes {
        *value.pointer_mut(pointer).unwrap() = new.clone();
    }
    home.write(name, &value.to_string(), 0o600)
}

/// A machine whose login has expired, and whose image is for another platform.
fn ill(home: &Home, name: &str) -> PathBuf {
    let path = bundle(
        home,
        name,
        &[
            ("/machine/name", json!(name.trim_end_matches(".json"))),
            (
                "/subjects/0/offered",
                json!({"known": {"username": "AWS", "expires_at": 1_795_200_000, "ecr_password": true}}),
            ),
            (
                "/subjects/0/login",
                json!({"known": {"status": 403, "code": "DENIED", "message": "Your authorization token has expired. Reauthenticate and try again."}}),
            ),
            (
                "/subjects/0/daemon_login",
                json!({"known": {"status": 403, "message": "login attempt to https://123456789012.dkr.ecr.us-east-1.amazonaws.com/v2/ failed with status: 403 Forbidden"}}),
            ),
            ("/subjects/0/platforms", json!(["linux/arm64"])),
        ],
    );
    let mut value: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let resolved = &mut value["subjects"][0]["resolved"];
    resolved["outcome"] = json!("auths");
    resolved["helper"] = Value::Null;
    resolved["at"] = json!("/home/ada/.docker/config.json:3:5");
    resolved["summary"] = json!("docker CLI uses the password stored at /home/ada/.docker/config.json:3:5.");
    value["subjects"][0]["helper_named"] = Value::Null;
    home.write(name, &value.to_string(), 0o600)
}

fn replay(home: &Home, files: &[&str], format: &str) -> (Option<i32>, String, String) {
    let mut arguments = vec!["doctor", "--format", format, "--replay"];
    arguments.extend(files);
    text(&home.run(&arguments))
}

#[test]
fn a_bundle_reads_well_in_every_format() {
    let home = Home::bare();
    bundle(&home, "healthy.json", &[]);
    ill(&home, "ill.json");
    let (code, stdout, _) = replay(&home, &["healthy.json"], "text");
    assert_eq!(code, Some(0), "{stdout}");
    insta::assert_snapshot!("healthy", stdout);
    let (code, stdout, _) = replay(&home, &["ill.json"], "text");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!("ill", stdout);
    let (_, stdout, _) = replay(&home, &["ill.json"], "json");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["schema"], "ecrpass/findings/1");
    assert_eq!(report["findings"][0]["id"], "token-expired");
    assert_eq!(report["findings"][0]["evidence"][0]["line"], 3);
    assert_eq!(report["findings"][1]["id"], "platform-mismatch");
    assert!(report["checks"].as_array().unwrap().len() > 50);
    let (_, stdout, _) = replay(&home, &["ill.json"], "sarif");
    let sarif: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "token-expired");
    let (_, stdout, _) = replay(&home, &["ill.json"], "github");
    assert!(stdout.starts_with("::error title=The login for"), "{stdout}");
    assert!(stdout.contains(",file=/home/ada/.docker/config.json,line=3::"), "{stdout}");
}

#[test]
fn several_bundles_make_a_fleet() {
    let home = Home::bare();
    bundle(&home, "build-1.json", &[("/machine/name", json!("build-1"))]);
    ill(&home, "build-2.json");
    ill(&home, "build-3.json");
    let files = ["build-1.json", "build-2.json", "build-3.json"];
    let (code, stdout, _) = replay(&home, &files, "text");
    assert_eq!(code, Some(1));
    insta::assert_snapshot!("fleet", stdout);
    let (_, stdout, _) = replay(&home, &files, "json");
    let fleet: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(fleet["healthy"], json!(["build-1"]));
    assert_eq!(fleet["causes"][0]["machines"], json!(["build-2", "build-3"]));
}

#[test]
fn a_bundle_of_an_earlier_version_is_shown_without_what_that_let_through() {
    let home = Home::bare();
    ill(&home, "old.json");
    let mut old: Value =
        serde_json::from_str(&std::fs::read_to_string(home.path("old.json")).unwrap()).unwrap();
    old["ecrpass"] = json!("0.0.1");
    old["machine"]["variables"] = json!([
        {"name": "HTTPS_PROXY", "value": "http://me:hunter2@proxy:3128"},
        {"name": "MY_TOKEN", "value": "hunter2"},
    ]);
    let login = &mut old["subjects"][0]["login"]["known"]["message"];
    *login = json!(format!("{} (docker login -u AWS -p hunter2 h)", login.as_str().unwrap()));
    old["subjects"][0]["resolved"]["summary"] =
        json!("docker CLI sends https://AWS:hunter2@h, of /home/ada/.docker/config.json:3:5.");
    old["aws"]["warnings"] = json!(["aws_secret_access_key = hunter2"]);
    old["log"] = json!([]);
    home.write("old.json", &old.to_string(), 0o600);
    home.write("older.json", &old.to_string(), 0o600);
    for files in [&["old.json"][..], &["old.json", "older.json"]] {
        for format in ["text", "json", "sarif", "github"] {
            let (code, stdout, stderr) = replay(&home, files, format);
            assert_eq!(code, Some(1), "{stdout}{stderr}");
            assert!(!format!("{stdout}{stderr}").contains("hunter2"), "{format}: {stdout}{stderr}");
        }
    }
}

#[test]
fn registries_that_are_not_checked_are_counted() {
    let home = Home::with_helper();
    for (count, note) in
        [(25, None), (26, Some("25 of the 26 configured")), (60, Some("25 of the 60 configured"))]
    {
        let helpers: serde_json::Map<String, Value> = (0..count)
            .map(|number| {
                (
                    format!("{}.dkr.ecr.us-east-1.amazonaws.com", 100_000_000_000_u64 + number),
                    "ecr-login".into(),
                )
            })
            .collect();
        home.write(".docker/config.json", &json!({"credHelpers": helpers}).to_string(), 0o600);
        let mut command = home.command(&["doctor", "--offline"]);
        let (_, _, stderr) = text(&command.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap());
        assert_eq!(stderr.contains("configured registries are checked"), note.is_some(), "{count}: {stderr}");
        assert!(note.is_none_or(|note| stderr.contains(note)), "{count}: {stderr}");
    }
}

#[test]
fn more_registries_than_can_be_asked_at_once_are_counted() {
    let home = Home::with_helper();
    let image = |number: u64| {
        format!("  s{number}:\n    image: {}.dkr.ecr.us-east-1.amazonaws.com/a:1\n", 100_000_000_000 + number)
    };
    home.write("compose.yaml", &format!("services:\n{}", (0..130).map(image).collect::<String>()), 0o600);
    let mut command = home.command(&["doctor", "--offline", "compose.yaml"]);
    let (_, stdout, stderr) = text(&command.env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap());
    assert!(
        stderr.contains("500 images of 100 registries are checked at once; 30 others are not"),
        "{stderr}"
    );
    assert!(stdout.contains("100000000099.dkr") && !stdout.contains("100000000100.dkr"), "{stdout}");
}

/// What is named and never comes to an end costs the deadline, and the reason is told.
#[test]
fn what_is_read_and_never_ends_costs_the_deadline() {
    let home = Home::with_helper();
    let pipe = home.path("pipe");
    assert!(std::process::Command::new("/usr/bin/mkfifo").arg(&pipe).status().unwrap().success());
    // Held open, so that a reader waits for a word that never comes.
    let _held = std::fs::File::options().read(true).write(true).open(&pipe).unwrap();
    for arguments in [
        &["doctor", "--deadline", "2", "--offline", "pipe"][..],
        &["doctor", "--deadline", "2", "--offline", "--from-log", "pipe"],
        &["doctor", "--deadline", "2", "--offline", "-"],
        &["doctor", "--deadline", "2", "--offline", "--from-log", "-"],
    ] {
        let (reader, _writer) = std::io::pipe().unwrap();
        let started = std::time::Instant::now();
        let (code, _, stderr) = text(&home.command(arguments).stdin(reader).output().unwrap());
        assert_eq!(code, Some(3), "{arguments:?}: {stderr}");
        let why = ["its writer does not come, or does not finish", "not closed in time"];
        assert!(why.iter().any(|why| stderr.contains(why)), "{arguments:?}: {stderr}");
        // Two thirds of it, and much slack for a busy machine: without a limit it never ends.
        assert!(started.elapsed().as_secs() < 30, "{arguments:?}: {:?}", started.elapsed());
    }
}

#[test]
fn without_network_docker_and_keys_it_says_what_it_can() {
    let home = Home::bare();
    let config =
        format!("{{\n  \"auths\": {{\n    \"{HOST}\": {{ \"auth\": \"{}\" }}\n  }}\n}}\n", expired_login());
    home.write(".docker/config.json", &config, 0o600);
    let arguments = ["doctor", "--offline", "--format", "json", "--record", "bundle.json"];
    let (code, stdout, stderr) =
        text(&home.command(&arguments).env("AWS_EC2_METADATA_DISABLED", "true").output().unwrap());
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let ids: Vec<&str> =
        report["findings"].as_array().unwrap().iter().filter_map(|it| it["id"].as_str()).collect();
    assert_eq!(ids, ["no-aws-credentials", "token-expired"], "{stdout}");
    // The bundle says the same, is its owner's alone, and holds neither the login nor, masked, the account.
    let recorded = std::fs::read_to_string(home.path("bundle.json")).unwrap();
    assert!(!recorded.contains(&expired_login()[..40]));
    let (_, again, _) = replay(&home, &["bundle.json"], "json");
    assert_eq!(again, stdout);
    let mode =
        std::os::unix::fs::PermissionsExt::mode(&home.path("bundle.json").metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    home.run(&["doctor", "--offline", "--mask-accounts", "--record", "masked.json"]);
    let masked = std::fs::read_to_string(home.path("masked.json")).unwrap();
    assert!(
        masked.contains("\"schema\": \"ecrpass/bundle/1\"") && !masked.contains("123456789012"),
        "{masked}"
    );
    assert_eq!(replay(&home, &["masked.json"], "json").0, Some(1));
}

#[test]
fn a_broken_configuration_of_ours_is_found() {
    let home = Home::with_helper();
    let config = home.write("ecrpass.toml", "delegate = 7\n", 0o600);
    let arguments = ["doctor", "--offline", "--format", "json", HOST];
    let run = home.command(&arguments).env("ECRPASS_CONFIG", &config).output().unwrap();
    let (code, stdout, stderr) = text(&run);
    assert_eq!(code, Some(1), "{stdout}{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    let found = &report["findings"][0];
    assert_eq!(found["id"], "ecrpass-config-invalid", "{stdout}");
    assert!(found["evidence"][0]["text"].as_str().unwrap().contains("ecrpass.toml:1:12"), "{stdout}");
    let path = config.display();
    let aside = format!("mv {path} {path}.broken");
    let fixes = found["fixes"].as_array().unwrap();
    assert!(fixes.iter().any(|fix| fix["command"] == aside.as_str()), "{stdout}");
}

#[test]
fn files_are_targets_and_tell_who_pulls() {
    let home = Home::with_helper();
    let image = format!("{HOST}/team/app:1");
    home.write(
        "compose.yaml",
        &format!("services:\n  web:\n    image: {image}\n  db:\n    image: postgres:17\n"),
        0o600,
    );
    home.write(
        "pod.yaml",
        &format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: shop}}\nspec:\n  imagePullSecrets: [{{name: regcred}}]\n  containers: [{{name: a, image: '{image}'}}]\n"),
        0o600,
    );
    home.write(
        "task.json",
        &json!({"taskDefinition": {"family": "web", "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"name": "a", "image": image}]}}).to_string(),
        0o600,
    );
    home.write(
        "function.json",
        &json!({"Configuration": {"FunctionName": "f", "Role": "arn:aws:iam::123456789012:role/f"}, "Code": {"ImageUri": image}}).to_string(),
        0o600,
    );
    for (file, says, first) in [
        ("compose.yaml", "compose.yaml:3:12", Some("not-logged-in")),
        ("pod.yaml", "imagePullSecret `regcred` of namespace `shop`", None),
        ("task.json", "with no role", Some("ecs-execution-role-missing")),
        ("function.json", "as `lambda.amazonaws.com`", None),
    ] {
        let run = home
            .command(&["doctor", "--offline", file])
            .env("AWS_ACCESS_KEY_ID", "AKIARZPUZDIKGB2VALC4")
            .env("AWS_SECRET_ACCESS_KEY", "s3cr3t")
            .output()
            .unwrap();
        let (code, stdout, stderr) = text(&run);
        let flowing = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flowing.contains(says), "{file}: {stdout}{stderr}");
        // Who pulls stands above, not the client of whoever asks.
        assert_eq!(stdout.starts_with("pull with docker"), file == "compose.yaml", "{file}: {stdout}");
        assert_eq!(code, Some(i32::from(first.is_some())), "{file}: {stdout}{stderr}");
        assert!(first.is_none_or(|first| stdout.contains(&format!("error[{first}]"))), "{stdout}");
    }
    let (_, stdout, _) =
        text(&home.run_with_input(&["doctor", "--offline", "-"], &format!("FROM {image}\n")));
    assert!(stdout.contains("stdin:1:6"), "{stdout}");
}

#[test]
fn a_pull_secret_beside_the_pod_is_read() {
    let home = Home::with_helper();
    let auths = json!({"auths": {HOST: {"auth": expired_login()}}}).to_string();
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "regcred", "namespace": "shop"},
        "type": "kubernetes.io/dockerconfigjson", "stringData": {".dockerconfigjson": auths}});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"imagePullSecrets": [{"name": "regcred"}], "containers": [{"image": format!("{HOST}/team/app:1")}]}});
    home.write(
        "all.json",
        &json!({"apiVersion": "v1", "kind": "List", "items": [pod, secret]}).to_string(),
        0o600,
    );
    home.write("secret.json", &secret.to_string(), 0o600);
    for file in ["all.json", "secret.json"] {
        let (code, stdout, stderr) = text(&home.run(&["doctor", "--offline", file]));
        assert_eq!(code, Some(1), "{file}: {stdout}{stderr}");
        assert!(stdout.contains("error[k8s-pull-secret-expired]"), "{file}: {stdout}");
        assert!(
            stdout.contains("create secret docker-registry regcred --namespace shop"),
            "{file}: {stdout}"
        );
        assert!(!(stdout + &stderr).contains(&expired_login()[..40]), "{file}");
    }
}

#[test]
fn a_compose_file_goes_on_in_others() {
    let home = Home::with_helper();
    std::fs::create_dir(home.path("parts")).unwrap();
    home.write("compose.yaml", "include: [parts/db.yaml, gone.yaml]\n", 0o600);
    // It names itself again, by way of the first one.
    home.write(
        "parts/db.yaml",
        &format!("include: [../compose.yaml]\nservices: {{db: {{image: '{HOST}/db:1'}}}}\n"),
        0o600,
    );
    let (_, stdout, stderr) = text(&home.run(&["doctor", "--offline", "compose.yaml"]));
    assert!(stdout.contains("parts/db.yaml:2:"), "{stdout}{stderr}");
    assert!(stderr.contains("compose.yaml:1:26: gone.yaml is passed over: it does not exist"), "{stderr}");
}

#[test]
fn a_log_names_the_image_to_look_at() {
    let home = Home::with_helper();
    home.write(
        "build.log",
        &format!("Error response from daemon: Head \"https://{HOST}/v2/team/app/manifests/7\": no basic auth credentials\n"),
        0o600,
    );
    let (code, stdout, _) = text(&home.run(&["doctor", "--offline", "--from-log", "build.log"]));
    assert_eq!(code, Some(1));
    assert!(stdout.contains(&format!("{HOST}/team/app:7")) && stdout.contains("build.log:1"), "{stdout}");
}

#[test]
fn what_cannot_be_understood_is_said_so() {
    let home = Home::bare();
    home.write("broken.json", "{\"schema\": \"ecrpass/bundle/1\",\n \"ecrpass\": 7}", 0o600);
    home.write("bad.yaml", "services:\n  web: [\n", 0o600);
    home.write("other.txt", "hello\n", 0o600);
    for (arguments, code, says) in [
        (&["doctor", "--replay", "broken.json"][..], 3, "broken.json: line 2, column 13"),
        (&["doctor", "--replay", "gone.json"], 3, "does not exist"),
        (&["doctor", "bad.yaml"], 3, "bad.yaml:"),
        (&["doctor", "other.txt"], 3, "other.txt"),
        (&["doctor", "registry.example.com/app"], 3, "not an Amazon ECR registry"),
        (&["doctor", "--as", "admin"], 2, "a role looks like"),
        (&["doctor", "--client", "netscape"], 2, "there is no such client"),
        (&["doctor", "--deadline", "0"], 2, "--deadline"),
        (&["doctor", "--fix", "--offline"], 2, "--offline"),
        (&["doctor", "--offline", "--record", "other.txt"], 3, "is not a bundle"),
    ] {
        let (status, stdout, stderr) = text(&home.run(arguments));
        assert_eq!(status, Some(code), "{arguments:?}: {stdout}{stderr}");
        assert!(stderr.contains(says), "{arguments:?}: {stderr}");
    }
    assert_eq!(std::fs::read_to_string(home.path("other.txt")).unwrap(), "hello\n");
}

/// Of a name that is wrong nobody is asked, so that nobody has failed to answer.
#[test]
fn a_name_that_is_wrong_is_not_a_network_without_an_answer() {
    let home = Home::bare();
    for name in ["rm -rf /;x", "a b", "UPPER/App", "x@sha256:1"] {
        let (code, stdout, stderr) = text(&home.run(&["doctor", name]));
        let all = format!("{stdout}{stderr}");
        assert!(matches!(code, Some(1 | 3)), "{name}: {all}");
        assert!(!all.contains("no answer within") && !all.contains("credentials for ;"), "{name}: {all}");
    }
}
