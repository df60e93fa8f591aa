//! The part of ecrpass that asks AWS: credentials from one named source, and authorization tokens with them.
//!
//! The official SDK does the asking. What it does not tell, which call failed and what the server's clock said, is
//! recorded below it.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

#[cfg(feature = "repositories")]
pub mod access_keys;
mod ca_bundle;
#[cfg(feature = "repositories")]
pub mod collect;
mod credentials;
#[cfg(feature = "repositories")]
pub mod endpoints;
pub mod files;
#[cfg(feature = "doctor")]
pub mod fresh;
#[cfg(feature = "functions")]
pub mod functions;
#[cfg(feature = "doctor")]
pub mod inspect;
#[cfg(feature = "repositories")]
pub mod organization;
#[cfg(feature = "doctor")]
pub mod permissions;
#[cfg(feature = "repositories")]
pub mod registry_api;
mod request;
mod sdk;
#[cfg(feature = "repositories")]
pub mod simulator;
#[cfg(all(feature = "repositories", feature = "storage"))]
pub mod storage;
pub mod token;
pub mod wire;

pub use ecrpass_system::clock;
pub use request::TokenRequest;
pub use token::{FreshToken, Pulse, TokenAttempt, request_token};
