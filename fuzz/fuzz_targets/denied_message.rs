//! `cargo fuzz run denied_message`, or `cargo xtask fuzz denied_message`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::denied_message::run(input));
