//! What cannot work, said before anything is written.

use ecrpass_core::{ImageReference, Partition};

use crate::pipelines::plan::Plan;
use crate::pipelines::system::System;
use crate::pipelines::wanted::{Helper, PullThrough};
use ecrpass_iam::generate::Refusal;

/// Checks a plan.
///
/// # Errors
/// [`Refusal`] for what cannot work.
pub fn check(plan: &Plan) -> Result<(), Refusal> {
    texts(plan)?;
    of_image(plan)?;
    of_refs(plan)?;
    of_partition(plan)?;
    plan.pull_through.iter().try_for_each(pull_through)?;
    if !plan.pull_through.is_empty() {
        if plan.registry.is_public() {
            return Err(Refusal::new("ECR Public has no pull-through cache.", "leave --pull-through out"));
        }
        if !plan.system.builds() || plan.system == System::Bitbucket {
            return Err(Refusal::new(
                format!(
                    "{} builds nothing through a builder that could pull through a cache.",
                    plan.system.name()
                ),
                "leave --pull-through out, and name the cached image itself: HOST/PREFIX/IMAGE",
            ));
        }
    }
    of_helper(plan)
}

/// What is put into the files as it is.
fn texts(plan: &Plan) -> Result<(), Refusal> {
    let paths = [("--context", Some(&plan.context)), ("--dockerfile", plan.dockerfile.as_ref())];
    let names = [("--environment", plan.environment.as_ref()), ("--runner", plan.runner.as_ref())];
    for (flag, text) in paths.iter().chain(&names).filter_map(|(flag, text)| Some((*flag, (*text)?))) {
        // CI systems put variables and expressions in before any quoting counts.
        let is_expanded = ["$", "{{", "<<", "%("].iter().any(|mark| text.contains(mark));
        if text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control) || is_expanded {
            return Err(Refusal::new(
                format!("{flag} cannot be `{}`.", ecrpass_core::safe_line::safe_line(text)),
                "give it without control characters, a leading - and the marks of variables ($, {{, <<)",
            ));
        }
    }
    for (flag, path) in paths.iter().filter_map(|(flag, path)| Some((*flag, (*path)?))) {
        if path.starts_with('/') || path.split('/').any(|part| part == "..") {
            return Err(Refusal::new(
                format!("{flag} `{path}` is outside of the code."),
                "give a path from the top of the repository",
            ));
        }
    }
    // Names that are claims, too, stand in the files of some systems.
    let claims = ["connection", "aud", "host", "repository"];
    for (name, value) in plan.claims.iter().filter(|(name, _)| claims.contains(&name.as_str())) {
        if value.chars().any(char::is_control) || ["$", "{{", "<<"].iter().any(|mark| value.contains(mark)) {
            return Err(Refusal::new(
                format!("The claim {name} cannot be `{}`.", ecrpass_core::safe_line::safe_line(value)),
                "give it as it is, without the marks of variables ($, {{, <<)",
            ));
        }
    }
    Ok(())
}

fn of_image(plan: &Plan) -> Result<(), Refusal> {
    let image = &plan.reference;
    if plan.system.builds() {
        if image.digest.is_some() {
            return Err(Refusal::new(
                "The image is named by a digest, which it only has once it is built.",
                "name the repository: HOST/NAME",
            ));
        }
        for tag in &plan.tags {
            let named = ImageReference::parse(&format!("{}:{tag}", plan.name));
            named.map_err(|error| {
                Refusal::new(format!("`{tag}` cannot be a tag: {error}."), "give letters, digits, _ . and -")
            })?;
        }
        return Ok(());
    }
    if plan.registry.is_public() {
        return Err(Refusal::new(
            "Images of ECR Public are pulled without a login or a role.",
            "name the image where it is run; nothing else is needed",
        ));
    }
    if image.tag.is_none() && image.digest.is_none() {
        return Err(Refusal::new(
            "It is not said which image of the repository is run, and `latest` is whatever was pushed last.",
            "name it by its digest (HOST/NAME@sha256:…), or by a tag",
        ));
    }
    if let Some(tag) = plan.tags.first() {
        return Err(Refusal::new(
            format!("Nothing is pushed here that could be tagged `{tag}`."),
            "leave --tag out",
        ));
    }
    Ok(())
}

