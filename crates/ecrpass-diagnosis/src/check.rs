//! What a check of the catalogue is given, and what it says: a case with everything seen around a registry or image, and
//! the outcome Found, Clear or Unknown.

mod case;
mod link;
mod outcome;
mod read_only_system;
mod stage;

pub use case::{Case, Heard};
pub use link::{link, link_on_path};
pub use outcome::{CheckOutcome, CheckWord, Proof, clear, found, found_at, unknown};
pub use read_only_system::{ReadOnlySystem, TALOS, read_only_system};
pub use stage::Stage;

/// What is looked for, and where on the way it strikes.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Where on the way.
    pub stage: Stage,
    /// Looks at what was seen.
    pub examine: fn(&Case<'_>) -> CheckOutcome,
}
