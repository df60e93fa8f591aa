//! Jenkins: declarative and scripted pipelines, and the steps of shared libraries.
//!
//! What a shared library does is unknown. A job is what runs on one agent: a stage with an agent of its own is another.

mod agent;
mod expressions;
mod parser;
mod registry;
mod settings;
mod shells;
mod steps;
mod tokens;
mod tree;
mod values;

use crate::pipeline::jenkins::steps::Walk;
pub use crate::pipeline::jenkins::tokens::described;
use crate::pipeline::model::Pipeline;
use crate::source::{SourceFile, Tree};
use crate::system::System;

/// Reads a Jenkinsfile or a step of a shared library.
pub fn read(file: &SourceFile, tree: &Tree) -> Pipeline {
    let mut pipeline = Pipeline::new(System::Jenkins);
    let statements = parser::read(&file.text);
    // A step of a shared library runs where it is called.
    let is_part = file.path.split('/').any(|part| part == "vars" || part == "src");
    let mut walk = Walk::new(&file.text, tree, is_part);
    walk.all(&statements);
    pipeline.jobs = walk.finish();
    pipeline
}
