//! Who does what on which repositories, checked: what all documents of one request are written from.

use ecrpass_core::account::is_account_id;
use ecrpass_core::{Arn, CallerIdentity, CallerKind, Partition};

use super::draft::{NewCondition, NewPrincipal, camel_case};
use super::refusal::Refusal;
use super::target::Target;
use super::wanted::Wanted;
use crate::actions::{self, Scope};
use crate::task::{self, Side, TASKS, Task};

/// What is to be allowed, and to whom.
#[derive(Clone, Debug)]
pub struct Access {
    /// The partition all of it is in.
    pub partition: Partition,
    /// The tasks, each once, in the order of [`TASKS`].
    pub tasks: Vec<Task>,
    /// Single actions beside them.
    pub actions: Vec<String>,
    /// The repositories, each once.
    pub targets: Vec<Target>,
    /// Who does it, as far as that was said.
    pub principals: Vec<CallerIdentity>,
    /// The accounts of whoever does it, each once; one at least if any is known.
    pub accounts: Vec<String>,
    /// The organization whose members may do it.
    pub organization: Option<String>,
}

/// The longest name that is made of the names of tasks.
const MAX_NAME: usize = 64;

impl Access {
    /// Checks what is wanted.
    ///
    /// # Errors
    /// [`Refusal`] when something is missing, or cannot be right.
    pub fn new(wanted: &Wanted) -> Result<Self, Refusal> {
        let tasks: Vec<Task> = TASKS.into_iter().filter(|task| wanted.tasks.contains(task)).collect();
        let actions = wanted.actions.iter().map(|action| known(action)).collect::<Result<Vec<_>, _>>()?;
        let principals =
            wanted.principals.iter().map(|text| principal(text)).collect::<Result<Vec<_>, _>>()?;
        let mut targets: Vec<Target> = Vec::new();
        for target in &wanted.targets {
            if !targets.contains(target) {
                targets.push(target.clone());
            }
        }
        if let Some(account) = wanted.account.as_deref().filter(|account| !is_account_id(account)) {
            return Err(Refusal::new(format!("`{account}` is not an account."), "give its twelve digits"));
        }
        let is_organization = |id: &str| {
            id.strip_prefix("o-")
                .is_some_and(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()))
        };
        if let Some(id) = wanted.organization.as_deref().filter(|id| !is_organization(id)) {
            return Err(Refusal::new(
                format!("`{id}` is not an organization's id."),
                "aws organizations describe-organization prints it: o-…",
            ));
        }
        let accounts = accounts(wanted, &principals, &targets)?;
        let partition = partition(&principals, &targets)?;
        let access = Self {
            partition,
            tasks,
            actions,
            targets,
            principals,
            accounts,
            organization: wanted.organization.clone(),
        };
        access.check_targets()?;
        Ok(access)
    }

    /// The actions of the tasks on that side, and the single ones, each once; the login comes first where a task has it.
    pub fn actions_on(&self, side: Side) -> Vec<String> {
        let of_tasks = self.tasks.iter().filter(|task| task.side() == side).flat_map(|task| task.actions());
        let single = self.actions.iter().filter(|_| side == Side::Caller).map(String::as_str);
        let mut all: Vec<String> = Vec::new();
        for action in of_tasks.chain(single) {
            if !all.iter().any(|known| known == action) {
                all.push(action.to_owned());
            }
        }
        all
    }

    /// What the caller does to repositories: of ECR, or of ECR Public.
    pub fn repository_actions(&self, is_public: bool) -> Vec<String> {
        let mut actions = self.actions_on(Side::Caller);
        actions.retain(|action| is_of(action, is_public) && task::scope(action) == Some(Scope::Repository));
        actions
    }

    /// The repositories of ECR, or of ECR Public.
    pub fn targets_of(&self, is_public: bool) -> impl Iterator<Item = &Target> {
        self.targets.iter().filter(move |target| target.is_public == is_public)
    }

    /// Whether somebody of another account than the repository's does it.
    pub fn is_cross_account(&self, target: &Target) -> bool {
        self.accounts.iter().any(|account| *account != target.account)
    }

    /// The same, with the repositories alone whose owner has to let somebody in.
    #[must_use]
    pub fn shared(&self) -> Self {
        let services = self.principals.iter().any(|principal| principal.kind == CallerKind::Service);
        let resource_side = self.tasks.iter().any(|task| task.side() != Side::Caller);
        let mut shared = self.clone();
        if !services && !resource_side && self.organization.is_none() {
            shared.targets.retain(|target| self.is_cross_account(target));
        }
        shared
    }

    /// What the documents are called: `ecr-pull-push`.
    pub fn name(&self) -> String {
        if self.tasks.is_empty() && self.actions.is_empty() {
            return "ecr-role".to_owned();
        }
        name_of(self.tasks.iter().copied(), &self.actions)
    }

    /// The name of a statement about repositories, of those tasks that do something there.
    pub fn sid(&self, is_public: bool) -> String {
        let meant = self.tasks.iter().copied().filter(|task| {
            task.side() == Side::Caller
                && task
                    .actions()
                    .iter()
                    .any(|action| is_of(action, is_public) && task::scope(action) == Some(Scope::Repository))
        });
        camel_case(&name_of(meant, &self.actions))
    }

    /// For whom the statements of a resource's policy are, each group with the end of its statement's name: what can
    /// stand in one statement does.
    pub fn grantees(&self) -> Vec<Grantee> {
        if let Some(organization) = &self.organization {
            let key = NewCondition::new("StringEquals", "aws:PrincipalOrgID", vec![organization.clone()]);
            return vec![Grantee::new("", NewPrincipal::Everyone, vec![key])];
        }
        let root = |account: &str| Arn::iam(self.partition.id(), account, "root").to_string();
        if self.principals.is_empty() {
            let roots = self.accounts.iter().map(|account| root(account)).collect();
            return vec![Grantee::new("", NewPrincipal::Aws(roots), Vec::new())];
        }
        let mut named = Vec::new();
        let mut others = Vec::new();
        for principal in &self.principals {
            match (principal.kind, &principal.in_policies) {
                (CallerKind::Service, _) => {
                    let source =
                        NewCondition::new("StringEquals", "aws:SourceAccount", self.accounts.clone());
                    let service = format!("{}.amazonaws.com", principal.name);
                    others.push(Grantee::new(
                        &camel_case(&principal.name),
                        NewPrincipal::Service(vec![service]),
                        vec![source],
                    ));
                }
                (CallerKind::Root, _) => named.push(root(&principal.account)),
                (_, Some(arn)) => named.push(arn.clone()),
                // The role's ARN has a region and digits in it that its sessions do not show.
                (_, None) => {
                    let role =
                        format!("role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{}_*", principal.name);
                    let pattern = Arn::iam(self.partition.id(), &principal.account, &role).to_string();
                    let key = NewCondition::new("ArnLike", "aws:PrincipalArn", vec![pattern]);
                    let root = NewPrincipal::Aws(vec![root(&principal.account)]);
                    others.push(Grantee::new(
                        &format!("PermissionSet{}", camel_case(&principal.name)),
                        root,
                        vec![key],
                    ));
                }
            }
        }
        let mut all = Vec::new();
        if !named.is_empty() {
            all.push(Grantee::new("", NewPrincipal::Aws(named), Vec::new()));
        }
        all.extend(others);
        all
    }

    /// Refuses tasks whose repositories are missing or of the wrong kind.
    fn check_targets(&self) -> Result<(), Refusal> {
        for target in &self.targets {
            let fits = self
                .tasks
                .iter()
                .flat_map(|task| task.actions())
                .chain(self.actions.iter().map(String::as_str))
                .any(|action| is_of(action, target.is_public));
            if fits || self.tasks.is_empty() && self.actions.is_empty() {
                continue;
            }
            let task = self.tasks.first().map_or_else(|| "that action".to_owned(), Task::to_string);
            let (what, next) = if target.is_public {
                ("a private registry, and the repository is one of ECR Public", "pull-public or push-public")
            } else {
                ("ECR Public, and the repository is private", "pull or push")
            };
            return Err(Refusal::new(
                format!("`{task}` is for {what}: {}.", target.arn()),
                format!("choose the task {next}, or name another repository"),
            ));
        }
        for task in &self.tasks {
            for is_public in [false, true] {
                let needs = task
                    .actions()
                    .into_iter()
                    .any(|action| is_of(action, is_public) && task::scope(action) == Some(Scope::Repository));
                if needs && self.targets_of(is_public).next().is_none() {
                    return Err(missing(&format!("To {}, it takes", task.title()), is_public));
                }
            }
        }
        for action in &self.actions {
            let is_public = is_of(action, true);
            if task::scope(action) == Some(Scope::Repository) && self.targets_of(is_public).next().is_none() {
                return Err(missing(&format!("{action} takes"), is_public));
            }
        }
        Ok(())
    }
}

