//! `cargo fuzz run audit_models`, or `cargo xtask fuzz audit_models`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::audit_models::run(input));
