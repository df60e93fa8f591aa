//! The inputs of a reusable workflow as the workflows of its tree give them.

use crate::kind::FileKind;
use crate::known::Known;
use crate::pipeline::scope::Scope;
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// How many workflows of a tree are looked at.
const MOST: usize = 200;

/// Sets the inputs to which all callers of the tree give the same text; what they say differently is not known.
pub(super) fn set_inputs(inputs: &mut Scope, declared: &Node, file: &SourceFile, tree: &Tree) {
    let named = format!("./{}", file.path);
    let workflows = tree.files().iter().filter(|other| {
        other.kind == FileKind::Pipeline(System::Github) && other.path.starts_with(".github/workflows/")
    });
    let callers = workflows.take(MOST).filter(|other| other.path != file.path && other.text.contains(&named));
    let mut calls: Vec<Node> = Vec::new();
    for caller in callers {
        for document in tree.referred(caller).iter() {
            let jobs = document.members_of("jobs").iter().map(|(_, job)| job);
            calls.extend(jobs.filter(|job| job.text_of("uses") == Some(&named)).cloned());
        }
    }
    for (key, declaration) in declared.members().unwrap_or_default() {
        let default = declaration.text_of("default");
        let mut given =
            calls.iter().map(|call| call.at(&["with", &key.text]).and_then(Node::text).or(default));
        let Some(first) = given.next() else { continue };
        let is_same = given.all(|other| other == first);
        match first.filter(|text| is_same && !text.contains("${{")) {
            Some(text) => inputs.set(key.text.clone(), Known::Exactly(text.to_owned())),
            None => inputs.set(key.text.clone(), Known::named(&format!("{{ inputs.{} }}", key.text))),
        }
    }
}
