//! `cargo fuzz run tokens`, or `cargo xtask fuzz tokens`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::tokens::run(input));
