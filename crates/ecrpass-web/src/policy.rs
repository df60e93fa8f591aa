//! What a pasted policy allows: one task of one caller, decided as by `ecrpass policy evaluate`, with the statement that
//! decides marked, and what is wrong in the document whatever the task.

use std::collections::BTreeSet;

use ecrpass_core::Arn;
use ecrpass_iam::actions::Scope;
use ecrpass_iam::case::{Answer, Answers, resource};
use ecrpass_iam::condition::truth::Dependency;
use ecrpass_iam::context::Context;
use ecrpass_iam::document::{Document, Problem, check, read};
use ecrpass_iam::task::{self, TASKS, Task};
use ecrpass_iam::{Case, Layer, Policies, Principal};
use serde::{Deserialize, Serialize};

use crate::compact_deserializer::Compact;
use crate::json;
use crate::marks::{Mark, at, of_lines};

/// What is asked. Empty is: what the document suggests.
#[derive(Deserialize)]
struct Question {
    /// What kind of policy it is, by a layer's name.
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
    /// What is wrong in the document.
    problems: Vec<Wrong>,
    /// The question as it was answered.
    layer: &'static str,
    task: &'static str,
    principal: String,
    repository: String,
    layers: [&'static str; 9],
    tasks: Vec<&'static str>,
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
    /// The lines of the deciding statement, where it stands in this document.
    marks: Vec<Mark>,
    /// The conditions it depends on, as sentences go on after "if".
    depends_on: Vec<String>,
}

/// The name under which the pasted document is known.
const PASTED: &str = "the policy";

/// What the caller's policies are taken to say where another one is looked at.
const CALLER_ALLOWS: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

/// What the repository's owner is taken to say.
const OWNER_ALLOWS: &str = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"*"}}"#;

/// What a policy allows, as JSON; `{}` when the question cannot be understood.
pub fn policy(text: &str, question: &str) -> String {
    let question: Option<serde_json::Value> = serde_json::from_str(question).ok();
    let question = question.and_then(|question| Question::deserialize(Compact::new(&question)).ok());
    question.map_or_else(|| "{}".to_owned(), |question| json(&answer(text, &question)))
}

fn answer(text: &str, question: &Question) -> Outcome {
    let reading = read(PASTED, text);
    let document = reading.document.as_ref();
    let layer = Layer::ALL.into_iter().find(|layer| layer.id() == question.layer);
    let layer = layer.unwrap_or_else(|| document.map_or(Layer::Identity, likely_layer));
    let mut problems = reading.problems.clone();
    problems.extend(document.map(|document| check(document, layer)).unwrap_or_default());
    let task = Task::from_id(&question.task).unwrap_or(Task::Pull);
    let or = |given: &str, suggested: &dyn Fn() -> String| match given.trim() {
        "" => suggested(),
        given => given.to_owned(),
    };
    let repository = or(&question.repository, &|| document.map_or_else(example, repository_in));
    let principal = or(&question.principal, &|| caller(&repository));
    let mut outcome = Outcome {
        problems: problems.iter().map(|problem| wrong(text, problem)).collect(),
        layer: layer.id(),
        task: task.id(),
        layers: Layer::ALL.map(Layer::id),
        tasks: TASKS.map(Task::id).to_vec(),
        unanswered: None,
        verdict: None,
        requests: Vec::new(),
        assumed: "",
        principal,
        repository,
    };
    match document.ok_or_else(|| "It cannot be read.".to_owned()).and_then(|document| {
        let principal = Principal::parse(&outcome.principal)
            .ok_or("The caller has to be the ARN of a user, a role or a session, or a service's name.")?;
        let resource = resource(&outcome.repository, &principal).map_err(|error| error.to_string())?;
        decide(document, layer, task, principal, resource)
    }) {
        Err(why) => outcome.unanswered = Some(why),
        Ok((assumed, answers)) => {
            outcome.assumed = assumed;
            outcome.verdict = Some(answers.verdict().id());
            let decided = |answer| decided(document, text, answer);
            outcome.requests = answers.answers.into_iter().map(decided).collect();
        }
    }
    outcome
}

