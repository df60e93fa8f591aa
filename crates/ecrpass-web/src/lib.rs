//! What the web pages ask the core: texts in, JSON out. The pages themselves are in `page/`, `cargo xtask web` puts the two
//! together.
//!
//! There are two pages, each with a module of its own made from these sources: `explain` is what the first one is built
//! with, `audit`, `bundle`, `denials` and `trail` the second. Neither holds what only the other one shows.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod analysis;
#[cfg(feature = "explain")]
mod analyze;
#[cfg(feature = "audit")]
mod audit;
mod bindings;
#[cfg(feature = "bundle")]
mod bundle;
#[cfg(any(feature = "bundle", feature = "explain"))]
mod compact_deserializer;
#[cfg(feature = "denials")]
mod denials;
mod diff;
mod marks;
mod other_page;
#[cfg(feature = "explain")]
mod policy;
#[cfg(feature = "explain")]
mod resolve;
#[cfg(feature = "trail")]
mod trail;

#[cfg(feature = "explain")]
pub use analyze::analyze;
#[cfg(feature = "audit")]
pub use audit::audit;
#[cfg(feature = "bundle")]
pub use bundle::bundle;
#[cfg(feature = "denials")]
pub use denials::denials;
use ecrpass_clients::docker_config::Format;
use ecrpass_diagnosis::input_kind::InputKind;
use ecrpass_diagnosis::safe_copy::shareable;
#[cfg(feature = "explain")]
pub use policy::policy;
#[cfg(feature = "explain")]
pub use resolve::{clients, resolve};
#[cfg(feature = "trail")]
pub use trail::trail;

/// The safe copy of a text.
pub fn safe_copy(text: &str, kind: &str) -> String {
    shareable(text, kind_of(kind, text))
}

/// The kind the reader chose; seen from the text itself for any other word than these.
fn kind_of(chosen: &str, text: &str) -> InputKind {
    match chosen {
        "config" => InputKind::Configuration(Format::Current),
        "dockercfg" => InputKind::Configuration(Format::Legacy),
        "regctl" => InputKind::Configuration(Format::Regctl),
        "bundle" => InputKind::Bundle,
        "log" => InputKind::Log,
        "policy" => InputKind::Policy,
        _ => ecrpass_diagnosis::input_kind::kind(text),
    }
}

/// The word for a kind.
fn word(kind: InputKind) -> &'static str {
    match kind {
        InputKind::Nothing => "nothing",
        InputKind::Configuration(Format::Current) => "config",
        InputKind::Configuration(Format::Regctl) => "regctl",
        InputKind::Configuration(Format::Legacy) => "dockercfg",
        InputKind::Bundle => "bundle",
        InputKind::Policy => "policy",
        InputKind::Log => "log",
    }
}

/// A time of JavaScript's, in whole seconds.
#[allow(clippy::cast_possible_truncation)] // saturates
fn seconds(now: f64) -> i64 {
    now as i64
}

/// A result as JSON. The types are ours and hold nothing JSON cannot say.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
