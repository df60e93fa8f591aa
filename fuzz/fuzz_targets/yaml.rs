//! `cargo fuzz run yaml`, or `cargo xtask fuzz yaml`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::yaml::run(input));
