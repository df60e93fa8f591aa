//! What is written for each system, and what is refused.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test's way of failing

mod agreement;
mod wishes;

use self::wishes::{IMAGE, deeds, found, least, pairs, strings, text};
use super::*;
use crate::pipelines::wanted::PullThrough;

#[test]
fn what_is_written_is_as_written() {
    for system in System::ALL {
        insta::assert_snapshot!(system.id(), text(&least(system, IMAGE)));
    }
    let several = Wanted {
        branches: strings(&["main", "release/*"]),
        git_tags: strings(&["v*"]),
        platforms: strings(&["amd64", "arm64"]),
        tags: strings(&["latest"]),
        context: Some("services/api".to_owned()),
        dockerfile: Some("services/api/Dockerfile.prod".to_owned()),
        pull_through: vec![PullThrough { prefix: "docker-hub".to_owned(), upstream: "docker.io".to_owned() }],
        role: Some("ci-push".to_owned()),
        ..least(System::Github, IMAGE)
    };
    insta::assert_snapshot!("github-all", text(&several));
    for system in [System::Gitlab, System::Circleci, System::Azure, System::Jenkins] {
        let wanted = Wanted {
            code: least(system, IMAGE).code,
            claims: least(system, IMAGE).claims,
            system: Some(system),
            ..several.clone()
        };
        insta::assert_snapshot!(format!("{}-all", system.id()), text(&wanted));
    }
    let login = Wanted {
        with_login_action: true,
        environment: Some("production".to_owned()),
        ..least(System::Github, IMAGE)
    };
    insta::assert_snapshot!("github-login-action", text(&login));
    let fetched =
        Helper::Download { url: "https://example.com/v1/helper".to_owned(), sha256: "ab".repeat(32) };
    for system in [System::Github, System::Bitbucket, System::Buildkite, System::Ec2] {
        let wanted = Wanted { helper: fetched.clone(), ..least(system, IMAGE) };
        insta::assert_snapshot!(format!("{}-fetched", system.id()), text(&wanted));
    }
    let action = Helper::Action(format!("example/ecrpass@{}", "0123456789".repeat(4)));
    insta::assert_snapshot!(
        "github-action",
        text(&Wanted { helper: action, ..least(System::Github, IMAGE) })
    );
    let other = Wanted { account: Some("210987654321".to_owned()), ..least(System::Gitlab, IMAGE) };
    insta::assert_snapshot!("gitlab-cross-account", text(&other));
}

#[test]
fn the_audit_finds_nothing_and_sees_the_push() {
    for system in System::ALL {
        let wanted = least(system, IMAGE);
        assert_eq!(found(&wanted), Vec::<String>::new(), "{}", system.id());
        if system.builds() {
            let deeds = deeds(&wanted);
            assert!(
                deeds.contains("Push {") && deeds.contains(&format!("{IMAGE}:")),
                "{}: {deeds}",
                system.id()
            );
            assert!(
                deeds.contains("Helper {") && deeds.contains("123456789012.dkr.ecr"),
                "{}: {deeds}",
                system.id()
            );
        }
    }
}

#[test]
fn what_cannot_work_is_refused_with_the_reason() {
    let of = |system| least(system, IMAGE);
    let github = of(System::Github);
    let lambda = of(System::Lambda);
    for (wanted, what) in [
        (Wanted { system: None, ..github.clone() }, "for which system"),
        (Wanted { image: "docker.io/library/x".to_owned(), ..github.clone() }, "not in ECR"),
        (Wanted { image: format!("{IMAGE}@sha256:{}", "0".repeat(64)), ..github.clone() }, "by a digest"),
        (Wanted { code: None, ..github.clone() }, "where the code is"),
        (Wanted { code: Some("app".to_owned()), ..github.clone() }, "not a repository"),
        (Wanted { branches: Vec::new(), ..github.clone() }, "which builds push"),
        (Wanted { branches: strings(&["a b"]), ..github.clone() }, "cannot be a branch"),
        (Wanted { claims: Vec::new(), ..github.clone() }, "is not given"),
        (Wanted { claims: pairs(&[("color", "red")]), ..github.clone() }, "no claim `color`"),
        (Wanted { environment: Some("prod".to_owned()), ..of(System::Gitlab) }, "environment"),
        (Wanted { git_tags: strings(&["v*"]), ..of(System::Buildkite) }, "names a branch"),
        (Wanted { branches: strings(&["main"]), ..of(System::Codebuild) }, "webhook"),
        (Wanted { platforms: strings(&["amd64", "arm64"]), ..lambda.clone() }, "one platform"),
        (Wanted { platforms: strings(&["amd64", "arm64"]), ..of(System::Bitbucket) }, "no privileged"),
        (Wanted { platforms: strings(&["arm64"]), ..of(System::Bitbucket) }, "emulates no"),
        (Wanted { platforms: strings(&["windows/amd64"]), ..github.clone() }, "Linux machine"),
        (Wanted { platforms: strings(&["vax"]), ..github.clone() }, "no platform"),
        (Wanted { with_login_action: true, ..of(System::Gitlab) }, "no action"),
        (Wanted { helper: Helper::Action("x/y@v1".to_owned()), ..github.clone() }, "at a commit"),
        (
            Wanted {
                helper: Helper::Download { url: "https://x.example/h".to_owned(), sha256: String::new() },
                ..github.clone()
            },
            "has to be checked",
        ),
        (
            Wanted {
                helper: Helper::Download { url: "http://x.example/h".to_owned(), sha256: "0".repeat(64) },
                ..github.clone()
            },
            "can be fetched",
        ),
        (Wanted { context: Some("../x".to_owned()), ..github.clone() }, "outside of the code"),
        (Wanted { context: Some("$(id)".to_owned()), ..github.clone() }, "--context cannot be"),
        (
            Wanted { dockerfile: Some("${{ github.event.x }}".to_owned()), ..github.clone() },
            "--dockerfile cannot be",
        ),
        (Wanted { role: Some("a b".to_owned()), ..github.clone() }, "name of a role"),
        (Wanted { tags: strings(&["a:b"]), ..github.clone() }, "cannot be a tag"),
        (Wanted { image: IMAGE.to_owned(), ..lambda.clone() }, "which image"),
        (Wanted { code: Some("x/y".to_owned()), ..lambda.clone() }, "wherever their code is"),
        (least(System::Eks, "public.ecr.aws/alias/app"), "which account"),
        (
            least(System::Github, "123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/team/app"),
            "no way to the internet",
        ),
        (
            least(System::Circleci, "123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov/team/app"),
            "no way to the internet",
        ),
        (
            Wanted {
                pull_through: vec![PullThrough { prefix: "x".to_owned(), upstream: "docker.io".to_owned() }],
                ..github.clone()
            },
            "prefix of a cache rule",
        ),
        (Wanted { pins: pairs(&[("actions/checkout", "v4")]), ..github.clone() }, "does not pin"),
    ] {
        let refused = generate(&wanted).err().unwrap_or_else(|| panic!("not refused: {what}"));
        assert!(refused.what.contains(what), "{what}: {refused}");
        assert!(!refused.next.is_empty());
    }
}
