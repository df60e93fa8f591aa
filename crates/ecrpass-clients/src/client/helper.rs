//! Asking a helper, and what clients make of its answer.

use super::environment::{ClientEnvironment, HelperReply};
use super::resolution::{Ending, Sent, Trace};

/// What a client hears from a helper.
pub(super) enum Reply {
    /// Credentials, or the hope of them.
    Answered(Sent),
    /// Nothing, said properly.
    NotFound,
    /// An answer without fields.
    Blank,
    /// What ECR does not take.
    IdentityToken,
    /// No proper answer, or no such program; what the user reads of it.
    Failed { missing: bool, message: String },
}

/// Whether `docker-credential-<suffix>` is a helper for ECR by its name: ours, Amazon's, or the kubelet's. A part of the
/// name says so; `secretservice` has the letters, too.
pub fn is_ecr_helper(suffix: &str) -> bool {
    suffix.split(['-', '_', '.']).any(|part| part.starts_with("ecr"))
}

/// Runs `docker-credential-<suffix> get`, or takes note that it would be run.
pub(super) fn ask(
    machine: &dyn ClientEnvironment,
    suffix: &str,
    server_url: &str,
    trace: &mut Trace,
) -> Reply {
    let step = format!("docker-credential-{suffix} get {server_url}");
    match machine.ask(suffix, server_url) {
        HelperReply::Credentials(user) => {
            trace.found(step, format!("answers, for user {user}"));
            Reply::Answered(Sent::Basic(vec![user]))
        }
        HelperReply::NotAsked => {
            trace.found(step, "is on PATH; it was not asked");
            Reply::Answered(Sent::HelpersAnswer)
        }
        HelperReply::Assumed => {
            trace.found(step, "is taken to answer; nobody looked for it");
            Reply::Answered(Sent::HelpersAnswer)
        }
        HelperReply::IdentityToken => {
            trace.not_found(step, "answers with an identity token, which ECR does not accept");
            Reply::IdentityToken
        }
        HelperReply::Blank => {
            trace.not_found(step, "answers, without user name and password");
            Reply::Blank
        }
        HelperReply::NotFound => {
            trace.not_found(step, "answers that it has no credentials");
            Reply::NotFound
        }
        HelperReply::Failed(message) => {
            let first = message.trim().lines().next().unwrap_or_default().to_owned();
            let message = format!("docker-credential-{suffix} failed: {first}");
            trace.not_found(step, message.clone());
            Reply::Failed { missing: false, message }
        }
        HelperReply::Missing => {
            let message = format!("docker-credential-{suffix} is not on PATH");
            trace.not_found(step, message.clone());
            Reply::Failed { missing: true, message }
        }
    }
}

/// A helper's credentials as an ending.
pub(super) fn helper(suffix: &str, store: bool, sent: Sent) -> Ending {
    Ending::Helper { suffix: suffix.to_owned(), store, sent }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_for_ecr_are_known_by_their_names() {
        for name in ["ecr-login", "ecr-login.exe", "ecr-credential-provider", "ecrpass", "amazon-ecr"] {
            assert!(is_ecr_helper(name), "{name}");
        }
        for name in ["secretservice", "osxkeychain", "pass", "desktop.exe", "wincred", ""] {
            assert!(!is_ecr_helper(name), "{name}");
        }
    }
}
