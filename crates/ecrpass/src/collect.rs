//! Facts from this machine, AWS and registries: what `ecrpass doctor` looks at, under one deadline.

mod ask;
pub mod bundle_file;
mod client_credentials;
pub mod configurations;
mod credentials;
mod daemon;
mod listen;
mod live;
mod machine_facts;
pub mod targets;

pub use live::{Asked, collect};
