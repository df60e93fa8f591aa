//! The kubelet's configuration for credential providers: written for a version and a platform, and checked.
//!
//! Source: Kubernetes `pkg/credentialprovider/plugin/config.go` and `plugin.go`. Any mistake that the kubelet notices makes it
//! end at its start, and the node with it; of the others nobody is told.

mod answer;
mod check;
mod document;
mod entry;
mod flags;
mod generate;
mod host_form;
mod merge;
mod names;
mod pattern;
mod platform;
mod site;
mod url;
mod version;

pub use answer::{Answer, judge};
pub use check::{Binaries, Binary, ConfigFile, Surroundings, check, decode};
pub use entry::Entry;
pub use flags::{Flags, Style, add as add_flags, find as find_flags};
pub use generate::{Refused, TokenMode, Wanted};
pub use host_form::patterns;
pub use merge::merge;
pub use names::{IRSA_ANNOTATION, PROVIDER, ROLE_ANNOTATION};
pub use pattern::matches_image;
pub use platform::Platform;
pub use site::{ARGUMENTS, FlagsFile, NodeFacts, SIGNS, Site, telling_paths};
pub use version::KubeletVersion;
