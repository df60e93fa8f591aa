//! The files of this repository that other systems load, as the audit reads them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)] // a test's way of failing

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::kind::FileKind;
use ecrpass_audit::models::{Common, Shelf};
use ecrpass_audit::pipeline::Job;
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{Owner, SourceFile, Tree};
use ecrpass_audit::yaml;
use ecrpass_generate::pipelines::pins::{BINFMT, BUILDKIT, CHECKOUT, CREDENTIALS, DAEMON, DOCKER, Pins};

const COMPONENT: &str = include_str!("../../../integrations/gitlab/templates/push-image/template.yml");
const LIBRARY: &str = include_str!("../../../integrations/jenkins/vars/withEcr.groovy");
const ACTION: &str = include_str!("../../../action.yml");
const HOOKS: &str = include_str!("../../../.pre-commit-hooks.yaml");
const DOCUMENT: &str = include_str!("../../../docs/integrations.md");
const START: &str = include_str!("../../../docs/start.md");

fn tree(path: &str, text: &str) -> Tree {
    let file = SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
        kind: FileKind::of(path, text),
        owner: Owner::Repository,
    };
    Tree::new(vec![file], 1_800_000_000)
}

fn found(path: &str, text: &str) -> Vec<String> {
    let question =
        Question { rules: RULES, settings: &Settings::default(), only: None, only_pipelines: false };
    audit(&tree(path, text), &question)
        .found
        .iter()
        .map(|found| format!("{} {}", found.id, found.finding.title))
        .collect()
}

/// The component's pipeline, with its inputs put in.
fn rendered() -> String {
    let inputs = yaml::read(COMPONENT).unwrap();
    let given = [
        ("image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app"),
        ("role-arn", "arn:aws:iam::123456789012:role/ci"),
        ("region", "us-east-1"),
    ];
    let (_, mut text) = COMPONENT.split_once("\n---\n").map(|(spec, text)| (spec, text.to_owned())).unwrap();
    for (key, input) in inputs[0].at(&["spec", "inputs"]).unwrap().members().unwrap() {
        let value = given.iter().find(|(name, _)| *name == key.text).map(|(_, value)| *value);
        let value =
            value.or_else(|| input.text_of("default")).unwrap_or_else(|| panic!("no value for {}", key.text));
        assert!(
            input.text_of("regex").is_some_and(|regex| regex.starts_with('^') && regex.ends_with('$')),
            "{}",
            key.text
        );
        let mark = format!("$[[ inputs.{} ]]", key.text);
        assert!(text.contains(&mark), "{mark}");
        text = text.replace(&mark, value);
    }
    assert!(!text.contains("$[["), "{text}");
    text
}

#[test]
fn the_component_pushes_and_the_audit_finds_nothing() {
    let text = rendered();
    let path = ".gitlab-ci.yml";
    assert_eq!(found(path, &text), Vec::<String>::new());
    let tree = tree(path, &text);
    let common = Common::default();
    let shelf = Shelf::new(&tree, &common);
    let jobs = &shelf.models(0).unwrap().pipeline().unwrap().jobs;
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].oidc.0, Some(true));
    let deeds = format!("{:?}", jobs.iter().flat_map(Job::deeds).map(|deed| deed.what).collect::<Vec<_>>());
    assert!(
        deeds.contains("Push {") && deeds.contains("123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app"),
        "{deeds}"
    );
}

#[test]
fn versions_are_those_that_are_generated() {
    let pins = Pins::default();
    for name in [DOCKER, DAEMON, BUILDKIT, BINFMT] {
        assert!(COMPONENT.contains(pins.reference(name)), "{name}");
    }
    for name in [CHECKOUT, CREDENTIALS] {
        assert!(DOCUMENT.contains(&pins.action(name)), "{name}");
    }
    assert!(START.contains(&pins.action(CREDENTIALS)));
}

#[test]
fn the_others_are_read_and_silent() {
    assert_eq!(found("vars/withEcr.groovy", LIBRARY), Vec::<String>::new());
    assert_eq!(found("action.yml", ACTION), Vec::<String>::new());
    let hooks = yaml::read(HOOKS).unwrap();
    for hook in hooks[0].items().unwrap() {
        for key in ["id", "name", "entry", "language"] {
            assert!(hook.text_of(key).is_some(), "{key}");
        }
    }
    // What the document says about inputs is what there is.
    let action = yaml::read(ACTION).unwrap();
    for (key, _) in action[0].members_of("inputs") {
        assert!(DOCUMENT.contains(&format!("`{}`", key.text)), "{}", key.text);
    }
}
