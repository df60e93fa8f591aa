//! `credential_process`: a program's answer as credentials.
//!
//! Source: AWS SDKs and Tools Reference Guide, "Process credential provider".

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use ecrpass_core::redact::{REDACTED, redact};
use serde::Deserialize;

use ecrpass_system::program;

/// The longest answer read, in bytes.
const MAX_OUTPUT: usize = 256 * 1024;

/// Left of the deadline for saying that it passed.
const RESERVE: Duration = Duration::from_millis(60);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Written {
    version: i64,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

/// Runs the command as the SDKs do, in a shell. It runs in a thread, so that the calls of others go on meanwhile.
pub(super) async fn credentials(command: String, end: Instant) -> Result<Credentials, String> {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let end = end.checked_sub(RESERVE).unwrap_or(end);
    std::thread::Builder::new()
        .spawn(move || {
            let _ = sender.send(program::run(&mut shell(&command), b"", MAX_OUTPUT, end));
        })
        .map_err(|error| format!("the system starts no more threads: {error}"))?;
    let finished = match receiver.await {
        Ok(Ok(finished)) => finished,
        // Whoever waits says how long it was.
        Ok(Err(program::ProcessError::TooSlow)) => return std::future::pending().await,
        Ok(Err(error)) => return Err(error.to_string()),
        Err(_) => return Err("it was not run to its end".to_owned()),
    };
    if !finished.status.success() {
        let said = String::from_utf8_lossy(&finished.stderr);
        return Err(format!("it ended with {}: {}", finished.status, words(said.trim())));
    }
    parse(&finished.stdout)
}

/// What a program said of its failure, without what may be a secret: also not the word that stands alone in a line and is none
/// of a language. It may be the key that the program was to hand out, which nobody can know for one.
fn words(said: &str) -> String {
    let line = |line: &str| {
        let is_mixed = line.contains(|c: char| c.is_ascii_digit()) && line.contains(char::is_alphabetic);
        let is_bare = line.len() >= 8 && !line.contains(char::is_whitespace);
        if is_bare && is_mixed { REDACTED.to_owned() } else { line.to_owned() }
    };
    redact(said).lines().map(|text| line(text.trim())).collect::<Vec<_>>().join(" ")
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd.exe");
    std::os::windows::process::CommandExt::raw_arg(shell.arg("/C"), format!("\"{command}\""));
    shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    shell
}

fn parse(output: &[u8]) -> Result<Credentials, String> {
    // The parser's own words may quote the answer, which holds a secret.
    let written: Written = serde_json::from_slice(output).map_err(|error| {
        format!("it printed no credentials in JSON (line {}, column {})", error.line(), error.column())
    })?;
    if written.version != 1 {
        return Err(format!("it printed version {}, but only version 1 is supported", written.version));
    }
    let Written { access_key_id, secret_access_key, session_token, .. } = written;
    let session_token = session_token.filter(|token| !token.is_empty());
    Ok(Credentials::new(access_key_id, secret_access_key, session_token, None, "process"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_may_be_a_key_is_not_repeated() {
        for (said, shown) in [
            ("Error: vault is sealed", "Error: vault is sealed"),
            ("AccessDenied", "AccessDenied"),
            ("s3cr3tSauce99", REDACTED),
            ("looking up\n  s3cr3tSauce99\ndone", "looking up [redacted] done"),
            ("exit 12", "exit 12"),
            ("", ""),
        ] {
            assert_eq!(words(said), shown);
        }
    }
}
