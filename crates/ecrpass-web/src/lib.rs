//! What the web page asks the core: texts in, JSON out. The page itself is in `page/`, `cargo xtask web` puts the two
//! together.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod analyze;
mod bindings;
mod compact_deserializer;
mod diff;
mod file;
mod marks;
mod policy;
mod resolve;

pub use analyze::analyze;
use ecrpass_clients::docker_config::Format;
use ecrpass_diagnosis::input_kind::InputKind;
use ecrpass_diagnosis::safe_copy::shareable;
pub use policy::policy;
pub use resolve::{clients, resolve};

/// The safe copy of a text.
pub fn safe_copy(text: &str, kind: &str) -> String {
    shareable(text, kind_of(kind, text))
}

/// The kind the reader chose; seen from the text itself for any other word than these.
fn kind_of(chosen: &str, text: &str) -> InputKind {
    match chosen {
        "config" => InputKind::Configuration(Format::Current),
        "dockercfg" => InputKind::Configuration(Format::Legacy),
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
        InputKind::Configuration(Format::Legacy) => "dockercfg",
        InputKind::Bundle => "bundle",
        InputKind::Policy => "policy",
        InputKind::Log => "log",
    }
}

/// A result as JSON. The types are ours and hold nothing JSON cannot say.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
