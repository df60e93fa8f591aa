//! The denials among the facts of a registry: who was denied what.

use ecrpass_iam::denial::{self, Denied};

use super::registry::{RegistryResponse, Verdict};
use super::subject::Subject;

/// Every denial that AWS or the registry answered with.
pub fn denials(subject: &Subject) -> Vec<Denied<'_>> {
    let tried = subject.permissions.iter().filter(|permission| permission.verdict == Verdict::Denied);
    let tried = tried.map(|permission| permission.message.as_str());
    let refused = subject.token.known().and_then(|call| call.refused.as_ref());
    let token = refused.map(|why| why.what.as_str());
    let answers = [&subject.manifest, &subject.daemon_manifest, &subject.upload, &subject.layer];
    let answers = answers
        .into_iter()
        .filter_map(|answer| answer.known())
        .filter(|answer| !RegistryResponse::is_success(answer))
        .map(|answer| answer.message.as_str());
    token.into_iter().chain(tried).chain(answers).filter_map(denial::parse).collect()
}
