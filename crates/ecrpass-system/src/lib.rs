//! The environment of this process. What the pure crates are told about the machine, they are told through
//! [`ProcessEnvironment`] outside of tests.

mod process;
pub mod text_file;

pub use process::ProcessEnvironment;
