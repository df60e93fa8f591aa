//! `ecrpass repo` as a process, against a local ECR.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;
#[path = "common/ecr.rs"]
mod world;

use std::time::Duration;

use common::{Home, text};
use ecrpass_local::{LocalEcr, Policy, TinyImage, TinyIndex};
use serde_json::{Value, json};
use world::{ensure, json, run, with};

const DAY: Duration = Duration::from_secs(86_400);
const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

#[test]
fn all_repositories_are_listed_however_many_pages() {
    let (ecr, home) = (LocalEcr::start().unwrap(), Home::bare());
    for number in 0..1_203 {
        ecr.create_repository(&format!("team/app-{number:04}")).unwrap();
    }
    let (code, stdout, stderr) = run(&ecr, &home, &["repo", "list"]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(stdout.lines().count(), 1_203);
    assert_eq!(stdout.lines().next(), Some(format!("{HOST}/team/app-0000").as_str()));
    assert_eq!(ecr.call_count("DescribeRepositories"), 3);
    let report = json(&run(&ecr, &home, &["repo", "list", HOST, "--format", "json"]));
    assert_eq!(report["schema"], "ecrpass/repositories/1");
    assert_eq!(report["repositories"][1_202]["name"], "team/app-1202");
    ecr.create_repository_in("public", "", "tool", false).unwrap();
    let (_, stdout, _) = run(&ecr, &home, &["repo", "list", "public.ecr.aws"]);
    assert_eq!(stdout, "public.ecr.aws/local/tool\n");
}

#[test]
fn where_nobody_could_look_nothing_is_said_to_be_absent() {
    let (ecr, home) = (LocalEcr::start().unwrap(), Home::bare());
    ecr.create_repository_in("123456789012", "eu-west-1", "team/app", false).unwrap();
    ecr.create_repository("team/apps").unwrap();
    let regions = ["--regions", "us-east-1,eu-west-1"];
    let (code, stdout, stderr) = run(&ecr, &home, &[&["repo", "find", "team/app"][..], &regions].concat());
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stdout.contains("· us-east-1") && stdout.contains("✓ eu-west-1"), "{stdout}");
    assert!(stdout.contains("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app"), "{stdout}");
    assert!(stderr.contains("there is team/apps"), "{stderr}");
    let nowhere = run(&ecr, &home, &[&["repo", "find", "team/other"][..], &regions].concat());
    assert_eq!(nowhere.0, Some(1));
    ecr.add_fault("deny:DescribeRepositories".parse().unwrap());
    let arguments = [&["repo", "find", "team/app", "--format", "json"][..], &regions].concat();
    let (code, stdout, stderr) = run(&ecr, &home, &arguments);
    assert_eq!(code, Some(3), "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    for row in report["regions"].as_array().unwrap() {
        assert_eq!(row["outcome"], "could-not-look", "{stdout}");
        assert!(row["why"].as_str().unwrap().contains("AccessDeniedException"), "{stdout}");
    }
}

