//! `cargo fuzz run cache_file`, or `cargo xtask fuzz cache_file`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::cache_file::run(input));
