//! The Amazon ECR credential helper: `docker-credential-ecr-login` and the library behind `ecrpass token`.

use std::process::ExitCode;

use ecrpass_core::{Registry, Secret, time::EpochSeconds};

/// A live token and the registry it was asked for.
#[derive(Clone, Debug)]
pub struct Token {
    /// The registry.
    pub registry: Registry,
    /// The user name, `AWS`.
    pub username: String,
    /// The registry password.
    pub password: Secret,
    /// When it expires.
    pub expires_at: EpochSeconds,
}

/// Why there is no token. `Display` is one line: `[slug] what is wrong. Next: the command`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("[{slug}] {what} Next: {next}")]
pub struct Refusal {
    /// The catalogue slug of the cause.
    pub slug: &'static str,
    /// What is wrong, a sentence.
    pub what: String,
    /// What to do, a command or an instruction.
    pub next: String,
}

/// The credentials for an ECR registry, from the cache or from AWS, exactly as `get` would answer.
///
/// # Errors
/// The reason, when no live token can be had.
pub fn authorization_token(server_url: &str) -> Result<Token, Refusal> {
    let _ = server_url;
    Err(Refusal { slug: "not-logged-in", what: "Not written yet.".to_owned(), next: "wait".to_owned() })
}

/// The helper's own `main`: reads arguments, standard input and environment of this process.
pub fn main() -> ExitCode {
    ExitCode::FAILURE
}
