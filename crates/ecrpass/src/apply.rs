//! Changes to this machine that more than one command makes.

pub mod around_files;
pub mod audit;
mod audited_file;
pub mod aws_audit;
pub mod canary_exports;
pub mod conversion;
mod encoding;
pub mod helper_logins;
pub mod helper_place;
pub mod needed_helper;
pub mod new_files;
#[cfg(unix)]
pub mod node;
pub mod outcome;
pub mod policies;
pub mod pull_secrets;
pub mod repair;
pub mod uninstall;
pub mod unrepaired;
