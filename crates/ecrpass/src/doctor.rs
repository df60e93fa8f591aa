//! The live half of `ecrpass doctor`: collects facts from this machine, AWS and registries, under one deadline.

pub mod bundle;
mod collect;
pub mod configurations;
mod credentials;
mod daemon;
mod offer;
pub mod screen;
pub mod subjects;
mod surroundings;

pub use collect::{Asked, collect};
