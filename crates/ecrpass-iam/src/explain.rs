//! Denials and documents in plain words.

pub mod change;
pub mod message;
pub mod owner;
pub mod words;

pub use change::{Explanation, explain};
pub use message::{Found, Said, find};
