//! One file per command.

pub mod demo;
pub mod local;
pub mod login;
pub mod resolve;
pub mod token;
