//! The helper for everybody else: with `credsStore: ecr-login`, hosts that are not ECR's go on to the configured
//! helper, so that Docker Hub keeps working.

use std::io::ErrorKind;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::refusal::Refusal;
use ecrpass_system::program::{self, Finished, ProcessError};

/// Set for a delegate: one that leads back to this helper must not be asked again, and again.
const MARKER: &str = "ECRPASS_DELEGATED";

/// The longest answer read, in bytes.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Runs the delegate with the same action and input; its output and exit status become ours, untouched.
///
/// # Errors
/// A [`Refusal`] when it cannot be run or does not end in time.
pub fn run(delegate: &str, action: &str, input: &[u8], end: Instant) -> Result<ExitCode, Refusal> {
    let finished = call(delegate, action, input, Stdio::inherit(), end)?;
    let code = finished.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// What the delegate lists: server URLs and user names, without secrets.
///
/// # Errors
/// A [`Refusal`] when it cannot be run; `None` when it fails or prints no list.
pub fn list(
    delegate: &str,
    end: Instant,
) -> Result<Option<serde_json::Map<String, serde_json::Value>>, Refusal> {
    let finished = call(delegate, "list", b"unused", Stdio::piped(), end)?;
    Ok(finished.status.success().then(|| serde_json::from_slice(&finished.stdout).ok()).flatten())
}

fn call(
    delegate: &str,
    action: &str,
    input: &[u8],
    stdout: Stdio,
    end: Instant,
) -> Result<Finished, Refusal> {
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
    command.arg(action).env(MARKER, "1").stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::inherit());
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
            DiagnosisId::HelperNotOnPath,
            what(&format!("cannot be used: {error}")),
            format!("run `{program} list` to see what it prints"),
        ),
    })
}
