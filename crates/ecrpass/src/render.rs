//! What people see: the command's voice, findings, differences, and an examination while it runs.

pub mod canary;
pub mod diff;
pub mod examination;
pub mod findings;
pub mod format;
pub mod indented;
pub mod installation;
pub mod lifecycle;
pub mod line_diff;
pub mod lines;
pub mod out;
pub mod paint;
pub mod plan;
pub mod policies;
pub mod progress;
pub mod report;
pub mod repository;
pub mod ui;