/// For whom a statement of a resource's policy is.
#[derive(Clone, Debug)]
pub struct Grantee {
    /// The end of the statement's name.
    pub suffix: String,
    /// The principal.
    pub principal: NewPrincipal,
    /// What narrows it.
    pub conditions: Vec<NewCondition>,
}

impl Grantee {
    fn new(suffix: &str, principal: NewPrincipal, conditions: Vec<NewCondition>) -> Self {
        Self { suffix: suffix.to_owned(), principal, conditions }
    }
}

fn missing(what: &str, is_public: bool) -> Refusal {
    let form = if is_public { "public.ecr.aws/ALIAS/REPOSITORY" } else { "IMAGE, ARN or HOST/PREFIX/*" };
    Refusal::new(format!("{what} a repository, and none is named."), format!("add --repository {form}"))
}

/// Whether an action is one of ECR, or of ECR Public.
pub fn is_of(action: &str, is_public: bool) -> bool {
    let service = if is_public { "ecr-public" } else { "ecr" };
    action.split_once(':').is_some_and(|(of, _)| of.eq_ignore_ascii_case(service))
}

fn name_of(tasks: impl Iterator<Item = Task>, actions: &[String]) -> String {
    let mut parts: Vec<String> = tasks.map(|task| task.id().to_owned()).collect();
    if let [action] = actions {
        let name = action.split_once(':').map_or(action.as_str(), |(_, name)| name);
        parts.push(hyphenated(name));
    } else if !actions.is_empty() {
        parts.push("actions".to_owned());
    }
    let name = format!("ecr-{}", parts.join("-"));
    if name.len() > MAX_NAME { "ecr-tasks".to_owned() } else { name }
}

