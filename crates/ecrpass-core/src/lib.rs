//! What ecrpass knows about Amazon ECR, without touching the world.
//!
//! Everything here is a function of its arguments: no files, no environment, no clock, no network. The
//! command-line tools collect what there is to see and ask this crate what it means.

pub mod access_denied;
pub mod access_key;
pub mod aws_config;
pub mod client;
pub mod diagnosis;
pub mod docker_config;
pub mod doctor;
pub mod exchange;
pub mod explain;
pub mod facts;
pub mod finding;
pub mod glob;
pub mod image;
pub mod mask;
pub mod mentions;
pub mod partition;
pub mod pasted;
pub mod platform;
pub mod redact;
pub mod refusal;
pub mod registry;
pub mod repair;
pub mod repository_policy;
pub mod secret;
pub mod share;
pub mod shell;
pub mod source;
pub mod target;
pub mod time;
pub mod token;
pub mod visible;
pub mod web_identity;

pub use image::ImageReference;
pub use partition::Partition;
pub use registry::Registry;
pub use secret::Secret;
pub use token::AuthorizationToken;
