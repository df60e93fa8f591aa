//! A closed world for end-to-end tests and for people: the real docker, podman, skopeo, buildah and registry, and an
//! Amazon ECR under its real names, in namespaces of their own.
//!
//! Nothing in it reaches the network, and nothing outside it changes: the machine's hosts file, certificates,
//! docker configuration and daemon are left alone, and every process in it dies with its first one.
//!
//! What surrounds the ECR can be disrupted and is restored by itself: [`Lab::black_hole`], [`Lab::refuse`], [`Lab::rename`],
//! [`Lab::untrust`], [`Lab::restart_docker`], [`Lab::stop_docker`].

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

#[cfg(target_os = "linux")]
mod disruptions;
#[cfg(target_os = "linux")]
mod enter;
#[cfg(target_os = "linux")]
mod lab;
#[cfg(target_os = "linux")]
mod names;
#[cfg(target_os = "linux")]
mod parts;
#[cfg(target_os = "linux")]
pub mod session;

#[cfg(target_os = "linux")]
pub use disruptions::Guard;
#[cfg(target_os = "linux")]
pub use enter::{enter, is_inside};
#[cfg(target_os = "linux")]
pub use lab::{CONTROL, Extent, HOST, Lab};
#[cfg(target_os = "linux")]
pub use parts::Part;
#[cfg(target_os = "linux")]
pub use session::{Run, Session};
