//! Jenkins: the credential with keys becomes one that is a file with a token, and the login becomes the helper.
//!
//! Groovy is no data: only declarative pipelines are rewritten, and only what stands there in a form that is known.

mod bindings;

use ecrpass_audit::deed::What;
use ecrpass_audit::edit::Replacement;
use ecrpass_audit::jobs::edits::{line_break, line_end};
use ecrpass_audit::rule::Examined;

use crate::convert::chains::Chain;
use crate::convert::jenkins::bindings::Binding;
use crate::convert::put::{is_nothing, left_over};
use crate::convert::work::{Obstacle, Target, Work};
use crate::convert::{jobs, lines, snippet};
use crate::pipelines::quote::{groovy, groovy_block, shell};

/// What the credential is called, unless another name is given.
const CREDENTIAL: &str = "aws-oidc-token";

/// Converts a Jenkinsfile.
pub(super) fn convert(examined: &Examined<'_>, target: &Target) -> Result<Work, Vec<Obstacle>> {
    let text = &examined.file.text;
    let mut work = Work::default();
    let chains = jobs::chains(examined, target)?;
    let mut obstacles: Vec<Obstacle> = plugins(text);
    let Some(first) = chains.first() else {
        return if obstacles.is_empty() { Ok(work) } else { Err(obstacles) };
    };
    let Some(open) = declarative(text) else {
        return Err(vec![Obstacle::new(
            first.lines.first().cloned().unwrap_or_default(),
            "This is a scripted pipeline, or a part of one, whose environment is not known.",
            "write it as a declarative pipeline, or use integrations/jenkins",
        )]);
    };
    let credential = target.credential.clone().unwrap_or_else(|| CREDENTIAL.to_owned());
    let mut role = false;
    for chain in &chains {
        match one(examined, chain, &credential, &mut work) {
            Ok(has_role) => role |= has_role,
            Err(obstacle) => obstacles.push(obstacle),
        }
        jobs::replaced(chain, &mut work);
    }
    if !obstacles.is_empty() {
        return Err(obstacles);
    }
    let region = chains.iter().find_map(|chain| snippet::region(&chain.hosts));
    environment(text, open, role, region.as_deref(), &credential, target, &mut work);
    if role {
        work.need(format!(
            "The credential `{credential}` is one of the kind `OpenID Connect id token as file` (plugin oidc-provider)."
        ));
        work.need(format!(
            "The trust policy of {} has to let this job in: ecrpass policy generate push --repository IMAGE --trust jenkins --claim host=ISSUER --claim job=URL --claim aud=AUDIENCE",
            target.role_arn
        ));
    }
    work.need("The agents have docker-credential-ecr-login on their PATH.");
    Ok(work)
}

/// Logins by the plugin Amazon ECR: it has no role with a token.
fn plugins(text: &str) -> Vec<Obstacle> {
    let places = text.match_indices("withRegistry(").filter(|(at, _)| {
        let line = text.get(*at..line_end(text, *at)).unwrap_or_default();
        line.contains("'ecr:") || line.contains("\"ecr:")
    });
    let obstacle = |(at, name): (usize, &str)| {
        Obstacle::new(
            at..at + name.len(),
            "The plugin Amazon ECR logs in here with a stored key, and takes no token.",
            "push by `sh 'docker push …'` in place of docker.withRegistry",
        )
    };
    places.map(obstacle).collect()
}

/// The byte behind `pipeline {`.
fn declarative(text: &str) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == "pipeline {" {
            return Some(at + line.len());
        }
        at += line.len();
    }
    None
}

/// Rewrites one login; whether it had keys.
fn one(
    examined: &Examined<'_>,
    chain: &Chain<'_>,
    credential: &str,
    work: &mut Work,
) -> Result<bool, Obstacle> {
    let text = &examined.file.text;
    let byte = chain.commands.first().map_or(0, |command| command.start);
    let binding = bindings::around(text, byte)?;
    if let Some(Binding { call, block, secrets }) = &binding {
        let later = chain.scripted.job.into_iter().flat_map(|job| job.deeds()).find(|deed| {
            matches!(deed.what, What::Push { .. })
                && deed.path.is_none()
                && !block.contains(&deed.bytes.start)
        });
        if let Some(push) = later {
            return Err(Obstacle::new(
                push.bytes,
                "This pushes outside of the block that has the credentials.",
                "push in the block that logs in",
            ));
        }
        let new = format!(
            "withCredentials([file(credentialsId: {}, variable: 'AWS_WEB_IDENTITY_TOKEN_FILE')])",
            groovy(credential)
        );
        work.edit(vec![Replacement { bytes: call.clone(), text: new }]);
        secrets.iter().for_each(|name| work.secret(name));
    }
    let new = commands(&chain.hosts);
    for (index, gone) in chain.lines.iter().enumerate() {
        let new = if index == 0 { new.as_slice() } else { &[] };
        work.edit(vec![in_string(text, gone, chain, new)?]);
    }
    Ok(binding.is_some() || bindings::in_environment(text, work))
}

