//! The tools.

mod audit_tree;
mod doctor;
mod evaluate_policy;
mod explain_log;
mod resolve;

use super::tool::Tool;

/// All of them, as they are listed.
pub(super) static TOOLS: [&Tool; 5] =
    [&explain_log::TOOL, &doctor::TOOL, &resolve::TOOL, &evaluate_policy::TOOL, &audit_tree::TOOL];
