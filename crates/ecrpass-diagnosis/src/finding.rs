//! Findings: what was found to be wrong, in the form that programs read.

mod ci;
mod details;
mod fix;
mod github;
mod model;
mod occurrences;
mod own_command;
mod place;
mod situation;

pub use ci::Ci;
pub use details::{Details, keep, safe};
pub use fix::{Action, Applicability, Edit, Fix};
pub use github::annotation;
pub use model::{Confidence, Evidence, Finding, Findings, SCHEMA, Severity};
pub use occurrences::Occurrences;
pub use own_command::{FixExtent, OwnCommand, SetupTarget};
pub use place::Place;
pub use situation::{Purpose, Situation};
