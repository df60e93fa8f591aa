//! The helper as a process, against a local ECR with verified signatures.

mod cache;
mod flight;
mod protocol;
mod refusals;
mod secrets;
mod sources;
mod world;
