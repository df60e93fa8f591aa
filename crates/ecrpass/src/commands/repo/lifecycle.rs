//! `ecrpass repo lifecycle preview`: what a lifecycle policy would expire, and which of that runs.

use std::path::PathBuf;

use clap::Subcommand;
use ecrpass_core::environment::Environment;
use ecrpass_repository::lifecycle::{self, Image, Policy, evaluate};
use ecrpass_repository::running::Running;
use ecrpass_repository::snapshot;

use super::how::How;
use super::wish::refused;
use crate::collect::registry_session::{Asked, failed};
use crate::collect::text_file::text_of;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::lifecycle::{Preview, tell};
use crate::render::progress::Progress;
use crate::render::ui::Ui;

/// Arguments of `ecrpass repo lifecycle`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Says which images a lifecycle policy would expire, and which of them run; changes nothing
    Preview(PreviewArguments),
}

/// Arguments of `ecrpass repo lifecycle preview`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The rules are evaluated locally, as ECR documents them. ECR's own preview replaces the previous one, and does not know which images are running.\n\nExample:\n  kubectl get pods --all-namespaces -o json > pods.json\n  ecrpass repo lifecycle preview team/app --policy new.json --running pods.json\n\nExit status: 0 when no running image would expire, 1 when one would."
)]
pub struct PreviewArguments {
    /// The repository, team/app, or an image in it
    #[arg(required_unless_present = "images")]
    pub name: Option<String>,
    /// The policy to look at; otherwise the repository's own
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Images, as `aws ecr describe-images` prints them, instead of those that are there: nobody is asked then
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub images: Option<PathBuf>,
    /// What runs: the output of `kubectl get pods -o json`, `aws ecs describe-tasks`, or any list of images
    #[arg(long, value_name = "FILE")]
    pub running: Vec<PathBuf>,
    #[command(flatten)]
    how: How,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something that runs would go.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let Command::Preview(arguments) = &arguments.command;
    let running = running(arguments)?;
    let policy = arguments.policy.as_ref().map(|path| {
        let text = text_of(path, "a lifecycle policy")?;
        lifecycle::read(&text).map_err(|problems| refused(&path.display().to_string(), &problems))
    });
    let policy = policy.transpose()?;
    let preview = match (&arguments.images, policy) {
        (Some(path), Some(policy)) => offline(arguments, path, policy, running.as_ref())?,
        (_, policy) => asked(arguments, environment, policy, running.as_ref(), ui)?,
    };
    match arguments.how.format {
        Format::Json => ui.json(&preview)?,
        Format::Text => tell(&preview, ui)?,
    }
    if preview.running_at_risk() > 0 { Err(CommandError::Found) } else { Ok(()) }
}

fn running(arguments: &PreviewArguments) -> Result<Option<Running>, CommandError> {
    let mut all: Option<Running> = None;
    for path in &arguments.running {
        let text = text_of(path, "a list of images that run")?;
        all.get_or_insert_default().add(&text);
    }
    Ok(all)
}

/// Images from a file: nobody is asked.
fn offline(
    arguments: &PreviewArguments,
    path: &std::path::Path,
    policy: Policy,
    running: Option<&Running>,
) -> Result<Preview, CommandError> {
    let text = text_of(path, "the output of aws ecr describe-images")?;
    let read = snapshot::read(&text).map_err(|why| {
        CommandError::could_not_run(
            format!("{} is no answer of `aws ecr describe-images`: {why}.", path.display()),
            "write one: aws ecr describe-images --repository-name NAME > images.json",
        )
    })?;
    let mut place = arguments.how.place.clone();
    let named = arguments.name.as_deref().map(|name| place.understand(name)).transpose()?;
    let repository = named.map(|(named, _)| named.repository).or(read.repository).unwrap_or_default();
    let place = (place.account.or(read.account), place.region);
    Ok(preview(&repository, policy, &read.images, place, running, arguments.running.is_empty()))
}

fn asked(
    arguments: &PreviewArguments,
    environment: &dyn Environment,
    policy: Option<Policy>,
    running: Option<&Running>,
    ui: &Ui,
) -> Result<Preview, CommandError> {
    let mut place = arguments.how.place.clone();
    let name = arguments.name.as_deref().unwrap_or_default();
    let (named, is_public) = place.understand(name)?;
    if is_public {
        return Err(CommandError::could_not_run(
            "ECR Public has no lifecycle policies.",
            "name a repository of a private registry",
        ));
    }
    let name = named.repository;
    place.ask(environment, false, |api, asked: &Asked| {
        let failed = |failure| failed(&format!("{name} cannot be looked at"), failure);
        let policy = match policy {
            Some(policy) => policy,
            None => {
                let text = api.lifecycle_policy(&name).map_err(failed)?.ok_or_else(|| {
                    CommandError::problems(
                        format!("{name} has no lifecycle policy."),
                        format!("ecrpass repo lifecycle preview {name} --policy FILE"),
                    )
                })?;
                lifecycle::read(&text)
                    .map_err(|problems| refused("the repository's lifecycle policy", &problems))?
            }
        };
        let mut progress = Progress::new(ui);
        let images =
            api.images(&name, &mut |count| progress.say(&format!("{count} images"))).map_err(failed)?;
        drop(progress);
        let place = (asked.account.clone(), Some(asked.region.clone()));
        Ok(preview(&name, policy, &images, place, running, arguments.running.is_empty()))
    })
}

fn preview(
    repository: &str,
    policy: Policy,
    images: &[Image],
    (account, region): (Option<String>, Option<String>),
    running: Option<&Running>,
    nobody_said_what_runs: bool,
) -> Preview {
    let outcomes = evaluate(&policy, images, ecrpass_aws::clock::now());
    let names = |image: &Image| {
        let named =
            running.map(|running| running.names_of(account.as_deref(), region.as_deref(), repository, image));
        named.unwrap_or_default()
    };
    Preview::new(repository, &policy, images, &outcomes, &names, !nobody_said_what_runs)
}
