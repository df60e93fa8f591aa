//! IAM for ECR: policy documents, their evaluation, and the denials AWS prints.

pub mod denial;
pub mod repository_policy;
