//! Pipelines, alarms and dashboards as documents that a team checks in.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod alarms;
