//! Which replica writes: the holder of a lease. It is advice, not a lock: writes name the version they replace, so that two
//! who write at once do no harm.

mod election;
mod lease;

pub use self::election::Election;
pub use self::lease::{Lease, release, step};
