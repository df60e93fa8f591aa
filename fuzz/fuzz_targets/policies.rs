//! `cargo fuzz run policies`, or `cargo xtask fuzz policies`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::policies::run(input));