/// The kind of policy a document seems to be.
fn likely_layer(document: &Document) -> Layer {
    let statements = &document.statements;
    let assumes = |text: &str| text.to_ascii_lowercase().starts_with("sts:assume");
    let is_trust = statements
        .iter()
        .any(|statement| statement.actions.items.iter().any(|action| assumes(&action.value.text)));
    if statements.iter().all(|statement| statement.principals.is_none()) {
        Layer::Identity
    } else if is_trust {
        Layer::Trust
    } else if statements.iter().any(|statement| statement.resources.is_some()) {
        Layer::Endpoint
    } else {
        Layer::Repository
    }
}

/// The first repository a document names; for a pattern, one of those it stands for.
fn repository_in(document: &Document) -> String {
    let resources = document.statements.iter().filter_map(|statement| statement.resources.as_ref());
    let named = resources.flat_map(|listed| &listed.items).find_map(|item| {
        let arn = Arn::parse(document.source.text().get(item.span.clone())?.trim_matches('"'))?;
        arn.repository()?;
        let or = |part: &str, other: &str| {
            if part.contains(['*', '?']) { other.to_owned() } else { part.to_owned() }
        };
        let (region, account) = (or(arn.region, "us-east-1"), or(arn.account, ACCOUNT));
        let resource = arn.resource.replace(['*', '?'], "x");
        Some(Arn { region: &region, account: &account, resource: &resource, ..arn }.to_string())
    });
    named.unwrap_or_else(example)
}

/// An account where the document names none.
const ACCOUNT: &str = "111122223333";

fn example() -> String {
    format!("arn:aws:ecr:us-east-1:{ACCOUNT}:repository/app")
}

/// A role of the repository's account.
fn caller(repository: &str) -> String {
    // Whose repository an image of ECR Public is, no name says.
    let nobody = Principal::service("ecr.amazonaws.com");
    let arn = resource(repository, &nobody).ok();
    let arn = arn.as_deref().and_then(Arn::parse);
    let (partition, account) = arn.map_or(("aws", ACCOUNT), |arn| (arn.partition, arn.account));
    Arn::iam(partition, account, "role/ci").to_string()
}

/// Decides what the task takes, the rest of the world allowing it; with a word about that rest.
fn decide(
    document: &Document,
    layer: Layer,
    task: Task,
    principal: Principal,
    resource: String,
) -> Result<(&'static str, Answers), String> {
    if layer == Layer::Trust {
        return Err("A trust policy says who may become the role, and nothing of ECR.".to_owned());
    }
    let owner = Arn::parse(&resource).and_then(|arn| arn.account()).map(str::to_owned);
    let is_foreign = principal.account() != owner.as_deref();
    let of_resource = matches!(layer, Layer::Repository | Layer::Registry);
    let (assumed, caller_allows) = match (layer, is_foreign) {
        (Layer::Identity, true) => {
            ("The repository's own policy, in the other account, has to allow it too.", false)
        }
        (Layer::Identity, false) => ("Nothing else denies it.", false),
        (Layer::Repository | Layer::Registry, true) => {
            ("The caller's own policies, in the other account, have to allow it too.", true)
        }
        (Layer::Repository | Layer::Registry, false) => (
            "The caller's own policies say nothing; the login, which no such policy can allow, is theirs.",
            false,
        ),
        _ => ("The caller's own policies allow everything.", true),
    };
    let mut policies = Policies::default();
    if caller_allows {
        policies.identity.extend(read("the rest", CALLER_ALLOWS).document);
    }
    if is_foreign && !of_resource {
        policies.repository = read("the rest", OWNER_ALLOWS).document;
    }
    let document = document.clone();
    match layer {
        Layer::Identity => policies.identity.push(document),
        Layer::Repository => policies.repository = Some(document),
        Layer::Registry => policies.registry = Some(document),
        Layer::Boundary => policies.boundary.push(document),
        Layer::ServiceControl => policies.service_control.push(vec![document]),
        Layer::ResourceControl => policies.resource_control.push(vec![document]),
        Layer::Session => policies.session.push(document),
        Layer::Endpoint => policies.endpoint = Some(document),
        Layer::Trust => policies.trust = Some(document),
    }
    let actions = task.actions().into_iter().filter(|action| {
        // A token is asked of the caller's own account, and no resource has a say in it.
        !of_resource || task::scope(action) == Some(Scope::Repository)
    });
    let actions: Vec<String> = actions.map(str::to_owned).collect();
    if actions.is_empty() {
        return Err("This task takes nothing that such a policy has a say in.".to_owned());
    }
    let case = Case { principal, actions, resource, context: Context::partial(), is_complete: false };
    Ok((assumed, case.decide(&policies)))
}

