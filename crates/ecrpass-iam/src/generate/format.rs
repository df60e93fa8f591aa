//! The forms that documents are printed in.

pub mod cloudformation;
pub mod eksctl;
pub mod json;
pub mod terraform;
pub mod yaml;
