//! `ecrpass alarms check`: what is wrong with rules and alarms that exist.

use std::path::PathBuf;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::catalogue;
use ecrpass_generate::alarms::check::{File, Found, Level, Report, Unread, check};
use serde::Serialize;

use crate::collect::text_file::text_of;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::report;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};

/// Arguments of `ecrpass alarms check`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Reads Prometheus rule files (also as PrometheusRule), CloudFormation, Terraform, EventBridge patterns and rules, metric filters, and the output of aws cloudwatch describe-alarms. All files are read together: what is missing in one may be in another.\n\n  aws events list-rules | ecrpass alarms check -\n  kubectl get prometheusrules -A -o yaml | ecrpass alarms check -\n\nExit status: 0 when nothing is found, or only notes; 1 when there are errors or warnings; 3 when nothing could be read, or nothing is found and a file cannot be read."
)]
pub struct Arguments {
    /// The files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The result, for programs.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    findings: &'a [Found],
    looked_at: usize,
    unread: Vec<NotRead<'a>>,
}

#[derive(Serialize)]
struct NotRead<'a> {
    file: &'a str,
    reason: &'a str,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something is wrong; otherwise when nothing could be read.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let (mut files, mut first_error) = (Vec::new(), None);
    let mut unreadable = Vec::new();
    for path in &arguments.files {
        let name = if path.as_os_str() == "-" { "stdin".to_owned() } else { path.display().to_string() };
        match text_of(path, "a file of rules or alarms") {
            Ok(text) => files.push(File { name, text }),
            // The others may have what somebody wants to know.
            Err(error) => {
                let why = match &error {
                    CommandError::CouldNotRun { what, .. } => what.clone(),
                    other => other.to_string(),
                };
                unreadable.push(Unread { file: name, place: None, why });
                first_error.get_or_insert(error);
            }
        }
    }
    let mut report = check(&files);
    if let Some(error) = first_error.take_if(|_| report.looked_at == 0 && report.unread.is_empty()) {
        return Err(error);
    }
    report.unread.extend(unreadable);
    if report.looked_at == 0 {
        let why: Vec<String> =
            report.unread.iter().map(|one| unread(one).trim_end_matches('.').to_owned()).collect();
        return Err(CommandError::could_not_run(
            format!("Nothing could be looked at: {}.", why.join("; ")),
            "name rule files of Prometheus, CloudFormation, Terraform or EventBridge",
        ));
    }
    match arguments.format {
        Format::Json => {
            let unread =
                report.unread.iter().map(|one| NotRead { file: &one.file, reason: &one.why }).collect();
            ui.json(&Document {
                schema: "ecrpass/alarms-check/1",
                findings: &report.found,
                looked_at: report.looked_at,
                unread,
            })?;
        }
        Format::Text => tell(&report, ui)?,
    }
    for one in &report.unread {
        ui.note(&format!("note: not looked at: {}.", unread(one).trim_end_matches('.')));
    }
    if report.found.iter().any(|found| found.level != Level::Note) {
        return Err(CommandError::Found);
    }
    // What was named and could not be read is not in order.
    first_error.map_or(Ok(()), Err)
}

fn unread(one: &Unread) -> String {
    match one.place {
        Some((line, column)) => format!("{}:{line}:{column}: {}", one.file, one.why),
        None if one.why.starts_with(&one.file) => one.why.clone(),
        None => format!("{}: {}", one.file, one.why),
    }
}

fn tell(report: &Report, ui: &mut Ui) -> Result<(), CommandError> {
    if report.found.is_empty() {
        let count = report.looked_at;
        ui.result(&format!("No known mistake in {count} rules, alarms, filters and patterns."))?;
        return Ok(());
    }
    let texts: Vec<Vec<String>> = report.found.iter().map(lines).collect();
    ui.results(report::with_blank_lines(&texts))?;
    Ok(())
}

/// A mistake as people read it.
fn lines(found: &Found) -> Vec<String> {
    let (word, style) = match found.level {
        Level::Error => ("error", BAD),
        Level::Warning => ("warning", STRONG),
        Level::Note => ("note", DIM),
    };
    let number = found.line.to_string();
    let margin = " ".repeat(number.len());
    let mut lines = vec![
        format!(
            "{}{}",
            styled(style.bold(), &format!("{word}[{}]", found.mistake.id())),
            styled(STRONG, &format!(": {}", found.title))
        ),
        format!("{margin}{} {}:{}:{}", styled(DIM, "-->"), found.file, found.line, found.column),
        format!("{} {} {}", styled(DIM, &number), styled(DIM, "|"), found.text),
        String::new(),
    ];
    report::paragraph(found.reason, "  ", &mut lines);
    lines.push(format!("  {} {}", styled(GOOD, "→"), styled(STRONG, &found.fix)));
    let missed: Vec<String> = found
        .misses
        .iter()
        .filter_map(|slug| DiagnosisId::parse(slug))
        .map(|id| format!("{} [{id}]", catalogue::find(id).page.title()))
        .collect();
    if !missed.is_empty() {
        report::paragraph(&format!("Goes unseen: {}", missed.join("; ")), "  ", &mut lines);
    }
    lines
}
