//! Whether a request is allowed: every layer that has a say, and how they are put together.
//!
//! Source: IAM User Guide, "Policy evaluation logic" and "Determining whether a request is allowed or denied within an
//! account" and "… cross-account".

pub mod combine;
pub mod decision;
pub mod outcome;
pub mod policies;
pub mod reach;
pub mod statement;

pub use combine::evaluate;
pub use decision::{Decision, Verdict};
pub use outcome::{LayerOutcome, StatementRef};
pub use policies::Policies;