/// A script that creates what is not there must not take silence for that.
#[test]
fn no_answer_is_not_told_as_one() {
    let (ecr, home) = (LocalEcr::start().unwrap(), Home::bare());
    ecr.create_repository("team/app").unwrap();
    let commands: [&[&str]; 5] = [
        &["repo", "list"],
        &["repo", "show", "team/app"],
        &["repo", "ensure", "team/app", "--scan", "on-push"],
        &["repo", "ensure", "team/app", "--scan", "on-push", "--yes"],
        &["repo", "lifecycle", "preview", "team/app"],
    ];
    let nobody = "http://127.0.0.1:1";
    for arguments in commands {
        let arguments = [arguments, &["--deadline", "2"]].concat();
        let told = |change: &dyn Fn(&mut std::process::Command)| {
            let mut command = with(&ecr, &home, &arguments);
            change(&mut command);
            let (code, stdout, stderr) = text(&command.output().unwrap());
            assert_eq!(code, Some(3), "{arguments:?}: {stdout}{stderr}");
            assert!(!stderr.contains("There is no repository"), "{stderr}");
            stderr
        };
        let variables = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECR", "AWS_ENDPOINT_URL_STS"];
        told(&|command| {
            command.envs(variables.map(|name| (name, nobody)));
        });
        told(&|command| {
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"]
                .iter()
                .for_each(|name| {
                    command.env_remove(name);
                });
        });
        told(&|command| {
            command.env("AWS_PROFILE", "nobody").env_remove("AWS_ACCESS_KEY_ID");
        });
        let hangs = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", hangs.local_addr().unwrap());
        let late = told(&|command| {
            command.envs(variables.map(|name| (name, &address)));
        });
        assert!(!late.contains("`deadline` in the ecrpass configuration"), "{late}");
    }
    ecr.add_fault("deny:DescribeRepositories".parse().unwrap());
    for arguments in &commands[..3] {
        let (code, stdout, stderr) = run(&ecr, &home, arguments);
        assert_eq!(code, Some(3), "{arguments:?}: {stdout}{stderr}");
        assert!(stderr.contains("ecr:DescribeRepositories"), "{stderr}");
    }
    ecr.clear_faults();
    let (code, _, stderr) = run(&ecr, &home, &["repo", "show", "team/other"]);
    assert_eq!(code, Some(1), "{stderr}");
}

/// A repository with images of several ages, and everything that can be set.
fn furnished(home: &Home) -> (LocalEcr, Vec<String>) {
    let ecr = LocalEcr::start().unwrap();
    let mut digests = Vec::new();
    for (tag, days) in [("v1.0.0", 30), ("v1.1.0", 20), ("v1.2.0", 10)] {
        let image = TinyImage::new(tag);
        let digest = ecr.put_image("123456789012", "us-east-1", "team/app", tag, &image).unwrap();
        ecr.backdate("team/app", &digest, DAY * days).unwrap();
        digests.push(digest);
    }
    let index = TinyIndex::new(&[
        TinyImage::for_architecture("x", "amd64"),
        TinyImage::for_architecture("x", "arm64"),
    ]);
    let digest = ecr.put_index("123456789012", "us-east-1", "team/app", "latest", &index).unwrap();
    digests.push(digest);
    home.write(
        "policy.json",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}]}"#,
        0o600,
    );
    let all = [
        "team/app",
        "--keep",
        "2",
        "--policy",
        "policy.json",
        "--scan",
        "on-push",
        "--tag",
        "team=web",
        "--replicate-to",
        "eu-west-1",
        "--template",
        "team/",
        "--template-role",
        "arn:aws:iam::123456789012:role/t",
        "--yes",
    ];
    let (code, stdout, stderr) = ensure(&ecr, home, &all);
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    (ecr, digests)
}

