//! Denials and documents in plain words.

pub mod advice;
pub mod message;
pub mod owner;
pub mod words;

pub use advice::{Explanation, decode_command, explain};
pub use message::{Found, Said, find};
