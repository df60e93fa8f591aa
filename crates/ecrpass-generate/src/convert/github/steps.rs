//! Which steps of a job bring keys and logins, and what comes in their place.

use std::ops::Range;

use ecrpass_audit::edit::Replacement;
use ecrpass_audit::host::registry_of;
use ecrpass_audit::known::Known;
use ecrpass_audit::pipeline::{Job, Uses};
use ecrpass_audit::rule::Examined;
use ecrpass_audit::yaml::{Key, Node};

use crate::convert::chains::{Chain, literal};
use crate::convert::work::{Obstacle, Target, Work};
use crate::convert::{jobs, lines, secrets, snippet};

/// A step that has to do with a login.
pub struct StepOf<'a> {
    /// The step.
    pub node: &'a Node,
    /// What it does.
    pub kind: Kind,
    /// What region it names, if it is known.
    region: Option<String>,
}

/// What a step does.
pub enum Kind {
    /// Sets credentials; the keys among its inputs.
    Credentials {
        /// The lines of the keys.
        keys: Vec<Range<usize>>,
    },
    /// Logs in to these hosts.
    Login {
        /// The hosts.
        hosts: Vec<String>,
    },
    /// Runs a script with a login: its number among the logins of the file.
    Script {
        /// The number.
        chain: usize,
    },
}

/// The inputs with keys.
const INPUTS: [&str; 3] = ["aws-access-key-id", "aws-secret-access-key", "aws-session-token"];

/// The steps of a job that have to do with a login; none where none logs in or has keys.
pub fn of_job<'a>(
    examined: &Examined<'_>,
    job: &'a Node,
    chains: &[Chain<'_>],
) -> Result<Vec<StepOf<'a>>, Obstacle> {
    let model = model_of(examined, job);
    let mut all = Vec::new();
    let mut does_something = false;
    for node in job.items_of("steps") {
        let name = node.text_of("uses").map(|uses| uses.split('@').next().unwrap_or(uses).trim().to_owned());
        let uses = model.and_then(|job| uses_at(job, node));
        let kind = match name.as_deref() {
            Some("aws-actions/configure-aws-credentials") => {
                let keys = keys_of(&examined.file.text, node)?;
                does_something |= !keys.is_empty();
                Some(Kind::Credentials { keys })
            }
            Some("aws-actions/amazon-ecr-login") => {
                does_something = true;
                Some(Kind::Login { hosts: action_hosts(examined, node, uses)? })
            }
            Some("docker/login-action") => {
                let hosts = login_action(uses)?;
                does_something |= !hosts.is_empty();
                (!hosts.is_empty()).then_some(Kind::Login { hosts })
            }
            _ => chain_in(node, chains).map(|chain| {
                does_something = true;
                Kind::Script { chain }
            }),
        };
        if let Some(kind) = kind {
            if let (Kind::Login { .. }, Some(bytes)) =
                (&kind, model.and_then(|job| jobs::other_login(job, node.bytes.start)))
            {
                return Err(Obstacle::new(
                    bytes,
                    "This logs in to another registry first, and the configuration that holds that login would be left.",
                    "log in to it behind the login to ECR",
                ));
            }
            let region = uses.and_then(|uses| uses.value("aws-region").exactly().map(str::to_owned));
            all.push(StepOf { node, kind, region });
        }
    }
    Ok(if does_something { all } else { Vec::new() })
}

fn model_of<'a>(examined: &Examined<'a>, node: &Node) -> Option<&'a Job> {
    let pipeline = examined.models.pipeline()?;
    pipeline.jobs.iter().find(|job| job.steps.iter().any(|step| node.bytes.contains(&step.bytes.start)))
}

fn uses_at<'a>(job: &'a Job, node: &Node) -> Option<&'a Uses> {
    job.steps.iter().find(|step| step.path.is_none() && step.bytes.start == node.bytes.start)?.uses()
}

