//! Changes to this machine that more than one command makes.

pub mod around_files;
pub mod outcome;
pub mod repair;
