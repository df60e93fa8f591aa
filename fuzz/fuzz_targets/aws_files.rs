//! `cargo fuzz run aws_files`, or `cargo xtask fuzz aws_files`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::aws_files::run(input));
