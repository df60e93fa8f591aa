//! What pasted policies allow: one task of one caller, decided as by `ecrpass policy evaluate`, with the statement that
//! decides marked, and what is wrong in the documents whatever the task. They may come in any form in which that command
//! takes them: a document, what an `aws` command printed, a Terraform plan, a CloudFormation template, a collected file.

mod assumptions;
mod pasted;

use std::collections::BTreeSet;

use ecrpass_iam::case::{Answer, resource};
use ecrpass_iam::condition::truth::Dependency;
use ecrpass_iam::document::{Problem, check};
use ecrpass_iam::task::{TASKS, Task};
use ecrpass_iam::{Layer, Principal, suggestion};
use serde::{Deserialize, Serialize};

use self::pasted::Pasted;
use crate::compact_deserializer::Compact;
use crate::json;
use crate::marks::{Mark, at, of_lines};

/// What is asked. Empty is: what the documents suggest.
#[derive(Deserialize)]
struct Question {
    /// What kind of policy it is, by a layer's name; where the text says that itself, it is so.
    layer: String,
    task: String,
    /// An ARN or a service.
    principal: String,
    /// An ARN or an image reference.
    repository: String,
}

/// What comes of it.
#[derive(Serialize)]
struct Outcome {
    /// What is wrong in the documents.
    problems: Vec<Wrong>,
    /// The question as it was answered.
    layer: &'static str,
    task: &'static str,
    principal: String,
    repository: String,
    layers: [&'static str; 9],
    tasks: Vec<&'static str>,
    /// The documents, where there are several.
    documents: Vec<DocumentText>,
    /// What the text mentions and does not hold.
    missing: Vec<String>,
    /// Why there is no verdict.
    #[serde(skip_serializing_if = "Option::is_none")]
    unanswered: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    requests: Vec<Decided>,
    /// What else was taken for granted.
    assumed: &'static str,
}

#[derive(Serialize)]
struct DocumentText {
    layer: &'static str,
    /// What the text calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    marks: Vec<Mark>,
}

#[derive(Serialize)]
struct Wrong {
    severity: &'static str,
    text: String,
    marks: Vec<Mark>,
}

#[derive(Serialize)]
struct Decided {
    action: String,
    resource: String,
    verdict: &'static str,
    /// The deciding statement's name; empty where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    /// The lines of the deciding statement, where it stands in this text.
    marks: Vec<Mark>,
    /// The conditions it depends on, as sentences go on after "if".
    depends_on: Vec<String>,
}

/// How many documents, and how many gaps, are listed.
const MAX_LISTED: usize = 50;

/// What policies allow, as JSON; `{}` when the question cannot be understood.
pub fn policy(text: &str, question: &str) -> String {
    let question: Option<serde_json::Value> = serde_json::from_str(question).ok();
    let question = question.and_then(|question| Question::deserialize(Compact::new(&question)).ok());
    question.map_or_else(|| "{}".to_owned(), |question| json(&answer(text, &question)))
}

fn answer(text: &str, question: &Question) -> Outcome {
    let chosen = Layer::ALL.into_iter().find(|layer| layer.id() == question.layer);
    let named = Principal::parse(question.principal.trim());
    let pasted = pasted::read(text, chosen, question.repository.trim(), named.as_ref());
    let task = Task::from_id(&question.task).unwrap_or(Task::Pull);
    let or = |given: &str, suggested: &dyn Fn() -> String| match given.trim() {
        "" => suggested(),
        given => given.to_owned(),
    };
    let repository = or(&question.repository, &|| pasted.repository());
    let principal = or(&question.principal, &|| {
        let nobody = Principal::service("ecr.amazonaws.com");
        let caller = || suggestion::caller(resource(&repository, &nobody).ok().as_deref());
        pasted.principal.clone().unwrap_or_else(caller)
    });
    let mut problems: Vec<Wrong> = pasted.problems.iter().map(|problem| wrong(text, problem)).collect();
    for one in &pasted.documents {
        problems.extend(check(&one.document, one.layer).iter().map(|problem| wrong(text, problem)));
    }
    let mut outcome = Outcome {
        problems,
        layer: pasted.documents.first().map_or(Layer::Identity, |one| one.layer).id(),
        task: task.id(),
        layers: Layer::ALL.map(Layer::id),
        tasks: TASKS.map(Task::id).to_vec(),
        documents: documents(text, &pasted),
        missing: pasted.missing.iter().take(MAX_LISTED).cloned().collect(),
        unanswered: None,
        verdict: None,
        requests: Vec::new(),
        assumed: "",
        principal,
        repository,
    };
    match decide(&pasted, &outcome, task) {
        Err(why) => outcome.unanswered = Some(why),
        Ok((assumed, answers)) => {
            outcome.assumed = assumed;
            outcome.verdict = Some(answers.verdict().id());
            let decided = |answer| decided(&pasted, text, answer);
            outcome.requests = answers.answers.into_iter().map(decided).collect();
        }
    }
    outcome
}

fn decide(
    pasted: &Pasted,
    outcome: &Outcome,
    task: Task,
) -> Result<(&'static str, ecrpass_iam::case::Answers), String> {
    if let Some(why) = &pasted.unreadable {
        return Err(why.clone());
    }
    let principal = Principal::parse(&outcome.principal)
        .ok_or("The caller has to be the ARN of a user, a role or a session, or a service's name.")?;
    let resource = resource(&outcome.repository, &principal).map_err(|error| error.to_string())?;
    assumptions::decide(&pasted.documents, task, principal, resource)
}

fn documents(text: &str, pasted: &Pasted) -> Vec<DocumentText> {
    if pasted.documents.len() < 2 {
        return Vec::new();
    }
    let documents = pasted.documents.iter().take(MAX_LISTED).map(|one| {
        let start = one.document.position(one.document.span.start);
        DocumentText {
            layer: one.layer.id(),
            label: one.label.clone(),
            marks: at(text, start.line, start.column).into_iter().collect(),
        }
    });
    documents.collect()
}

fn decided(pasted: &Pasted, text: &str, answer: Answer) -> Decided {
    let Answer { request, decision } = answer;
    let here = decision.statement.as_ref().filter(|statement| &*statement.source == pasted::NAME);
    let found = here.and_then(|here| {
        pasted.documents.iter().find_map(|one| {
            let mut statements = one.document.statements.iter();
            Some((&one.document, statements.find(|statement| statement.position == here.position)?))
        })
    });
    let keys: BTreeSet<String> = decision.depends_on.iter().map(condition).collect();
    let marks = found.map(|(document, statement)| of_lines(text, document.source.range(&statement.span)));
    Decided {
        action: request.action,
        resource: request.resource,
        verdict: decision.verdict.id(),
        sid: found.map(|(_, statement)| statement.sid.as_deref().unwrap_or_default().to_owned()),
        marks: marks.unwrap_or_default(),
        depends_on: keys.into_iter().collect(),
    }
}

/// `aws:SourceVpce StringEquals vpce-1`.
fn condition(dependency: &Dependency) -> String {
    let Dependency { key, operator, values } = dependency;
    format!("{key} {operator} {}", values.join(" or ")).trim().to_owned()
}

fn wrong(text: &str, problem: &Problem) -> Wrong {
    Wrong {
        severity: if problem.is_error() { "error" } else { "warning" },
        text: problem.kind.to_string(),
        marks: at(text, problem.position.line, problem.position.column).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests;
