//! Tests of the readers of all systems: what jobs do, and that no text makes them fail.

use proptest::prelude::*;

use super::*;
use crate::deed::{Deed, What};
use crate::kind::{FileKind, Owner};
use crate::source::Tree;
use crate::yaml;

const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// The systems and what files of theirs are called.
const SYSTEMS: [(System, &str); 13] = [
    (System::Github, ".github/workflows/x.yml"),
    (System::Gitlab, ".gitlab-ci.yml"),
    (System::Jenkins, "Jenkinsfile"),
    (System::Circleci, ".circleci/config.yml"),
    (System::Bitbucket, "bitbucket-pipelines.yml"),
    (System::Buildkite, ".buildkite/pipeline.yml"),
    (System::Azure, "azure-pipelines.yml"),
    (System::Codebuild, "buildspec.yml"),
    (System::Drone, ".drone.yml"),
    (System::Woodpecker, ".woodpecker.yml"),
    (System::Travis, ".travis.yml"),
    (System::Tekton, "tekton.yaml"),
    (System::Argo, "argo.yaml"),
];

fn read_with(system: System, text: &str, others: &[(&str, &str)]) -> Pipeline {
    perhaps(system, text, others).unwrap()
}

fn perhaps(system: System, text: &str, others: &[(&str, &str)]) -> Option<Pipeline> {
    let path = SYSTEMS.iter().find(|(known, _)| *known == system).unwrap().1;
    let file = |path: &str, text: &str| SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
        kind: FileKind::of(path, text),
        owner: Owner::Repository,
    };
    let mut files = vec![file(path, text)];
    files.extend(others.iter().map(|(path, text)| file(path, text)));
    let tree = Tree::new(files, 0);
    let (documents, _) = yaml::read_partly(text);
    super::read(system, tree.get(path).unwrap(), &documents, &tree)
}

fn read(system: System, text: &str) -> Pipeline {
    read_with(system, text, &[])
}

/// What a deed is, in a word or two.
fn short(deed: &Deed) -> String {
    let first = |known: &Known| known.alternatives().next().unwrap_or_default().to_owned();
    match &deed.what {
        What::Credentials { account, region, .. } => {
            format!("credentials {} {}", first(account), first(region))
        }
        What::Fetch { region, .. } => format!("fetch {}", first(region)),
        What::Login { host, .. } => format!("login {}", first(host)),
        What::Logout { .. } => "logout".to_owned(),
        What::Helper { .. } => "helper".to_owned(),
        What::Push { image, .. } => format!("push {}", first(image)),
        What::Pull { image, .. } => format!("pull {}", first(image)),
        What::MayLogIn => "may log in".to_owned(),
    }
}

fn deeds(job: &Job) -> Vec<String> {
    job.deeds().iter().map(short).collect()
}

fn script(system: System, text: &str) -> Vec<String> {
    let pipeline = read(system, &text.replace("HOST", HOST));
    let deeds: Vec<String> = pipeline.jobs.iter().flat_map(deeds).collect();
    deeds.iter().map(|deed| deed.replace(HOST, "HOST")).collect()
}

#[test]
fn github_follows_outputs_environments_and_matrices() {
    let text = "
env:
  REPOSITORY: app
jobs:
  push:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        tag: [a, b]
    steps:
      - uses: aws-actions/configure-aws-credentials@v6
        with:
          role-to-assume: arn:aws:iam::123456789012:role/x
          aws-region: us-east-1
      - id: ecr
        uses: aws-actions/amazon-ecr-login@v2
      - env:
          REGISTRY: ${{ steps.ecr.outputs.registry }}
        run: docker push $REGISTRY/$REPOSITORY:${{ github.sha }}
      - if: false
        run: docker push other/image
";
    let pipeline = read(System::Github, text);
    let [job] = pipeline.jobs.as_slice() else { panic!("{pipeline:?}") };
    assert_eq!((job.host.0, job.at_once, job.oidc.0), (Host::Hosted, true, Some(false)));
    assert_eq!(
        deeds(job),
        [
            "credentials 123456789012 us-east-1".to_owned(),
            format!("login {HOST}"),
            format!("push {HOST}/app:${{{{ github.sha }}}}")
        ]
    );
}

