//! `cargo fuzz run explain`, or `cargo xtask fuzz explain`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::explain::run(input));
