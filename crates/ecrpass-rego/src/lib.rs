//! A team's own rules, in Rego, over its configurations and files: what `ecrpass audit --policy` asks.
//!
//! The conventions are conftest's: rules named `deny`, `violation` and `warn`, with or without a name behind them, in
//! package `main` unless another is asked for; messages are texts, or objects with `msg`; `exception` leaves rules out;
//! `test_` rules are the policies' tests. Policies come from anywhere, so they are asked in a process of their own, with
//! little time and memory: `job` is what goes there and what comes back. Nothing here reads a file; only the engine keeps
//! it from building for wasm32.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod answers;
mod builtins;
pub mod check;
mod combined;
mod engine;
pub mod findings;
pub mod input;
pub mod job;
mod place;
pub mod question;
mod rule_name;
mod silence;
mod verify;
mod walk;

pub use engine::PolicyError;
