//! The program docker runs: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    docker_credential_ecr_login::main()
}
