//! IAM Identity Center.

pub(crate) mod api;
pub(crate) mod sign_ins;
