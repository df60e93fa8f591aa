//! The diagnosis catalogue: two files per root cause of ECR authentication, push and pull failures.
//!
//! `<id>.md` is the page users read (`ecrpass explain --id`, `docs/diagnosis/`); the static in `<id>.rs` says what the
//! cause looks like in a log and in facts, and what fixes it. `cargo xtask generate` writes the list of them.

pub mod administrators;
pub mod callers;
mod common;
pub mod entry;
mod fits;
pub mod general;
mod generated;
mod grants;
mod group;
mod own;
mod page;
mod places;
pub mod remedy;
mod remedy_list;
mod whole_page;

use ecrpass_core::DiagnosisId;
pub use entry::{Diagnosis, Page};
pub use group::Group;

/// The whole catalogue, in the order of its documentation.
pub fn all() -> impl ExactSizeIterator<Item = &'static Diagnosis> {
    generated::ENTRIES.iter().map(|(_, diagnosis)| *diagnosis)
}

/// One entry.
pub fn find(id: DiagnosisId) -> &'static Diagnosis {
    generated::entry(id)
}

/// The folder that a cause is in.
pub fn group(id: DiagnosisId) -> Option<Group> {
    generated::ENTRIES.iter().find(|(_, diagnosis)| diagnosis.id == id).map(|(group, _)| *group)
}
