//! An Amazon ECR on loopback, for trying things and for tests: no AWS account, no network, no mercy.
//!
//! One server answers everything a registry login touches: the ECR and ECR Public APIs and STS with their
//! signatures verified, instance metadata, container credentials, IAM Identity Center, and a registry that demands
//! the token the API issued and words its refusals as ECR does. Anything can be made to fail on request.
//!
//! ```
//! use ecrpass_local::{Fault, LocalEcr};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ecr = LocalEcr::start()?;
//! ecr.create_repository("team/app")?;
//! ecr.add_fault("throttle:GetAuthorizationToken=3".parse::<Fault>()?);
//! for (name, value) in ecr.env() {
//!     // Set it for the program under test.
//! #   let _ = (name, value);
//! }
//! assert_eq!(ecr.call_count("GetAuthorizationToken"), 0);
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

mod active_faults;
mod api;
mod builder;
mod calls;
mod clock;
mod control;
mod defaults;
mod fault_targets;
mod faults;
mod hold;
mod http;
mod image_store;
mod jwt;
mod key_histories;
mod keys;
mod listener;
mod logged_response;
mod metadata;
mod operations;
mod permission;
mod policy;
mod principals;
mod publish;
mod random;
mod registry;
mod resource_policy;
mod router;
mod server;
mod set_surroundings;
mod sigv4;
mod sso;
mod start_error;
mod state;
mod storage;
mod stored;
mod surroundings;
mod test_image;
mod tls;
mod tokens;

pub use builder::Builder;
pub use calls::{Authorization, Call};
pub use defaults::{
    CONTAINER_ROLE, DEFAULT_ACCOUNT, DEPLOY_ROLE, INSTANCE_ROLE, WEB_IDENTITY_AUDIENCE, WEB_IDENTITY_ISSUER,
};
pub use faults::{ALL as ALL_FAULTS, Argument, Fault, FaultError, FaultHelp, FaultKind};
pub use hold::Hold;
pub use listener::Listener;
pub use policy::Policy;
pub use principals::{AccessKey, KeyHistory, Role, WebIdentityTrust};
pub use server::LocalEcr;
pub use sso::sign_ins::SsoCacheFile;
pub use start_error::StartError;
pub use surroundings::VpcEndpoint;
pub use test_image::{Blob, TinyImage, TinyIndex};
pub use tls::{Ca, TlsError, names_for};
