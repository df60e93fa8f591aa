//! The log: what was asked of AWS and what came of it, for the reader of a failure after the fact.
//!
//! Beside the Go helper's old place, readable by its owner only, capped in size, and without secrets. The warm path
//! never writes it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use ecrpass_core::redact::redact;
use ecrpass_core::shortened::shortened;
use ecrpass_core::time::{EpochSeconds, parse_rfc3339, rfc3339};
use ecrpass_credentials::aws_call::{CallOutcome, Exchange};

use crate::private_file;

/// When the log is this large, in bytes, it becomes `ecr-login.log.1` and a new one begins.
const MAX_LOG: u64 = 256 * 1024;

/// The most of one line, in bytes.
const MAX_LINE: usize = 8 * 1024;

/// The log's name, and the ending of the one before it.
const LOG: &str = "ecr-login.log";
const EARLIER: &str = "log.1";

/// Where the log is, below the helper's directory.
pub fn directory(base: &Path) -> PathBuf {
    base.join("log")
}

/// The log and the one before it, whether they are there or not.
pub fn files(base: &Path) -> [PathBuf; 2] {
    let log = directory(base).join(LOG);
    [log.with_extension(EARLIER), log]
}

/// Whether a line of a log is of our making: a time, and the process in brackets.
pub fn is_line(line: &str) -> bool {
    let of_ours = line.split_once(" [").and_then(|(time, rest)| Some((time, rest.split_once("] ")?.0)));
    of_ours.is_some_and(|(time, process)| {
        parse_rfc3339(time).is_some() && !process.is_empty() && process.bytes().all(|b| b.is_ascii_digit())
    })
}

/// Appends one line. A log that cannot be written is no reason to fail.
pub fn write(directory: Option<&Path>, now: EpochSeconds, line: &str) {
    let Some(base) = directory else { return };
    let path = self::directory(base).join(LOG);
    if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.len() >= MAX_LOG) {
        let _ = fs::rename(&path, path.with_extension(EARLIER));
    }
    let Some(parent) = path.parent() else { return };
    if private_file::create_directory(parent).is_err() {
        return;
    }
    if let Ok(mut file) = private_file::open_or_create(&path) {
        let line = shortened(&redact(line), MAX_LINE).replace(['\n', '\r'], " ");
        ecrpass_system::outlive_limit();
        // One call, so that lines of several processes do not mix.
        let _ = file.write_all(format!("{} [{}] {line}\n", rfc3339(now), std::process::id()).as_bytes());
    }
}

/// What was exchanged, in one line; tries that ended alike are counted.
pub fn summary(exchanges: &[Exchange]) -> String {
    let mut text = String::new();
    for group in
        exchanges.chunk_by(|a, b| (&a.operation, &a.host, &a.outcome) == (&b.operation, &b.host, &b.outcome))
    {
        let Some(exchange) = group.first() else { continue };
        let outcome = match &exchange.outcome {
            CallOutcome::Success => "ok".to_owned(),
            CallOutcome::Refused { status, error: Some(error), .. } => {
                format!("{status} {}: {}", error.code, error.message)
            }
            CallOutcome::Refused { status, error: None, .. } => status.to_string(),
            CallOutcome::Unreachable { kind, text } => format!("{kind:?}: {text}"),
        };
        text.push_str(&format!("; {} at {}: {outcome}", exchange.operation, exchange.host));
        if group.len() > 1 {
            text.push_str(&format!(" ({} times)", group.len()));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_lines_are_told_from_the_other_helpers() {
        let directory = tempfile::tempdir().unwrap();
        write(Some(directory.path()), 1_700_000_000, "GetAuthorizationToken: ok");
        let [_, log] = files(directory.path());
        let text = fs::read_to_string(log).unwrap();
        assert!(text.lines().all(is_line), "{text}");
        for other in
            ["time=\"2026-11-24T10:00:00Z\" level=debug msg=\"x [1] y\"", "", "2026-11-24T10:00:00Z [x] y"]
        {
            assert!(!is_line(other), "{other}");
        }
    }
}
