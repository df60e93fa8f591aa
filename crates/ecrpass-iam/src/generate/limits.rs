//! How large AWS takes each kind of policy.
//!
//! Source: IAM User Guide, "IAM and AWS STS quotas"; the API models of ecr (`RepositoryPolicyText`,
//! `RegistryPolicyText`) and ec2. White space counts in none of IAM's.

use super::draft::{Draft, Kind};
use super::format::json;
use super::refusal::Refusal;

/// The most characters a document of that kind may have; `None` where AWS says none.
pub fn limit(kind: Kind) -> Option<usize> {
    match kind {
        // Of all inline policies together.
        Kind::Role => Some(10_240),
        Kind::User | Kind::Session | Kind::Trust => Some(2_048),
        Kind::Boundary => Some(6_144),
        Kind::Repository | Kind::Registry => Some(10_240),
        Kind::ApiEndpoint | Kind::RegistryEndpoint | Kind::LayerEndpoint => Some(20_480),
    }
}

/// The size of a document as AWS counts it, and as it is printed.
pub fn size(draft: &Draft) -> usize {
    let text = json::document(draft);
    match draft.kind {
        Kind::Repository | Kind::Registry => text.chars().count(),
        _ => text.chars().filter(|c| !c.is_whitespace()).count(),
    }
}

/// Refuses a document that is too large.
///
/// # Errors
/// [`Refusal`], with the size and the limit.
pub fn check(draft: &Draft) -> Result<(), Refusal> {
    let (Some(limit), size) = (limit(draft.kind), size(draft)) else { return Ok(()) };
    if size <= limit {
        return Ok(());
    }
    let next = match draft.kind {
        Kind::User => {
            "attach it to a role in place of the user, or name a prefix: --repository HOST/PREFIX/*"
        }
        Kind::Trust => "make one role for each pipeline, or have AWS raise the quota to 8,192",
        _ => {
            "name a prefix in place of single repositories, --repository HOST/PREFIX/*, or write several policies"
        }
    };
    Err(Refusal::new(
        format!("That {} policy would have {size} characters, and AWS takes {limit}.", draft.kind.id()),
        next,
    ))
}
