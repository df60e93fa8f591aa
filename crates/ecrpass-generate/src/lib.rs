//! Pipelines, alarms and dashboards as documents that a team checks in: what ecrpass knows, written down for other
//! programs to run. Functions of their arguments: nothing here reads a file, a clock or the network.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod alarms;
pub mod convert;
pub mod pipelines;
