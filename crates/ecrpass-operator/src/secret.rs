//! Pull secrets as they are in the cluster: what is kept of one, and what is written.

mod content;
mod marks;
mod merge;
mod record;

pub use self::merge::{Merged, Want, Withdrawal, Written, merge, version_of, wipe, withdraw};
#[cfg(test)]
pub use self::record::own_name;
pub use self::record::{HostRecord, Obstacle, SecretRecord, Standing, record};
