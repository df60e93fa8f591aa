//! `ecrpass explain --runbook`: what to do about a cause, in order, on the platform where it happens.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::{Details, Finding, safe};
use ecrpass_diagnosis::inputs::{self, Target};
use ecrpass_diagnosis::runbook::{Platform, Runbook, Step, runbook};
use serde::Serialize;

use crate::collect::kept::Kept;
use crate::collect::{logs, text_file};
use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::{DIM, GOOD, STRONG, Ui, styled};

/// How many causes of one log get a runbook.
const MOST: usize = 3;

/// The result, for programs.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    runbooks: &'a [Runbook],
}

/// Runs the command: `wanted` is a cause, an image, a registry, a deployment file, or a log.
///
/// # Errors
/// When it is none of these.
pub fn run(
    wanted: &str,
    files: &[PathBuf],
    platforms: &[Platform],
    format: Format,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let mut found = Vec::new();
    for file in files {
        found.extend(explained(file, ui)?);
    }
    let runbooks = match DiagnosisId::parse(wanted) {
        Some(cause) => vec![of_cause(cause, &found, platforms)],
        None if Path::new(wanted).exists() => of_file(Path::new(wanted), platforms, ui)?,
        None => vec![of_target(wanted, platforms)?],
    };
    if format.is_document() {
        ui.json(&Document { schema: "ecrpass/runbook/1", runbooks: &runbooks })?;
    } else {
        let texts: Vec<Vec<String>> = runbooks.iter().map(lines).collect();
        ui.results(report::with_blank_lines(&texts))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn explained(file: &Path, ui: &mut Ui) -> Result<Vec<Finding>, CommandError> {
    let mut kept = Kept::default();
    logs::explain(file, &mut kept, ui)?;
    Ok(kept.tell(ui))
}

/// Of a cause, with what the findings know of the case.
fn of_cause(cause: DiagnosisId, found: &[Finding], platforms: &[Platform]) -> Runbook {
    let same = found.iter().find(|finding| finding.id == cause.slug());
    let details = same.or(found.first()).and_then(|finding| finding.details.clone()).unwrap_or_default();
    runbook(Some(cause), &details, &narrowed(platforms, &details))
}

/// The platforms that were asked for, otherwise the one that the case is on.
fn narrowed(platforms: &[Platform], details: &Details) -> Vec<Platform> {
    if !platforms.is_empty() {
        return platforms.to_vec();
    }
    // Where it happened is where something is to be done, wherever else such a cause is more usual.
    Platform::of_puller(details).into_iter().collect()
}

/// Of what a log says, or of the images in a deployment file.
fn of_file(file: &Path, platforms: &[Platform], ui: &mut Ui) -> Result<Vec<Runbook>, CommandError> {
    let mut found = explained(file, ui)?;
    found.dedup_by(|one, other| one.id == other.id);
    let runbooks: Vec<Runbook> = found
        .iter()
        .take(MOST)
        .filter_map(|finding| {
            Some(of_cause(DiagnosisId::parse(&finding.id)?, std::slice::from_ref(finding), platforms))
        })
        .collect();
    if !runbooks.is_empty() {
        return Ok(runbooks);
    }
    let text = text_file::text_of(file, "a log, or a deployment file")?;
    let name = file.display().to_string();
    let read = inputs::read(&name, &text, &|_| None).map_err(|error| {
        CommandError::could_not_run(
            format!("No ECR failure is in {name}, and it names no image: {error}."),
            "name a cause: ecrpass explain --list",
        )
    })?;
    let on_ecr = read.targets.iter().find(|target| target.registry.is_some());
    let target = on_ecr.ok_or_else(|| {
        CommandError::could_not_run(
            format!("No image in {name} is ECR's."),
            "name a cause: ecrpass explain --list",
        )
    })?;
    Ok(vec![general(target, platforms)])
}

fn of_target(wanted: &str, platforms: &[Platform]) -> Result<Runbook, CommandError> {
    let target = inputs::parse(wanted).ok().filter(|target| target.registry.is_some());
    match target {
        Some(target) => Ok(general(&target, platforms)),
        None => Err(CommandError::could_not_run(
            format!("`{wanted}` is neither a cause, a file, nor an image or registry of ECR."),
            "ecrpass explain --list, or a host like 123456789012.dkr.ecr.us-east-1.amazonaws.com",
        )),
    }
}

/// Of an image, for a cause that is not known yet.
fn general(target: &Target, platforms: &[Platform]) -> Runbook {
    let registry = target.registry.as_ref();
    let details = Details {
        host: registry.map(|registry| registry.host().to_owned()),
        account: registry.and_then(|registry| registry.account()).map(str::to_owned),
        region: registry.map(|registry| registry.region().to_owned()),
        repository: target.repository.as_deref().and_then(safe),
        tag: target.tag.as_deref().and_then(safe),
        ..Details::default()
    };
    runbook(None, &details, platforms)
}

/// A runbook as people read it.
fn lines(runbook: &Runbook) -> Vec<String> {
    let cause = runbook.cause.map(|cause| format!(" [{cause}]")).unwrap_or_default();
    let mut lines = vec![styled(STRONG, &format!("Runbook: {}{cause}", runbook.title))];
    let mut number = 0;
    for section in &runbook.sections {
        lines.push(String::new());
        lines.push(styled(STRONG, &section.phase.title().to_uppercase()));
        for step in &section.steps {
            number += 1;
            lines.extend(of_step(number, step));
        }
    }
    lines
}

fn of_step(number: usize, step: &Step) -> Vec<String> {
    let platform = step.platform.map(|platform| format!("[{}] ", platform.id())).unwrap_or_default();
    let mut lines = Vec::new();
    report::paragraph(&format!("{number}. {platform}{}", step.summary), "  ", &mut lines);
    for line in step.command.iter().flat_map(|command| command.lines()) {
        let has_gap = line.contains('<');
        lines.push(format!("      {}", styled(if has_gap { DIM } else { GOOD }, line)));
    }
    lines
}
