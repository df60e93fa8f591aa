//! `ecrpass whoami`: every place AWS credentials may come from here, and which of them each tool would use.

use std::cell::OnceCell;

use ecrpass_aws::files;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::time::duration;
use ecrpass_credentials::aws_config::FileKind;
use ecrpass_credentials::credential_chain::{
    Choice, Found, Instance, Override, Prospects, Selection, Source, SourceKind, Surroundings, Tool,
};
use serde::Serialize;

use crate::collect::instance_metadata;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};
use crate::system::named_profile::NamedProfile;
use crate::system::sign_ins;

/// Arguments of `ecrpass whoami`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads the environment and the AWS files in the way of each tool. If a tool would ask the instance metadata service, that is asked too, for a second, and nothing else. To ask AWS, run `aws sts get-caller-identity`.\n\nExit status: 0 when ecrpass has credentials to try and nothing looks like a mistake, 1 otherwise."
)]
pub struct Arguments {
    /// The profile, as if given to each tool: `--profile` of the AWS CLI, `profile` in the configuration of ecrpass, AWS_PROFILE for the others
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Do not ask the instance metadata service
    #[arg(long)]
    pub offline: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    sources: Vec<Row<Found>>,
    tools: Vec<Row<Choice>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sso_session_seconds_left: Option<i64>,
    warnings: Vec<String>,
    /// What tools pass over in the files, or stop at.
    messages: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row<T> {
    #[serde(flatten)]
    what: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

impl<T> Row<T> {
    fn new(what: T, at: Option<(FileKind, usize)>) -> Self {
        let path = at.and_then(|(kind, _)| shown_path(kind));
        Self { what, file: path, line: at.map(|(_, line)| line) }
    }
}

fn shown_path(kind: FileKind) -> Option<String> {
    Some(redact(&files::path(kind)?.display().to_string()).into_owned())
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when there are no credentials to try, or something looks like a mistake.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let (config, unread) = files::look();
    let profile = arguments.profile.as_deref();
    let environment = NamedProfile { environment, profile };
    let surroundings = Surroundings { environment: &environment, files: &config };
    let now = ecrpass_aws::clock::now();
    let asked = OnceCell::new();
    let instance = || -> Instance {
        if arguments.offline {
            return Instance::NotAsked;
        }
        asked.get_or_init(|| instance_metadata::role(&metadata_endpoint(&surroundings))).clone()
    };
    let prospects = Prospects {
        now,
        sso: &|name| sign_ins::sso(&environment, name, now),
        login: &|session| sign_ins::login(&environment, session, now),
        instance: &instance,
    };
    let choices = Tool::ALL.map(|tool| surroundings.choice(tool, &prospects, profile));
    let mut warnings = unread;
    warnings.extend(surroundings.warnings(&choices));
    let (left, over) = sign_in(&surroundings, &choices, now);
    warnings.extend(over);
    // A variable may hold an address with a password.
    let warnings = warnings.iter().map(|warning| redact(warning).into_owned()).collect();
    let sources = surroundings.places().into_iter().map(|found| {
        let found = match (found.place, asked.get()) {
            (SourceKind::InstanceMetadata, Some(seen)) => met(found, seen),
            _ => found,
        };
        let at = found.at;
        Row::new(found, at)
    });
    let report = Report {
        schema: "ecrpass/whoami/1",
        sources: sources.collect(),
        tools: choices
            .into_iter()
            .map(|choice| {
                let at = choice.at;
                Row::new(choice, at)
            })
            .collect(),
        sso_session_seconds_left: left,
        warnings,
        messages: messages(&surroundings),
    };
    match arguments.format {
        Format::Json => ui.json(&report)?,
        Format::Text => tell(&report, now, ui)?,
    }
    let works = |row: &Row<Choice>| row.what.tool == Tool::Ecrpass && is_good(&row.what);
    if report.tools.iter().any(works) && report.warnings.is_empty() {
        Ok(())
    } else {
        Err(CommandError::Found)
    }
}

/// Whether a tool has credentials: instance metadata that was not asked is none.
fn is_good(choice: &Choice) -> bool {
    choice.uses.is_some() && choice.refused.is_none() && !is_unasked(choice)
}

fn is_unasked(choice: &Choice) -> bool {
    choice.uses == Some(SourceKind::InstanceMetadata) && !choice.answered
}

fn metadata_endpoint(surroundings: &Surroundings<'_>) -> String {
    let selection =
        Selection { source: Source::InstanceMetadata, over: Override::default(), notes: Vec::new() };
    surroundings.metadata_endpoint(&selection)
}

/// The row of instance metadata after it was asked.
fn met(found: Found, seen: &Instance) -> Found {
    let (is_there, detail) = match seen {
        Instance::Role(role) => (true, format!("the instance's role {}", redact(role))),
        Instance::NoRole => (false, "answers, but the instance has no role".to_owned()),
        Instance::Absent => (false, "does not answer: not an EC2 instance, or out of reach".to_owned()),
        Instance::NotAsked => return found,
    };
    Found { found: is_there, detail, ..found }
}

/// How long the sign-in in use lasts, and a warning where it is over.
fn sign_in(surroundings: &Surroundings<'_>, choices: &[Choice], now: i64) -> (Option<i64>, Option<String>) {
    let left = crate::system::sso::seconds_left(
        surroundings.environment,
        surroundings.files,
        &surroundings.profile_name(),
        now,
    );
    let needed = choices.iter().filter_map(|choice| choice.stops.as_deref());
    let mut needed = needed.filter(|why| why.contains(": aws sso login") || why.contains(": aws login"));
    let over = needed.next().map(|why| {
        let mut why = why.to_owned();
        why.get_mut(..1).into_iter().for_each(str::make_ascii_uppercase);
        why
    });
    (left, over)
}

/// What is wrong in the files, with its place.
fn messages(surroundings: &Surroundings<'_>) -> Vec<String> {
    let of = |kind: FileKind| {
        let path = shown_path(kind).unwrap_or_default();
        let problems = surroundings.files.file(kind).problems.iter();
        problems.map(move |problem| {
            redact(&format!("{path}:{}:{}: {}", problem.line, problem.column, problem.message)).into_owned()
        })
    };
    of(FileKind::Config).chain(of(FileKind::Credentials)).collect()
}

fn tell(report: &Report, now: i64, ui: &mut Ui) -> Result<(), CommandError> {
    ui.result(&styled(STRONG, "Where AWS credentials may come from, in the order of ecrpass"))?;
    for row in &report.sources {
        let found = &row.what;
        let mark = if found.found { styled(GOOD, "✓") } else { styled(DIM, "·") };
        let account =
            found.account.as_ref().map(|id| format!(", likely of account {id}")).unwrap_or_default();
        let lasting = if found.long_lived { ", a long-term key that never ends by itself" } else { "" };
        ui.result(&format!(
            "  {mark} {:<20} {}{account}{lasting}{}",
            name(found.place),
            found.detail,
            place(row)
        ))?;
    }
    if let Some(left) = report.sso_session_seconds_left.filter(|left| *left > 0) {
        ui.result(&format!(
            "    {:<20} the IAM Identity Center session lasts another {}",
            "",
            duration(left)
        ))?;
    }
    ui.results(["", &styled(STRONG, "What each tool would use")])?;
    for row in &report.tools {
        let choice = &row.what;
        let (mark, what) = match (&choice.takes, &choice.stops) {
            (_, Some(why)) => (styled(BAD, "✗"), format!("stops: {why}")),
            (Some(takes), None) if is_unasked(choice) => {
                (styled(DIM, "?"), format!("{takes}, if this is an EC2 instance; nobody was asked"))
            }
            (Some(takes), None) => match &choice.refused {
                Some(why) => (styled(BAD, "✗"), format!("{takes}; {why}")),
                None => (styled(GOOD, "✓"), takes.clone()),
            },
            (None, None) => (styled(BAD, "✗"), "finds no credentials".to_owned()),
        };
        let until = match choice.expires.map(|end| end - now) {
            Some(left) if left > 0 => format!(", for another {}", duration(left)),
            // That a key is refused for it is said already.
            Some(_) if choice.refused.is_none() => ", which has ended".to_owned(),
            Some(_) | None => String::new(),
        };
        ui.result(&format!("  {mark} {:<20} {what}{until}{}", choice.tool.title(), place(row)))?;
        ui.result(&format!("    {:<20} {}", "", styled(DIM, &region(choice))))?;
    }
    for warning in &report.warnings {
        let mark = styled(anstyle::AnsiColor::Yellow.on_default(), "!");
        ui.results(["", &format!("{mark} {warning}")])?;
    }
    if !report.messages.is_empty() {
        ui.results(["", &styled(STRONG, "In the files")])?;
        for message in &report.messages {
            ui.result(&format!("  {} {message}", styled(DIM, "·")))?;
        }
    }
    Ok(())
}

/// The region a tool asks where nothing on its command line says which.
fn region(choice: &Choice) -> String {
    match (&choice.region, &choice.region_from) {
        _ if choice.tool.follows_registry() => "region: the registry's".to_owned(),
        (Some(region), Some(from)) => format!("region: {region}, from {from}"),
        _ if choice.tool == Tool::AwsCli => "region: none (AWS_REGION is read by version 2 only)".to_owned(),
        _ => "region: none (AWS_DEFAULT_REGION is not read)".to_owned(),
    }
}

fn place<T>(row: &Row<T>) -> String {
    match (&row.file, row.line) {
        (Some(file), Some(line)) => styled(DIM, &format!(" ({file}:{line})")),
        _ => String::new(),
    }
}

fn name(place: SourceKind) -> &'static str {
    match place {
        SourceKind::Environment => "environment",
        SourceKind::WebIdentity => "web identity",
        SourceKind::Profile => "profile",
        SourceKind::Container => "container endpoint",
        SourceKind::InstanceMetadata => "instance metadata",
    }
}
