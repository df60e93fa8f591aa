//! `cargo fuzz run audit`, or `cargo xtask fuzz audit`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::audit::run(input));
