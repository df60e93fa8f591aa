//! The engines: each takes its kind of input and the catalogue, and returns findings. None imports another.

pub mod configuration;
pub mod doctor;
pub mod explain;
pub mod fleet;
pub mod notice;
pub mod pod;
pub mod sarif;
