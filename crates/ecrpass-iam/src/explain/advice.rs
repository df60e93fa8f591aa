//! From a denial alone to what ends it: the documents that would have to say so, written anew. Where the policies are at
//! hand, [`crate::change`] edits them, and tries out what it proposes.
//!
//! An explicit Deny is ended by changing that statement: nothing that is allowed elsewhere helps, so nothing is proposed.

use ecrpass_core::{Arn, CallerIdentity, CallerKind, CommandLine};

use super::message::Said;
use super::owner::owner;
use crate::actions::{self, Grantor};
use crate::denial::Reason;
use crate::generate::{Draft, Kind, Target, Wanted, generate};
use crate::policy_kind::PolicyKind;
use crate::purpose::purpose;
use crate::task::Task;

/// A denial in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Who was denied.
    pub who: String,
    /// What, and what it is for.
    pub what: String,
    /// On what.
    pub resource: String,
    /// Which policy decides.
    pub decides: String,
    /// Who can change it.
    pub owner: Option<String>,
    /// What to do, in order.
    pub steps: Vec<String>,
    /// The documents with that one change; empty where allowing something does not help.
    pub drafts: Vec<Draft>,
    /// The command that writes all that the task takes.
    pub command: Option<CommandLine>,
    /// What was most likely being done.
    pub task: Option<Task>,
}

/// What most likely was being done when that action was denied.
pub fn task_of(said: &Said) -> Option<Task> {
    let action = said.action.as_str();
    if said.principal == "lambda.amazonaws.com" {
        return Some(Task::LambdaPull);
    }
    if action.starts_with("ecr-public:") || action == actions::PUBLIC_LOGIN[1] {
        let is_login = actions::PUBLIC_LOGIN.contains(&action);
        return Some(if is_login { Task::PullPublic } else { Task::PushPublic });
    }
    let of = [
        Task::Login,
        Task::Pull,
        Task::Push,
        Task::PushCreate,
        Task::PullThrough,
        Task::Replicate,
        Task::Describe,
        Task::ScanResults,
        Task::RepoEnsure,
        Task::PullThroughAdmin,
        Task::TemplateAdmin,
    ];
    of.into_iter().find(|task| task.actions().iter().any(|known| known.eq_ignore_ascii_case(action)))
}

/// Explains a denial.
pub fn explain(said: &Said) -> Explanation {
    let target = said.resource.as_deref().and_then(|resource| Target::parse(resource, None, None).ok());
    let task = task_of(said);
    let kind = said.reason.policy();
    let allowing = kind.filter(|_| !said.reason.is_explicit());
    let hangs_on = allowing.map_or(&[][..], |kind| hangs_on(kind, said));
    let drafts = match hangs_on {
        [] => Vec::new(),
        kinds => drafts(said, target.as_ref(), kinds),
    };
    let command = hangs_on
        .first()
        .filter(|_| !drafts.is_empty())
        .and_then(|kind| Some(command(said, target.as_ref(), task?, *kind)));
    Explanation {
        who: who(&said.principal),
        what: match purpose(&said.action) {
            Some(purpose) => format!("{}, to {purpose}", said.action),
            None => said.action.clone(),
        },
        resource: resource(said),
        decides: decides(said.reason),
        owner: kind.map(|kind| owner(kind, said)),
        steps: steps(said, target.as_ref()),
        drafts,
        command,
        task,
    }
}

/// The command that has an encoded message decoded.
pub fn decode_command(message: &str) -> CommandLine {
    CommandLine::shell("aws sts decode-authorization-message --encoded-message")
        .word(message)
        .shell_word("--query DecodedMessage --output text")
}

fn who(principal: &str) -> String {
    let Some(caller) = CallerIdentity::parse(principal) else { return principal.to_owned() };
    let account =
        if caller.account.is_empty() { String::new() } else { format!(" of account {}", caller.account) };
    let session = Arn::parse(principal).and_then(|arn| arn.session_name().map(str::to_owned));
    let session = session.map(|session| format!(" (session {session})")).unwrap_or_default();
    match caller.kind {
        CallerKind::User => format!("the user {}{account}", caller.name),
        CallerKind::Role => format!("the role {}{account}{session}", caller.name),
        CallerKind::ReservedSsoRole => format!("the permission set {}{account}{session}", caller.name),
        CallerKind::Service => format!("the service {principal}"),
        CallerKind::Federated => format!("the federated user {}{account}", caller.name),
        CallerKind::Root => format!("the root user{account}"),
    }
}

