//! Lays the functions of a warm `get` side by side in the static program: see `linker/warm-path.ld`.

#![allow(clippy::print_stdout)] // cargo reads it
use std::env;
use std::path::Path;

/// Set by `cargo xtask bench`, which measures what the layout is worth.
const PLAIN: &str = "ECRPASS_PLAIN_LAYOUT";

fn main() {
    println!("cargo::rerun-if-env-changed={PLAIN}");
    let is_static = env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|environment| environment == "musl");
    if !is_static || env::var_os(PLAIN).is_some() {
        return;
    }
    let Some(package) = env::var_os("CARGO_MANIFEST_DIR") else { return };
    let script = Path::new(&package).join("../../linker/warm-path.ld");
    println!("cargo::rerun-if-changed={}", script.display());
    println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
}
