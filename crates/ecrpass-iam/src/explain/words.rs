//! A document in plain words: what it allows for ECR, and what of that a task does not need.

use std::collections::BTreeSet;

use ecrpass_core::Arn;
use ecrpass_core::wildcard::Pattern;
use ecrpass_json::Position;

use crate::actions;
use crate::condition::Condition;
use crate::document::model::{Listed, Named, NamedKind};
use crate::document::{Document, Effect, Problem, Statement, check};
use crate::layer::Layer;
use crate::purpose::purpose;
use crate::suggestion;
use crate::task::{self, TASKS, Task};

/// A document in plain words.
#[derive(Clone, Debug)]
pub struct Words {
    /// What it hangs on, or seems to.
    pub layer: Layer,
    /// Its statements.
    pub statements: Vec<StatementWords>,
    /// The tasks all of whose actions it allows, on some resource.
    pub tasks: Vec<Task>,
    /// What it allows that the tasks asked about do not need.
    pub unneeded: Vec<Unneeded>,
    /// What those tasks need and it does not allow at all.
    pub missing: Vec<&'static str>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// A statement in plain words.
#[derive(Clone, Debug)]
pub struct StatementWords {
    /// Where it begins.
    pub position: Position,
    /// Its name.
    pub sid: Option<String>,
    /// What it does, for whom, on what and when.
    pub summary: String,
    /// Each of its actions, with what it is for or how many it stands for.
    pub actions: Vec<String>,
}

/// Something that is allowed and not needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unneeded {
    /// Where it stands.
    pub position: Position,
    /// The action as it is written.
    pub action: String,
    /// How many of ECR's actions it stands for, and how many of them are not needed.
    pub counts: Option<(usize, usize)>,
    /// The worst of them: what deletes or opens something.
    pub examples: Vec<String>,
}

/// Puts a document into words, with regard to these tasks; without a layer, its shape says what it hangs on.
pub fn words(document: &Document, layer: Option<Layer>, tasks: &[Task]) -> Words {
    let layer = layer.unwrap_or_else(|| suggestion::layer(document));
    let needed: BTreeSet<&'static str> = tasks.iter().flat_map(|task| task.actions()).collect();
    let allows = |action: &str| {
        let action = action.to_ascii_lowercase();
        allowing(document).any(|statement| {
            statement.actions.items.iter().any(|item| item.value.matches(&action))
                != statement.actions.negated
        })
    };
    Words {
        layer,
        statements: document.statements.iter().map(in_words).collect(),
        tasks: TASKS.into_iter().filter(|task| task.actions().iter().all(|action| allows(action))).collect(),
        unneeded: if tasks.is_empty() { Vec::new() } else { unneeded(document, &needed) },
        missing: needed.iter().copied().filter(|action| !allows(action)).collect(),
        problems: check(document, layer),
    }
}

fn allowing(document: &Document) -> impl Iterator<Item = &Statement> {
    document.statements.iter().filter(|statement| statement.effect == Effect::Allow)
}

