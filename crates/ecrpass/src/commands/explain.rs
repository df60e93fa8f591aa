//! `ecrpass explain`: from an error log, or a failing command, to the root cause and the next command.

mod command;
mod here;
mod pass_through;
mod pod;
mod print;
mod runbook;

use std::io::{IsTerminal, stdin};
use std::path::PathBuf;
use std::process::ExitCode;

use ecrpass_core::DiagnosisId;
use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::runbook::Platform;
use serde::Serialize;

use crate::collect::kept::Kept;
use crate::collect::logs;
use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::{STRONG, Ui, styled};

/// Arguments of `ecrpass explain`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
#[command(
    after_help = "Reads standard input when no file is named. What AWS and monitoring say is read as well: events of EventBridge, records of CloudTrail, aws ecs describe-tasks and describe-services, aws lambda get-function, aws ec2 get-console-output, builds of CodeBuild, alarms of CloudWatch and of Alertmanager. Logs may be compressed (gzip, zstd), coloured, wrapped in JSON or in any CI system's prefixes, and of any size. What a log leaves open is ranked by the logins, helpers and region of this machine.\n\nWith --format json, sarif, gitlab or junit, what COMMAND writes to standard output goes to standard error.\n\nExit status: 0 when no ECR failure is found, 1 when one is; after `--`, the command's own."
)]
pub struct Arguments {
    /// What else can be explained
    #[command(subcommand)]
    pub about: Option<About>,
    /// Logs, or directories of them; - is standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["list", "id"])]
    pub files: Vec<PathBuf>,
    /// Print one cause of the catalogue
    #[arg(long, value_name = "SLUG", conflicts_with = "list")]
    pub id: Option<String>,
    /// List the causes of the catalogue
    #[arg(long)]
    pub list: bool,
    /// Print what to do, in order: about a cause, or where TARGET (an image, a registry, a deployment file, a log) is not
    /// pulled; what FILE names of the case is filled in
    #[arg(long, value_name = "SLUG|TARGET", conflicts_with_all = ["id", "list", "command"])]
    pub runbook: Option<String>,
    /// The platforms of the runbook: eks, ecs, lambda, app-runner, ec2, ci
    #[arg(long = "platform", value_name = "PLATFORM", value_delimiter = ',', requires = "runbook", value_parser = platform)]
    pub platforms: Vec<Platform>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Run this command, and explain why it failed
    #[arg(last = true, value_name = "COMMAND", conflicts_with_all = ["files", "list", "id"])]
    pub command: Vec<std::ffi::OsString>,
}

/// What else than a log can be explained.
#[derive(Debug, clap::Subcommand)]
pub enum About {
    /// Says why a pod does not pull: who pulls, in which order, with what, and what fixes it
    Pod(pod::Arguments),
}

/// A platform by its name, for clap.
fn platform(id: &str) -> Result<Platform, String> {
    let known = || Platform::ALL.map(Platform::id).join(", ");
    Platform::parse(id).ok_or_else(|| format!("there is no such platform; known are {}", known()))
}

/// Runs the command.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> ExitCode {
    let result = if let Some(About::Pod(arguments)) = &arguments.about {
        pod::run(arguments, environment, ui)
    } else if let Some((program, words)) = arguments.command.split_first() {
        command::run(program, words, arguments.format, environment, ui)
    } else if let Some(wanted) = &arguments.runbook {
        runbook::run(wanted, &arguments.files, &arguments.platforms, arguments.format, ui)
    } else if let Some(slug) = &arguments.id {
        show(slug, arguments.format, ui)
    } else if arguments.list {
        list(arguments.format, ui)
    } else {
        explain(arguments, environment, ui)
    };
    result.unwrap_or_else(|error| error.report(ui))
}

fn explain(
    arguments: &Arguments,
    environment: &dyn Environment,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let mut files = arguments.files.clone();
    if files.is_empty() {
        if stdin().is_terminal() {
            ui.note("Paste the log, then press Ctrl-D.");
        }
        files.push(PathBuf::from("-"));
    }
    let mut kept = Kept::default();
    let mut failed = None;
    for file in &files {
        let before = kept.len();
        let explained = logs::explain(file, &mut kept, ui);
        let mut found = kept.split_off(before);
        here::weigh(&mut found, environment);
        kept.put_back(found);
        match explained {
            Ok(()) => {}
            // What is found in the other files counts all the same.
            Err(error) if files.len() > 1 => {
                ui.note(&format!("warning: {error}"));
                failed = Some(error);
            }
            Err(error) => return Err(error),
        }
    }
    let mut findings = kept.tell(ui);
    // The surest first, otherwise in the order of the files.
    findings.sort_by_key(|finding| finding.confidence);
    let found = !findings.is_empty();
    if let Some(error) = failed.filter(|_| !found) {
        return Err(error);
    }
    print::print(findings, arguments.format, ui)?;
    Ok(ExitCode::from(u8::from(found)))
}

#[derive(Serialize)]
struct Entry {
    id: &'static str,
    title: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

fn show(slug: &str, format: Format, ui: &mut Ui) -> Result<ExitCode, CommandError> {
    let Some(entry) = DiagnosisId::parse(slug).map(catalogue::find) else {
        let words: Vec<&str> = slug.split('-').filter(|word| word.len() > 2).collect();
        let shared = |known: &str| words.iter().filter(|word| known.contains(**word)).count();
        let near = DiagnosisId::ALL.into_iter().map(DiagnosisId::slug).max_by_key(|known| shared(known));
        let next = match near.filter(|known| shared(known) > 0) {
            Some(near) => format!("ecrpass explain --id {near}, or ecrpass explain --list"),
            None => "ecrpass explain --list".to_owned(),
        };
        return Err(CommandError::could_not_run(format!("There is no cause named `{slug}`."), next));
    };
    if format.is_document() {
        ui.json(&Entry { id: entry.id.slug(), title: entry.page.title(), text: Some(entry.whole_page()) })?;
    } else {
        ui.result(&styled(STRONG, slug))?;
        ui.results(report::page(&entry.whole_page()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn list(format: Format, ui: &mut Ui) -> Result<ExitCode, CommandError> {
    let entries =
        catalogue::all().map(|entry| Entry { id: entry.id.slug(), title: entry.page.title(), text: None });
    if format.is_document() {
        ui.json(&entries.collect::<Vec<_>>())?;
    } else {
        for entry in entries {
            ui.result(&format!("{} {}", styled(STRONG, &format!("{:<36}", entry.id)), entry.title))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
