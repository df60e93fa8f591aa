//! Azure Pipelines: a script becomes a task of the AWS Toolkit, whose service connection assumes the role.

use std::ops::Range;

use ecrpass_audit::deed::What;
use ecrpass_audit::edit::Replacement;
use ecrpass_audit::jobs::edits::line_break;
use ecrpass_audit::pipeline::Job;
use ecrpass_audit::rule::Examined;
use ecrpass_audit::yaml::{Node, Style};

use crate::convert::chains::Chain;
use crate::convert::put::{is_nothing, left_over};
use crate::convert::snippet::{self, Setting};
use crate::convert::work::{Obstacle, Target, Work};
use crate::convert::{jobs, lines, locate, secrets};
use crate::pipelines::quote::yaml;

/// What else a step may have, and keeps.
const KEPT: [&str; 6] =
    ["displayName", "name", "condition", "enabled", "continueOnError", "timeoutInMinutes"];

/// Converts a pipeline.
pub(super) fn convert(examined: &Examined<'_>, target: &Target) -> Result<Work, Vec<Obstacle>> {
    let mut work = Work::default();
    let mut obstacles = Vec::new();
    let chains = jobs::chains(examined, target)?;
    let Some(connection) = &target.connection else {
        return match chains.first() {
            Some(chain) => Err(vec![Obstacle::new(
                chain.lines.first().cloned().unwrap_or_default(),
                "Azure assumes a role by a service connection, and none is named.",
                "add --connection with the name of one of type AWS that uses OIDC",
            )]),
            None => Ok(work),
        };
    };
    for chain in &chains {
        if let Err(obstacle) = one(examined, chain, connection, target, &mut work) {
            obstacles.push(obstacle);
        }
    }
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    if work.logins > 0 {
        work.need(format!(
            "The service connection `{connection}` of type AWS uses OIDC and the role {}; the extension AWS Toolkit for Azure DevOps is installed.",
            target.role_arn
        ));
        work.need(format!(
            "The trust policy of {} has to let that connection in: ecrpass policy generate push --repository IMAGE --trust azure-devops --claim organization-id=ID --claim organization=NAME --claim project=NAME --claim connection={connection}",
            target.role_arn
        ));
    }
    Ok(work)
}

fn one(
    examined: &Examined<'_>,
    chain: &Chain<'_>,
    connection: &str,
    target: &Target,
    work: &mut Work,
) -> Result<(), Obstacle> {
    let text = &examined.file.text;
    let documents = jobs::documents(examined);
    let byte = chain.commands.first().map_or(0, |command| command.start);
    let way = locate::way(documents, byte);
    let step = locate::with_key(&way, "script").or_else(|| locate::with_key(&way, "bash"));
    let not_understood = |what: &str| {
        Obstacle::new(byte..byte + 1, what, "write it as a step of its own: - script: | or - bash: |")
    };
    let Some(step) = step else {
        return Err(not_understood("This login is in a task, whose script is not rewritten."));
    };
    let Some(scalar) = way.last().map(|hop| hop.node).filter(|node| node.text().is_some()) else {
        return Err(not_understood("The login does not stand in a script of its own lines here."));
    };
    if let Some(bytes) = chain.scripted.job.and_then(|job| later_push(job, step)) {
        return Err(Obstacle::new(
            bytes,
            "This step pushes, and the credentials of the connection are there in its own step alone.",
            "push in the step that logs in",
        ));
    }
    let setting = Setting {
        temporary: "$AGENT_TEMPDIRECTORY",
        with_sudo: true,
        token: None,
        region: None,
        session: "",
        kept_in: None,
    };
    let region = snippet::region(&chain.hosts)
        .or_else(|| target.registry.as_ref().map(|registry| registry.region().to_owned()));
    let Some(region) = region else {
        return Err(Obstacle::new(
            byte..byte + 1,
            "The region of this login is only known when it runs.",
            "add --registry with its host",
        ));
    };
    let new = snippet::lines(&chain.hosts, target, &setting);
    let script = script(text, scalar, chain, &new)
        .ok_or_else(|| not_understood("The login does not stand in a script of its own lines here."))?;
    let mut all = vec!["- task: AWSShellScript@1".to_owned()];
    for (key, value) in step.members().unwrap_or_default() {
        match (key.text.as_str(), value.text()) {
            ("script" | "bash", _) => {}
            ("env", _) => environment(value, &mut all, work)?,
            (name, Some(value)) if KEPT.contains(&name) && !value.contains('\n') => {
                all.push(format!("  {name}: {}", yaml(value)));
            }
            _ => {
                return Err(Obstacle::new(
                    key.bytes.clone(),
                    format!("The task has no `{}`.", key.text),
                    "leave it out, or convert the step by hand",
                ));
            }
        }
    }
    all.extend([
        "  inputs:".to_owned(),
        format!("    awsCredentials: {}", yaml(connection)),
        format!("    regionName: {}", yaml(&region)),
        "    scriptType: inline".to_owned(),
        "    disableAutoCwd: true".to_owned(),
        "    inlineScript: |".to_owned(),
    ]);
    all.extend(
        script.iter().map(|line| if line.is_empty() { String::new() } else { format!("      {line}") }),
    );
    let written = text.get(step.bytes.clone()).unwrap_or_default();
    let whole = lines::whole(text, &(step.bytes.start..step.bytes.start + written.trim_end().len()));
    let indent = lines::indent_of(text, whole.start).to_owned();
    work.edit(vec![Replacement { bytes: whole, text: joined(text, &indent, &all) }]);
    jobs::replaced(chain, work);
    Ok(())
}

