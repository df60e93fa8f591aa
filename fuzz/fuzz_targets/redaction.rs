//! `cargo fuzz run redaction`, or `cargo xtask fuzz redaction`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::redaction::run(input));
