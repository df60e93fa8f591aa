//! The helper as a process, against a local ECR with verified signatures.

#![allow(clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::unwrap_used, clippy::panic)] // a test's way of failing

mod bounds;
mod cache;
mod chaos;
mod clocks;
mod contract;
mod delegate;
mod erased;
mod flight;
mod hostile;
mod limits;
mod meanwhile;
mod principals;
mod protocol;
mod provider;
mod provider_accounts;
mod provider_aws;
mod provider_endpoints;
mod provider_hosts;
mod provider_protocol;
mod refusals;
mod secrets;
mod sources;
mod stopped;
mod storms;
mod syscalls;
mod tally;
mod tls;
mod unreadable;
mod world;
