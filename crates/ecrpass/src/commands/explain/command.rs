//! `ecrpass explain -- COMMAND`: the command as it is, and if it fails, why.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::{Command, ExitCode, ExitStatus, Stdio};
use std::sync::Mutex;
use std::thread;

use ecrpass_diagnosis::engine::explain::Explainer;

use super::print::print;
use crate::error::CommandError;
use crate::render::format::FindingsFormat as Format;
use crate::render::report;
use crate::render::ui::Ui;

/// Both outputs, line by line, as they came.
struct Log(Mutex<Explainer>);

/// Runs a command; its output and its status pass through.
pub fn run(
    program: &OsString,
    words: &[OsString],
    format: Format,
    ui: &mut Ui,
) -> Result<ExitCode, CommandError> {
    let shown = program.to_string_lossy().into_owned();
    let mut child =
        Command::new(program).args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(
            |error| CommandError::could_not_run(format!("{shown} cannot be run: {error}."), "check its name"),
        )?;
    let log = Log(Mutex::new(Explainer::default()));
    // What was typed tells the client and the registry, and is often what is wrong.
    let line: Vec<String> =
        std::iter::once(program).chain(words).map(|word| word.to_string_lossy().into_owned()).collect();
    if let Ok(mut explainer) = log.0.lock() {
        explainer.context(&format!("$ {}", line.join(" ")));
    }
    thread::scope(|scope| {
        if let Some(stderr) = child.stderr.take() {
            scope.spawn(|| pass(stderr, io::stderr(), &log));
        }
        if let Some(stdout) = child.stdout.take() {
            pass(stdout, io::stdout(), &log);
        }
    });
    let status = child.wait()?;
    if !status.success() {
        let findings = log.0.into_inner().unwrap_or_default().finish(&shown);
        let findings = ui.shown(findings);
        match format {
            // The command's own output is on standard output; the explanation must not get into it.
            Format::Text => {
                if !findings.is_empty() {
                    ui.note(&format!("\n{}", report::findings(&findings)));
                }
            }
            _ => print(findings, format, ui)?,
        }
    }
    Ok(code(status))
}

impl Log {
    fn line(&self, line: &[u8]) {
        if let Ok(mut explainer) = self.0.lock() {
            explainer.feed(line);
        }
    }
}

/// Copies an output byte by byte, and its lines to the log.
fn pass(mut from: impl Read, mut to: impl Write, log: &Log) {
    let mut buffer = [0; 16 * 1024];
    let mut line = Vec::new();
    while let Ok(length) = from.read(&mut buffer) {
        let bytes = buffer.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            break;
        }
        // Whoever reads it may have gone; the command is not to notice.
        let _ = to.write_all(bytes).and_then(|()| to.flush());
        line.extend_from_slice(bytes);
        let end = line.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
        let end = if line.len() > 64 * 1024 { line.len() } else { end };
        log.line(line.get(..end).unwrap_or_default());
        line.drain(..end);
    }
    if !line.is_empty() {
        line.push(b'\n');
        log.line(&line);
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
