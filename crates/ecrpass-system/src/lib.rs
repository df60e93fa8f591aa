//! This machine, as far as the pure crates are told about it: the environment of the process, and reading files and
//! running programs that somebody else chose, within bounds. The helper links it, so it stays small.

pub mod bounded;
pub mod clock;
mod closed_pipe;
pub mod directory;
mod environment;
mod file_size;
pub mod machine;
pub mod program;
mod real_path;
mod rename;
pub mod standard_input;
pub mod text_file;
#[cfg(any(not(unix), test))]
mod timely_input;

pub use closed_pipe::is_closed_pipe;
pub use environment::ProcessEnvironment;
pub use file_size::{is_over_limit, outlive_limit};
pub use real_path::real_path;
pub use rename::rename;
