//! What is answered: a small world of calls and changes for each kind of incident, and what must not be named.

#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

mod causes;
mod decoys;
mod hostile;
mod order;
mod refused;
mod roles;
mod secrets;
mod shown;
mod silence;
mod sources;
mod world;
