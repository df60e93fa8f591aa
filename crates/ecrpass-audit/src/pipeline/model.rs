//! Pipelines of all CI systems as one model: jobs, their steps, and what surrounds them.
//!
//! What a reader does not know it leaves unknown.

use std::ops::Range;
use std::rc::Rc;

use crate::deed::Deed;
use crate::known::Known;
use crate::shell::Script;
use crate::system::System;

/// A pipeline file, or an action or template of one.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Whose.
    pub system: System,
    /// Its jobs.
    pub jobs: Vec<Job>,
    /// What starts it, as the system names it (`push`, `pull_request_target`), with its place.
    pub triggers: Vec<(String, Range<usize>)>,
    /// What the whole file takes from elsewhere: orbs, remote includes, components.
    pub references: Vec<Reference>,
}

impl Pipeline {
    /// A pipeline without jobs.
    pub fn new(system: System) -> Self {
        Self { system, jobs: Vec::new(), triggers: Vec::new(), references: Vec::new() }
    }

    /// All scripts that stand in the file itself, each once: jobs share them through anchors and templates.
    pub fn scripts(&self) -> Vec<(&Job, &Step, &Script)> {
        let mut seen = std::collections::HashSet::new();
        let mut scripts = Vec::new();
        for job in &self.jobs {
            for step in &job.steps {
                if let StepKind::Run(script) = &step.kind
                    && step.path.is_none()
                    && seen.insert(step.bytes.clone())
                {
                    scripts.push((job, step, script));
                }
            }
        }
        scripts
    }
}

/// Something taken from elsewhere: `circleci/aws-ecr@9.8.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Its name without a version.
    pub name: String,
    /// The version behind the `@`, `:` or `#`.
    pub version: Option<String>,
    /// The bytes of all of it.
    pub bytes: Range<usize>,
}

/// Where a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// On a fresh machine of the CI system or in a fresh container, which holds nothing.
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
    /// Whether it is a part that jobs of other files use (a composite action, a template): what surrounds it is unknown.
    pub is_part: bool,
    /// Where it runs, and where that is written.
    pub host: (Host, Option<Range<usize>>),
    /// The names by which its machine is chosen: labels, tags, an agent's label.
    pub labels: Vec<String>,
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
    /// Registry credentials for containers that the system starts: `services.*.credentials`.
    pub credentials: Vec<Setting>,
    /// The workflow of this tree or elsewhere that is the job.
    pub calls: Option<Reference>,
    /// Whether several of it run at once (a matrix, parallel stages).
    pub at_once: bool,
    /// Whether the file keeps it from running at once with itself.
    pub is_alone: bool,
    /// The condition on which it runs, as written.
    pub condition: Option<String>,
    /// Whether somebody may have to let it run: it has an environment.
    pub has_environment: bool,
    /// Whether it is switched off.
    pub is_off: bool,
}

impl Job {
    /// A job without steps of which nothing is known.
    pub fn new(name: impl Into<String>, bytes: Range<usize>) -> Self {
        Self {
            name: name.into(),
            oidc: (None, bytes.clone()),
            bytes,
            is_part: false,
            host: (Host::Unknown, None),
            labels: Vec::new(),
            container: None,
            variables: Vec::new(),
            steps: Vec::new(),
            limit_minutes: None,
            kept: Vec::new(),
            credentials: Vec::new(),
            calls: None,
            at_once: false,
            is_alone: false,
            condition: None,
            has_environment: false,
            is_off: false,
        }
    }

    /// What its steps do, in order.
    pub fn deeds(&self) -> Vec<Deed> {
        self.steps.iter().filter(|step| !step.is_off).flat_map(|step| step.deeds.iter().cloned()).collect()
    }