fn decided(document: Option<&Document>, text: &str, answer: Answer) -> Decided {
    let Answer { request, decision } = answer;
    let here = decision.statement.as_ref().filter(|statement| &*statement.source == PASTED);
    let statement = here.zip(document).and_then(|(here, document)| {
        document.statements.iter().find(|statement| statement.position == here.position)
    });
    let keys: BTreeSet<String> = decision.depends_on.iter().map(condition).collect();
    Decided {
        action: request.action,
        resource: request.resource,
        verdict: decision.verdict.id(),
        sid: statement.map(|statement| statement.sid.as_deref().unwrap_or_default().to_owned()),
        marks: statement.map(|statement| of_lines(text, statement.span.clone())).unwrap_or_default(),
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
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const PUSH_ONLY_TO_APP: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Login",
      "Effect": "Allow",
      "Action": "ecr:GetAuthorizationToken",
      "Resource": "*"
    },
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      "Resource": "arn:aws:ecr:eu-west-1:444455556666:repository/team/*",
      "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
    }
  ]
}"#;

    fn asked(text: &str, layer: &str, task: &str) -> Value {
        let question = json!({"layer": layer, "task": task, "principal": "", "repository": ""});
        serde_json::from_str(&policy(text, &question.to_string())).unwrap()
    }

    #[test]
    fn a_task_is_decided_action_by_action_and_the_statement_is_marked() {
        let outcome = asked(PUSH_ONLY_TO_APP, "", "push");
        assert_eq!(outcome["layer"], "identity");
        assert_eq!(outcome["repository"], "arn:aws:ecr:eu-west-1:444455556666:repository/team/x");
        assert_eq!(outcome["principal"], "arn:aws:iam::444455556666:role/ci");
        assert_eq!(outcome["verdict"], "implicitly-denied");
        let of = |action: &str| {
            let requests = outcome["requests"].as_array().unwrap();
            requests.iter().find(|request| request["action"] == action).unwrap().clone()
        };
        assert_eq!(of("ecr:GetAuthorizationToken")["verdict"], "allowed");
        assert_eq!(of("ecr:GetAuthorizationToken")["marks"][0]["line"], 4);
        assert_eq!(of("ecr:PutImage")["verdict"], "implicitly-denied");
        let read = of("ecr:BatchGetImage");
        assert_eq!((&read["verdict"], &read["sid"]), (&json!("depends"), &json!("Read")));
        assert_eq!(read["depends_on"], json!(["aws:SourceVpce StringEquals vpce-1"]));
    }

    #[test]
    fn the_kind_of_policy_is_seen_and_its_rules_are_applied() {
        let repository = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:role/ci"}, "Action": "ecr:*"}]}"#;
        let outcome = asked(repository, "", "pull");
        assert_eq!((&outcome["layer"], &outcome["verdict"]), (&json!("repository"), &json!("allowed")));
        let actions: Vec<_> =
            outcome["requests"].as_array().unwrap().iter().map(|one| &one["action"]).collect();
        assert_eq!(actions, [&json!("ecr:BatchGetImage"), &json!("ecr:GetDownloadUrlForLayer")]);
        // The same text as the caller's own policy is refused by AWS.
        let outcome = asked(repository, "identity", "pull");
        assert_eq!(outcome["problems"][0]["severity"], "error");
    }

    #[test]
    fn what_cannot_be_answered_says_why() {
        let trust = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
            "Action": "sts:AssumeRole"}]}"#;
        assert!(asked(trust, "", "pull")["unanswered"].as_str().unwrap().contains("trust policy"));
        assert_eq!(asked("{", "", "pull")["unanswered"], "It cannot be read.");
        let question = json!({"layer": "", "task": "pull", "principal": "me", "repository": ""});
        let outcome: Value = serde_json::from_str(&policy(PUSH_ONLY_TO_APP, &question.to_string())).unwrap();
        assert!(outcome["unanswered"].as_str().unwrap().starts_with("The caller"));
        assert_eq!(policy("{}", "no question"), "{}");
    }
}
