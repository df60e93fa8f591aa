//! The helper for everybody else: with `credsStore: ecr-login`, hosts that are not ECR's go on to the configured
//! helper, so that Docker Hub keeps working.

use std::io::ErrorKind;
use std::process::{Command, Stdio};
use std::time::Instant;

use ecrpass_core::safe_line::safe_line;
use ecrpass_core::{DiagnosisId, WipedBuffer};
use ecrpass_credentials::refusal::Refusal;
use ecrpass_system::program::{self, Finished, ProcessError};
use zeroize::Zeroizing;

/// Set for a delegate: one that leads back to this helper must not be asked again, and again.
const MARKER: &str = "ECRPASS_DELEGATED";

/// The longest answer read, in bytes.
const MAX_OUTPUT: usize = 1024 * 1024;

/// What a delegate says.
pub struct Answer {
    /// Its exit status, which becomes ours.
    pub status: u8,
    /// What it says. It may hold a password.
    pub words: Zeroizing<Vec<u8>>,
    /// Where that is no answer: what there is to say instead.
    pub instead: Option<Refusal>,
}

/// Runs the delegate with the same action and input. The protocol's JSON is passed on untouched; of anything else,
/// which clients show on terminals, every character can be seen.
///
/// # Errors
/// A [`Refusal`] when it cannot be run, does not end in time, or prints without end.
pub fn run(delegate: &str, action: &str, input: &[u8], end: Instant) -> Result<Answer, Refusal> {
    let finished = call(delegate, action, input, end)?;
    let good = finished.status.success();
    let status = finished.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    let words = finished.stdout;
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&words).is_ok();
    let why = match (good, is_json) {
        (true, false) if action == "get" && words.trim_ascii().is_empty() => {
            Some("answered nothing".to_owned())
        }
        (true, false) if action == "get" => {
            Some("answered something that is not the protocol's JSON".to_owned())
        }
        (false, _) if words.trim_ascii().is_empty() => {
            Some(format!("failed at `{action}` and answered nothing ({})", finished.status))
        }
        _ => None,
    };
    let instead = why.map(|why| unusable(delegate, &why));
    // A `get` that failed on its way ends like any other that failed.
    let status = if instead.is_some() { status.max(1) } else { status };
    let words = if is_json { words } else { shown(&words) };
    Ok(Answer { status, words, instead })
}

fn unusable(delegate: &str, why: &str) -> Refusal {
    let program = format!("docker-credential-{delegate}");
    Refusal::new(
        DiagnosisId::CredentialDelegateSlow,
        format!("{program}, the `delegate` for registries other than ECR, {why}."),
        format!("run `{program} list` to see what it says or waits for"),
    )
}

/// The same lines, of which every character can be seen.
fn shown(words: &[u8]) -> Zeroizing<Vec<u8>> {
    let text = Zeroizing::new(String::from_utf8_lossy(words).into_owned());
    let mut shown = WipedBuffer::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        shown.extend(Zeroizing::new(safe_line(line)).as_bytes());
        shown.extend(end.as_bytes());
    }
    shown.into_bytes()
}

/// What the delegate lists: server URLs and user names, without secrets.
///
/// # Errors
/// A [`Refusal`] when it cannot be run; `None` when it fails or prints no list.
pub fn list(
    delegate: &str,
    end: Instant,
) -> Result<Option<serde_json::Map<String, serde_json::Value>>, Refusal> {
    let finished = call(delegate, "list", b"unused", end)?;
    Ok(finished.status.success().then(|| serde_json::from_slice(&finished.stdout).ok()).flatten())
}

fn call(delegate: &str, action: &str, input: &[u8], end: Instant) -> Result<Finished, Refusal> {
    let program = format!("docker-credential-{delegate}");
    let what = |why: &str| format!("{program}, the `delegate` for registries other than ECR, {why}.");
    if std::env::var_os(MARKER).is_some() {
        return Err(Refusal::new(
            DiagnosisId::EcrpassConfigInvalid,
            what("leads back to this helper"),
            format!("set `delegate` to another helper, or replace the {program} on PATH"),
        ));
    }
    let mut command = Command::new(&program);
    command
        .arg(action)
        .env(MARKER, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    program::run(&mut command, input, MAX_OUTPUT, end).map_err(|error| match error {
        ProcessError::Start(error) => {
            let why = match error.kind() {
                ErrorKind::NotFound => "is not on PATH".to_owned(),
                // No more processes, memory or descriptors: nothing is wrong with the delegate.
                _ if matches!(error.raw_os_error(), Some(11 | 12 | 23 | 24)) => {
                    return Refusal::transient(
                        DiagnosisId::CredentialDelegateSlow,
                        what(&format!("cannot be started now: {error}")),
                        "raise the limits of this process (ulimit -u, -n and -v), or free memory, then try again",
                    );
                }
                _ => format!("cannot be run: {error}"),
            };
            Refusal::new(
                DiagnosisId::HelperNotOnPath,
                what(&why),
                format!("install {program}, or correct `delegate` in the ecrpass configuration"),
            )
        }
        ProcessError::TooSlow => Refusal::transient(
            DiagnosisId::CredentialDelegateSlow,
            what("did not answer in time"),
            format!("run `{program} list` to see what it waits for, or raise `deadline` in the ecrpass configuration"),
        ),
        error @ (ProcessError::TooMuch(_) | ProcessError::Io(_)) => Refusal::new(
            DiagnosisId::CredentialDelegateSlow,
            what(&format!("cannot be used: {error}")),
            format!("run `{program} list` to see what it prints"),
        ),
    })
}
