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

use std::ops::Range;

use crate::pipeline::jenkins::steps::Walk;
use crate::pipeline::jenkins::tokens::Token;
use crate::pipeline::model::Pipeline;
use crate::source::{SourceFile, Tree};
use crate::system::System;

/// The tokens of a Jenkinsfile: what each is, its bytes, and what it says.
pub fn tokens(text: &str) -> Vec<(&'static str, Range<usize>, String)> {
    let told = |(token, bytes): (Token, Range<usize>)| match token {
        Token::Name(name) => ("name", bytes, name),
        Token::Text { passage, interpolated } => {
            ("string", bytes, format!("{interpolated} {}", passage.text()))
        }
        Token::Number(number) => ("number", bytes, number),
        Token::Mark(mark) => ("mark", bytes, mark.to_string()),
        Token::Break => ("line break", bytes, String::new()),
    };
    tokens::of(text).into_iter().map(told).collect()
}

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
