//! Bitbucket Pipelines: the step asks for a token, and a script or a pipe hands it to AWS.

use ecrpass_audit::edit::Replacement;
use ecrpass_audit::rule::Examined;
use ecrpass_audit::yaml::{Key, Node};

use crate::convert::snippet::{self, Setting};
use crate::convert::work::{Obstacle, Target, Work};
use crate::convert::{jobs, lines, locate, put, secrets};

/// Converts a configuration.
pub(super) fn convert(examined: &Examined<'_>, target: &Target) -> Result<Work, Vec<Obstacle>> {
    let text = &examined.file.text;
    let documents = jobs::documents(examined);
    let mut work = Work::default();
    let mut obstacles = Vec::new();
    let mut asking: Vec<usize> = Vec::new();
    for chain in jobs::chains(examined, target)? {
        let byte = chain.commands.first().map_or(0, |command| command.start);
        let way = locate::way(documents, byte);
        let setting = Setting {
            temporary: "/tmp",
            with_sudo: false,
            token: Some("printf '%s' \"$BITBUCKET_STEP_OIDC_TOKEN\"".to_owned()),
            region: snippet::region(&chain.hosts),
            session: "\"bitbucket-$BITBUCKET_BUILD_NUMBER\"",
            kept_in: None,
        };
        let new = snippet::lines(&chain.hosts, target, &setting);
        let put = put::instead(text, documents, &chain, &new);
        match (put, locate::with_key(&way, "script")) {
            (Ok(replacements), Some(step)) => {
                work.edit(replacements);
                ask(text, step, &mut asking, &mut work);
            }
            (Ok(_), None) => obstacles.push(Obstacle::new(
                byte..byte + 1,
                "This script is no step's own here, so its step cannot ask for a token.",
                "write the login into the script of the step",
            )),
            (Err(obstacle), _) => obstacles.push(obstacle),
        }
        jobs::replaced(&chain, &mut work);
    }
    let mut seen = Vec::new();
    for root in documents {
        pipes(root, &mut Vec::new(), &mut |step, pipe| {
            if !seen.contains(&pipe.bytes.start) {
                seen.push(pipe.bytes.start);
                match with_role(text, pipe, target, &mut work) {
                    Ok(true) => ask(text, step, &mut asking, &mut work),
                    Ok(false) => {}
                    Err(obstacle) => obstacles.push(obstacle),
                }
            }
        });
    }
    jobs::finished(work, obstacles, || {
        format!(
            "The trust policy of {} has to let this repository in: ecrpass policy generate push --repository IMAGE --trust bitbucket --claim workspace=NAME --claim workspace-id=ID --claim repository-id=ID",
            target.role_arn
        )
    })
}

/// Has the step ask for a token.
fn ask(text: &str, step: &Node, asking: &mut Vec<usize>, work: &mut Work) {
    if step.flag_of("oidc") == Some(true) || asking.contains(&step.bytes.start) {
        return;
    }
    asking.push(step.bytes.start);
    if let Some((_, value)) = step.entry("oidc") {
        work.edit(vec![Replacement { bytes: value.bytes.clone(), text: "true".to_owned() }]);
        return;
    }
    let own = step.entry("script").filter(|(key, _)| lines::is_own_line(text, &key.bytes));
    if let Some((key, _)) = own {
        let indent = lines::column(text, key.bytes.start);
        work.edit(vec![lines::before(text, key.bytes.start, &indent, &["oidc: true".to_owned()])]);
    }
}

/// All pipes of steps that push to ECR.
fn pipes<'a>(node: &'a Node, steps: &mut Vec<&'a Node>, found: &mut dyn FnMut(&'a Node, &'a Node)) {
    let is_step = node.get("script").is_some();
    if is_step {
        steps.push(node);
    }
    if let (Some(pipe), Some(step)) = (node.text_of("pipe"), steps.last())
        && pipe.contains("aws-ecr-push-image")
    {
        found(step, node);
    }
    let members = node.members().unwrap_or_default().iter().map(|(_, value)| value);
    for inner in members.chain(node.items().unwrap_or_default()) {
        pipes(inner, steps, found);
    }
    if is_step {
        steps.pop();
    }
}

/// The role in place of a pipe's keys; whether it had some.
fn with_role(text: &str, pipe: &Node, target: &Target, work: &mut Work) -> Result<bool, Obstacle> {
    let Some(variables) = pipe.get("variables") else { return Ok(false) };
    let keys: Vec<&(Key, Node)> =
        secrets::VARIABLES.iter().filter_map(|name| variables.entry(name)).collect();
    if keys.is_empty() || variables.get("AWS_OIDC_ROLE_ARN").is_some() {
        return Ok(false);
    }
    let mut replacements = Vec::new();
    for (index, (key, value)) in keys.iter().enumerate() {
        let bytes = secrets::taken(text, key, value, work)?;
        let new = (index == 0).then(|| format!("AWS_OIDC_ROLE_ARN: '{}'", target.role_arn));
        replacements.push(lines::instead(
            text,
            bytes,
            lines::indent_of(text, key.bytes.start),
            new.as_slice(),
        ));
    }
    replacements.sort_by_key(|replacement| replacement.bytes.start);
    work.edit(replacements);
    work.logins += 1;
    Ok(true)
}