fn chain_in(node: &Node, chains: &[Chain<'_>]) -> Option<usize> {
    chains.iter().position(|chain| chain.commands.iter().any(|command| node.bytes.contains(&command.start)))
}

/// The lines of the keys of `configure-aws-credentials`.
fn keys_of(text: &str, node: &Node) -> Result<Vec<Range<usize>>, Obstacle> {
    let Some(with) = node.get("with") else { return Ok(Vec::new()) };
    let keys: Vec<&(Key, Node)> = INPUTS.iter().filter_map(|input| with.entry(input)).collect();
    if let (Some((key, _)), true) = (keys.first(), with.get("role-to-assume").is_some()) {
        return Err(Obstacle::new(
            key.bytes.clone(),
            "Keys are used to assume a role here: which role trusts the token is not said.",
            "let the role of role-to-assume trust the repository, and remove the keys",
        ));
    }
    let mut all = Vec::new();
    for (key, value) in keys {
        if !lines::is_own_line(text, &key.bytes) {
            return Err(Obstacle::new(
                key.bytes.clone(),
                "The inputs stand in one line.",
                "write each input in a line of its own",
            ));
        }
        all.push(lines::whole(text, &(key.bytes.start..value.bytes.end.max(key.bytes.end))));
    }
    Ok(all)
}

/// The hosts that `amazon-ecr-login` logs in to, where nothing but the host is taken from it.
fn action_hosts(examined: &Examined<'_>, node: &Node, uses: Option<&Uses>) -> Result<Vec<String>, Obstacle> {
    if let Some(id) = node.text_of("id") {
        let prefix = format!("steps.{id}.outputs.");
        let mut from = 0;
        while let Some(at) =
            examined.file.text.get(from..).and_then(|rest| rest.find(&prefix)).map(|at| at + from)
        {
            let behind = examined.file.text.get(at + prefix.len()..).unwrap_or_default();
            if !behind.starts_with("registry") {
                return Err(Obstacle::new(
                    at..at + prefix.len(),
                    "This takes the password of the login, which the helper gives to nobody but clients.",
                    "let the client use the helper, or keep the login action",
                ));
            }
            from = at + prefix.len();
        }
    }
    let input = |name: &str| uses.map_or(Known::Unknown, |uses| uses.value(name));
    if input("registry-type").exactly() == Some("public") {
        return Ok(vec!["public.ecr.aws".to_owned()]);
    }
    let hosts = login_hosts(examined, node);
    if hosts.is_empty() { Ok(vec![String::new()]) } else { Ok(hosts) }
}

/// The hosts that the model knows of a step's login.
fn login_hosts(examined: &Examined<'_>, node: &Node) -> Vec<String> {
    let deeds = model_of(examined, node).into_iter().flat_map(Job::deeds);
    let mut hosts: Vec<String> = Vec::new();
    for deed in deeds.filter(|deed| deed.path.is_none() && node.bytes.contains(&deed.bytes.start)) {
        let ecrpass_audit::deed::What::Login { host, .. } = deed.what else { continue };
        hosts.extend(host.alternatives().filter_map(literal));
    }
    hosts.dedup();
    hosts
}

/// The hosts that `docker/login-action` logs in to, if they are ECR's.
fn login_action(uses: Option<&Uses>) -> Result<Vec<String>, Obstacle> {
    let Some(uses) = uses else { return Ok(Vec::new()) };
    let Known::Exactly(host) = uses.value("registry") else {
        let is_ecr = uses
            .filled("registry")
            .is_some_and(|setting| ecrpass_audit::pipeline::mentions_ecr(&setting.raw));
        return match is_ecr {
            true => Err(Obstacle::new(
                uses.bytes.clone(),
                "Which registry this logs in to is only known when it runs.",
                "write the registry's host",
            )),
            false => Ok(Vec::new()),
        };
    };
    Ok(literal(&host).into_iter().collect())
}

/// The region that is set for the job: that of the credentials, of the registry, or of what is given.
pub fn region(all: &[StepOf<'_>], chains: &[Chain<'_>], target: &Target) -> Option<String> {
    let set = all.iter().find_map(|step| step.region.clone());
    let of_host = || {
        all.iter().find_map(|step| match &step.kind {
            Kind::Login { hosts } => snippet::region(hosts),
            Kind::Script { chain } => snippet::region(&chains.get(*chain)?.hosts),
            Kind::Credentials { .. } => None,
        })
    };
    set.or_else(of_host).or_else(|| target.registry.as_ref().map(|registry| registry.region().to_owned()))
}

/// Fills in the hosts that a login action takes from its credentials.
pub fn known_hosts(hosts: &[String], region: Option<&str>, target: &Target) -> Option<Vec<String>> {
    let own = || {
        let (account, _) = target.account()?;
        Some(registry_of(&account, region?)?.host().to_owned())
    };
    let given = || target.registry.as_ref().map(|registry| registry.host().to_owned());
    hosts.iter().map(|host| if host.is_empty() { given().or_else(own) } else { Some(host.clone()) }).collect()
}

/// The role in place of keys.
pub fn with_role(
    text: &str,
    node: &Node,
    keys: &[Range<usize>],
    target: &Target,
    work: &mut Work,
) -> Result<(), Obstacle> {
    let Some(with) = node.get("with") else { return Ok(()) };
    for input in INPUTS {
        for name in with.text_of(input).map(secrets::names).unwrap_or_default() {
            work.secret(name);
        }
    }
    let mut replacements = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let mut new = Vec::new();
        if index == 0 {
            new.push(format!("role-to-assume: {}", target.role_arn));
            new.extend(
                target
                    .audience
                    .iter()
                    .map(|audience| format!("audience: {}", crate::pipelines::quote::yaml(audience))),
            );
        }
        replacements.push(lines::instead(text, key.clone(), lines::indent_of(text, key.start), &new));
    }
    replacements.sort_by_key(|replacement| replacement.bytes.start);
    work.edit(replacements);
    Ok(())
}

