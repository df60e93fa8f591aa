//! `ecrpass explain -- COMMAND`: the command as it is, and if it fails, why.

use std::ffi::OsString;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::engine::explain::Explainer;

use super::here;
use super::pass_through::{Outputs, Written};
use super::print::print;
use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::out::Stream;
use crate::render::report;
use crate::render::ui::Ui;

/// Runs a command; its output and its status pass through.
pub fn run(
    program: &OsString,
    words: &[OsString],
    format: Format,
    environment: &dyn Environment,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let shown = program.to_string_lossy().into_owned();
    let mut child = Command::new(program)
        .args(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| {
        CommandError::could_not_run(format!("{} cannot be run: {error}.", redact(&shown)), "check its name")
    })?;
    let mut log = Explainer::default();
    // What was typed tells the client and the registry, and is often what is wrong.
    let line: Vec<String> =
        std::iter::once(program).chain(words).map(|word| word.to_string_lossy().into_owned()).collect();
    log.context(&format!("$ {}", line.join(" ")));
    // Where the explanation is a document, it has standard output for itself.
    let output_to = if format.is_document() { Stream::Error } else { Stream::Output };
    let outputs = Outputs::of(&mut child, output_to);
    let Written { status, failed } = outputs.pass_through(child, &mut |lines| log.feed(lines))?;
    let mut findings = if status.success() { Vec::new() } else { log.finish(&shown) };
    here::weigh(&mut findings, environment);
    match format {
        // The command's own output is on standard output; the explanation must not get into it.
        Format::Text => {
            let findings = ui.shown(findings);
            if !findings.is_empty() {
                ui.note("");
                ui.notes(report::findings(&findings));
            }
        }
        _ => print(findings, format, ui)?,
    }
    match failed {
        // It succeeded, and what it wrote is lost.
        Some(error) if status.success() => Err(error.into()),
        _ => Ok(code(status)),
    }
}

/// The status a shell would report.
fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    let low = status.code().and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(1);
    // Windows has statuses beyond a byte; a failure stays one.
    ExitCode::from(if low == 0 && !status.success() { 1 } else { low })
}