/// `PutImage` as `put-image`.
fn hyphenated(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// An action that there is, spelt as AWS does.
fn known(action: &str) -> Result<String, Refusal> {
    let (service, name) = action.split_once(':').unwrap_or(("ecr", action));
    let service = service.to_ascii_lowercase();
    let known = actions::of_service(&service).iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let Some((known, _)) = known {
        return Ok(format!("{service}:{known}"));
    }
    if action.eq_ignore_ascii_case("sts:GetServiceBearerToken") {
        return Ok("sts:GetServiceBearerToken".to_owned());
    }
    let next = if name.eq_ignore_ascii_case("ListImageReferrers") {
        "take ecr:BatchGetImage, which referrers are listed with"
    } else if name.contains(['*', '?']) {
        "name each action, or choose a task"
    } else {
        "check the name, or choose a task"
    };
    Err(Refusal::new(format!("ECR has no action `{action}`."), next))
}

fn principal(text: &str) -> Result<CallerIdentity, Refusal> {
    let text = text.trim();
    // What names of IAM are made of; nothing else may get into a document, or into a comment beside it.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_/:-".contains(c);
    if text != "*" && !text.chars().all(is_plain) {
        return Err(Refusal::new(
            format!("`{text}` is not a principal that policies can name."),
            "give an ARN without wildcards; * stands for everybody only, and is never written here",
        ));
    }
    if text == "*" {
        return Err(Refusal::new(
            "The principal `*` is everybody with an AWS account.",
            "name roles, users or accounts; --organization lets in all of an organization",
        ));
    }
    if text == "lambda.amazonaws.com" {
        return Err(Refusal::new(
            "For Lambda, the functions have to be named as well.",
            "take the task lambda-pull in place of --principal lambda.amazonaws.com",
        ));
    }
    let root = format!("arn:aws:iam::{text}:root");
    let read = if is_account_id(text) { &root } else { text };
    CallerIdentity::parse(read).ok_or_else(|| {
        Refusal::new(
            format!("`{text}` is not a principal that policies can name."),
            "give the ARN of a role, user or session, an account's twelve digits, or a service such as codebuild.amazonaws.com",
        )
    })
}

/// The accounts of whoever does it.
fn accounts(
    wanted: &Wanted,
    principals: &[CallerIdentity],
    targets: &[Target],
) -> Result<Vec<String>, Refusal> {
    let mut accounts: Vec<String> = Vec::new();
    for principal in principals.iter().filter(|principal| principal.kind != CallerKind::Service) {
        if let Some(account) = wanted.account.as_ref().filter(|account| **account != principal.account) {
            return Err(Refusal::new(
                format!("{} is in the account {}, not in {account}.", principal.name, principal.account),
                "leave --account out, or name a principal of that account",
            ));
        }
        if !accounts.contains(&principal.account) {
            accounts.push(principal.account.clone());
        }
    }
    if accounts.is_empty() {
        let owner = || targets.first().map(|target| target.account.clone());
        accounts.extend(wanted.account.clone().or_else(owner));
    }
    Ok(accounts)
}

/// The one partition of everything named; IAM does not reach from one to another.
fn partition(principals: &[CallerIdentity], targets: &[Target]) -> Result<Partition, Refusal> {
    let of_targets = targets.iter().map(|target| (target.partition.id(), target.arn()));
    let of_principals = principals
        .iter()
        // An account's number and a service's name say nothing of it.
        .filter(|principal| !principal.partition.is_empty() && principal.kind != CallerKind::Root)
        .map(|principal| (principal.partition.as_str(), principal.name.clone()));
    let mut all = of_targets.chain(of_principals);
    let Some((first, name)) = all.next() else { return Ok(Partition::Aws) };
    if let Some((other, of_other)) = all.find(|(partition, _)| *partition != first) {
        return Err(Refusal::new(
            format!(
                "{name} is in the partition {first}, {of_other} in {other}, and no policy reaches from one to the other."
            ),
            "use a role or user of the same partition, and copy the image there",
        ));
    }
    Partition::all()
        .find(|partition| partition.id() == first)
        .ok_or_else(|| Refusal::new(format!("There is no partition `{first}`."), "check the ARNs"))
}
