//! What is wrong with a document where it hangs: rules that differ between kinds of policies, actions that ECR does not
//! have or that never match the resource they stand with, conditions that do not do what they seem to.

mod actions;
mod conditions;
mod covered;
mod elements;
mod size;
mod trust;

use ecrpass_core::sort::sort_by_key;

use super::model::{Document, Version};
use super::problem::{Problem, ProblemKind};
use super::read::{Reading, read_source};
use crate::layer::Layer;
use crate::source::Source;

/// Reads a text that is to become a policy of that layer: what is wrong with it there is among its problems, so that
/// [`Reading::accepted`] is what AWS accepts.
pub fn read_for(layer: Layer, source: &Source) -> Reading {
    let mut reading = read_source(source);
    if let Some(document) = &reading.document {
        reading.problems.extend(check(document, layer));
        sort_by_key(&mut reading.problems, |problem| problem.position);
    }
    reading
}

/// The problems of a document in that layer, in the order of the text.
pub fn check(document: &Document, layer: Layer) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut report = |at: usize, kind: ProblemKind| {
        problems.push(Problem { position: document.position(at), kind });
    };
    size::check(document, layer, &mut report);
    covered::check(document, &mut report);
    for statement in &document.statements {
        elements::check(statement, layer, &mut report);
        actions::check(statement, &mut report);
        conditions::check(statement, document.version, &mut report);
        if document.version == Version::V2008 {
            elements::variables(statement, &mut report);
        }
        if layer == Layer::Trust {
            trust::check(statement, &mut report);
        }
    }
    sort_by_key(&mut problems, |problem| problem.position);
    problems
}

#[cfg(test)]
mod tests;
