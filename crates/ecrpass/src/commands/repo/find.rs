//! `ecrpass repo find`: in which regions there is a repository. Where nobody could look, nobody says that there is none.

use std::collections::BTreeSet;

use ecrpass_aws::registry_api::RegistryApi;
use ecrpass_core::environment::Environment;
use ecrpass_core::{Partition, Registry};
use ecrpass_repository::nearest::nearest;
use serde::Serialize;

use super::how::How;
use crate::collect::configurations;
use crate::collect::registry_session::failed;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::progress::Progress;
use crate::render::ui::{BAD, DIM, GOOD, Ui, styled};

/// Arguments of `ecrpass repo find`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --regions it looks in the current region, and in those named by variables and by registries in the configurations of docker and podman.\n\nExit status: 0 when it was found, 1 when it does not exist, 3 when it was not found and some region could not be searched."
)]
pub struct Arguments {
    /// The repository, team/app, or an image
    pub name: String,
    /// The regions to look in
    #[arg(long, value_name = "REGION", value_delimiter = ',')]
    pub regions: Vec<String>,
    #[command(flatten)]
    how: How,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    schema: &'static str,
    name: &'a str,
    regions: Vec<Row>,
    /// Names like it, in the first region.
    like_it: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    region: String,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Found,
    Absent,
    CouldNotLook,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when it is nowhere.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let mut place = arguments.how.place.clone();
    let (named, is_public) = place.understand(&arguments.name)?;
    if is_public {
        return Err(CommandError::could_not_run(
            "ECR Public is one registry for all regions, and images in it can be found without credentials.",
            format!("docker manifest inspect {}", arguments.name),
        ));
    }
    for region in &arguments.regions {
        if Partition::of_region(region).is_none() {
            return Err(CommandError::could_not_run(
                format!("`{region}` is not a region of AWS."),
                "give regions like us-east-1,eu-west-1",
            ));
        }
    }
    if place.region.is_none() {
        place.region = arguments.regions.first().cloned();
    }
    place.ask(environment, false, |api, asked| {
        let mut regions = arguments.regions.clone();
        if regions.is_empty() {
            regions = likely(environment, &asked.region);
        }
        let mut progress = Progress::new(ui);
        let mut like_it = Vec::new();
        let mut rows = Vec::new();
        for region in regions {
            progress.say(&region);
            api.in_region(&region);
            let row = look(api, &region, &named.repository);
            if rows.is_empty() && row.outcome == Outcome::Absent {
                like_it = names_like(api, &named.repository);
            }
            rows.push(row);
        }
        drop(progress);
        let has = |outcome| rows.iter().any(|row: &Row| row.outcome == outcome);
        let (is_found, is_unsure) = (has(Outcome::Found), has(Outcome::CouldNotLook));
        let report =
            Report { schema: "ecrpass/repository-find/1", name: &named.repository, regions: rows, like_it };
        match arguments.how.format {
            Format::Json => ui.json(&report)?,
            Format::Text => tell(&report, ui)?,
        }
        match (is_found, is_unsure) {
            (true, _) => Ok(()),
            (false, false) => Err(CommandError::Found),
            (false, true) => Err(CommandError::could_not_run(
                format!("{} was not found, and not everywhere could be looked.", named.repository),
                "see above for what kept it from looking",
            )),
        }
    })
}

fn look(api: &RegistryApi<'_>, region: &str, name: &str) -> Row {
    let row = |outcome, uri, why| Row { region: region.to_owned(), outcome, uri, why };
    match api.repository(name) {
        Ok(Some(described)) => row(Outcome::Found, Some(described.uri), None),
        Ok(None) => row(Outcome::Absent, None, None),
        Err(failure) => {
            let why = failed("It could not be looked for", failure).to_string();
            row(Outcome::CouldNotLook, None, Some(why))
        }
    }
}

/// Names of the registry like one that is not there; none where they cannot be listed.
fn names_like(api: &RegistryApi<'_>, name: &str) -> Vec<String> {
    let all = api.repositories(&mut |_| {}).unwrap_or_default();
    let names = all.iter().map(|repository| repository.name.as_str());
    nearest(name, names, 3).into_iter().map(str::to_owned).collect()
}

/// The region in force, and those that variables and configured registries of its partition name.
fn likely(environment: &dyn Environment, first: &str) -> Vec<String> {
    let variables = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
    let mut more: BTreeSet<String> = variables.filter_map(|name| environment.nonempty_var(name)).collect();
    let hosts = configurations::hosts(environment);
    more.extend(hosts.iter().filter_map(|host| {
        let registry = Registry::parse(host).ok().filter(|registry| !registry.is_public())?;
        Some(registry.region().to_owned())
    }));
    let partition = Partition::of_region(first);
    more.retain(|region| region != first && Partition::of_region(region) == partition);
    [first.to_owned()].into_iter().chain(more).collect()
}

fn tell(report: &Report<'_>, ui: &mut Ui) -> Result<(), CommandError> {
    for row in &report.regions {
        let region = &row.region;
        ui.result(&match row.outcome {
            Outcome::Found => {
                format!("{} {region:<16} {}", styled(GOOD, "✓"), row.uri.as_deref().unwrap_or_default())
            }
            Outcome::Absent => format!("{} {region:<16} {}", styled(DIM, "·"), styled(DIM, "not there")),
            Outcome::CouldNotLook => {
                let why = row.why.as_deref().unwrap_or_default();
                format!("{} {region:<16} could not look: {why}", styled(BAD, "?"))
            }
        })?;
    }
    if !report.like_it.is_empty() {
        ui.note(&format!("note: there is {}.", report.like_it.join(", ")));
    }
    Ok(())
}
