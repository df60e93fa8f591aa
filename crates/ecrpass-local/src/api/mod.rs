//! The AWS APIs a login touches.

pub(crate) mod ecr;
pub(crate) mod error;
pub(crate) mod public;
pub(crate) mod sts;
mod sts_web_identity;
