//! Conversions: what comes out is a pipeline without the login, with everything else as it was.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // a test's way of failing

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{Owner, SourceFile, Tree};
use proptest::prelude::*;

use super::*;
use crate::pipelines::Helper;
use crate::pipelines::pins::Pins;

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

fn target() -> Target {
    Target {
        role_arn: "arn:aws:iam::123456789012:role/ecr-push".to_owned(),
        registry: None,
        helper: Helper::Installed,
        pins: Pins::default(),
        audience: None,
        connection: Some("aws".to_owned()),
        credential: None,
    }
}

fn tree(path: &str, text: &str) -> Tree {
    let file = SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
        kind: FileKind::of(path, text),
        owner: Owner::Repository,
    };
    Tree::new(vec![file], 1_800_000_000)
}

fn converted(path: &str, text: &str) -> Conversion {
    let made = convert(&tree(path, text), path, &target());
    made.unwrap_or_else(|obstacles| panic!("{obstacles:#?}\n{text}"))
        .unwrap_or_else(|| panic!("nothing\n{text}"))
}

fn shown(path: &str, text: &str) -> String {
    let done = converted(path, text);
    let diff = similar::TextDiff::from_lines(text, &done.text).unified_diff().context_radius(2).to_string();
    format!("{diff}--- needs\n{}\n--- secrets\n{}\n", done.needs.join("\n"), done.secrets.join("\n"))
}

/// Once more there is nothing to convert, and the audit finds nothing of what was taken away.
fn is_done(path: &str, text: &str) {
    let done = converted(path, text);
    let again = tree(path, &done.text);
    assert!(convert(&again, path, &target()).unwrap().is_none(), "{}", done.text);
    let question =
        Question { rules: RULES, settings: &Settings::default(), only: None, only_pipelines: true };
    let found = audit(&again, &question).found;
    let left: Vec<_> = found
        .iter()
        .filter(|found| check::CAUSES.contains(&found.id))
        .map(|found| &found.finding.title)
        .collect();
    assert!(left.is_empty(), "{left:?}\n{}", done.text);
    // Every line that stays is as it was: what goes and comes is the login's.
    let kept = similar::TextDiff::from_lines(text, &done.text);
    let gone: Vec<&str> = kept
        .iter_all_changes()
        .filter(|change| change.tag() == similar::ChangeTag::Delete)
        .map(|change| change.value())
        .collect();
    let is_theirs = |line: &&str| {
        [
            "aws",
            "AWS",
            "docker login",
            "get-login",
            "ecr",
            "env:",
            "script:",
            "bash:",
            "displayName",
            "run",
            "PASS",
            "oidc",
            "uses:",
            "with:",
            "id:",
            "registry",
            "username",
            "password",
            "command",
            "echo",
            "sh ",
            ">",
            "name:",
        ]
        .iter()
        .any(|word| line.contains(word))
            || line.trim().is_empty()
    };
    assert!(gone.iter().all(is_theirs), "{gone:?}");
}