#[test]
fn github_reads_composite_actions_of_the_tree() {
    let workflow = "
jobs:
  push:
    runs-on: ubuntu-latest
    steps:
      - uses: ./.github/actions/login
        with:
          account: '123456789012'
      - run: docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/a
";
    let action = "
inputs:
  account: { required: true }
  region: { default: us-east-1 }
runs:
  using: composite
  steps:
    - shell: bash
      run: aws ecr get-login-password --region ${{ inputs.region }} | docker login -u AWS --password-stdin ${{ inputs.account }}.dkr.ecr.${{ inputs.region }}.amazonaws.com
";
    let pipeline = read_with(System::Github, workflow, &[(".github/actions/login/action.yml", action)]);
    let all = pipeline.jobs[0].deeds();
    let login = all.iter().find(|deed| matches!(deed.what, What::Login { .. })).unwrap();
    assert_eq!(short(login), format!("login {HOST}"));
    assert_eq!(login.path.as_deref(), Some(".github/actions/login/action.yml"));
}

#[test]
fn github_takes_no_default_of_an_input_for_what_callers_say() {
    let action = "
inputs:
  publish: { default: 'false' }
runs:
  using: composite
  steps:
    - if: inputs.publish == 'true'
      shell: bash
      run: docker push HOST/a
"
    .replace("HOST", HOST);
    let pushes = |job: &Job| deeds(job).iter().any(|deed| deed.starts_with("push"));
    // By itself, as a workflow that others call, and where a caller of this tree leaves it or sets it.
    let alone = read(System::Github, &action);
    assert!(!alone.jobs[0].steps[0].is_off);
    let called = "
on:
  workflow_call:
    inputs:
      publish: { type: boolean, default: false }
jobs:
  off: { if: inputs.publish, runs-on: ubuntu-latest, steps: [{ run: docker push HOST/a }] }
  step: { runs-on: ubuntu-latest, steps: [{ if: inputs.publish, run: docker push HOST/a }] }
";
    let called = read(System::Github, &called.replace("HOST", HOST));
    assert!(!called.jobs[0].is_off && !called.jobs[1].steps[0].is_off);
    let caller = |with: &str| {
        let text =
            format!("jobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: ./login\n{with}");
        let pipeline = read_with(System::Github, &text, &[("login/action.yml", &action)]);
        pushes(&pipeline.jobs[0])
    };
    assert!(!caller(""));
    assert!(!caller("        with: { publish: 'false' }\n"));
    assert!(caller("        with: { publish: 'true' }\n"));
    assert!(caller("        with: { publish: '${{ github.ref_protected }}' }\n"));
}

#[test]
fn gitlab_follows_extends_references_anchors_and_includes() {
    let text = "
include: { local: /ci/login.yml }
variables: { R: us-east-1 }
.base:
  image: docker:27
  before_script:
    - !reference [.login, script]
push:
  extends: .base
  script:
    - docker push $H/a
  variables: { H: 123456789012.dkr.ecr.$R.amazonaws.com }
off:
  extends: .base
  script: [docker push x]
  rules: [{ when: never }]
";
    let login = ".login:\n  script:\n    - aws ecr get-login-password --region $R | docker login -u AWS --password-stdin $H\n";
    let pipeline = read_with(System::Gitlab, text, &[("ci/login.yml", login)]);
    let push = pipeline.jobs.iter().find(|job| job.name == "push").unwrap();
    assert_eq!(push.host.0, Host::Hosted);
    let all = push.deeds();
    let login = all.iter().find(|deed| matches!(deed.what, What::Login { .. })).unwrap();
    assert_eq!((short(login), login.path.as_deref()), (format!("login {HOST}"), Some("ci/login.yml")));
    assert_eq!(short(all.last().unwrap()), format!("push {HOST}/a"));
    assert!(pipeline.jobs.iter().find(|job| job.name == "off").unwrap().is_off);
}

