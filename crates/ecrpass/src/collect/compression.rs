//! What is said about a compressed log that cannot be unpacked to its end. Unpacking itself is shared with `trail`.

use std::io;

use ecrpass_core::CommandLine;
use ecrpass_trail::unpack::Stop;
pub use ecrpass_trail::unpack::{Compression, HARMLESS, of, unpack};

/// What went wrong, in words.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends in the middle, as a copy that was cut short does".to_owned(),
        _ => error.to_string(),
    }
}

/// What can be done about it.
pub fn way_round(error: &io::Error, source: &str) -> String {
    match Stop::behind(error) {
        Some(Stop::Window(_)) => piped("zstd -dc --long=31", source),
        Some(Stop::Bomb(_)) => format!("if it is a log even so, {}", piped("zstd -dcf", source)),
        None => "copy it again, or wait until it is written to its end".to_owned(),
    }
}

/// Another program unpacks it.
fn piped(program: &'static str, source: &str) -> String {
    let file = if source == "stdin" { "FILE" } else { source };
    format!("{} | ecrpass explain -", CommandLine::shell(program).path(file))
}
