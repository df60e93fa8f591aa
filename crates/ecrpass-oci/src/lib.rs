//! A client for OCI registries, as far as doctor's probes and the demo need one, and a probe of the network path to a
//! host.
//!
//! What the protocol says is in modules that do no I/O ([`challenge`], [`descent`], [`manifest`], [`origin`], [`refusal`]);
//! [`http`], [`client`] and [`network_path`] ask. Credentials go to the registry's own host and nowhere else, and no
//! redirect is followed with them.

pub mod challenge;
pub mod client;
pub mod descent;
pub mod error;
pub mod http;
pub mod image_check;
pub mod login;
pub mod manifest;
pub mod network_path;
pub mod origin;
pub mod refusal;
mod resolve;
mod tls;

pub use client::RegistryClient;
pub use error::RegistryError;
pub use http::Http;
pub use login::Login;
pub use origin::Origin;