fn of_refs(plan: &Plan) -> Result<(), Refusal> {
    let (system, name) = (plan.system, plan.system.name());
    if plan.environment.is_some() && !matches!(system, System::Github | System::Bitbucket) {
        return Err(Refusal::new(
            format!("A token of {name} does not say the environment of the job."),
            "leave --environment out; --branch and --git-tag say who may push",
        ));
    }
    let has_refs = !plan.branches.is_empty() || !plan.git_tags.is_empty();
    match system {
        System::Codebuild if has_refs => Err(Refusal::new(
            "Which branches a CodeBuild project builds is set in its webhook, not in the buildspec.",
            "leave --branch and --git-tag out, and set the webhook's filter groups",
        )),
        System::Ecs | System::Lambda | System::Ec2 | System::Eks if has_refs => Err(Refusal::new(
            format!("{name} runs images, and knows no branches."),
            "leave --branch and --git-tag out",
        )),
        System::Buildkite if !plan.git_tags.is_empty() => Err(Refusal::new(
            "The subject of a Buildkite token names a branch; builds of tags cannot be told apart in it.",
            "leave --git-tag out, and push from a branch",
        )),
        System::Bitbucket
            if plan.branches.iter().chain(&plan.git_tags).any(|name| name.contains(['{', '}', ','])) =>
        {
            Err(Refusal::new(
                "Bitbucket reads { } and , in the name of a branch as a list.",
                "give a name without them",
            ))
        }
        System::Buildkite | System::Azure if plan.branches.iter().any(|name| name.starts_with('!')) => {
            Err(Refusal::new(
                format!("{name} reads ! in front of a branch as `all others`."),
                "give a name without it",
            ))
        }
        System::Gitlab | System::Circleci | System::Bitbucket | System::Buildkite | System::Azure
            if !has_refs =>
        {
            Err(Refusal::new("It is not said which builds push.", "add --branch main, or --git-tag 'v*'"))
        }
        System::Github if !has_refs && plan.environment.is_none() => Err(Refusal::new(
            "It is not said which builds push.",
            "add --branch main, --git-tag 'v*' or --environment NAME",
        )),
        _ => Ok(()),
    }
}

/// Isolated partitions have no way to the internet, and so none to the keys of an identity provider there.
fn of_partition(plan: &Plan) -> Result<(), Refusal> {
    use Partition::{AwsIso, AwsIsoB, AwsIsoE, AwsIsoF};
    let is_isolated = matches!(plan.partition, AwsIso | AwsIsoB | AwsIsoE | AwsIsoF);
    let is_own = plan.claim("host").is_some();
    let may_be_own = matches!(plan.system, System::Github | System::Gitlab);
    if is_isolated && (plan.system.is_public_service() || may_be_own && !is_own) {
        let next = match may_be_own {
            true => "add --claim host=… of a server inside of it",
            false => "use a system that runs inside of it: gitlab, jenkins, codebuild",
        };
        return Err(Refusal::new(
            format!(
                "The partition {} has no way to the internet, and so none to the keys of {}.",
                plan.partition,
                plan.system.name()
            ),
            next,
        ));
    }
    Ok(())
}

fn pull_through(rule: &PullThrough) -> Result<(), Refusal> {
    let form = "write PREFIX=REGISTRY, such as docker-hub=docker.io";
    let prefix = ImageReference::parse(&format!("public.ecr.aws/{}/xx", rule.prefix));
    let is_prefix = (2..=30).contains(&rule.prefix.len()) && prefix.is_ok();
    if !is_prefix {
        return Err(Refusal::new(
            format!(
                "`{}` cannot be the prefix of a cache rule.",
                ecrpass_core::safe_line::safe_line(&rule.prefix)
            ),
            form,
        ));
    }
    let upstream = &rule.upstream;
    let is_host = upstream.contains('.')
        && !upstream.starts_with(['.', '-'])
        && upstream.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c));
    if !is_host {
        return Err(Refusal::new(
            format!("`{}` is not the host of a registry.", ecrpass_core::safe_line::safe_line(upstream)),
            form,
        ));
    }
    Ok(())
}

fn of_helper(plan: &Plan) -> Result<(), Refusal> {
    if plan.with_login_action {
        if plan.system != System::Github {
            return Err(Refusal::new(
                format!("There is no action that logs in for {}.", plan.system.name()),
                "leave --with-login-action out: the helper needs no login",
            ));
        }
        if plan.helper != Helper::Usual {
            return Err(Refusal::new("With the login action there is no helper.", "leave --helper out"));
        }
        return Ok(());
    }
    let is_known = matches!(plan.helper, Helper::Usual | Helper::Installed);
    if !is_known && matches!(plan.system, System::Ecs | System::Lambda | System::Eks) {
        return Err(Refusal::new(
            format!("{} pulls by itself: no helper is installed there.", plan.system.name()),
            "leave --helper out",
        ));
    }
    if plan.helper == Helper::Package && matches!(plan.system, System::Jenkins | System::Buildkite) {
        return Err(Refusal::new(
            format!(
                "The agents of {} are machines of your own: a job installs nothing there.",
                plan.system.name()
            ),
            "install the helper on the agents, and give --helper installed",
        ));
    }
    if matches!(plan.helper, Helper::Action(_)) && plan.system != System::Github {
        return Err(Refusal::new(
            format!("{} runs no actions of GitHub.", plan.system.name()),
            "give --helper package, installed or a URL",
        ));
    }
    plan.helper.check()
}
