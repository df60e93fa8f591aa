//! The AWS APIs a login touches.

pub(crate) mod ecr;
pub(crate) mod error;
pub(crate) mod iam;
mod iam_reads;
mod images;
mod layers;
pub(crate) mod public;
mod registry_settings;
mod repositories;
mod repository_settings;
pub(crate) mod sts;
mod sts_reply;
mod sts_web_identity;
mod token_fields;
