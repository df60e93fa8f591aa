//! IAM for ECR: policy documents, their evaluation, and the denials AWS prints.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod denial;
pub mod repository_policy;
