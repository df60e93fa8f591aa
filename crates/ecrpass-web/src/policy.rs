//! What a pasted policy allows: one task of one caller, decided as by `ecrpass policy evaluate`, with the statement that
//! decides marked, and what is wrong in the document whatever the task.

use std::collections::BTreeSet;

use ecrpass_core::{Arn, ImageReference};
use ecrpass_iam::actions::Scope;
use ecrpass_iam::condition::truth::Dependency;
use ecrpass_iam::context::Context;
use ecrpass_iam::document::{Document, Problem, check, read};
use ecrpass_iam::task::{self, TASKS, Task};
use ecrpass_iam::{Decision, Layer, Policies, Principal, Request, Verdict, evaluate};
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
    tasks: [&'static str; 19],
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
    action: &'static str,
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

/// What everybody else is taken to say: yes.
const ALLOWS: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

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
        tasks: TASKS.map(Task::id),
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
        let arn = repository_arn(&outcome.repository)
            .ok_or("The repository has to be an ARN, or an image in a private registry of ECR.")?;
        decide(document, layer, task, &principal, &arn)
    }) {
        Err(why) => outcome.unanswered = Some(why),
        Ok((assumed, decisions)) => {
            outcome.assumed = assumed;
            outcome.verdict = Some(in_all(decisions.iter().map(|(.., decision)| decision.verdict)).id());
            outcome.requests =
                decisions.into_iter().map(|decision| decided(document, text, decision)).collect();
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
        let arn = Arn::parse(document.text().get(item.span.clone())?.trim_matches('"'))?;
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
    let arn = repository_arn(repository);
    let arn = arn.as_deref().and_then(Arn::parse);
    let (partition, account) = arn.map_or(("aws", ACCOUNT), |arn| (arn.partition, arn.account));
    Arn::iam(partition, account, "role/ci").to_string()
}

/// The ARN of a repository that is given as an ARN or an image.
fn repository_arn(text: &str) -> Option<String> {
    if let Some(arn) = Arn::parse(text) {
        return arn.repository().is_some().then(|| text.to_owned());
    }
    let image = ImageReference::parse(text).ok()?;
    image.registry().ok()?.repository_arn(&image.repository)
}

type Decisions = Vec<(&'static str, String, Decision)>;

/// Decides what the task takes, the rest of the world allowing it.
fn decide(
    document: &Document,
    layer: Layer,
    task: Task,
    principal: &Principal,
    repository: &str,
) -> Result<(&'static str, Decisions), String> {
    let allows = || read("the rest", ALLOWS).document.into_iter();
    let account = Arn::parse(repository).map(|arn| arn.account.to_owned());
    let is_foreign = principal.account() != account.as_deref();
    let mut policies = Policies::default();
    let document = document.clone();
    match layer {
        Layer::Identity => policies.identity = vec![document],
        Layer::Repository => policies.repository = Some(document),
        Layer::Registry => policies.registry = Some(document),
        Layer::Boundary => policies.boundary = vec![document],
        Layer::ServiceControl => policies.service_control = vec![vec![document]],
        Layer::ResourceControl => policies.resource_control = vec![vec![document]],
        Layer::Session => policies.session = vec![document],
        Layer::Endpoint => policies.endpoint = Some(document),
        Layer::Trust => {
            return Err("A trust policy says who may become the role, and nothing of ECR.".to_owned());
        }
    }
    let (assumed, others_allow) = match layer {
        Layer::Identity if is_foreign => {
            ("The repository's own policy, in the other account, has to allow it too.", true)
        }
        Layer::Identity => ("Nothing else denies it.", false),
        Layer::Repository | Layer::Registry if is_foreign => {
            ("The caller's own policies, in the other account, have to allow it too.", true)
        }
        Layer::Repository | Layer::Registry => (
            "The caller's own policies say nothing; the login, which no such policy can allow, is theirs.",
            false,
        ),
        _ => ("The caller's own policies allow everything.", true),
    };
    if others_allow && layer != Layer::Identity {
        policies.identity = allows().collect();
    }
    if others_allow && is_foreign && !matches!(layer, Layer::Repository | Layer::Registry) {
        let everybody = ALLOWS.replacen("\"Action\"", "\"Principal\":\"*\",\"Action\"", 1);
        policies.repository = read("the rest", &everybody.replace(",\"Resource\":\"*\"", "")).document;
    }
    let of_repository = matches!(layer, Layer::Repository | Layer::Registry);
    let actions = task.actions().into_iter().filter(|action| {
        // A token is asked of the caller's own account, and no resource has a say in it.
        !of_repository || task::scope(action) == Some(Scope::Repository)
    });
    let decisions = actions.map(|action| {
        let resource = if task::scope(action) == Some(Scope::Repository) { repository } else { "*" };
        let request = Request {
            principal: principal.clone(),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: Context::partial(),
        };
        (action, resource.to_owned(), evaluate(&policies, &request.with_implied_keys()))
    });
    let decisions: Decisions = decisions.collect();
    if decisions.is_empty() {
        return Err("This task takes nothing that such a policy has a say in.".to_owned());
    }
    Ok((assumed, decisions))
}

/// One word for all of them: the worst.
fn in_all(verdicts: impl Iterator<Item = Verdict>) -> Verdict {
    let badness = |verdict: &Verdict| match verdict {
        Verdict::Allowed => 0,
        Verdict::Depends => 1,
        Verdict::ImplicitlyDenied => 2,
        Verdict::ExplicitlyDenied => 3,
    };
    verdicts.max_by_key(badness).unwrap_or(Verdict::ImplicitlyDenied)
}

fn decided(document: Option<&Document>, text: &str, decision: (&'static str, String, Decision)) -> Decided {
    let (action, resource, decision) = decision;
    let here = decision.statement.as_ref().filter(|statement| &*statement.source == PASTED);
    let statement = here.zip(document).and_then(|(here, document)| {
        document.statements.iter().find(|statement| statement.position == here.position)
    });
    let keys: BTreeSet<String> = decision.depends_on.iter().map(condition).collect();
    Decided {
        action,
        resource,
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
