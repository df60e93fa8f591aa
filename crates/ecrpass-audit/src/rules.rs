//! The rules, one file each, and the list of them.

use crate::rule::Rule;

/// All rules, in the order of their documentation.
pub static RULES: &[&Rule] = &[];
