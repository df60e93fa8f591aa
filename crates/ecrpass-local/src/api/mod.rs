//! The AWS APIs a login touches.

pub(crate) mod ecr;
pub(crate) mod error;
pub(crate) mod iam;
mod images;
mod layers;
pub(crate) mod public;
mod repositories;
pub(crate) mod sts;
mod sts_reply;
mod sts_web_identity;
