//! Whether a job may get an OIDC token. `id-token` is in no default set; a block of permissions sets everything that it
//! does not name to none, and a job's block replaces the workflow's. Source: GitHub documentation, "Workflow syntax".

use std::ops::Range;

use crate::yaml::{Key, Node};

/// Whether the job may, if the file decides it, and where that is written: its block, else the workflow's, else the job.
pub(super) fn oidc(root: &Node, job: &Node, key: &Key, is_called: bool) -> (Option<bool>, Range<usize>) {
    let block = job.entry("permissions").or_else(|| root.entry("permissions"));
    match block {
        Some((key, permissions)) => (grants(permissions), key.bytes.clone()),
        // The calling job's permissions hold.
        None if is_called => (None, key.bytes.clone()),
        None => (Some(false), key.bytes.clone()),
    }
}

fn grants(permissions: &Node) -> Option<bool> {
    if let Some(text) = permissions.text() {
        return match text {
            "write-all" => Some(true),
            "read-all" => Some(false),
            text if text.contains("${{") => None,
            _ => Some(false),
        };
    }
    match permissions.get("id-token") {
        Some(level) => level.text().map(|level| level == "write"),
        None => Some(false),
    }
}
