//! Every rule by which AWS decides, each with a case on either side of it: requests with all their keys, against policies
//! by layer.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test's way of failing

mod conditions;
mod layers;
mod principals;
mod support;
