//! The program: see the library.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

use std::process::ExitCode;

fn main() -> ExitCode {
    ecrpass_operator::main()
}
