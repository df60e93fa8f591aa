//! The answers on the screen, and what is said beside them.

use ecrpass_core::visible::visible;
use ecrpass_trail::report::text::Look;
use ecrpass_trail::report::{Report, csv, html, text};
use ecrpass_trail::tally::{Skip, Tally};

use crate::error::CommandError;
use crate::render::format::TrailFormat;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};

/// A table for spreadsheets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Table {
    /// Who fails, since when and why
    #[default]
    Incidents,
    /// Every call that failed, by principal, code and hour
    Errors,
    /// The most calls within a second
    Peaks,
    /// Keys that never expire
    Keys,
}

impl From<Table> for csv::Table {
    fn from(table: Table) -> Self {
        match table {
            Table::Incidents => Self::Incidents,
            Table::Errors => Self::Errors,
            Table::Peaks => Self::Peaks,
            Table::Keys => Self::Keys,
        }
    }
}

/// Prints the answers.
///
/// # Errors
/// When standard output cannot be written.
pub fn show(report: &Report, format: TrailFormat, table: Table, ui: &mut Ui) -> Result<(), CommandError> {
    match format {
        TrailFormat::Text => ui.results(text::lines(report).iter().map(line))?,
        TrailFormat::Json => ui.json(report)?,
        TrailFormat::Csv => ui.results(csv::csv(report, table.into()).lines())?,
        TrailFormat::Html => ui.results(html::html(report).lines())?,
    }
    Ok(())
}

fn line(line: &text::Line) -> String {
    match line.look {
        Look::Plain => line.text.clone(),
        Look::Strong => styled(STRONG, &line.text),
        Look::Bad => styled(BAD, &line.text),
        Look::Good => styled(GOOD, &line.text),
        Look::Dim => styled(DIM, &line.text),
    }
}

/// Warns of what may be missing from the answers, where the answers are not for people.
pub fn notes(report: &Report, tally: &Tally, format: TrailFormat, ui: &mut Ui) {
    if format == TrailFormat::Text {
        return;
    }
    for (kind, skipped) in tally.skips.iter().filter(|(kind, _)| kind.is_warning()) {
        ui.note(&format!(
            "warning: {} ×{}: {}; first {}",
            kind.slug(),
            skipped.count,
            kind.words(),
            visible(&skipped.first)
        ));
    }
    for warning in report.no_match.iter().chain(&report.warnings) {
        ui.note(&format!("warning: {warning}"));
    }
}

/// No file was of CloudTrail, or none of its records could be read.
pub fn nothing_read(tally: &Tally) -> CommandError {
    let reasons: Vec<String> = tally
        .skips
        .iter()
        .map(|(kind, skipped)| {
            let detail = skipped.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
            format!("{} ({}, first {}{detail})", skipped.count, kind.words(), visible(&skipped.first))
        })
        .collect();
    let reasons = if reasons.is_empty() { "there are no files".to_owned() } else { reasons.join("; ") };
    if tally.trail_files > tally.skips.count(Skip::Digest) {
        return CommandError::could_not_run(
            format!("No record of CloudTrail could be read: {reasons}."),
            "fetch the files again, and look whether they are whole",
        );
    }
    CommandError::could_not_run(
        format!("No CloudTrail file was found: {reasons}."),
        "name the bucket or directory that holds AWSLogs/, or a file of `aws cloudtrail lookup-events`",
    )
}
