//! Pull secrets as they are in the cluster: what is kept of one, and what is written.

mod content;
mod marks;
mod merge;
mod record;

pub use self::merge::{Merged, Want, Written, merge, strip, wipe};
pub use self::record::{HostRecord, Obstacle, SecretRecord, Standing, own_name, record};
