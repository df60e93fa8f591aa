//! The vocabulary of ecrpass: registries, images, tokens, secrets, and text that is safe to show.
//!
//! Everything here is a function of its arguments: no files, no environment, no clock, no network. The credential
//! helper links it, so it stays small.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod access_key;
pub mod account;
pub mod address;
pub mod arn;
pub mod bug;
pub mod caller_identity;
pub mod command_line;
pub mod count;
pub mod diagnosis_id;
pub mod distance;
pub mod environment;
pub mod error_chain;
pub mod hex;
pub mod image;
pub mod partition;
pub mod placeholder;
pub mod platform;
pub mod powershell;
pub mod redact;
pub mod registry;
pub mod safe_line;
pub mod secret;
pub mod shell;
pub mod shortened;
pub mod sort;
pub mod template;
pub mod time;
pub mod token;
pub mod visible;
pub mod wildcard;
pub mod wiped;

pub use arn::Arn;
pub use caller_identity::{CallerIdentity, CallerKind};
pub use command_line::CommandLine;
pub use diagnosis_id::DiagnosisId;
pub use image::ImageReference;
pub use partition::Partition;
pub use placeholder::Placeholder;
pub use registry::Registry;
pub use secret::Secret;
pub use template::Template;
pub use token::AuthorizationToken;
pub use wiped::WipedBuffer;
