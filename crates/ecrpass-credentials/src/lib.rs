//! Which AWS credentials are used, and why there is no token: pure functions over what was read and asked.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod aws_call;
pub mod aws_config;
pub mod credential_chain;
pub mod refusal;
pub mod web_identity;
