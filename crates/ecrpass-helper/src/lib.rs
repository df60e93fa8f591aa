//! What the credential helper decides and reads, without its machine: when a token that is kept may be served, how it is
//! written down, and what the kubelet asks for. The program around it has the files, the clocks and AWS.
//!
//! Apart from the program, so that whatever feeds these parsers links no SDK.

#![cfg_attr(test, allow(clippy::string_slice))] // a test's way of failing

pub mod entry;
pub mod freshness;
pub mod kubelet_request;
