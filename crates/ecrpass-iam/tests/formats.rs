//! Every format says the same: the policies in templates and clusters' configurations, read by a YAML parser, are the
//! JSON documents.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic)] // a test's way of failing

use ecrpass_iam::Task;
use ecrpass_iam::generate::format::{cloudformation, eksctl, json, terraform};
use ecrpass_iam::generate::trust::place::{Place, Trusted};
use ecrpass_iam::generate::{Draft, Kind, Target, Wanted, generate};
use ecrpass_iam::task::TASKS;
use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};

/// The documents of a YAML stream. A plain text that YAML takes for something else than a text is no string here.
fn yaml(text: &str) -> Vec<Value> {
    enum Open {
        List(Vec<Value>),
        Mapping(Map<String, Value>, Option<String>),
    }
    let mut documents = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut add = |open: &mut Vec<Open>, value: Value| match open.last_mut() {
        None => documents.push(value),
        Some(Open::List(items)) => items.push(value),
        Some(Open::Mapping(members, key)) => match key.take() {
            Some(key) => assert!(members.insert(key.clone(), value).is_none(), "{key} twice"),
            None => *key = Some(value.as_str().unwrap().to_owned()),
        },
    };
    for event in Parser::new_from_str(text) {
        match event.unwrap_or_else(|error| panic!("{}\n{text}", error.info())).0 {
            Event::Scalar(text, ScalarStyle::Plain, ..) => {
                let value = serde_json::from_str(&text).unwrap_or_else(|_| Value::from(text.as_ref()));
                add(&mut open, value);
            }
            Event::Scalar(text, ..) => add(&mut open, Value::from(text.as_ref())),
            Event::SequenceStart(..) => open.push(Open::List(Vec::new())),
            Event::MappingStart(..) => open.push(Open::Mapping(Map::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => {
                let value = match open.pop().unwrap() {
                    Open::List(items) => Value::Array(items),
                    Open::Mapping(members, _) => Value::Object(members),
                };
                add(&mut open, value);
            }
            _ => {}
        }
    }
    documents
}

/// A policy in which a list of one is that one, as IAM reads it.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(items) if items.len() == 1 && items[0].is_string() => items[0].clone(),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(members) => {
            members.iter().map(|(key, value)| (key.clone(), normal(value))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

fn policy(draft: &Draft) -> Value {
    normal(&serde_json::from_str(&json::document(draft)).unwrap())
}

fn wanted(task: Task, account: &str) -> Wanted {
    let is_public = matches!(task, Task::PullPublic | Task::PushPublic);
    let image = if is_public {
        "public.ecr.aws/alias/team/app"
    } else {
        "111122223333.dkr.ecr.eu-central-1.amazonaws.com/team/app"
    };
    Wanted {
        tasks: vec![task],
        targets: vec![Target::parse(image, None, Some("111122223333")).unwrap()],
        account: Some(account.to_owned()),
        ..Wanted::default()
    }
}

/// All there is to be written.
fn all() -> Vec<Vec<Draft>> {
    let mut all = Vec::new();
    for task in TASKS {
        for account in ["111122223333", "444455556666"] {
            let trust = Trusted {
                place: Place::Github,
                claims: [("repository", "o/r"), ("repository-id", "1"), ("owner-id", "2"), ("ref", "*")]
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .to_vec(),
            };
            let wanted = Wanted { trust: Some(trust), ..wanted(task, account) };
            all.push(generate(&wanted).unwrap());
            for kind in Kind::ALL {
                // What is refused is held to elsewhere.
                all.extend(generate(&Wanted { kinds: vec![kind], ..wanted.clone() }));
            }
        }
    }
    all
}

#[test]
fn templates_hold_the_same_policies() {
    const PLACES: [&str; 4] =
        ["PolicyDocument", "RepositoryPolicyText", "PolicyText", "AssumeRolePolicyDocument"];
    let mut compared = 0;
    for drafts in all() {
        let Ok(text) = cloudformation::templates(&drafts) else { continue };
        let mut found = Vec::new();
        for template in yaml(&text) {
            assert_eq!(template["AWSTemplateFormatVersion"], "2010-09-09");
            for (id, resource) in template["Resources"].as_object().unwrap() {
                assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()), "{id}");
                let properties = resource["Properties"].as_object().unwrap();
                found.extend(PLACES.iter().filter_map(|place| properties.get(*place)).map(normal));
            }
        }
        assert_eq!(found.len(), drafts.len(), "{text}");
        for draft in &drafts {
            assert!(found.contains(&policy(draft)), "{}\n{text}", json::document(draft));
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn clusters_hold_the_same_policy() {
    for (place, path) in [
        (Place::Irsa, &["iam", "serviceAccounts", "attachPolicy"][..]),
        (Place::PodIdentity, &["iam", "podIdentityAssociations", "permissionPolicy"]),
    ] {
        let mut claims = vec![
            ("namespace", "ci"),
            ("service-account", "builder"),
            ("cluster", "no"),
            ("region", "eu-west-1"),
        ];
        if place == Place::Irsa {
            claims.push(("host", "oidc.eks.eu-west-1.amazonaws.com/id/A"));
        }
        let claims = claims.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let trust = Trusted { place, claims };
        let wanted = Wanted { trust: Some(trust.clone()), ..wanted(Task::Pull, "111122223333") };
        let drafts = generate(&wanted).unwrap();
        let text = eksctl::configuration(&drafts, Some(&trust)).unwrap();
        let cluster = yaml(&text).remove(0);
        assert_eq!(cluster["metadata"]["name"], "no");
        let role = drafts.iter().find(|draft| draft.kind.id() == "role").unwrap();
        assert_eq!(normal(&cluster[path[0]][path[1]][0][path[2]]), policy(role), "{text}");
    }
}

#[test]
fn labels_and_comments_of_terraform_are_its_own() {
    for drafts in all() {
        let text = terraform::configuration(&drafts);
        let mut labels = Vec::new();
        for line in text.lines() {
            assert!(!line.ends_with(' '), "{line}");
            if line.starts_with("data ") || line.starts_with("resource ") || line.starts_with("variable ") {
                assert!(!labels.contains(&line), "{line} twice\n{text}");
                labels.push(line);
            }
        }
        for draft in &drafts {
            for value in draft
                .statements
                .iter()
                .flat_map(|statement| statement.actions.iter().chain(&statement.resources))
            {
                assert!(text.contains(&format!("\"{value}\"")), "{value}\n{text}");
            }
        }
        // Each action says what it is for.
        for line in text
            .lines()
            .filter(|line| line.starts_with("      \"ecr") && line.contains(':') && !line.contains("arn:"))
        {
            assert!(line.contains(" # "), "{line}");
        }
    }
}