#[test]
fn everything_about_a_repository_is_shown() {
    let home = Home::bare();
    let (ecr, digests) = furnished(&home);
    let (code, stdout, stderr) = run(&ecr, &home, &["repo", "show", &format!("{HOST}/team/app:latest")]);
    assert_eq!(code, Some(0), "{stderr}");
    for said in [
        "linux/amd64, linux/arm64",
        "account 111122223333 may pull",
        "expires images tagged * beyond the newest 2",
        "expires next       v1.0.0, v1.1.0",
        "on push, with BASIC",
        "123456789012/eu-west-1",
        "team = web",
        &format!("docker push {HOST}/team/app:latest"),
        &digests[3],
    ] {
        assert!(stdout.contains(said), "lacks {said}:\n{stdout}");
    }
    // A single image's platform is in its configuration.
    let (code, stdout, stderr) = run(&ecr, &home, &["repo", "show", "team/app:v1.1.0", "--format", "json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["image"]["platforms"], json!(["linux/amd64"]), "{report}");
    let (code, stdout, _) = run(&ecr, &home, &["repo", "show", "team/app:v1.1.1"]);
    assert_eq!(code, Some(1));
    assert!(stdout.contains("there is no v1.1.1") && stdout.contains("v1.1.0"), "{stdout}");
    let (code, _, stderr) = run(&ecr, &home, &["repo", "show", "team/ap"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("There is team/app.") && stderr.contains("Next: "), "{stderr}");
}

#[test]
fn what_may_not_be_read_is_unknown_and_not_absent() {
    let home = Home::bare();
    let (ecr, _) = furnished(&home);
    let poor = Policy::nothing().allow("ecr:DescribeRepositories", "*").allow("ecr:DescribeImages", "*");
    let poor = ecr.add_user("123456789012", "poor", poor);
    let mut command = with(&ecr, &home, &["repo", "show", "team/app", "--format", "json"]);
    command.env("AWS_ACCESS_KEY_ID", &poor.id).env("AWS_SECRET_ACCESS_KEY", poor.secret.expose());
    let report = json(&text(&command.output().unwrap()));
    for part in ["repository policy", "lifecycle policy", "scanning", "replication", "tags"] {
        assert!(report["unknown"][part].as_str().unwrap().contains("AccessDenied"), "{part}: {report}");
    }
    assert_eq!((&report["policy"], &report["scanning"]), (&Value::Null, &Value::Null));
}

#[test]
fn a_preview_says_what_would_go_and_what_of_it_runs() {
    let home = Home::bare();
    let (ecr, digests) = furnished(&home);
    let policy = r#"{"rules": [
      {"rulePriority": 1, "selection": {"tagStatus": "tagged", "tagPatternList": ["v*"], "countType": "imageCountMoreThan", "countNumber": 1}, "action": {"type": "expire"}},
      {"rulePriority": 2, "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 0}, "action": {"type": "expire"}}
    ]}"#;
    home.write("new.json", policy, 0o600);
    let pods = serde_json::json!({"items": [{"status": {"containerStatuses": [
        {"image": format!("{HOST}/team/app:v1.1.0"), "imageID": format!("{HOST}/team/app@{}", digests[1])},
    ]}}]});
    home.write("pods.json", &pods.to_string(), 0o600);
    let preview = ["repo", "lifecycle", "preview", "team/app", "--policy", "new.json"];
    let (code, stdout, stderr) = run(&ecr, &home, &[&preview[..], &["--running", "pods.json"]].concat());
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stdout.contains("✗ v1.1.0") && stdout.contains("runs as"), "{stdout}");
    assert!(stdout.contains("2 of 6 images would expire, 0 would be archived, 4 stay."), "{stdout}");
    assert!(stderr.contains("2 of those that stay are held by an index"), "{stderr}");
    let report = json(&run(&ecr, &home, &[&preview[..], &["--format", "json"]].concat()));
    let fates: Vec<(&str, &str)> = report["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| (image["tags"][0].as_str().unwrap_or("-"), image["fate"].as_str().unwrap()))
        .collect();
    for (tag, fate) in [
        ("v1.0.0", "expires"),
        ("v1.1.0", "expires"),
        ("v1.2.0", "kept"),
        ("latest", "untouched"),
        ("-", "held"),
    ] {
        assert!(fates.contains(&(tag, fate)), "{tag}: {fates:?}");
    }
    // Its own policy keeps the newest two of all tags.
    let own = json(&run(&ecr, &home, &["repo", "lifecycle", "preview", "team/app", "--format", "json"]));
    assert_eq!(own["expires"], 2);
    assert_eq!(ecr.call_count("StartLifecyclePolicyPreview"), 0);
}

#[test]
fn a_preview_from_files_asks_nobody() {
    let home = Home::bare();
    let images = r#"{"imageDetails": [
      {"registryId": "123456789012", "repositoryName": "app", "imageDigest": "sha256:a", "imageTags": ["v1"], "imagePushedAt": "2020-01-01T00:00:00+00:00"},
      {"registryId": "123456789012", "repositoryName": "app", "imageDigest": "sha256:b", "imagePushedAt": 1577836800}]}"#;
    home.write("images.json", images, 0o600);
    home.write(
        "policy.json",
        r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}"#,
        0o600,
    );
    home.write("running", &format!("{HOST}/app:v1"), 0o600);
    let arguments = [
        "repo",
        "lifecycle",
        "preview",
        "--images",
        "images.json",
        "--policy",
        "policy.json",
        "--running",
        "running",
    ];
    let (code, stdout, stderr) = text(&home.run(&arguments));
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    assert!(
        stdout.contains("1 of 2 images would expire") && stdout.contains("nothing that runs"),
        "{stdout}"
    );
    home.write("policy.json", "{\n  \"rules\": [{\"rulePriority\": 0}]\n}", 0o600);
    let (code, _, stderr) = text(&home.run(&arguments));
    assert_eq!(code, Some(3));
    assert!(stderr.contains("policy.json:2:") && stderr.contains("rulePriority"), "{stderr}");
}

