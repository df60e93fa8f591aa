//! `cargo fuzz run sign_in`, or `cargo xtask fuzz sign_in`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::sign_in::run(input));
