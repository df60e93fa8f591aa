//! Facts in, findings out: the diagnosis catalogue, and the engines that look at logs, machines and fleets with it.
//!
//! Everything here is a function of its arguments: no files, no environment, no clock, no network.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod catalogue;
pub mod check;
pub mod engine;
pub mod examination;
pub mod facts;
pub mod finding;
pub mod input_kind;
pub mod inputs;
pub mod installation;
pub mod kubelet;
pub mod location;
pub mod pseudonymize;
pub mod runbook;
pub mod safe_copy;