fn resource(said: &Said) -> String {
    match said.resource.as_deref() {
        None => "the message does not say on what".to_owned(),
        Some("*") => "* (this action takes no resource)".to_owned(),
        Some(text) => match Arn::parse(text)
            .and_then(|arn| Some((arn.repository()?, arn.account, arn.region)))
        {
            Some((name, account, "")) => format!("the repository {name} of account {account}"),
            Some((name, account, region)) => format!("the repository {name} of account {account}, {region}"),
            None => text.to_owned(),
        },
    }
}

fn decides(reason: Reason) -> String {
    let sentence = |kind: PolicyKind, verb: &str| {
        let name = kind.name();
        let mut letters = name.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let verb = match (kind, verb) {
            (PolicyKind::Identity, "allows") => "do not allow",
            (PolicyKind::Identity, _) => "deny",
            (_, "allows") => "does not allow",
            _ => "denies",
        };
        format!("{first}{} {verb} it", letters.as_str())
    };
    match reason {
        Reason::NotAllowed(kind) => format!("{}: no statement does.", sentence(kind, "allows")),
        Reason::Denied(Some(PolicyKind::ServiceControl)) => {
            "A service control policy denies it, or none allows it: AWS words both alike.".to_owned()
        }
        Reason::Denied(Some(kind)) => {
            format!("{}, explicitly: no Allow anywhere outweighs that.", sentence(kind, "denies"))
        }
        Reason::Denied(None) => "A statement denies it; AWS does not say in which policy.".to_owned(),
        Reason::Unsaid => "AWS does not say which policy decides.".to_owned(),
    }
}

/// What the documents hang on that have to allow it. Layers, which S3's endpoint is about, are not what was denied.
fn hangs_on(kind: PolicyKind, said: &Said) -> &'static [Kind] {
    let is_user =
        CallerIdentity::parse(&said.principal).is_some_and(|caller| caller.kind == CallerKind::User);
    match kind {
        PolicyKind::Identity if is_user => &[Kind::User],
        PolicyKind::Identity => &[Kind::Role],
        PolicyKind::Resource if actions::grantor(&said.action) == Grantor::Registry => &[Kind::Registry],
        PolicyKind::Resource => &[Kind::Repository],
        PolicyKind::Boundary => &[Kind::Boundary],
        PolicyKind::Session => &[Kind::Session],
        PolicyKind::Endpoint => &[Kind::ApiEndpoint, Kind::RegistryEndpoint],
        PolicyKind::ServiceControl | PolicyKind::ResourceControl | PolicyKind::Trust => &[],
    }
}

/// The documents that allow that action on that resource, and no more.
fn drafts(said: &Said, target: Option<&Target>, kinds: &[Kind]) -> Vec<Draft> {
    let is_lambda = said.principal == "lambda.amazonaws.com";
    let wanted = Wanted {
        tasks: is_lambda.then_some(Task::LambdaPull).into_iter().collect(),
        actions: if is_lambda { Vec::new() } else { vec![said.action.clone()] },
        targets: target.cloned().into_iter().collect(),
        kinds: kinds.to_vec(),
        principals: if is_lambda { Vec::new() } else { vec![said.principal.clone()] },
        ..Wanted::default()
    };
    generate(&wanted).unwrap_or_default()
}

fn command(said: &Said, target: Option<&Target>, task: Task, kind: Kind) -> CommandLine {
    let mut line = CommandLine::shell("ecrpass policy generate").word(task.id());
    if let Some(target) = target {
        line = line.shell_word("--repository").word(target.arn());
    }
    // Without it, across accounts both sides are written.
    let is_one_side = matches!(kind, Kind::Role | Kind::User | Kind::Repository | Kind::Registry);
    if !is_one_side || !is_cross_account(said, target) && !matches!(kind, Kind::Role | Kind::User) {
        line = line.shell_word("--for").word(kind.choice());
    }
    match CallerIdentity::parse(&said.principal) {
        Some(caller) if caller.kind != CallerKind::Service => {
            line.shell_word("--principal").word(&said.principal)
        }
        _ => line,
    }
}

