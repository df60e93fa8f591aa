//! Policy documents: read with the place of everything, and held to IAM's grammar.

pub mod check;
pub mod model;
pub mod problem;
pub mod read;

pub use check::{check, read_for};
pub use model::{Document, Effect, Statement, Version};
pub use problem::{Problem, ProblemKind, Severity};
pub use read::{Reading, read, read_source, read_value};
