//! One file per command.

pub mod demo;
pub mod doctor;
pub mod explain;
pub mod fix;
pub mod local;
pub mod login;
pub mod resolve;
pub mod setup;
pub mod status;
pub mod token;
pub mod whoami;