fn in_words(statement: &Statement) -> StatementWords {
    let verb = if statement.effect == Effect::Allow { "allows" } else { "denies" };
    let whom = statement.principals.as_ref().map_or_else(String::new, |listed| format!(" {}", whom(listed)));
    let actions = match (statement.actions.negated, statement.actions.items.len()) {
        (true, count) => format!("everything but {}", counted(count, "action")),
        (false, count) => counted(count, "action"),
    };
    let on = statement.resources.as_ref().map_or_else(
        || " on what the policy hangs on".to_owned(),
        |listed| {
            let all: Vec<String> = listed.items.iter().map(|item| resource(item.value.text())).collect();
            let but = if listed.negated { "everything but " } else { "" };
            format!(" on {but}{}", all.join(", "))
        },
    );
    let when: Vec<String> = statement.conditions.iter().map(condition).collect();
    let when = if when.is_empty() { String::new() } else { format!(", if {}", when.join(" and ")) };
    StatementWords {
        position: statement.position,
        sid: statement.sid.as_deref().map(str::to_owned),
        summary: format!("{verb}{whom} {actions}{on}{when}"),
        actions: statement.actions.items.iter().map(|item| action(&item.value.text)).collect(),
    }
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn whom(listed: &Listed<Named>) -> String {
    let names: Vec<String> = listed
        .items
        .iter()
        .map(|item| match (item.value.is_everyone(), item.value.kind) {
            (true, _) => "everybody".to_owned(),
            (_, NamedKind::Service) => format!("the service {}", item.value.text),
            (_, NamedKind::Federated) => format!("whoever has a token of {}", item.value.text),
            _ => account_or_arn(&item.value.text),
        })
        .collect();
    let names = names.join(", ");
    if listed.negated { format!("everybody but {names}") } else { names }
}

fn account_or_arn(name: &str) -> String {
    match Arn::parse(name) {
        Some(arn) if arn.resource == "root" => format!("account {}", arn.account),
        Some(_) => name.to_owned(),
        None => format!("account {name}"),
    }
}

/// An action with what it is for, or how many it stands for.
fn action(text: &str) -> String {
    if let Some(purpose) = purpose(text) {
        return format!("{text}: to {purpose}");
    }
    let meant = of_ecr(text);
    match meant.len() {
        0 if text.contains(':') && !is_of_ecr(text) => format!("{text}: of another service"),
        0 => format!("{text}: no action of ECR"),
        1 => text.to_owned(),
        count => {
            let worst = worst(&meant);
            let worst =
                if worst.is_empty() { String::new() } else { format!(", among them {}", worst.join(", ")) };
            format!("{text}: {count} actions of ECR{worst}")
        }
    }
}

fn is_of_ecr(text: &str) -> bool {
    let service = text.split_once(':').map_or(text, |(service, _)| service);
    ["ecr", "ecr-public"].iter().any(|known| Pattern::iam(&service.to_ascii_lowercase()).matches(known))
}

/// The actions of ECR and ECR Public that a pattern stands for.
fn of_ecr(text: &str) -> Vec<String> {
    let pattern = Pattern::iam(&text.to_ascii_lowercase());
    let mut meant = Vec::new();
    for service in ["ecr", "ecr-public"] {
        for (name, _) in actions::of_service(service) {
            let action = format!("{service}:{name}");
            if pattern.matches(&action.to_ascii_lowercase()) {
                meant.push(action);
            }
        }
    }
    meant
}

/// Those that take something away, or let others in: what nobody wants to have given by the way.
fn worst(actions: &[String]) -> Vec<String> {
    const WORST: [&str; 6] = [
        "ecr:BatchDeleteImage",
        "ecr:DeleteRepository",
        "ecr:SetRepositoryPolicy",
        "ecr:PutRegistryPolicy",
        "ecr:PutImage",
        "ecr-public:DeleteRepository",
    ];
    WORST
        .iter()
        .filter(|known| actions.iter().any(|action| action == *known))
        .take(3)
        .map(|&known| known.to_owned())
        .collect()
}

fn resource(text: &str) -> String {
    if text == "*" {
        return "everything".to_owned();
    }
    let named = Arn::parse(text).and_then(|arn| Some((arn.repository()?, arn)));
    let Some((name, arn)) = named else { return text.to_owned() };
    let what = if name == "*" {
        "every repository".to_owned()
    } else if name.contains(['*', '?']) {
        format!("the repositories {name}")
    } else {
        format!("the repository {name}")
    };
    let account = match arn.account {
        "*" => "any account".to_owned(),
        account => format!("account {account}"),
    };
    match arn.region {
        "" => format!("{what} of {account}"),
        "*" => format!("{what} of {account}, in every region"),
        region => format!("{what} of {account}, {region}"),
    }
}

fn condition(condition: &Condition) -> String {
    let values: Vec<&str> = condition.values.iter().map(|value| value.text()).collect();
    format!("{} {} {}", condition.key, condition.operator_text, values.join(" or "))
}

/// What statements allow and the tasks do not need.
fn unneeded(document: &Document, needed: &BTreeSet<&'static str>) -> Vec<Unneeded> {
    let is_needed = |action: &str| needed.iter().any(|known| known.eq_ignore_ascii_case(action));
    let mut found = Vec::new();
    for statement in allowing(document).filter(|statement| !statement.actions.negated) {
        for item in &statement.actions.items {
            let text = item.value.text.as_str();
            let position = document.position(item.span.start);
            let meant = of_ecr(text);
            if meant.is_empty() {
                let other = task::scope(text).is_some();
                if !other || !is_needed(text) {
                    let action = text.to_owned();
                    found.push(Unneeded { position, action, counts: None, examples: Vec::new() });
                }
                continue;
            }
            let over: Vec<String> = meant.iter().filter(|action| !is_needed(action)).cloned().collect();
            if !over.is_empty() {
                found.push(Unneeded {
                    position,
                    action: text.to_owned(),
                    counts: (meant.len() > 1).then_some((meant.len(), over.len())),
                    examples: if meant.len() > 1 { worst(&over) } else { Vec::new() },
                });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::read;

    fn of(text: &str, tasks: &[Task]) -> Words {
        words(&read("p.json", text).document.unwrap(), None, tasks)
    }

    #[test]
    fn what_a_task_does_not_need_is_named() {
        let text = r#"{"Version":"2012-10-17","Statement":[
            {"Sid":"A","Effect":"Allow","Action":["ecr:*","s3:GetObject"],"Resource":"*"},
            {"Effect":"Deny","Action":"ecr:DeleteRepository","Resource":"arn:aws:ecr:eu-west-1:111122223333:repository/team/*"}]}"#;
        let words = of(text, &[Task::Push]);
        assert_eq!(words.layer, Layer::Identity);
        assert_eq!(words.statements[0].summary, "allows 2 actions on everything");
        assert_eq!(
            words.statements[1].summary,
            "denies 1 action on the repositories team/* of account 111122223333, eu-west-1"
        );
        assert!(words.tasks.contains(&Task::Push) && !words.tasks.contains(&Task::PushPublic));
        assert_eq!(words.unneeded[0].counts, Some((60, 53)));
        assert_eq!(
            words.unneeded[0].examples,
            ["ecr:BatchDeleteImage", "ecr:DeleteRepository", "ecr:SetRepositoryPolicy"]
        );
        assert_eq!((words.unneeded[1].action.as_str(), words.unneeded[1].position.line), ("s3:GetObject", 2));
        assert!(words.missing.is_empty());
        let words = of(text, &[Task::PushPublic]);
        assert!(words.missing.contains(&"sts:GetServiceBearerToken"), "{:?}", words.missing);
    }
}
