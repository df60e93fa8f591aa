//! What is said in words: answers, remarks beside them, failures, and why a host is no registry.

use std::process::ExitCode;

use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::HostError;
use ecrpass_core::safe_line::safe_line;
use ecrpass_credentials::refusal::Refusal;

use crate::stdio;

/// An answer on standard output.
pub fn said(text: &str) -> ExitCode {
    match stdio::write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// A line on standard error.
pub fn note(line: &str) {
    // Standard error may be a file, too.
    ecrpass_system::outlive_limit();
    let _ = stdio::remark(format!("{}\n", safe_line(line)).as_bytes());
}

/// A protocol error: its text is the whole of standard output.
pub fn failed(text: &str) -> ExitCode {
    let _ = stdio::write_all(format!("{text}\n").as_bytes());
    ExitCode::FAILURE
}

/// The reason, where people look (standard error) and where clients look (standard output), who repeat it in their own
/// messages.
pub fn failed_aloud(line: &str) -> ExitCode {
    let line = safe_line(line);
    note(&line);
    failed(&line)
}

/// Why there is no token, in the line that users and clients know.
pub fn refused(refusal: &Refusal) -> ExitCode {
    failed_aloud(&refusal.helper_line())
}

/// Why a host is no registry of ECR's.
pub fn not_a_registry(error: &HostError) -> Refusal {
    let next = match error {
        HostError::NotEcr { .. } => "write <account>.dkr.ecr.<region>.amazonaws.com".to_owned(),
        HostError::Malformed { .. } => {
            "correct the host in the image reference or the docker configuration".to_owned()
        }
    };
    Refusal::new(
        DiagnosisId::MalformedRegistryHost,
        format!("{}.", error.to_string().trim_end_matches('.')),
        next,
    )
}
