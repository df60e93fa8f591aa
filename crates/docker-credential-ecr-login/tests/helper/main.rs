//! The helper as a process, against a local ECR with verified signatures.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod cache;
mod flight;
mod protocol;
mod refusals;
mod secrets;
mod sources;
mod world;
