//! The catalogue and its engines from outside: logs, facts and notices in, findings out. One program, so that all cores
//! work on it after a change to one entry.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::string_slice)] // a test's way of failing
#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::unwrap_used)] // fixtures are files; the same

mod checks;
mod decisions;
mod doctor;
mod explain;
mod general;
mod growth;
mod notices;
mod remedies;
mod share;
mod slugs;
mod storm;
mod support;
mod tiers;
mod wrappings;
