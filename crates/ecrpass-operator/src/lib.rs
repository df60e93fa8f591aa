//! `ecrpass-operator`: keeps the pull secrets of a cluster fresh.
//!
//! In the middle is an engine without hands (`engine`, over `settings`, `index`, `plan`, `renewal` and `secret`): pure, and
//! tested by playing days of a cluster through. Around it are its hands: `cluster`, `tokens`, `leader`, `driver`, `server`.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod account;
mod arguments;
mod check;
mod clock;
mod cluster;
mod digest;
mod driver;
mod engine;
mod feed;
#[cfg(test)]
mod fleet;
mod index;
mod job;
mod leader;
mod log;
mod metrics;
mod names;
mod namespace;
mod plan;
mod program;
mod remove;
mod renewal;
mod run;
mod secret;
mod server;
mod settings;
mod settings_file;
mod shared;
mod tls;
mod token;
mod tokens;
mod work;
#[cfg(test)]
mod world;

pub use crate::program::main;
