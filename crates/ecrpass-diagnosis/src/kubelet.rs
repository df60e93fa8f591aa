//! The kubelet's configuration for credential providers: written for a version and a platform, and checked.
//!
//! Source: Kubernetes `pkg/credentialprovider/plugin/config.go` and `plugin.go`. Any mistake that the kubelet notices makes it
//! end at its start, and the node with it; of the others nobody is told.

mod answer;
mod check;
mod document;
mod entry;
mod env_file;
mod flags;
mod generate;
mod host_form;
mod merge;
mod names;
mod node_facts;
mod pattern;
mod platform;
mod service;
mod site;
mod told;
mod url;
mod version;

pub use answer::{Answer, judge};
pub use check::{Binaries, Binary, ConfigFile, Surroundings, check, decode};
pub use entry::{Entry, names_provider};
pub use flags::{Flags, FlagsFile, Style, add as add_flags, find as find_flags};
pub use generate::{Refused, TokenMode, Wanted};
pub use host_form::patterns;
pub use merge::merge;
pub use names::{IRSA_ANNOTATION, PROVIDER, ROLE_ANNOTATION};
pub use node_facts::{ARGUMENTS, NodeFacts, SERVICES};
pub use pattern::matches_image;
pub use platform::Platform;
pub use site::{SIGNS, Site, telling_paths};
pub use told::{mentioned, settings_file};
pub use version::KubeletVersion;