#[test]
fn jenkins_follows_blocks_variables_and_the_docker_plugin() {
    let text = "
pipeline {
  agent { label 'docker' }
  environment { REGISTRY = 'HOST' }
  stages {
    stage('a') {
      steps {
        withAWS(region: 'us-east-1', role: 'x', roleAccount: '123456789012') {
          sh \"aws ecr get-login-password | docker login -u AWS --password-stdin ${REGISTRY}\" // 'no'
          sh \"docker push ${env.REGISTRY}/a\"
        }
        script {
          def app = docker.build('b')
          docker.withRegistry('https://HOST', 'ecr:us-east-1:id') { app.push('1') }
        }
      }
    }
  }
}
";
    let found = script(System::Jenkins, text);
    assert_eq!(
        found.iter().filter(|deed| !deed.starts_with("fetch")).collect::<Vec<_>>(),
        [
            "credentials 123456789012 us-east-1",
            "login HOST",
            "push HOST/a",
            "login https://HOST",
            "push HOST/b:1"
        ]
    );
}

#[test]
fn each_system_runs_its_scripts() {
    let login = "aws ecr get-login-password --region us-east-1 | docker login -u AWS --password-stdin HOST";
    for (system, text) in [
        (
            System::Circleci,
            "jobs: { a: { machine: true, steps: [{ run: 'LOGIN' }, { run: { command: docker push HOST/a } }] } }",
        ),
        (System::Bitbucket, "pipelines: { default: [{ step: { script: ['LOGIN', docker push HOST/a] } }] }"),
        (System::Buildkite, "steps: [{ commands: ['LOGIN', docker push HOST/a] }]"),
        (System::Azure, "variables: { H: HOST }\nsteps: [{ script: 'LOGIN' }, { bash: docker push $(H)/a }]"),
        (
            System::Codebuild,
            "phases: { pre_build: { commands: ['LOGIN'] }, post_build: { commands: [docker push HOST/a] } }",
        ),
        (System::Drone, "kind: pipeline\nsteps: [{ name: a, commands: ['LOGIN', docker push HOST/a] }]"),
        (System::Woodpecker, "steps: { a: { image: docker, commands: ['LOGIN', docker push HOST/a] } }"),
        (System::Travis, "script: 'LOGIN'\nafter_success: [docker push HOST/a]"),
        (
            System::Tekton,
            "spec: { params: [{ name: h, default: HOST }], steps: [{ script: 'LOGIN\n\n docker push $(params.h)/a' }] }",
        ),
        (
            System::Argo,
            "spec: { templates: [{ name: a, container: { command: [sh, -c], args: ['LOGIN && docker push HOST/a'] } }] }",
        ),
    ] {
        let found = script(system, &text.replace("LOGIN", login));
        assert_eq!(found, ["fetch us-east-1", "login HOST", "push HOST/a"], "{system:?}");
    }
}

#[test]
fn plugins_log_in_where_they_say() {
    for (system, text, expected) in [
        (
            System::Buildkite,
            "steps: [{ command: x, plugins: [{ 'ecr#v2.12.0': { account-ids: '123456789012', region: us-east-1 } }] }]",
            "login HOST",
        ),
        (
            System::Drone,
            "steps: [{ name: a, image: 'plugins/ecr:1', settings: { registry: HOST, region: us-east-1 } }]",
            "login HOST",
        ),
        (
            System::Circleci,
            "orbs: { e: circleci/aws-ecr@9.8.1 }\nworkflows: { a: { jobs: [{ e/build_and_push_image: { account_id: '123456789012', region: us-east-1, repo: a } }] } }",
            "login HOST, push ${registry}/a:latest",
        ),
        (
            System::Circleci,
            "orbs: { e: acme/ecr-tools@1 }\njobs: { a: { machine: true, steps: [e/push] } }",
            "may log in",
        ),
    ] {
        assert_eq!(script(system, text).join(", "), expected, "{system:?}");
    }
}

