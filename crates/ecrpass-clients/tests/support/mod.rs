//! Configurations with logins that are live or expired, and their repair on a made-up machine.

#![allow(dead_code)] // each test file uses its part of it

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::{HelperLogin, KnownMachine, Repair, repair};
use ecrpass_core::environment::OperatingSystem;

pub const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
pub const OTHER: &str = "210987654321.dkr.ecr.eu-west-1.amazonaws.com";

pub const NOW: i64 = 1_800_000_000;

/// An `auth` whose password says that it expires then.
pub fn auth(expires_at: i64) -> String {
    let password = STANDARD.encode(format!(r#"{{"payload":"p","expiration":{expires_at}}}"#));
    STANDARD.encode(format!("AWS:{password}"))
}

pub fn filled(text: &str) -> String {
    text.replace("EXPIRED", &auth(NOW - 7200))
        .replace("LIVE", &auth(NOW + 3600))
        .replace("HOST", HOST)
        .replace("OTHER", OTHER)
}

pub fn run_asking(
    platform: OperatingSystem,
    text: &str,
    installed: &[&str],
    with_unsafe: bool,
    login: Option<&dyn Fn(&str) -> HelperLogin>,
) -> Repair {
    let is_installed = |name: &str| installed.contains(&name);
    let known = KnownMachine {
        now: NOW,
        platform,
        is_installed: Some(&is_installed),
        registries: &[],
        public_used_in: None,
        delegate: None,
        previous_store: None,
        login,
    };
    repair(&filled(text), Format::Current, &known, with_unsafe).unwrap()
}
