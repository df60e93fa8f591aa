//! `cargo fuzz run kubelet`, or `cargo xtask fuzz kubelet`. What has to hold is in `crates/ecrpass-fuzz`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ecrpass_fuzz::kubelet::run(input));
