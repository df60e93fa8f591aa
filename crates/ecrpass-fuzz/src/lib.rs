//! What has to hold of every parser, whatever it is fed. libFuzzer feeds it (`fuzz/`, `cargo xtask fuzz`), and so does an
//! ordinary test with the seeds and damaged copies of them.
//!
//! A property that does not hold ends in a failed assertion: that is what libFuzzer and tests see.

pub mod audit;
pub mod audit_models;
pub mod aws_files;
pub mod bundle;
pub mod cache_file;
pub mod client_config;
pub mod denied_message;
pub mod explain;
mod hold;
pub mod json_document;
pub mod kubelet;
pub mod names;
pub mod policies;
pub mod redaction;
pub mod sign_in;
pub mod tokens;
pub mod trail;
pub mod yaml;

/// A target: what libFuzzer and the folder of its seeds call it, and what is done with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const TARGETS: [Target; 17] = [
    ("audit", audit::run),
    ("audit_models", audit_models::run),
    ("aws_files", aws_files::run),
    ("bundle", bundle::run),
    ("cache_file", cache_file::run),
    ("client_config", client_config::run),
    ("denied_message", denied_message::run),
    ("explain", explain::run),
    ("json_document", json_document::run),
    ("kubelet", kubelet::run),
    ("names", names::run),
    ("policies", policies::run),
    ("redaction", redaction::run),
    ("sign_in", sign_in::run),
    ("tokens", tokens::run),
    ("trail", trail::run),
    ("yaml", yaml::run),
];
