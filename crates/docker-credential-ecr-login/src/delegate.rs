//! The helper for everybody else: with `credsStore: ecr-login`, hosts that are not ECR's go on to the configured
//! helper, so that Docker Hub keeps working.

use std::io::{self, ErrorKind, Write};
use std::process::{Command, ExitCode, Stdio};

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::refusal::Refusal;

/// Runs the delegate with the same action and input; its output and exit status become ours, untouched.
///
/// # Errors
/// A [`Refusal`] when it cannot be run.
pub fn run(delegate: &str, action: &str, input: &[u8]) -> Result<ExitCode, Refusal> {
    let output = call(delegate, action, input, Stdio::inherit())?;
    let code = output.status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// What the delegate lists: server URLs and user names, without secrets.
///
/// # Errors
/// A [`Refusal`] when it cannot be run; `None` when it fails or prints no list.
pub fn list(delegate: &str) -> Result<Option<serde_json::Map<String, serde_json::Value>>, Refusal> {
    let output = call(delegate, "list", b"unused", Stdio::piped())?;
    Ok(output.status.success().then(|| serde_json::from_slice(&output.stdout).ok()).flatten())
}

fn call(delegate: &str, action: &str, input: &[u8], stdout: Stdio) -> Result<std::process::Output, Refusal> {
    let program = format!("docker-credential-{delegate}");
    let refuse = |error: io::Error| {
        let (slug, why) = match error.kind() {
            ErrorKind::NotFound => (DiagnosisId::HelperNotOnPath, "is not on PATH".to_owned()),
            _ => (DiagnosisId::HelperNotOnPath, format!("cannot be run: {error}")),
        };
        Refusal::new(
            slug,
            format!("{program}, the `delegate` for registries other than ECR, {why}."),
            format!("install {program}, or correct `delegate` in the ecrpass configuration"),
        )
    };
    let mut child = Command::new(&program)
        .arg(action)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(refuse)?;
    if let Some(mut stdin) = child.stdin.take()
        && let Err(error) = stdin.write_all(input)
        // It may answer without reading.
        && error.kind() != ErrorKind::BrokenPipe
    {
        return Err(refuse(error));
    }
    child.wait_with_output().map_err(refuse)
}
