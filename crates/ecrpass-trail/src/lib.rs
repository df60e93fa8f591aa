//! Reads CloudTrail: who fails at ECR since when, and the change just before it.
//!
//! Records come out of whatever container they lie in, only those that can matter are parsed, and each becomes an
//! [`event::Event`] that a [`event::Sink`] looks at. No files, clock or network here: bytes come in as readers.

mod container;
mod distinct;
pub mod event;
mod read;
pub mod scan;
pub mod tally;
pub mod unpack;
