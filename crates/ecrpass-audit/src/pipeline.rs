//! Pipelines of all CI systems, read into one model: jobs, their steps, what surrounds them and what they do.
//!
//! A reader for each system makes it from the file and the files of the tree that it names. A part of it whose meaning
//! a reader does not know is unknown, and unknown is not wrong.

pub mod model;

pub use gitlab::included_path;
pub use handed_variables::written_to;
pub use model::{Host, Job, Kept, KeptAs, Pipeline, Reference, Setting, Step, StepKind, Uses, Within};

use crate::known::Known;
use crate::source::{SourceFile, Tree};
use crate::system::System;
use crate::yaml::Node;

mod argo;
mod azure;
mod bitbucket;
mod buildkite;
mod calls;
mod circleci;
mod codebuild;
mod drone;
mod duration;
mod expression;
mod github;
mod gitlab;
mod handed_variables;
mod images;
mod implied;
pub mod jenkins;
mod package;
pub mod paths;
mod scope;
mod scripts;
mod substitution;
mod suggests;
mod tekton;
mod travis;
mod within;

/// Reads a file as a pipeline of that system. `documents` are those of its YAML; Jenkins has none.
pub fn read(system: System, file: &SourceFile, documents: &[Node], tree: &Tree) -> Option<Pipeline> {
    let first = documents.first();
    match system {
        System::Github => first.map(|root| github::read(root, file, tree)),
        System::Gitlab => first.map(|root| gitlab::read(root, file, tree)),
        System::Jenkins => Some(jenkins::read(file, tree)),
        System::Circleci => first.map(|root| circleci::read(root, file, tree)),
        System::Bitbucket => first.map(|root| bitbucket::read(root, file, tree)),
        System::Buildkite => first.map(|root| buildkite::read(root, file, tree)),
        System::Azure => first.map(|root| azure::read(root, file, tree)),
        System::Codebuild => first.map(|root| codebuild::read(root, file, tree)),
        System::Drone | System::Woodpecker => Some(drone::read(system, documents, file, tree)),
        System::Travis => first.map(|root| travis::read(root, file, tree)),
        System::Tekton => Some(tekton::read(documents, file, tree)),
        System::Argo => Some(argo::read(documents, file, tree)),
    }
}

/// Whether a container of that image surely begins without logins and without a credential helper.
pub fn is_plain_image(image: &Known) -> bool {
    images::is_plain(image)
}

/// Whether a text names ECR.
pub fn mentions_ecr(text: &str) -> bool {
    suggests::has_ecr(text)
}

/// Whether a name suggests that what it names logs in to AWS or ECR.
pub fn suggests_aws_login(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    suggests::has_ecr(name) || ["aws", "login", "assume-role"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
#[path = "pipeline/tests.rs"]
mod tests;
