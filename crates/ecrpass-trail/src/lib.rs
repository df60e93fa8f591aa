//! Reads CloudTrail: who fails at ECR since when, and the change just before it.
//!
//! Records come out of whatever container they lie in, only those that can matter are parsed, and each becomes an
//! [`event::Event`] that a [`event::Sink`] looks at. No files, clock or network here: bytes come in as readers.
//!
//! The [`accumulator::Accumulator`] is the sink whose [`evidence::Evidence`] is answered by [`answers::answer`] with a
//! [`report::Report`].

pub mod accumulator;
pub mod answers;
mod calls;
pub mod change;
mod container;
mod distinct;
mod ecs;
pub mod event;
pub mod evidence;
pub mod explain;
pub mod export;
mod failure;
mod names;
pub mod outside;
mod read;
pub mod report;
pub mod scan;
pub mod seen;
mod series;
pub mod sql;
pub mod tally;
pub mod unpack;
mod who;