    /// The steps that are on.
    pub fn active_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| !step.is_off)
    }

    /// A variable in force at its start.
    pub fn variable(&self, name: &str) -> Option<&Setting> {
        self.variables.iter().rfind(|setting| setting.name == name)
    }
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
    /// Whether it is a YAML number or word rather than a quoted text.
    pub is_plain: bool,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its bytes: of the whole step; the first line is the one to name.
    pub bytes: Range<usize>,
    /// The file it stands in, if another one than the job's.
    pub path: Option<String>,
    /// What it is.
    pub kind: StepKind,
    /// The shell as the system names it: `bash`, `powershell`, `pwsh`.
    pub shell: Option<String>,
    /// The container it runs in, if the job has several.
    pub container: Option<String>,
    /// Variables of its own.
    pub variables: Vec<Setting>,
    /// What the job's file gives to the template that it stands in.
    pub given: Vec<Setting>,
    /// Its id, for outputs.
    pub id: Option<String>,
    /// What it does with registries, in order.
    pub deeds: Vec<Deed>,
    /// The scripts of the tree that it runs, those that say where logins are kept.
    pub within: Vec<Within>,
    /// Whether it is switched off.
    pub is_off: bool,
    /// Whether it runs on a condition.
    pub is_conditional: bool,
}

impl Step {
    /// A step of this kind.
    pub fn new(bytes: Range<usize>, kind: StepKind) -> Self {
        Self {
            bytes,
            path: None,
            kind,
            shell: None,
            container: None,
            variables: Vec::new(),
            given: Vec::new(),
            id: None,
            deeds: Vec::new(),
            within: Vec::new(),
            is_off: false,
            is_conditional: false,
        }
    }

    /// The script, if it is one.
    pub fn script(&self) -> Option<&Script> {
        match &self.kind {
            StepKind::Run(script) => Some(script),
            _ => None,
        }
    }

    /// What is used, if something is.
    pub fn uses(&self) -> Option<&Uses> {
        match &self.kind {
            StepKind::Uses(uses) => Some(uses),
            _ => None,
        }
    }
}

/// A script of the tree that a step runs.
#[derive(Clone, Debug)]
pub struct Within {
    /// Its path.
    pub path: String,
    /// What it does.
    pub script: Rc<Script>,
}

/// What a step is.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// A script.
    Run(Script),
    /// An action, orb command, pipe, plugin or task.
    Uses(Uses),
    /// Something else.
    Other,
}

/// A use of an action, orb command, pipe, plugin or task.
#[derive(Clone, Debug)]
pub struct Uses {
    /// Its name without a version: `aws-actions/amazon-ecr-login`.
    pub name: String,
    /// The version behind the `@`, `:` or `#`.
    pub version: Option<String>,
    /// The bytes of the whole reference.
    pub bytes: Range<usize>,
    /// Its inputs.
    pub inputs: Vec<Setting>,
}

impl Uses {
    /// An input that is given, without regard to case.
    pub fn input(&self, name: &str) -> Option<&Setting> {
        self.inputs.iter().rfind(|input| input.name.eq_ignore_ascii_case(name))
    }

    /// The same unless it is empty.
    pub fn filled(&self, name: &str) -> Option<&Setting> {
        self.input(name).filter(|input| !input.raw.trim().is_empty())
    }

    /// The value of an input; unknown if it is not given.
    pub fn value(&self, name: &str) -> Known {
        self.filled(name).map_or(Known::Unknown, |input| input.value.clone())
    }

    /// Whether an input is surely this flag.
    pub fn is_set_to(&self, name: &str, flag: &str) -> bool {
        self.input(name)
            .and_then(|input| input.value.exactly())
            .is_some_and(|value| value.eq_ignore_ascii_case(flag))
    }
}

/// Something a job hands on or keeps.
#[derive(Clone, Debug)]
pub struct Kept {
    /// How.
    pub how: KeptAs,
    /// A path, or the name of an output.
    pub what: Known,
    /// The value of an output, as far as it is known.
    pub value: Known,
    /// The path, or an output's value, as written.
    pub raw: String,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// The bytes of the step or setting that keeps it, for a second mark.
    pub by: Range<usize>,
    /// Paths that are left out of it.
    pub except: Vec<String>,
    /// The file that both stand in, if another one than the job's (a composite action).
    pub path: Option<String>,
}

impl Kept {
    /// A path that is kept.
    pub fn path(how: KeptAs, what: Known, raw: &str, bytes: Range<usize>, by: Range<usize>) -> Self {
        Self {
            how,
            what,
            value: Known::Unknown,
            raw: raw.to_owned(),
            bytes,
            by,
            except: Vec::new(),
            path: None,
        }
    }
}

/// How it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptAs {
    /// A job's output, a result, an output parameter.
    Output,
    /// An artifact, a report, a stash.
    Artifact,
    /// A report whose lines become variables of later jobs.
    Dotenv,
    /// A cache or workspace.
    Cache,
}