#[test]
fn steps_of_scripts_know_their_lines() {
    let text = "phases:\n  build:\n    commands:\n      - echo one\n      - docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com/a\n";
    let pipeline = read(System::Codebuild, text);
    let all = pipeline.jobs[0].deeds();
    assert_eq!(&text[all[0].bytes.clone()], &format!("docker push {HOST}/a"));
}

/// All places of a pipeline.
fn places(pipeline: &Pipeline) -> Vec<std::ops::Range<usize>> {
    let mut all: Vec<_> = pipeline.references.iter().map(|reference| reference.bytes.clone()).collect();
    for job in &pipeline.jobs {
        all.extend([job.bytes.clone(), job.oidc.1.clone()]);
        all.extend(job.host.1.clone());
        all.extend(job.kept.iter().flat_map(|kept| [kept.bytes.clone(), kept.by.clone()]));
        for step in &job.steps {
            all.push(step.bytes.clone());
            all.extend(step.deeds.iter().map(|deed| deed.bytes.clone()));
            let commands = step.script().map(|script| script.commands.as_slice()).unwrap_or_default();
            all.extend(
                commands.iter().flat_map(|command| command.words.iter().map(|word| word.bytes.clone())),
            );
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_text_panics_and_places_are_inside(
        text in "((jobs|steps|run|uses|with|env|on|a|script|commands|image|plugins|spec|templates|phases|build|pipelines|default|step|stages|include|variables|settings|args|matrix|extends|permissions): ?|- |\\[|\\]|\\{|\\}|\\$\\{\\{ env.a \\}\\}|\\$\\(a\\)|<< parameters.a >>|docker push a/b|sh 'x'|\"|'|\\||>|&a|\\*a|!reference |\n|\n  |\n    |\n      |ü| ){0,60}"
    ) {
        for (system, _) in SYSTEMS {
            let Some(pipeline) = perhaps(system, &text, &[]) else { continue };
            for bytes in places(&pipeline) {
                prop_assert!(text.get(bytes.clone()).is_some(), "{system:?} {bytes:?} of {text:?}");
            }
        }
    }
}

#[test]
fn hostile_files_end_soon() {
    let chain: String =
        (0..5000).map(|job| format!("j{job}:\n  extends: j{}\n  script: [x]\n", job + 1)).collect();
    read(System::Gitlab, &chain);
    let wide = format!(
        "jobs:\n  a:\n    strategy:\n      matrix:\n        x: [{}]\n    steps:\n      - run: echo ${{{{ matrix.x }}}}${{{{ matrix.x }}}}\n",
        "1,".repeat(20_000)
    );
    read(System::Github, &wide);
    let steps = "      - uses: ./a\n".repeat(200);
    let action = format!("runs:\n  using: composite\n  steps:\n{}", "    - uses: ./a\n".repeat(20));
    read_with(
        System::Github,
        &format!("jobs:\n  a:\n    runs-on: x\n    steps:\n{steps}"),
        &[("a/action.yml", &action)],
    );
    let commands =
        "commands:\n  a:\n    steps: [a, a, a, a, a, a, a, a]\njobs:\n  b:\n    steps: [a, a, a, a]\n";
    read(System::Circleci, commands);
    let template = "steps:\n".to_owned() + &"- template: azure-pipelines.yml\n".repeat(10);
    read(System::Azure, &template);
    read(System::Jenkins, &"stage('a') { parallel(a: { sh 'x' }) }\n".repeat(2000));
}