fn pipeline(name: &str) -> (&'static str, String) {
    let login = format!(
        "aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin {HOST}"
    );
    match name {
        "github-actions" => (
            ".github/workflows/push.yml",
            format!(
                "on: push\n\npermissions:\n  contents: read # enough\n\njobs:\n  push:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n\n      # Keys of the old user.\n      - name: Credentials\n        uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.AWS_KEY }}}}\n          aws-secret-access-key: ${{{{ secrets.AWS_SECRET }}}}\n          aws-region: eu-west-1\n\n      - name: Log in\n        id: login\n        uses: aws-actions/amazon-ecr-login@v2\n\n      - run: |\n          docker build -t {HOST}/app:1 .\n          docker push {HOST}/app:1\n        env:\n          REGISTRY: ${{{{ steps.login.outputs.registry }}}}\n"
            ),
        ),
        "github-script" => (
            ".github/workflows/push.yml",
            format!(
                "on: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.KEY }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.SECRET }}}}\n      AWS_REGION: eu-west-1\n    steps:\n      - uses: actions/checkout@v4\n      - run: |\n          echo begin\n          {login}\n          docker build -t {HOST}/app:1 .\n          docker push {HOST}/app:1\n"
            ),
        ),
        "github-login-action" => (
            ".github/workflows/push.yml",
            format!(
                "on: push\njobs:\n  push:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n    steps:\n      - uses: actions/checkout@v4\n      - uses: docker/login-action@v3\n        with:\n          registry: {HOST}\n          username: ${{{{ secrets.AWS_KEY }}}}\n          password: ${{{{ secrets.AWS_SECRET }}}}\n      - run: docker push {HOST}/app:1\n"
            ),
        ),
        "gitlab" => (
            ".gitlab-ci.yml",
            format!(
                "stages: [build]\n\npush:\n  stage: build\n  image: docker:27\n  services: [docker:27-dind]\n  before_script:\n    - apk add --no-cache aws-cli\n    - {login}\n  script:\n    - docker build -t {HOST}/app:$CI_COMMIT_SHA .\n    - docker push {HOST}/app:$CI_COMMIT_SHA\n"
            ),
        ),
        "gitlab-block" => (
            ".gitlab-ci.yml",
            "push:\n  image: docker:27\n  script:\n    - |\n      echo begin\n      PASS=$(aws ecr get-login-password --region eu-west-1)\n      echo \"$PASS\" | docker login --username AWS --password-stdin $ECR_REGISTRY\n      docker push $ECR_REGISTRY/app:1\n".to_owned(),
        ),
        "circleci" => (
            ".circleci/config.yml",
            format!(
                "version: 2.1\njobs:\n  push:\n    machine:\n      image: ubuntu-2404:current\n    steps:\n      - checkout\n      - run:\n          name: Log in\n          command: {login}\n      - run: docker push {HOST}/app:1\nworkflows:\n  push:\n    jobs: [push]\n"
            ),
        ),
        "bitbucket" => (
            "bitbucket-pipelines.yml",
            format!(
                "image: atlassian/default-image:4\npipelines:\n  branches:\n    main:\n      - step:\n          name: Push\n          services: [docker]\n          script:\n            - {login}\n            - docker push {HOST}/app:1\n"
            ),
        ),
        "bitbucket-pipe" => (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n    - step:\n        name: Push\n        script:\n          - docker build -t app .\n          - pipe: atlassian/aws-ecr-push-image:2.4.0\n            variables:\n              AWS_ACCESS_KEY_ID: $AWS_ACCESS_KEY_ID\n              AWS_SECRET_ACCESS_KEY: $AWS_SECRET_ACCESS_KEY\n              AWS_DEFAULT_REGION: eu-west-1\n              IMAGE_NAME: app\n".to_owned(),
        ),
        "buildkite" => (
            ".buildkite/pipeline.yml",
            format!(
                "steps:\n  - label: push\n    command:\n      - {login}\n      - docker push {HOST}/app:1\n"
            ),
        ),
        "azure" => (
            "azure-pipelines.yml",
            format!(
                "trigger: [main]\npool:\n  vmImage: ubuntu-24.04\nsteps:\n  - checkout: self\n  - script: |\n      echo begin\n      {login}\n      docker push {HOST}/app:1\n    displayName: Push\n    env:\n      AWS_ACCESS_KEY_ID: $(aws.key)\n      AWS_SECRET_ACCESS_KEY: $(aws.secret)\n      TAG: x\n  - script: echo end\n"
            ),
        ),
        "jenkins" => (
            "Jenkinsfile",
            format!(
                "pipeline {{\n  agent {{ label 'docker' }}\n  stages {{\n    stage('Push') {{\n      steps {{\n        withCredentials([[$class: 'AmazonWebServicesCredentialsBinding', credentialsId: 'aws-ci']]) {{\n          sh '''\n            {login}\n            docker push {HOST}/app:1\n          '''\n        }}\n      }}\n    }}\n  }}\n}}\n"
            ),
        ),
        "jenkins-environment" => (
            "Jenkinsfile",
            format!(
                "pipeline {{\n  agent any\n  environment {{\n    AWS_ACCESS_KEY_ID = credentials('aws-key')\n    AWS_SECRET_ACCESS_KEY = credentials('aws-secret')\n  }}\n  stages {{\n    stage('Push') {{\n      steps {{\n        sh '{login}'\n        sh 'docker push {HOST}/app:1'\n      }}\n    }}\n  }}\n}}\n"
            ),
        ),
        other => panic!("{other}"),
    }
}

const ALL: [&str; 12] = [
    "github-actions",
    "github-script",
    "github-login-action",
    "gitlab",
    "gitlab-block",
    "circleci",
    "bitbucket",
    "bitbucket-pipe",
    "buildkite",
    "azure",
    "jenkins",
    "jenkins-environment",
];

#[test]
fn conversions_are_as_written() {
    for name in ALL {
        let (path, text) = pipeline(name);
        insta::assert_snapshot!(name, shown(path, &text));
    }
}

#[test]
fn nothing_is_left_to_convert() {
    for name in ALL {
        let (path, text) = pipeline(name);
        is_done(path, &text);
        // The file's own breaks stay.
        let (path, text) = (path, text.replace('\n', "\r\n"));
        let done = converted(path, &text);
        assert!(!done.text.replace("\r\n", "").contains('\n'), "{name}: {:?}", done.text);
    }
}