/// What is said of keys that all jobs have.
pub const SHARED: &str =
    "All jobs of the workflow have these keys, also one that does not log in and may use them.";

/// Keys of the whole workflow, where a job has them that is not converted.
pub fn shared_keys(root: &Node, job: &Key) -> Option<Obstacle> {
    let environment = root.get("env")?;
    let (key, _) = secrets::VARIABLES.iter().find_map(|name| environment.entry(name))?;
    let next = format!("put them into the jobs that use them; `{}` is one that does not log in", job.text);
    Some(Obstacle::new(key.bytes.clone(), SHARED, next))
}

/// Takes stored keys out of `env`; whether there were some.
pub fn without_keys(text: &str, root: &Node, of: &Node, work: &mut Work) -> Result<bool, Obstacle> {
    let mut had_some = false;
    for environment in [root.get("env"), of.get("env")].into_iter().flatten() {
        let stored: Vec<&(Key, Node)> =
            secrets::VARIABLES.iter().filter_map(|name| environment.entry(name)).collect();
        let members = environment.members().map_or(0, <[_]>::len);
        let mut replacements = Vec::new();
        for (key, value) in &stored {
            let bytes = secrets::taken(text, key, value, work)?;
            replacements.push(Replacement { bytes, text: String::new() });
        }
        if stored.is_empty() {
            continue;
        }
        had_some = true;
        if stored.len() == members {
            // An `env` without anything in it is null.
            let start = stored.iter().map(|(key, _)| key.bytes.start).min().unwrap_or_default();
            let before = ecrpass_audit::jobs::edits::line_start(text, start).saturating_sub(1);
            let line = lines::whole(text, &(before..before + 1));
            if text.get(line.clone()).is_some_and(|line| line.trim() == "env:") {
                replacements.push(Replacement { bytes: line, text: String::new() });
            }
        }
        replacements.sort_by_key(|replacement| replacement.bytes.start);
        work.edit(replacements);
    }
    Ok(had_some)
}

/// New steps in place of one, whose keys are used no more.
pub fn replaced(text: &str, node: &Node, new: &[String], work: &mut Work) {
    for input in ["username", "password"] {
        let value = node.at(&["with", input]).and_then(Node::text);
        value.map(secrets::names).unwrap_or_default().into_iter().for_each(|name| work.secret(name));
    }
    let bytes = whole_step(text, node);
    let indent = lines::indent_of(text, bytes.start).to_owned();
    work.edit(vec![lines::instead(text, bytes, &indent, new)]);
}

/// New steps before one.
pub fn put_before(text: &str, node: &Node, new: &[String], work: &mut Work) {
    let indent = lines::indent_of(text, node.bytes.start).to_owned();
    work.edit(vec![lines::before(text, node.bytes.start, &indent, new)]);
}

/// The lines of a step: what is behind its last value, blank lines and comments, is not its own.
fn whole_step(text: &str, node: &Node) -> Range<usize> {
    let written = text.get(node.bytes.clone()).unwrap_or_default();
    let end = node.bytes.start + written.trim_end().len();
    lines::whole(text, &(node.bytes.start..end))
}
