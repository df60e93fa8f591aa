//! What a pull canary knows: its targets and settings, one run's steps and verdict, when the next one is due, and its
//! metrics in every format.
//!
//! Everything here is a function of its arguments: no clock, no file, no network. Whoever asks the registry feeds a
//! [`run::Run`] with what came of each try, and the [`board::Board`] with what came of each run.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod advice;
pub mod board;
pub mod config;
pub mod emf;
pub mod exposition;
pub mod families;
pub mod function;
pub mod histogram;
pub mod import;
pub mod labels;
pub mod length;
pub mod otlp;
pub mod report;
pub mod run;
pub mod settings;
pub mod step;
pub mod target;
#[cfg(test)]
#[path = "three_days/tests.rs"]
mod three_days;
pub mod timetable;
