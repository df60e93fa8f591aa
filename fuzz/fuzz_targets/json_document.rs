//! `cargo fuzz run json_document`, or `cargo xtask fuzz json_document`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::json_document::run(input));
