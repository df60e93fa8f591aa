//! IAM for ECR: policy documents, their evaluation, and the denials AWS prints.
//!
//! Everything is a function of its arguments. What is not known stays unknown: see [`condition::truth`].

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod actions;
pub mod arn_pattern;
pub mod case;
pub mod change;
pub mod claims;
pub mod condition;
pub mod context;
pub mod denial;
pub mod document;
pub mod evaluate;
pub mod explain;
pub mod generate;
pub mod inputs;
pub mod keys;
pub mod layer;
pub mod managed;
pub mod policy_kind;
pub mod possible;
pub mod principal;
pub mod purpose;
pub mod request;
pub mod simulator;
pub mod source;
pub mod suggestion;
pub mod task;
pub mod template;

pub use case::Case;
pub use denial::Denied;
pub use document::Document;
pub use evaluate::{Decision, Policies, Verdict, evaluate};
pub use layer::Layer;
pub use policy_kind::PolicyKind;
pub use principal::Principal;
pub use request::Request;
pub use task::Task;
