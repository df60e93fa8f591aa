//! The local ECR over the wire, as its clients meet it.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing

// Clippy knows `#[test]` functions for tests, but not the helpers they share.
#![allow(clippy::panic, clippy::unwrap_used)]

mod apis;
mod control;
mod faults;
mod forward;
mod iam;
mod iam_reads;
mod images;
mod metadata;
mod public;
mod registry;
mod registry_refusals;
mod repositories;
mod sts;
mod support;
mod tls;
