//! Several bundles at once: which machines share which cause.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::finding::{Finding, Severity};

/// What a fleet of machines suffers from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fleet {
    /// The format, for programs.
    pub schema: &'static str,
    /// How many machines there are.
    pub machines: usize,
    /// Those on which nothing was found.
    pub healthy: Vec<String>,
    /// The causes, the most widespread first.
    pub causes: Vec<SharedCause>,
}

/// A cause, and the machines it was found on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SharedCause {
    /// The machines.
    pub machines: Vec<String>,
    /// Those of them where it is what has to be fixed first.
    pub first_on: Vec<String>,
    /// The finding on the first of them.
    pub finding: Finding,
}

/// Puts together what was found on several machines, each with its name.
pub fn fleet(machines: Vec<(String, Vec<Finding>)>) -> Fleet {
    let count = machines.len();
    let mut causes: BTreeMap<String, SharedCause> = BTreeMap::new();
    let mut healthy = Vec::new();
    for (name, findings) in machines {
        if !findings.iter().any(|finding| finding.severity != Severity::Note) {
            healthy.push(name.clone());
        }
        for (index, finding) in findings.into_iter().enumerate() {
            let cause = causes.entry(finding.id.clone()).or_insert_with(|| SharedCause {
                machines: Vec::new(),
                first_on: Vec::new(),
                finding,
            });
            cause.machines.push(name.clone());
            if index == 0 {
                cause.first_on.push(name.clone());
            }
        }
    }
    let mut causes: Vec<SharedCause> = causes.into_values().collect();
    causes.sort_by_key(|cause| {
        (
            std::cmp::Reverse(cause.first_on.len()),
            std::cmp::Reverse(cause.machines.len()),
            cause.finding.id.clone(),
        )
    });
    Fleet { schema: "ecrpass/fleet/1", machines: count, healthy, causes }
}
