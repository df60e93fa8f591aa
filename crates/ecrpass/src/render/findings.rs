//! Findings in the format that was asked for.

use std::path::Path;

use ecrpass_diagnosis::engine::sarif::sarif;
use ecrpass_diagnosis::finding::{Finding, Findings, SCHEMA, code_quality, junit};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::ui::Ui;
use crate::system::in_repository::in_repository;

/// Findings as they come: each is made when it is written, so that never all of them are in memory. They are shown as
/// [`Findings`] are.
pub struct Flowing<F>(pub F);

impl<F: Fn() -> I, I: Iterator<Item = Finding>> Serialize for Flowing<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut document = serializer.serialize_struct("Findings", 2)?;
        document.serialize_field("schema", SCHEMA)?;
        document.serialize_field("findings", &List(&self.0))?;
        document.end()
    }
}

/// The list in it.
struct List<'a, F>(&'a F);

impl<F: Fn() -> I, I: Iterator<Item = Finding>> Serialize for List<'_, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

/// What people read.
#[derive(Clone, Copy, Debug)]
pub struct ForPeople<'a> {
    /// Findings as lines.
    pub list: fn(&[Finding]) -> Vec<String>,
    /// What is said where there are none.
    pub nothing: &'a str,
    /// What else can be done then; empty for nothing.
    pub note: &'a str,
}

/// Prints findings in a format.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(
    findings: Vec<Finding>,
    format: Format,
    people: ForPeople<'_>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let findings = ui.shown(findings);
    match format {
        Format::Text if findings.is_empty() => {
            ui.result(people.nothing)?;
            if !people.note.is_empty() {
                ui.note(people.note);
            }
        }
        Format::Text => ui.results((people.list)(&findings))?,
        Format::Json => ui.json(&Findings::new(findings))?,
        others => print_for_others(&findings, others, ui)?,
    }
    Ok(())
}

/// With the files' places as a code host has them: from the root of their repository, whatever directory this runs in.
fn for_hosts(findings: &[Finding]) -> Vec<Finding> {
    let mut findings = findings.to_vec();
    let Ok(here) = std::env::current_dir() else { return findings };
    for evidence in findings.iter_mut().flat_map(|finding| &mut finding.evidence) {
        if let Some(path) = in_repository(Path::new(&evidence.source), &here) {
            evidence.source = path;
        }
    }
    findings
}

/// Prints findings in a format that others made. What people read and the JSON of a command are the command's own.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_for_others(findings: &[Finding], format: Format, ui: &mut Ui) -> Result<(), CommandError> {
    let findings = &for_hosts(findings);
    match format {
        Format::Text | Format::Json => {}
        Format::Sarif => ui.json(&sarif(findings, env!("CARGO_PKG_VERSION")))?,
        Format::Gitlab => ui.json(&code_quality(findings))?,
        Format::Junit => ui.results(junit(findings))?,
        Format::Github => {
            for finding in findings {
                ui.annotation(finding)?;
            }
        }
    }
    Ok(())
}
