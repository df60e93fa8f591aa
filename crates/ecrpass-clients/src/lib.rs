//! What container clients do with their configuration: which file, helper or variable supplies the credentials of a
//! registry, and how a configuration is repaired.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod client;
pub mod docker_config;
pub mod repair;
