//! Lifecycle policies: read, checked, made, and evaluated against images.
//!
//! Source: Amazon ECR User Guide, "Lifecycle policy properties" and "Automate the cleanup of images by using lifecycle
//! policies", with the archive storage class (end of 2025).

mod check;
mod evaluate;
mod image;
mod make;
mod policy;
mod problem;
mod read;

pub use evaluate::{Fate, Outcome, evaluate};
pub use image::Image;
pub use make::Made;
pub use policy::{Action, Count, Policy, Rule, Selection, StorageClass};
pub use problem::Problem;
pub use read::read;
