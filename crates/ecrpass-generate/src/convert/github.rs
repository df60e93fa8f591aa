//! GitHub Actions: stored keys become a role, logins become the helper, and the job may have a token.

mod permissions;
mod steps;

use ecrpass_audit::rule::Examined;
use ecrpass_audit::yaml::Node;

use crate::convert::chains::Chain;
use crate::convert::github::steps::{Kind, StepOf};
use crate::convert::snippet::Setting;
use crate::convert::work::{Obstacle, Target, Work};
use crate::convert::{jobs, put, snippet};

/// Converts a workflow, or a composite action.
pub(super) fn convert(examined: &Examined<'_>, target: &Target) -> Result<Work, Vec<Obstacle>> {
    let chains = jobs::chains(examined, target)?;
    let documents = jobs::documents(examined);
    let Some(root) = documents.first() else { return Ok(Work::default()) };
    let mut work = Work::default();
    let mut obstacles = Vec::new();
    for (key, job) in root.members_of("jobs") {
        match steps::of_job(examined, job, &chains) {
            Ok(all) if all.is_empty() => obstacles.extend(steps::shared_keys(root, key)),
            Ok(all) => {
                let made = one_job(examined, root, job, &all, &chains, target, &mut work);
                obstacles.extend(made.err());
                permissions::allow(&examined.file.text, root, key, job, &mut work);
            }
            Err(obstacle) => obstacles.push(obstacle),
        }
    }
    if let Some(steps) = root.at(&["runs", "steps"])
        && let Some(chain) =
            chains.iter().find(|chain| chain.lines.iter().any(|line| steps.bytes.contains(&line.start)))
    {
        obstacles.push(Obstacle::new(
            chain.lines.first().cloned().unwrap_or_default(),
            "A composite action cannot say which permissions the jobs have that use it.",
            "convert the workflows, and leave the login out of the action",
        ));
    }
    if work.edits.is_empty() {
        // Nothing logs in: what other jobs do with keys is not this one's business.
        return if obstacles.iter().all(|obstacle| obstacle.what == steps::SHARED) {
            Ok(work)
        } else {
            Err(obstacles)
        };
    }
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    // A role that is there already stays.
    if work.edits.iter().flat_map(|edit| &edit.replacements).any(|new| new.text.contains(&target.role_arn)) {
        work.need(format!(
            "The trust policy of {} has to let this repository in: ecrpass policy generate push --repository IMAGE --trust github --claim repository=OWNER/NAME --claim branch=BRANCH",
            target.role_arn
        ));
    }
    Ok(work)
}

/// Rewrites the steps of a job: the first that needs credentials is where the role is taken on.
fn one_job(
    examined: &Examined<'_>,
    root: &Node,
    job: &Node,
    all: &[StepOf<'_>],
    chains: &[Chain<'_>],
    target: &Target,
    work: &mut Work,
) -> Result<(), Obstacle> {
    let text = &examined.file.text;
    if let Some((_, machine)) = job.entry("runs-on")
        && let Some(name) = ["windows", "macos"].iter().find(|name| {
            machine
                .each()
                .iter()
                .filter_map(Node::text)
                .any(|label| label.to_ascii_lowercase().contains(*name))
        })
    {
        return Err(Obstacle::new(
            machine.bytes.clone(),
            format!("The commands that name the helper are for Linux, and this job runs on {name}."),
            "push from a job on Linux, or keep the login action with a role",
        ));
    }
    let setting = setting(job);
    let mut has_role = false;
    let region = steps::region(all, chains, target);
    let first = job
        .items_of("steps")
        .iter()
        .find(|node| !node.text_of("uses").is_some_and(|uses| uses.starts_with("actions/checkout@")));
    let is_earlier = |node: &&Node| all.first().is_none_or(|step| node.bytes.start < step.node.bytes.start);
    // What had the keys before may need them before the login.
    if steps::without_keys(text, root, job, work)?
        && let (Some(first), Some(step)) = (first.filter(is_earlier), all.first())
    {
        steps::put_before(text, first, &credentials(region.as_deref(), step, target)?, work);
        has_role = true;
    }
    for step in all {
        match &step.kind {
            Kind::Credentials { keys } => {
                if !keys.is_empty() {
                    steps::with_role(text, step.node, keys, target, work)?;
                }
                has_role = true;
            }
            Kind::Login { hosts } => {
                let Some(hosts) = steps::known_hosts(hosts, region.as_deref(), target) else {
                    return Err(unknown_region(step));
                };
                let mut new = Vec::new();
                if !has_role {
                    new.extend(credentials(region.as_deref(), step, target)?);
                    has_role = true;
                }
                new.extend(helper(step, &hosts, target, &setting));
                work.logins += 1;
                hosts.iter().for_each(|host| work.host(host));
                steps::replaced(text, step.node, &new, work);
            }
            Kind::Script { chain } => {
                let Some(chain) = chains.get(*chain) else { continue };
                if !has_role {
                    let new = credentials(region.as_deref(), step, target)?;
                    steps::put_before(text, step.node, &new, work);
                    has_role = true;
                }
                steps::without_keys(text, root, step.node, work)?;
                let lines = snippet::lines(&chain.hosts, target, &setting);
                jobs::replaced(chain, work);
                let documents = jobs::documents(examined);
                work.edit(put::instead(text, documents, chain, &lines)?);
            }
        }
    }
    Ok(())
}

/// The credentials are those of the step before.
fn setting(job: &Node) -> Setting<'static> {
    Setting {
        temporary: "$RUNNER_TEMP",
        // A job in a container of its own is root there.
        with_sudo: job.get("container").is_none(),
        token: None,
        region: None,
        session: "",
        kept_in: Some(("GITHUB_ENV", "")),
    }
}

/// The step that assumes the role.
fn credentials(region: Option<&str>, step: &StepOf<'_>, target: &Target) -> Result<Vec<String>, Obstacle> {
    let region = region.ok_or_else(|| unknown_region(step))?;
    let mut lines = vec![
        "- name: Assume the role".to_owned(),
        format!("  uses: {}", target.pins.action(crate::pipelines::pins::CREDENTIALS)),
        "  with:".to_owned(),
        format!("    role-to-assume: {}", target.role_arn),
        format!("    aws-region: {region}"),
    ];
    lines.extend(
        target
            .audience
            .iter()
            .map(|audience| format!("    audience: {}", crate::pipelines::quote::yaml(audience))),
    );
    Ok(lines)
}

fn unknown_region(step: &StepOf<'_>) -> Obstacle {
    Obstacle::new(
        step.node.bytes.start..step.node.bytes.start + 1,
        "The region of this login is only known when it runs.",
        "add --registry with the host of the registry",
    )
}

/// The step that names the helper, in place of one that logged in.
fn helper(step: &StepOf<'_>, hosts: &[String], target: &Target, setting: &Setting<'_>) -> Vec<String> {
    let mut lines = vec!["- name: Name the credential helper".to_owned()];
    if let Some(id) = step.node.text_of("id") {
        lines.push(format!("  id: {id}"));
    }
    if let Some(condition) = step.node.text_of("if").filter(|condition| !condition.contains('\n')) {
        lines.push(format!("  if: {}", crate::pipelines::quote::yaml(condition)));
    }
    lines.push("  run: |".to_owned());
    let mut commands = snippet::lines(hosts, target, setting);
    if step.node.get("id").is_some()
        && let Some(host) = hosts.first()
    {
        commands.push(format!("echo \"registry={host}\" >> \"$GITHUB_OUTPUT\""));
    }
    lines.extend(commands.iter().map(|line| format!("    {line}")));
    lines
}