#[test]
fn what_is_not_understood_is_named_with_its_place() {
    let workflow =
        |steps: &str| format!("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n{steps}");
    let login = format!(
        "aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin {HOST}"
    );
    for (path, text, what, at) in [
        (
            ".github/workflows/a.yml",
            workflow(&format!("      - run: cd x && {login}\n")),
            "one line with the login",
            "cd x",
        ),
        (
            ".github/workflows/a.yml",
            workflow(
                "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{ secrets.A }}\n          aws-secret-access-key: ${{ secrets.B }}\n          aws-region: eu-west-1\n          role-to-assume: arn:aws:iam::123456789012:role/x\n",
            ),
            "assume a role",
            "aws-access-key-id",
        ),
        (
            ".github/workflows/a.yml",
            workflow(
                "      - uses: aws-actions/amazon-ecr-login@v2\n        id: e\n      - run: echo ${{ steps.e.outputs.docker_password_x }}\n",
            ),
            "takes the password",
            "steps.e.outputs",
        ),
        (
            ".github/workflows/a.yml",
            workflow(&format!(
                "      - uses: docker/login-action@v3\n        with:\n          registry: ghcr.io\n          username: x\n          password: ${{{{ secrets.X }}}}\n      - run: {login}\n"
            )),
            "another registry first",
            "docker/login-action",
        ),
        (
            ".gitlab-ci.yml",
            format!(
                ".login:\n  script:\n    - {login}\na:\n  script:\n    - !reference [.login, script]\n    - docker push {HOST}/a:1\n"
            ),
            "!reference",
            "aws ecr",
        ),
        (
            "azure-pipelines.yml",
            format!("steps:\n  - script: {login}\n  - script: docker push {HOST}/a:1\n"),
            "in its own step alone",
            "docker push",
        ),
        (
            "Jenkinsfile",
            format!("node {{\n  sh '''\n    {login}\n  '''\n}}\n"),
            "scripted pipeline",
            "    aws ecr",
        ),
        (
            ".gitlab-ci.yml",
            format!("a:\n  script:\n    - {}\n", login.replace("docker login", "podman login")),
            "podman has a configuration of its own",
            "podman login",
        ),
        (
            ".gitlab-ci.yml",
            format!("a:\n  script:\n    - {}\n", login.replace("docker login", "sudo docker login")),
            "sudo runs this with another environment",
            "sudo docker login",
        ),
        ("README.md", "x".to_owned(), "not a pipeline", "x"),
    ] {
        let obstacles = convert(&tree(path, &text), path, &target()).expect_err(what);
        let obstacle = obstacles.iter().find(|obstacle| obstacle.what.contains(what));
        let obstacle = obstacle.unwrap_or_else(|| panic!("{what}: {obstacles:#?}"));
        assert!(text[obstacle.bytes.start..].starts_with(at), "{what}: {:?}", &text[obstacle.bytes.start..]);
        assert!(!obstacle.next.is_empty());
    }
}

#[test]
fn what_needs_no_conversion_is_left_alone() {
    for (path, text) in [
        (
            ".github/workflows/a.yml",
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions: {id-token: write}\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v6\n        with:\n          role-to-assume: arn:aws:iam::123456789012:role/x\n          aws-region: eu-west-1\n      - run: aws s3 ls\n".to_owned(),
        ),
        (".gitlab-ci.yml", "a:\n  script:\n    - docker login -u x -p y registry.example.com\n".to_owned()),
    ] {
        assert!(convert(&tree(path, &text), path, &target()).unwrap().is_none(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn around_the_login_everything_stays(
        index in 0..ALL.len(),
        before in "[a-z]{1,8}",
        comment in "[ a-z:'\"{}#]{0,16}",
    ) {
        let (path, text) = pipeline(ALL[index]);
        let mark = if path == "Jenkinsfile" { "//" } else { "#" };
        let text = format!("{mark} {comment}\n{text}{mark} {before}\n");
        let done = converted(path, &text);
        let first = format!("{} {}\n", mark, comment);
        prop_assert!(done.text.starts_with(&first));
        let last = format!("{} {}\n", mark, before);
        prop_assert!(done.text.ends_with(&last));
        is_done(path, &text);
    }

    #[test]
    fn no_text_brings_it_down(index in 0..ALL.len(), cut in 0usize..2000, noise in "[ -~\n]{0,12}") {
        let (path, text) = pipeline(ALL[index]);
        let cut = cut.min(text.len());
        let text = format!("{}{noise}{}", &text[..cut], &text[cut..]);
        // Either it is converted, or a place within it is named.
        if let Err(obstacles) = convert(&tree(path, &text), path, &target()) {
            prop_assert!(obstacles.iter().all(|obstacle| obstacle.bytes.start <= text.len()));
        }
    }
}