fn is_cross_account(said: &Said, target: Option<&Target>) -> bool {
    let caller = CallerIdentity::parse(&said.principal);
    target
        .zip(caller)
        .is_some_and(|(target, caller)| !caller.account.is_empty() && caller.account != target.account)
}

fn steps(said: &Said, target: Option<&Target>) -> Vec<String> {
    let mut steps = Vec::new();
    let is_cross = is_cross_account(said, target);
    let policy = said.policy_arn.as_deref();
    match said.reason {
        Reason::NotAllowed(PolicyKind::Identity) => {
            steps.push("add the statement to a policy of the caller's; it stands below".to_owned());
            if is_cross {
                steps.push(
                    "the repository's account has to allow it as well: AWS names one policy at a time"
                        .to_owned(),
                );
            }
        }
        Reason::NotAllowed(PolicyKind::Resource) => {
            steps.push(
                "add the statement to the policy in the repository's account; it stands below".to_owned(),
            );
            if is_cross {
                steps.push("the caller's own policy has to allow it as well, and the login, which no repository's policy can".to_owned());
            }
        }
        Reason::NotAllowed(PolicyKind::Boundary) => {
            steps.push("add the statement to the boundary, beside what it holds: a boundary grants nothing, the caller's policy has to allow it as well".to_owned());
        }
        Reason::NotAllowed(PolicyKind::Session) => {
            steps.push("add the statement to the policy that is passed when the session begins, or begin it without one".to_owned());
        }
        Reason::NotAllowed(PolicyKind::Endpoint) => {
            steps.push("add the statement to the endpoint's policy, beside what it holds: what clients ask the registry for is judged by ecr.dkr's, the login by ecr.api's".to_owned());
        }
        Reason::NotAllowed(PolicyKind::ServiceControl) => {
            steps.push(format!(
                "at every level, from the root to the account, one service control policy has to allow {}",
                said.action
            ));
        }
        Reason::NotAllowed(PolicyKind::ResourceControl) => {
            steps.push("find the resource control policy that leaves it out: the one AWS attaches by itself allows everything".to_owned());
        }
        Reason::NotAllowed(PolicyKind::Trust) => {
            steps.push("have the role trust whoever assumes it: ecrpass policy generate --for trust writes that policy".to_owned());
        }
        Reason::Denied(kind) => {
            steps.push(match policy {
                Some(arn) => format!("have the Deny in {arn} spare this caller or this repository"),
                None => {
                    "find the statement with Effect Deny, and have it spare this caller or this repository"
                        .to_owned()
                }
            });
            if let Some((_, id)) = policy.and_then(|arn| arn.rsplit_once("/p-")) {
                steps.push(format!(
                    "the administrators can read it: aws organizations describe-policy --policy-id p-{id}"
                ));
            }
            if kind == Some(PolicyKind::ServiceControl) {
                steps.push("if no policy there denies it: at every level one has to allow it".to_owned());
            }
            steps.push("look at its conditions first: aws:SourceVpce, aws:SourceIp, aws:PrincipalOrgID and aws:RequestedRegion deny most often".to_owned());
        }
        Reason::Unsaid if is_cross => {
            steps.push(
                "across accounts both have to allow it: the caller's policy and the repository's".to_owned(),
            );
        }
        Reason::Unsaid => {
            steps.push("look at the caller's policies first, then at its boundary, the organization's policies and the endpoint's".to_owned());
        }
    }
    let is_public = said.action.starts_with("ecr-public:") || said.action == actions::PUBLIC_LOGIN[1];
    if is_public && said.reason.policy() == Some(PolicyKind::ServiceControl) {
        steps.push(
            "ECR Public answers in us-east-1 alone: a Deny on aws:RequestedRegion has to spare it".to_owned(),
        );
    }
    if said.action == actions::LOGIN && said.reason == Reason::NotAllowed(PolicyKind::Identity) {
        steps.push(
            "the Resource of that statement has to be *: with a repository's ARN the login stays denied"
                .to_owned(),
        );
    }
    steps
}
