//! `cargo fuzz run client_config`, or `cargo xtask fuzz client_config`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::client_config::run(input));
