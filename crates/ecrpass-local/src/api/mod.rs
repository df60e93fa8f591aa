//! The AWS APIs a login touches.

pub(crate) mod ec2;
pub(crate) mod ecr;
pub(crate) mod error;
pub(crate) mod iam;
mod iam_reads;
mod iam_simulate;
mod images;
mod layers;
pub(crate) mod organizations;
pub(crate) mod public;
mod public_repositories;
mod registry_settings;
mod repositories;
mod repository_settings;
pub(crate) mod sts;
mod sts_reply;
mod sts_web_identity;
mod token_fields;
