//! A closed world for end-to-end tests and for people: the real docker, podman, skopeo, buildah and registry, and an
//! Amazon ECR under its real names, in namespaces of their own.
//!
//! Nothing in it reaches the network, and nothing outside it changes: the machine's hosts file, certificates,
//! docker configuration and daemon are left alone, and every process in it dies with its first one.
//!
//! What surrounds the ECR can be spoilt and mends itself: [`World::black_hole`], [`World::refuse`], [`World::rename`],
//! [`World::untrust`], [`World::restart_docker`], [`World::stop_docker`].

#[cfg(target_os = "linux")]
mod enter;
#[cfg(target_os = "linux")]
mod names;
#[cfg(target_os = "linux")]
mod parts;
#[cfg(target_os = "linux")]
pub mod places;
#[cfg(target_os = "linux")]
pub mod session;
#[cfg(target_os = "linux")]
pub mod world;

#[cfg(target_os = "linux")]
pub use enter::{enter, is_inside};
#[cfg(target_os = "linux")]
pub use places::Guard;
#[cfg(target_os = "linux")]
pub use session::{Run, Session};
#[cfg(target_os = "linux")]
pub use world::World;
