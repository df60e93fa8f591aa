//! Pipelines of all CI systems as one model: jobs, their steps, and what surrounds them.
//!
//! A reader for each system (`pipeline/github.rs` …) makes it from the file and the files it names. What a reader
//! does not know it leaves unknown.

use std::ops::Range;

use crate::deed::Deed;
use crate::known::Known;
use crate::shell::Script;
pub use crate::system::System;

/// A pipeline file, or an action or template of one.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Whose.
    pub system: System,
    /// Its jobs.
    pub jobs: Vec<Job>,
    /// What starts it, as the system names it (`push`, `pull_request_target`), with its place.
    pub triggers: Vec<(String, Range<usize>)>,
}

/// Where a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// On a fresh machine of the CI system, which holds nothing.
    Hosted,
    /// On a machine of one's own, which keeps its state and may be logged in already.
    Own,
    /// Not known.
    Unknown,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// Its bytes: the key, or the first line.
    pub bytes: Range<usize>,
    /// Where it runs, and where that is written.
    pub host: (Host, Option<Range<usize>>),
    /// The image it runs in.
    pub container: Option<(Known, Range<usize>)>,
    /// Variables in force at its start, outer ones first.
    pub variables: Vec<Setting>,
    /// Its steps.
    pub steps: Vec<Step>,
    /// The time limit in minutes.
    pub limit_minutes: Option<(u64, Range<usize>)>,
    /// Whether it can get an OIDC token, if the file decides it, and where that is written.
    pub oidc: (Option<bool>, Range<usize>),
    /// What it hands to later jobs or keeps: outputs, artifacts, caches, workspaces.
    pub kept: Vec<Kept>,
    /// Whether it is switched off.
    pub is_off: bool,
}

/// A setting with its place.
#[derive(Clone, Debug)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Known,
    /// As written.
    pub raw: String,
    /// The value's bytes.
    pub bytes: Range<usize>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its bytes: the first line.
    pub bytes: Range<usize>,
    /// What it is.
    pub kind: StepKind,
    /// Variables of its own.
    pub variables: Vec<Setting>,
    /// Its id, for outputs.
    pub id: Option<String>,
    /// What it does with registries, in order; filled by `deeds`.
    pub deeds: Vec<Deed>,
    /// Whether it is switched off.
    pub is_off: bool,
    /// Whether it runs on a condition.
    pub is_conditional: bool,
}

/// What a step is.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// A script.
    Run(Script),
    /// An action, orb command, pipe, plugin or task.
    Uses {
        /// Its name without a version: `aws-actions/amazon-ecr-login`.
        name: String,
        /// The version behind the `@`, `:` or `#`.
        version: Option<String>,
        /// The bytes of the whole reference.
        bytes: Range<usize>,
        /// Its inputs.
        inputs: Vec<Setting>,
    },
    /// Something else.
    Other,
}

/// Something a job hands on or keeps.
#[derive(Clone, Debug)]
pub struct Kept {
    /// How.
    pub how: KeptAs,
    /// A path, or the name of an output.
    pub what: Known,
    /// The value of an output, as written.
    pub raw: String,
    /// Its bytes.
    pub bytes: Range<usize>,
}

/// How it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptAs {
    /// A job's output, a result, an output parameter.
    Output,
    /// An artifact, a report, a stash.
    Artifact,
    /// A cache or workspace.
    Cache,
}
