//! Repositories as they are and as they should be.
//!
//! Facts about a repository and its registry go in; what would have to be done, what cannot be done in place, and what a
//! lifecycle policy would expire come out. Nothing here asks anybody: time and images are arguments.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod describe;
pub mod lifecycle;
pub mod nearest;
pub mod normal;
pub mod plan;
pub mod running;
pub mod settings;
pub mod snapshot;
pub mod state;
pub mod step;
pub mod wanted;
pub mod words;
