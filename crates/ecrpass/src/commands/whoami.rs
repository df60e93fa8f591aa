//! `ecrpass whoami`: every place AWS credentials may come from here, and which of them each tool would use.

use ecrpass_aws::files;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::time::duration;
use ecrpass_credentials::credential_chain::{Choice, Found, Surroundings, Tool};
use serde::Serialize;

use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};
use crate::system::sso;

/// Arguments of `ecrpass whoami`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Does not use the network: it reads the environment and the files of the AWS CLI. To ask AWS, run\n`aws sts get-caller-identity`.\n\nExit status: 0 when ecrpass has credentials to try and nothing looks like a mistake, 1 otherwise."
)]
pub struct Arguments {
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    sources: Vec<Row>,
    tools: Vec<Choice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sso_session_seconds_left: Option<i64>,
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Row {
    #[serde(flatten)]
    found: Found,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when there are no credentials to try, or something looks like a mistake.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let (config, unread) = files::look();
    let surroundings = Surroundings { environment, files: &config };
    let sources = surroundings.places().into_iter().map(|found| {
        let path = found.at.and_then(|(kind, _)| files::path(kind));
        Row {
            file: path.map(|path| redact(&path.display().to_string()).into_owned()),
            line: found.at.map(|(_, line)| line),
            found,
        }
    });
    let mut warnings = unread;
    warnings.extend(surroundings.warnings());
    let left =
        sso::seconds_left(environment, &config, &surroundings.profile_name(), ecrpass_aws::clock::now());
    if left.is_some_and(|left| left <= 0) {
        let name = surroundings.profile_name();
        warnings.push(format!(
            "The IAM Identity Center session of profile `{name}` has expired: aws sso login --profile {}",
            ecrpass_core::shell::quoted(&name)
        ));
    }
    // A variable may hold an address with a password.
    let warnings = warnings.iter().map(|warning| redact(warning).into_owned()).collect();
    let report = Report {
        schema: "ecrpass/whoami/1",
        sources: sources.collect(),
        tools: Tool::ALL.into_iter().map(|tool| surroundings.choice(tool)).collect(),
        sso_session_seconds_left: left,
        warnings,
    };
    match arguments.format {
        Format::Json => ui.json(&report)?,
        Format::Text => tell(&report, ui)?,
    }
    let ours = report.tools.iter().any(|choice| choice.tool == Tool::Ecrpass && choice.uses.is_some());
    if ours && report.warnings.is_empty() { Ok(()) } else { Err(CommandError::Found) }
}

fn tell(report: &Report, ui: &mut Ui) -> Result<(), CommandError> {
    ui.result(&styled(STRONG, "Where AWS credentials may come from, in the order of ecrpass"))?;
    for row in &report.sources {
        let mark = if row.found.found { styled(GOOD, "✓") } else { styled(DIM, "·") };
        let place = match (&row.file, row.line) {
            (Some(file), Some(line)) => format!(" ({file}:{line})"),
            _ => String::new(),
        };
        let account =
            row.found.account.as_ref().map(|id| format!(", likely of account {id}")).unwrap_or_default();
        ui.result(&format!(
            "  {mark} {:<20} {}{account}{}",
            name(row),
            row.found.detail,
            styled(DIM, &place)
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
    for choice in &report.tools {
        let row = report.sources.iter().find(|row| Some(row.found.place) == choice.uses);
        let (mark, what) = match (row, &choice.stops) {
            (_, Some(why)) => (styled(BAD, "✗"), format!("stops: {why}")),
            (Some(row), None) => (styled(GOOD, "✓"), format!("{}: {}", name(row), row.found.detail)),
            (None, None) => (styled(BAD, "✗"), "nothing".to_owned()),
        };
        ui.result(&format!("  {mark} {:<20} {what}", choice.tool.title()))?;
    }
    for warning in &report.warnings {
        let mark = styled(anstyle::AnsiColor::Yellow.on_default(), "!");
        ui.results(["", &format!("{mark} {warning}")])?;
    }
    Ok(())
}

fn name(row: &Row) -> &'static str {
    use ecrpass_credentials::credential_chain::SourceKind;
    match row.found.place {
        SourceKind::Environment => "environment",
        SourceKind::WebIdentity => "web identity",
        SourceKind::Profile => "profile",
        SourceKind::Container => "container endpoint",
        SourceKind::InstanceMetadata => "instance metadata",
    }
}
