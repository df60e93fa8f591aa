//! `ecrpass repo list`: the repositories of a registry.

use ecrpass_aws::registry_api::Described;
use ecrpass_core::Registry;
use ecrpass_core::environment::Environment;
use ecrpass_core::time::rfc3339;
use serde::Serialize;

use super::how::How;
use crate::collect::registry_session::failed;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::progress::Progress;
use crate::render::ui::{DIM, Ui, styled};

/// Arguments of `ecrpass repo list`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  ecrpass repo list --region eu-west-1\n  ecrpass repo list public.ecr.aws\n\nNeeds ecr:DescribeRepositories, or ecr-public:DescribeRepositories for ECR Public.\n\nExit status: 0 when they are listed, 3 when AWS cannot be asked or does not say."
)]
pub struct Arguments {
    /// The registry's host; otherwise that of the credentials' account in the region
    pub registry: Option<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    schema: &'static str,
    region: &'a str,
    repositories: Vec<Row<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    name: &'a str,
    uri: &'a str,
    arn: &'a str,
    account: &'a str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutability: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption: Option<&'static str>,
}

/// Runs the command.
///
/// # Errors
/// When the repositories cannot be listed.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let mut place = arguments.how.place.clone();
    let mut is_public = false;
    if let Some(host) = &arguments.registry {
        let registry = Registry::parse(host).map_err(|error| {
            CommandError::could_not_run(
                format!("{error}."),
                "name a registry, or leave it out and add --region",
            )
        })?;
        is_public = registry.is_public();
        place.account = place.account.or(registry.account().map(str::to_owned));
        if !is_public {
            place.region.get_or_insert_with(|| registry.region().to_owned());
        }
    }
    place.ask(environment, is_public, |api, asked| {
        let mut progress = Progress::new(ui);
        let mut count = |count| progress.say(&format!("{count} repositories"));
        let found =
            if is_public { api.public_repositories(&mut count) } else { api.repositories(&mut count) };
        drop(progress);
        let found = found.map_err(|failure| failed("The repositories cannot be listed", failure))?;
        match arguments.how.format {
            Format::Json => ui.json(&report(&found, &asked.region, is_public))?,
            Format::Text => {
                if found.is_empty() {
                    ui.note(&format!("There is no repository in {}.", asked.region));
                }
                for repository in &found {
                    ui.result(&line(repository, is_public))?;
                }
            }
        }
        Ok(())
    })
}

fn report<'a>(found: &'a [Described], region: &'a str, is_public: bool) -> Report<'a> {
    let row = |repository: &'a Described| Row {
        name: &repository.name,
        uri: &repository.uri,
        arn: &repository.arn,
        account: &repository.account,
        created_at: rfc3339(repository.created_at),
        mutability: (!is_public).then(|| repository.mutability.id()),
        encryption: (!is_public).then(|| repository.encryption.kind.id()),
    };
    Report { schema: "ecrpass/repositories/1", region, repositories: found.iter().map(row).collect() }
}

/// The URI by itself in front, so that it can be copied, and what is out of the ordinary behind it.
fn line(repository: &Described, is_public: bool) -> String {
    let mut more = Vec::new();
    if !is_public && (repository.mutability.immutable || !repository.mutability.except.is_empty()) {
        more.push(repository.mutability.to_string());
    }
    if repository.encryption != ecrpass_repository::settings::Encryption::default() {
        more.push(repository.encryption.kind.id().to_owned());
    }
    match more.is_empty() {
        true => repository.uri.clone(),
        false => format!("{}  {}", repository.uri, styled(DIM, &more.join(", "))),
    }
}
