//! `ecrpass repo show`: a repository, and everything that decides about its images.

use std::time::Duration;

use ecrpass_aws::registry_api::{Described, RegistryApi};
use ecrpass_core::environment::Environment;
use ecrpass_repository::lifecycle::{self, Action, Fate, Image, evaluate};
use ecrpass_repository::nearest::nearest;
use ecrpass_repository::state::Registry;
use ecrpass_repository::words;

use super::how::How;
use super::platforms;
use super::public::of_alias;
use crate::collect::registry_session::{Asked, Named, failed};
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::lifecycle::rules;
use crate::render::progress::Progress;
use crate::render::repository::{ImageAsked, Lifecycle, Report, tell};
use crate::render::ui::Ui;

/// Arguments of `ecrpass repo show`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Needs ecr:DescribeRepositories and DescribeImages; for an image also BatchGetImage and GetDownloadUrlForLayer, for its platforms. What else may not be read is shown as unknown, never as absent.\n\nExit status: 0 when the repository, and the image if one was named, exists, 1 when it does not, 3 when AWS cannot be asked or does not say."
)]
pub struct Arguments {
    /// The repository, team/app, or an image, ACCOUNT.dkr.ecr.REGION.amazonaws.com/team/app:tag
    pub name: String,
    #[command(flatten)]
    how: How,
}

/// How many tags like one that is missing are named.
const LIKE_IT: usize = 5;

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when there is no such image.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let mut place = arguments.how.place.clone();
    let (named, is_public) = place.understand(&arguments.name)?;
    place.ask(environment, is_public, |api, asked| {
        let named = if is_public { of_alias(api, &named, &arguments.name)? } else { named };
        let name = &named.repository;
        let described = api
            .repository(name)
            .map_err(|failure| failed(&format!("{name} could not be looked at"), failure))?
            .ok_or_else(|| absent(api, name, asked))?;
        let mut progress = Progress::new(ui);
        let deadline = Duration::from_secs(place.deadline);
        let seen = Seen { api, described: &described, named: &named, asked, environment, deadline };
        let report = report(&seen, &mut progress);
        drop(progress);
        match arguments.how.format {
            Format::Json => ui.json(&report)?,
            Format::Text => tell(&report, ui)?,
        }
        if report.is_image_missing() { Err(CommandError::Found) } else { Ok(()) }
    })
}

fn absent(api: &RegistryApi<'_>, name: &str, asked: &Asked) -> CommandError {
    let all = match asked.is_public {
        true => api.public_repositories(&mut |_| {}),
        false => api.repositories(&mut |_| {}),
    };
    let all = all.unwrap_or_default();
    let like_it = nearest(name, all.iter().map(|repository| repository.name.as_str()), 3);
    let like_it = match like_it.is_empty() {
        true => String::new(),
        false => format!(" There is {}.", like_it.join(", ")),
    };
    if asked.is_public {
        return CommandError::problems(
            format!("There is no repository {name} in your registry of ECR Public.{like_it}"),
            format!("create it: ecrpass repo ensure public.ecr.aws/ALIAS/{name}"),
        );
    }
    CommandError::problems(
        format!("There is no repository {name} in {}.{like_it}", asked.region),
        format!(
            "look in other regions: ecrpass repo find {name} --regions …; or create it: ecrpass repo ensure {name}"
        ),
    )
}

/// What is looked at, and how.
struct Seen<'a> {
    api: &'a RegistryApi<'a>,
    described: &'a Described,
    named: &'a Named,
    asked: &'a Asked,
    environment: &'a dyn Environment,
    deadline: Duration,
}

fn report(seen: &Seen<'_>, progress: &mut Progress) -> Report {
    let Seen { api, described, named, asked, .. } = *seen;
    let name = &named.repository;
    let mut report = Report::new(described, &asked.region, asked.is_public);
    let images =
        report.known("images", api.images(name, &mut |count| progress.say(&format!("{count} images"))));
    progress.say("settings");
    if let Some(images) = &images {
        report.images(images);
        report.image = image(seen, images, &mut report.unknown);
    }
    if let Some(Some(text)) = report.known("repository policy", api.repository_policy(name)) {
        report.policy = Some(words::policy(&text));
    }
    if let Some(tags) = report.known("tags", api.tags(&described.arn)) {
        report.tags = tags;
    }
    if asked.is_public {
        // It has none of the rest.
        report.commands();
        return report;
    }
    if let Some(Some(text)) = report.known("lifecycle policy", api.lifecycle_policy(name)) {
        report.lifecycle = Some(lifecycle_of(&text, images.as_deref().unwrap_or_default()));
    }
    let registry = registry(api, described, &mut report);
    report.registry(name, described.scan_on_push, &registry);
    report.commands();
    report
}

/// What the registry is set to. It is that of the credentials: another account's cannot be asked for.
fn registry(api: &RegistryApi<'_>, described: &Described, report: &mut Report) -> Registry {
    let own = api.identity().ok().map(|(account, _)| account);
    if own.as_deref().is_some_and(|own| own != described.account) {
        let why = "it is another account's; only its own credentials may ask";
        report.unknown.insert("registry", why.to_owned());
        return Registry::default();
    }
    Registry {
        scanning: report.known("scanning", api.scanning()).unwrap_or_default(),
        replication: report.known("replication", api.replication()).unwrap_or_default(),
        caches: report.known("pull-through cache", api.caches()).unwrap_or_default(),
        templates: report.known("creation template", api.templates()).unwrap_or_default(),
    }
}

fn lifecycle_of(text: &str, images: &[Image]) -> Lifecycle {
    let policy = match lifecycle::read(text) {
        Ok(policy) => policy,
        Err(problems) => {
            let why = problems.first().map(ToString::to_string).unwrap_or_default();
            return Lifecycle {
                rules: vec![format!("it cannot be understood: {why}")],
                ..Lifecycle::default()
            };
        }
    };
    let outcomes = evaluate(&policy, images, ecrpass_aws::clock::now());
    let gone = |action: Action| {
        let gone = images.iter().zip(&outcomes).filter(|(_, outcome)| outcome.fate == Fate::Acted(action));
        gone.map(|(image, _)| image.tags.first().unwrap_or(&image.digest).clone()).collect()
    };
    Lifecycle { rules: rules(&policy), expires: gone(Action::Expire), archives: gone(Action::Archive) }
}

/// The image that was named, and tags like it where it is not there.
fn image(
    seen: &Seen<'_>,
    images: &[Image],
    unknown: &mut std::collections::BTreeMap<&'static str, String>,
) -> Option<ImageAsked> {
    let named = seen.named;
    let found = match (&named.digest, &named.tag) {
        (Some(digest), _) => images.iter().find(|image| image.digest == *digest),
        (None, Some(tag)) => images.iter().find(|image| image.tags.contains(tag)),
        (None, None) => return None,
    };
    let reference = named.tag.clone().or(named.digest.clone()).unwrap_or_default();
    let Some(found) = found else {
        let tags = images.iter().flat_map(|image| image.tags.iter().map(String::as_str));
        let like_it = nearest(&reference, tags, LIKE_IT).into_iter().map(str::to_owned).collect();
        return Some(ImageAsked { reference, like_it, ..ImageAsked::default() });
    };
    let platforms = platforms::of(seen.api, &named.repository, &found.digest, seen.asked, &|url| {
        platforms::fetch(url, seen.environment, seen.deadline)
    });
    let platforms = platforms.unwrap_or_else(|why| {
        unknown.insert("platforms", why);
        Vec::new()
    });
    Some(ImageAsked { reference, digest: Some(found.digest.clone()), platforms, ..ImageAsked::default() })
}