/// The commands: the configuration is the environment's.
fn commands(hosts: &[String]) -> Vec<String> {
    let mut lines = vec![
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE".to_owned(),
        "command -v docker-credential-ecr-login > /dev/null".to_owned(),
        "mkdir -p \"$DOCKER_CONFIG\"".to_owned(),
    ];
    let pairs = vec!["\"%s\": \"ecr-login\""; hosts.len()].join(", ");
    let hosts: Vec<String> = hosts
        .iter()
        .map(|host| if host.contains('$') { format!("\"{host}\"") } else { shell(host) })
        .collect();
    lines.push(format!(
        "printf '{{\"credHelpers\": {{{pairs}}}}}' {} > \"$DOCKER_CONFIG/config.json\"",
        hosts.join(" ")
    ));
    lines
}

/// The commands in place of lines of a string of Groovy.
fn in_string(
    text: &str,
    gone: &std::ops::Range<usize>,
    chain: &Chain<'_>,
    new: &[String],
) -> Result<Replacement, Obstacle> {
    let not_understood = || {
        Obstacle::new(
            gone.clone(),
            "The login does not stand in a line of its own here.",
            "write it in a line of its own of sh '''…'''",
        )
    };
    let open = bindings::open_string(text, gone.start);
    let (single, double) = (open == Some("'''"), open == Some("\"\"\""));
    let indent = lines::indent_of(text, gone.start).to_owned();
    let left = left_over(text, gone, &chain.commands);
    if single || double {
        // There `$X` may be Groovy's own.
        let is_open = double && chain.hosts.iter().any(|host| host.contains('$'));
        if is_open || !is_nothing(&left) {
            return Err(not_understood());
        }
        let escaped: Vec<String> = new
            .iter()
            .map(|line| match double {
                true => line.replace('\\', "\\\\").replace('$', "\\$"),
                false => groovy_block(line),
            })
            .collect();
        return Ok(lines::instead(text, gone.clone(), &indent, &escaped));
    }
    // `sh 'aws … | docker login …'`, and nothing else in the line.
    let rest = left
        .trim()
        .strip_prefix("sh")
        .map(|rest| rest.trim_matches([' ', '(', ')', '\'', '"', '|', '\\', '$']));
    if rest != Some("") || new.is_empty() {
        return Err(not_understood());
    }
    let end = line_break(text);
    let mut all = format!("{indent}sh '''{end}");
    for line in new {
        all.push_str(&format!("{indent}  {}{end}", groovy_block(line)));
    }
    all.push_str(&format!("{indent}'''{end}"));
    Ok(Replacement { bytes: gone.clone(), text: all })
}

/// The variables of the whole pipeline.
fn environment(
    text: &str,
    open: usize,
    role: bool,
    region: Option<&str>,
    credential: &str,
    target: &Target,
    work: &mut Work,
) {
    let mut new = vec!["DOCKER_CONFIG = \"${WORKSPACE_TMP}/.docker\"".to_owned()];
    if role {
        new.push(format!("AWS_ROLE_ARN = {}", groovy(&target.role_arn)));
        new.push("AWS_ROLE_SESSION_NAME = 'jenkins'".to_owned());
        new.extend(region.map(|region| format!("AWS_REGION = {}", groovy(region))));
        if !work
            .edits
            .iter()
            .flat_map(|edit| &edit.replacements)
            .any(|new| new.text.contains("withCredentials("))
        {
            new.push(format!("AWS_WEB_IDENTITY_TOKEN_FILE = credentials({})", groovy(credential)));
        }
    }
    // That of the pipeline stands at its first level.
    let own = bindings::block(text, open, "environment");
    match own {
        Some(at) => {
            let indent = format!("{}  ", lines::indent_of(text, at));
            let end = bindings::end_of_block(text, at).unwrap_or(at);
            work.edit(vec![lines::before(text, end, &indent, &new)]);
        }
        None => {
            let mut all = vec!["environment {".to_owned()];
            all.extend(new.iter().map(|line| format!("  {line}")));
            all.push("}".to_owned());
            let at = bindings::block(text, open, "stages").unwrap_or(open);
            let indent = lines::indent_of(text, at).to_owned();
            work.edit(vec![lines::before(text, at, &indent, &all)]);
        }
    }
}
