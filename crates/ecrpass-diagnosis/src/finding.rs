//! Findings: what was found to be wrong, in the form that programs read.

mod ci;
mod details;
mod fingerprint;
mod fix;
mod github;
mod gitlab;
mod junit;
mod model;
mod occurrences;
mod own_command;
mod place;
mod situation;
mod topic;

pub use ci::Ci;
pub use details::{Denial, Details, keep, safe};
pub use fingerprint::fingerprints;
pub use fix::{Action, Applicability, Edit, Fix};
pub use github::annotation;
pub use gitlab::code_quality;
pub use junit::junit;
pub use model::{Confidence, Evidence, Finding, Findings, SCHEMA, Severity};
pub use occurrences::Occurrences;
pub use own_command::{FixExtent, OwnCommand, SetupTarget};
pub use place::Place;
pub use situation::{Purpose, Situation, is_of_a_tool};
pub use topic::Topic;