fn joined(text: &str, indent: &str, all: &[String]) -> String {
    let end = line_break(text);
    all.iter()
        .map(|line| if line.is_empty() { end.to_owned() } else { format!("{indent}{line}{end}") })
        .collect()
}

/// A push in a later step of the job.
fn later_push(job: &Job, step: &Node) -> Option<Range<usize>> {
    let deeds = job.deeds();
    let found = deeds.iter().find(|deed| {
        matches!(deed.what, What::Push { .. }) && deed.path.is_none() && deed.bytes.start >= step.bytes.end
    })?;
    Some(found.bytes.clone())
}

/// The lines of the script with the new ones in place of the login.
fn script(text: &str, scalar: &Node, chain: &Chain<'_>, new: &[String]) -> Option<Vec<String>> {
    if scalar.style() != Some(Style::Literal) {
        let left = left_over(text, &scalar.bytes, &chain.commands);
        return is_nothing(left.trim_start_matches(['|', '>', '+', '-', '\'', '"'])).then(|| new.to_vec());
    }
    let header = lines::whole(text, &(scalar.bytes.start..scalar.bytes.start + 1));
    let written = text.get(scalar.bytes.clone())?.trim_end();
    let end = scalar.bytes.start + written.len();
    let mut at = header.end;
    let mut all: Vec<String> = Vec::new();
    let mut is_put = false;
    let indent = lines::indent_of(
        text,
        text.get(at..end)?.find(|c: char| !c.is_whitespace()).map_or(at, |found| at + found),
    )
    .len();
    while at < end {
        let line = lines::whole(text, &(at..at + 1));
        let is_gone = chain.lines.iter().any(|gone| gone.start <= line.start && line.end <= gone.end);
        if is_gone {
            if !is_nothing(&left_over(text, &line, &chain.commands)) {
                return None;
            }
            if !is_put {
                all.extend(new.iter().cloned());
                is_put = true;
            }
        } else {
            let content = text.get(line.clone())?.trim_end();
            all.push(content.get(indent..).unwrap_or_default().to_owned());
        }
        at = line.end;
    }
    is_put.then_some(all)
}

/// The variables of a step without stored keys.
fn environment(node: &Node, all: &mut Vec<String>, work: &mut Work) -> Result<(), Obstacle> {
    let mut kept = Vec::new();
    for (key, value) in node.members().unwrap_or_default() {
        if secrets::VARIABLES.contains(&key.text.as_str()) {
            let name = value.text().unwrap_or_default();
            let name = name.strip_prefix("$(").and_then(|name| name.strip_suffix(')')).unwrap_or(name);
            work.secret(name);
            continue;
        }
        let Some(text) = value.text().filter(|text| !text.contains('\n')) else {
            return Err(Obstacle::new(
                key.bytes.clone(),
                "This variable is not written in one line.",
                "write it in one",
            ));
        };
        kept.push(format!("    {}: {}", key.text, yaml(text)));
    }
    if !kept.is_empty() {
        all.push("  env:".to_owned());
        all.extend(kept);
    }
    Ok(())
}