#[test]
fn what_ecr_public_lacks_is_refused_clearly() {
    let (ecr, home) = (LocalEcr::start().unwrap(), Home::bare());
    for arguments in [
        &["repo", "ensure", "public.ecr.aws/local/app", "--keep", "3", "--mutability", "immutable"][..],
        &["repo", "find", "public.ecr.aws/x/app"],
        &["repo", "lifecycle", "preview", "public.ecr.aws/x/app"],
    ] {
        let (code, _, stderr) = run(&ecr, &home, arguments);
        assert_eq!(code, Some(3), "{arguments:?}");
        assert!(stderr.contains("ECR Public") && stderr.contains("Next: "), "{stderr}");
    }
    assert_eq!(ecr.call_count("*"), 0);
}

#[test]
fn repositories_of_ecr_public_are_shown_and_ensured_by_their_own_account() {
    let (ecr, home) = (LocalEcr::start().unwrap(), Home::bare());
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":["ecr-public:PutImage"]}]}"#;
    home.write("policy.json", policy, 0o600);
    let wish = [
        "repo",
        "ensure",
        "public.ecr.aws/local/team/tool",
        "--policy",
        "policy.json",
        "--tag",
        "team=a",
        "--format",
        "json",
    ];
    let (code, stdout, stderr) = run(&ecr, &home, &[&wish[..], &["--yes"]].concat());
    assert_eq!(code, Some(0), "{stdout}{stderr}");
    let plan: Value = serde_json::from_str(&stdout).unwrap();
    let actions: Vec<&str> =
        plan["steps"].as_array().unwrap().iter().map(|step| step["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["ecr-public:CreateRepository", "ecr-public:SetRepositoryPolicy"], "{plan}");
    // Nothing is done twice, and drift is found.
    let before = ecr.call_count("SetRepositoryPolicy");
    assert_eq!(run(&ecr, &home, &[&wish[..], &["--yes"]].concat()).0, Some(0));
    assert_eq!(ecr.call_count("SetRepositoryPolicy"), before);
    assert_eq!(run(&ecr, &home, &[&wish[..], &["--tag", "cost=b"]].concat()).0, Some(1));
    let (code, stdout, stderr) =
        run(&ecr, &home, &["repo", "show", "public.ecr.aws/local/team/tool", "--format", "json"]);
    assert_eq!(code, Some(0), "{stderr}");
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (&report["uri"], &report["tags"]["team"]),
        (&json!("public.ecr.aws/local/team/tool"), &json!("a"))
    );
    assert!(report["policy"][0].as_str().unwrap().contains("210987654321"), "{report}");
    assert_eq!(report["unknown"], json!({}), "{report}");
    let (_, stdout, _) = run(&ecr, &home, &["repo", "show", "public.ecr.aws/local/team/tool"]);
    assert!(
        !stdout.contains("lifecycle") && stdout.contains("docker push public.ecr.aws/local/team/tool:TAG"),
        "{stdout}"
    );
    for (name, expected) in [
        ("public.ecr.aws/other/tool", "no alias of your registry"),
        ("public.ecr.aws/local/gone", "There is no repository gone"),
        ("public.ecr.aws/tool", "names no repository"),
    ] {
        let (code, _, stderr) = run(&ecr, &home, &["repo", "show", name]);
        assert!(code != Some(0) && stderr.contains(expected) && stderr.contains("Next: "), "{stderr}");
    }
}
