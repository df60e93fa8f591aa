//! GitLab CI: jobs with what they extend, what is included from the tree, `!reference` and anchors.

mod files;
mod inherits;
mod job;
mod merge;

pub use files::included_path;

use crate::pipeline::model::Pipeline;
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

/// Keys at the top that are no jobs. Source: GitLab documentation, "CI/CD YAML syntax reference".
const GLOBAL: [&str; 12] = [
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "services",
    "spec",
    "stages",
    "types",
    "variables",
    "workflow",
];

/// Reads a configuration with the files that it includes.
pub fn read(root: &Node, file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Gitlab);
    let all = files::Files::read(root, file, tree);
    pipeline.references.clone_from(&all.references);
    // A file that others include does not say what surrounds its jobs.
    let is_part = !file.name().starts_with(".gitlab-ci") && !file.name().starts_with("gitlab-ci");
    let global = job::Global::read(&all);
    for (name, entry) in all.entries() {
        // Of a part, what other files extend is looked at where it stands.
        if name.starts_with('.') && !is_part || GLOBAL.contains(&name) && !files::is_job(&entry.node) {
            continue;
        }
        pipeline.jobs.extend(job::read(name, &all, &global, tree, is_part));
    }
    pipeline
}
