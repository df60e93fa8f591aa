//! Policies written: from tasks, repositories and principals to the documents that allow just that.
//!
//! A function of its arguments, as everything here. What cannot be right is refused, with what to do about it.

pub mod access;
pub mod attach;
pub mod draft;
pub mod endpoint;
pub mod format;
pub mod identity;
pub mod limits;
pub mod plan;
pub mod refusal;
pub mod registry;
pub mod repository;
pub mod target;
pub mod trust;
pub mod wanted;

pub use draft::{Draft, Kind};
pub use plan::generate;
pub use refusal::Refusal;
pub use target::Target;
pub use wanted::Wanted;
