//! Changes to this machine that more than one command makes.

pub mod around_files;
pub mod audit;
pub mod conversion;
pub mod helper_logins;
pub mod helper_place;
pub mod needed_helper;
pub mod new_files;
pub mod outcome;
pub mod pull_secrets;
pub mod repair;
pub mod unrepaired;
