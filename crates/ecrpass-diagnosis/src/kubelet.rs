//! The kubelet's configuration for credential providers: written for a version and a platform, and checked.
//!
//! Source: Kubernetes `pkg/credentialprovider/plugin/config.go` and `plugin.go`. Any mistake that the kubelet notices makes it
//! end at its start, and the node with it; of the others nobody is told.

mod check;
mod generate;
mod host_form;
mod names;
mod pattern;
mod platform;
mod version;

pub use check::{Binaries, Binary, ConfigFile, Surroundings, check};
pub use generate::{Refused, TokenMode, Wanted};
pub use host_form::patterns;
pub use names::{IRSA_ANNOTATION, PROVIDER, ROLE_ANNOTATION};
pub use pattern::matches_image;
pub use platform::Platform;
pub use version::KubeletVersion;
