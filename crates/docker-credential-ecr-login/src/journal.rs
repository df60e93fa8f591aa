//! The log: what was asked of AWS and what came of it, for the reader of a failure after the fact.
//!
//! Beside the Go helper's old place, readable by its owner only, capped in size, and without secrets. The warm path
//! never writes it.

use std::fs;
use std::io::Write;
use std::path::Path;

use ecrpass_core::redact::redact;
use ecrpass_core::time::{EpochSeconds, rfc3339};
use ecrpass_credentials::aws_call::{CallOutcome, Exchange};

use crate::private_file;

/// When the log is this large, in bytes, it becomes `ecr-login.log.1` and a new one begins.
const MAX_LOG: u64 = 256 * 1024;

/// Appends one line. A log that cannot be written is no reason to fail.
pub fn write(directory: Option<&Path>, now: EpochSeconds, line: &str) {
    let Some(directory) = directory else { return };
    let path = directory.join("log").join("ecr-login.log");
    if fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.len() >= MAX_LOG) {
        let _ = fs::rename(&path, path.with_extension("log.1"));
    }
    let Some(parent) = path.parent() else { return };
    if private_file::create_directory(parent).is_err() {
        return;
    }
    if let Ok(mut file) = private_file::open_or_create(&path) {
        let line = redact(line).replace(['\n', '\r'], " ");
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
