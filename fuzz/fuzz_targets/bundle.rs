//! `cargo fuzz run bundle`, or `cargo xtask fuzz bundle`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::bundle::run(input));
