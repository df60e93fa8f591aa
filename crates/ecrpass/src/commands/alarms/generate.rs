//! `ecrpass alarms generate`: alarms in the language of the system that raises them.

use std::path::PathBuf;

use ecrpass_clients::client::FileState;
use ecrpass_core::Registry;
use ecrpass_generate::alarms::format::Format;
use ecrpass_generate::alarms::{EcsService, Family, Settings};

use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::machine;
use crate::system::named_output::{Access, NamedOutput, make_directory};

/// Arguments of `ecrpass alarms generate`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  ecrpass alarms generate prometheus --signals canary,pods,kubelet > ecr-rules.yaml\n  ecrpass alarms generate cloudformation --cluster prod > ecr-alarms.yaml\n  ecrpass alarms generate eventbridge --output rules/\n    aws events put-rule --cli-input-json file://rules/ecr-denied.json\n\nWhat stays open (a log group, a cluster, a registry) is a parameter of the template. docs/alarms.md says what each signal means.\n\nExit status: 0 when written, 1 when none of the signals can be written in that language."
)]
pub struct Arguments {
    /// The language
    #[arg(value_name = "FORMAT", value_parser = parse_format, help = format!("The language: {}", format_names()))]
    pub format: Format,
    /// Which signals
    #[arg(long, value_name = "SIGNALS", value_delimiter = ',', value_parser = parse_family, help = format!("Which signals, all when left out: {}", family_names()))]
    pub signals: Vec<Family>,
    /// What the names of alarms and rules begin with
    #[arg(long, value_name = "NAME", default_value = "ecr", value_parser = parse_name)]
    pub name: String,
    /// A registry that canaries with --emf pull from
    #[arg(long = "registry", value_name = "HOST", value_parser = parse_registry)]
    pub registries: Vec<Registry>,
    /// An EKS cluster with enhanced Container Insights
    #[arg(long = "cluster", value_name = "CLUSTER")]
    pub clusters: Vec<String>,
    /// An ECS service whose running tasks are counted, in a cluster with Container Insights
    #[arg(long = "ecs-service", value_name = "CLUSTER/SERVICE", value_parser = parse_service)]
    pub services: Vec<EcsService>,
    /// The canary's interval, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(2..=3600))]
    pub interval: u32,
    /// The log group that CloudTrail writes to
    #[arg(long, value_name = "NAME")]
    pub log_group: Option<String>,
    /// Write files to this directory, in the form that the system's own tool takes
    #[arg(long, short, value_name = "DIR")]
    pub output: Option<PathBuf>,
}

fn parse_format(text: &str) -> Result<Format, String> {
    Format::parse(text).ok_or_else(|| format!("there is no such format; known are {}", format_names()))
}

fn format_names() -> String {
    Format::ALL.map(Format::id).join(", ")
}

fn parse_family(text: &str) -> Result<Family, String> {
    Family::parse(text).ok_or_else(|| format!("there are no such signals; known are {}", family_names()))
}

fn family_names() -> String {
    Family::ALL.map(Family::id).join(", ")
}

/// Names of alarms and rules, and of files: what AWS and file systems allow.
fn parse_name(text: &str) -> Result<String, String> {
    let is_fine = (1..=32).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    if is_fine { Ok(text.to_owned()) } else { Err("a name has up to 32 letters, digits, - and _".to_owned()) }
}

fn parse_registry(text: &str) -> Result<Registry, String> {
    Registry::parse(text).map_err(|error| error.to_string())
}

fn parse_service(text: &str) -> Result<EcsService, String> {
    EcsService::parse(text).ok_or_else(|| "write it as CLUSTER/SERVICE".to_owned())
}

/// Runs the command.
///
/// # Errors
/// When there is nothing to write, or a file cannot be written.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let mut families = arguments.signals.clone();
    families.sort();
    families.dedup();
    let settings = Settings {
        name: arguments.name.clone(),
        families: if families.is_empty() { Family::ALL.to_vec() } else { families },
        registries: arguments.registries.clone(),
        clusters: arguments.clusters.clone(),
        services: arguments.services.clone(),
        interval: arguments.interval,
        log_group: arguments.log_group.clone(),
    };
    let format = arguments.format;
    let nothing = |error: ecrpass_generate::alarms::format::NothingToSay| {
        CommandError::problems(
            format!("{error}."),
            format!(
                "choose other signals: ecrpass alarms generate {} --signals {}",
                format.id(),
                said_in(format)
            ),
        )
    };
    let Some(directory) = &arguments.output else {
        let text = format.text(&settings).map_err(nothing)?;
        return Ok(ui.exact(&text)?);
    };
    let unwritten = |error| {
        let what = format!("{} cannot be written", directory.display());
        CommandError::io(&what, error, "name a directory that you may write to")
    };
    let documents = format.files(&settings).map_err(nothing)?;
    make_directory(directory).map_err(unwritten)?;
    for document in documents {
        let path = directory.join(&document.file);
        let is_replaced = match machine::read(&path) {
            FileState::Missing => false,
            FileState::Text(text) => text.as_str() != document.text,
            FileState::Unreadable(_) => true,
        };
        NamedOutput::prepare(&path, Access::Umask)?.write(&document.text, ui)?;
        if is_replaced {
            ui.note(&format!("note: {} was there with another text, which is replaced.", path.display()));
        }
        ui.result(&path.display().to_string())?;
    }
    Ok(())
}

/// The groups of signals that can be written in a language.
fn said_in(format: Format) -> String {
    let of = |family: &Family| {
        let settings = Settings { families: vec![*family], ..Settings::default() };
        format.text(&settings).is_ok()
    };
    let ids: Vec<&str> = Family::ALL.iter().filter(|family| of(family)).map(|family| family.id()).collect();
    ids.join(",")
}
