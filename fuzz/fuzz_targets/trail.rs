//! `cargo fuzz run trail`, or `cargo xtask fuzz trail`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::trail::run(input));
