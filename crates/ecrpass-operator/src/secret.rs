//! Pull secrets as they are in the cluster: what is kept of one, and what is written.

mod content;
mod marks;
mod merge;
mod record;

pub use self::content::Content;
pub use self::merge::{Merged, Want, Written, merge, strip};
pub use self::record::{HostRecord, Obstacle, SecretRecord, Standing, record};
