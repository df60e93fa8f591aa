//! `cargo fuzz run names`, or `cargo xtask fuzz names`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::names::run(input));
