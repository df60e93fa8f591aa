//! Walks through a pipeline's blocks and collects its steps.

use std::ops::Range;

use crate::deed::{Deed, What};
use crate::known::Known;
use crate::pipeline::jenkins::agent;
use crate::pipeline::jenkins::settings::{bound, mentions_aws, setting};
use crate::pipeline::jenkins::tree::{Call, Statement, Value};
use crate::pipeline::jenkins::values::Values;
use crate::pipeline::model::{Job, Kept, KeptAs, Setting, Step, StepKind};
use crate::pipeline::{duration, suggests};
use crate::source::Tree;

/// What is in force around a step.
#[derive(Clone, Default)]
pub(super) struct Around {
    pub values: Values,
    container: Option<String>,
    pub directory: String,
    conditional: bool,
    never: bool,
    /// Variables that the block binds: credentials.
    bound: Vec<Setting>,
    /// The registry of `docker.withRegistry`.
    pub registry: Option<Known>,
}

/// The walk.
pub(super) struct Walk<'a> {
    text: &'a str,
    pub(super) tree: &'a Tree,
    is_part: bool,
    jobs: Vec<Job>,
    /// The job that steps are added to.
    current: usize,
    pub(super) around: Around,
    is_alone: bool,
}

impl<'a> Walk<'a> {
    pub fn new(text: &'a str, tree: &'a Tree, is_part: bool) -> Self {
        let mut job = Job::new("pipeline", 0..0);
        job.is_part = is_part;
        Self { text, tree, is_part, jobs: vec![job], current: 0, around: Around::default(), is_alone: false }
    }

    /// The jobs with steps.
    pub fn finish(self) -> Vec<Job> {
        let mut jobs = self.jobs;
        jobs.retain(|job| !job.steps.is_empty() || !job.kept.is_empty());
        for job in &mut jobs {
            job.is_alone = self.is_alone;
        }
        jobs
    }

    fn job(&mut self) -> Option<&mut Job> {
        self.jobs.get_mut(self.current)
    }

    /// Walks through statements.
    pub fn all(&mut self, statements: &[Statement]) {
        for statement in statements {
            match statement {
                Statement::Call(call) => self.call(call),
                Statement::Set { name, value, .. } => self.set(name, value),
                Statement::Block { statements, conditional, never } => {
                    let before = (self.around.conditional, self.around.never);
                    self.around.conditional |= conditional;
                    self.around.never |= never;
                    self.all(statements);
                    (self.around.conditional, self.around.never) = before;
                }
            }
        }
    }

    fn set(&mut self, name: &str, value: &Value) {
        if let Value::Call(call) = value {
            if let Some(image) = self.image(call) {
                self.around.values.images.insert(name.to_owned(), image);
            }
            if matches!(call.name.as_str(), "sh" | "bat" | "powershell" | "pwsh") {
                let known = self.captured(call);
                self.around.values.variables.set(name, known);
                return;
            }
            self.around.values.variables.set(name, Known::named(name));
            self.call(call);
            return;
        }
        let known = self.around.values.value(value);
        let values = &mut self.around.values;
        match name.strip_prefix("env.") {
            Some(variable) => values.environment.set(variable, known),
            None => values.variables.set(name, known),
        }
        if let Value::Block(block) = value {
            // A closure that is called later.
            self.all(block);
        }
    }

    fn call(&mut self, call: &Call) {
        match call.method() {
            "sh" | "bat" | "powershell" | "pwsh" | "echo" | "println" | "print" => self.script(call),
            "agent" => self.agent(call),
            "node" => self.node(call),
            "podTemplate" => {
                if let Some(job) = self.job() {
                    agent::apply_pod(job, call);
                }
                self.within(call, |_| {});
            }
            "stage" => self.stage(call),
            "parallel" => {
                if let Some(job) = self.job() {
                    job.at_once = true;
                }
                self.within(call, |_| {});
            }
            "options" => self.within(call, |_| {}),
            "disableConcurrentBuilds" => self.is_alone = true,
            "timeout" => self.timeout(call),
            "environment" => self.environment(call),
            "withEnv" => self.with_env(call),
            "withCredentials" => self.with_credentials(call),
            "withAWS" => self.with_aws(call),
            "withRegistry" | "withDockerRegistry" => self.with_registry(call),
            "container" => {
                let name = self.around.values.argument(call.named_or_first("name"));
                let name = name.alternatives().next().map(str::to_owned);
                self.within(call, |around| around.container = name);
            }
            "dir" => {
                let path = self.around.values.argument(call.named_or_first("path"));
                let path = path
                    .exactly()
                    .and_then(|path| crate::pipeline::paths::joined(&self.around.directory, path));
                self.within(call, |around| around.directory = path.unwrap_or_default());
            }
            "when" => {
                let written = self.text.get(call.bytes.clone()).unwrap_or_default();
                let written: String = written.split_whitespace().collect();
                self.around.never |=
                    written.contains("expression{false}") || written.contains("expression{returnfalse}");
                self.around.conditional = true;
            }
            "archiveArtifacts" | "archive" => self.keep(call, KeptAs::Artifact, "artifacts"),
            "stash" => self.keep(call, KeptAs::Cache, "includes"),
            "push" => self.push(call),
            "library" | "stages" | "steps" | "script" | "pipeline" | "post" | "always" | "success"
            | "failure" | "cleanup" => {
                self.within(call, |_| {});
            }
            _ => self.other(call),
        }
        if let Some(then) = &call.then {
            self.chained(call, then);
        }
    }

    /// `docker.build('x').push('y')`
    fn chained(&mut self, call: &Call, then: &Call) {
        if then.method() == "push"
            && let Some(image) = self.image(call)
        {
            self.push_of(image, then);
        } else if then.block.is_some() {
            self.within(then, |_| {});
        }
    }

    /// Walks through the block of a call, with something changed around it.
    pub(super) fn within(&mut self, call: &Call, change: impl FnOnce(&mut Around)) {
        let before = self.around.clone();
        change(&mut self.around);
        for argument in &call.arguments {
            match &argument.value {
                Value::Block(block) => self.all(block),
                Value::Call(inner) if inner.block.is_some() => self.call(inner),
                _ => {}
            }
        }
        if let Some(block) = &call.block {
            self.all(block);
        }
        // Variables that were set within stay set: `script { x = … }`.
        let values = std::mem::take(&mut self.around.values);
        self.around = before;
        let environment = std::mem::take(&mut self.around.values.environment);
        self.around.values = Values { environment, ..values };
    }

    fn agent(&mut self, call: &Call) {
        let values = self.around.values.clone();
        if let Some(job) = self.job() {
            agent::apply(job, call, &values);
        }
    }

    fn node(&mut self, call: &Call) {
        let values = self.around.values.clone();
        // Another node is another machine.
        let is_first = self.job().is_some_and(|job| job.steps.is_empty());
        let before = self.current;
        if !is_first {
            self.begin(call);
        }
        if let Some(job) = self.job() {
            let pod = job.labels.iter().any(|label| label == "kubernetes");
            if !pod {
                agent::apply(job, &Call { block: None, ..call.clone() }, &values);
            }
        }
        self.within(call, |_| {});
        self.current = before;
    }

    /// A job of its own.
    fn begin(&mut self, call: &Call) {
        let name = self.around.values.argument(call.at(0)).alternatives().next().unwrap_or("node").to_owned();
        let mut job = Job::new(name, call.bytes.clone());
        job.is_part = self.is_part;
        if let Some(outer) = self.jobs.get(self.current) {
            job.variables.clone_from(&outer.variables);
            job.at_once = outer.at_once;
            job.limit_minutes.clone_from(&outer.limit_minutes);
        }
        self.jobs.push(job);
        self.current = self.jobs.len() - 1;
    }

    fn stage(&mut self, call: &Call) {
        let own_agent = call.block.as_deref().unwrap_or_default().iter().any(|statement| {
            matches!(statement, Statement::Call(inner) if inner.name == "agent"
                && !matches!(inner.at(0).map(|argument| &argument.value), Some(Value::Name(name)) if name == "none"))
        });
        let before = self.current;
        if own_agent {
            self.begin(call);
        }
        self.within(call, |_| {});
        self.current = before;
    }

    fn timeout(&mut self, call: &Call) {
        let time = self.around.values.argument(call.named_or_first("time"));
        let unit = self.around.values.argument(call.named("unit"));
        let minutes = time.exactly().and_then(|time| {
            let unit = unit.exactly().unwrap_or("MINUTES").to_ascii_lowercase();
            duration::minutes(&format!("{time} {unit}"), 1)
        });
        if let Some(minutes) = minutes
            && let Some(job) = self.job()
            && job.limit_minutes.as_ref().is_none_or(|(known, _)| *known < minutes)
        {
            job.limit_minutes = Some((minutes, call.bytes.start..call.bytes.start + call.name.len()));
        }
        self.within(call, |_| {});
    }

    fn environment(&mut self, call: &Call) {
        for statement in call.block.as_deref().unwrap_or_default() {
            let Statement::Set { name, value, bytes } = statement else { continue };
            let known = self.around.values.value(value);
            let setting = setting(name, value, known.clone(), bytes);
            self.around.values.environment.set(name.clone(), known);
            // `credentials('id')` of AWS keys sets more than the name says.
            let is_bound = matches!(value, Value::Call(inner) if inner.name == "credentials");
            if is_bound {
                self.around.bound.push(setting.clone());
            }
            if let Some(job) = self.job() {
                job.variables.push(setting);
            }
        }
    }

    fn with_env(&mut self, call: &Call) {
        let mut set = Vec::new();
        if let Some(Value::List(items)) = call.at(0).map(|argument| &argument.value) {
            for item in items {
                for text in self.around.values.value(&item.value).alternatives() {
                    set.extend(
                        text.split_once('=')
                            .map(|(name, value)| (name.to_owned(), Known::one_of([value.to_owned()]))),
                    );
                }
            }
        }
        self.within(call, |around| {
            for (name, value) in set {
                around.bound.push(Setting {
                    name: name.clone(),
                    value: value.clone(),
                    raw: String::new(),
                    bytes: call.bytes.clone(),
                    is_plain: false,
                });
                around.values.environment.set(name, value);
            }
        });
    }

    fn with_credentials(&mut self, call: &Call) {
        let is_of_aws = call.arguments.iter().any(|argument| mentions_aws(&argument.value));
        let bytes = call.bytes.start..call.bytes.start + call.name.len();
        if is_of_aws {
            self.credentials(&bytes, Known::Unknown, Known::Unknown, Known::Unknown, true);
        }
        self.within(call, |around| {
            if is_of_aws {
                around.bound.push(bound("AWS_ACCESS_KEY_ID", &bytes));
            }
        });
    }

    fn with_aws(&mut self, call: &Call) {
        let values = &self.around.values;
        let region = values.argument(call.named("region"));
        let account = values.argument(call.named("roleAccount"));
        let role = values.argument(call.named("role"));
        let from_keys = call.named("credentials").is_some() && call.named("role").is_none();
        let bytes = call.bytes.start..call.bytes.start + call.name.len();
        self.credentials(&bytes, role, account, region.clone(), from_keys);
        let brings = call.named("role").is_some()
            || call.named("credentials").is_some()
            || call.named("profile").is_some();
        self.within(call, |around| {
            if brings {
                around.bound.push(bound("AWS_ACCESS_KEY_ID", &bytes));
            }
            if !region.is_unknown() {
                around.values.environment.set("AWS_REGION", region.clone());
                around.values.environment.set("AWS_DEFAULT_REGION", region);
            }
        });
    }

    fn credentials(
        &mut self,
        bytes: &Range<usize>,
        role: Known,
        account: Known,
        region: Known,
        from_keys: bool,
    ) {
        let what = What::Credentials { role, account, region, from_keys, from_oidc: false };
        self.other_step(bytes.clone(), vec![what], StepKind::Other);
    }

    fn keep(&mut self, call: &Call, how: KeptAs, name: &str) {
        let Some(argument) = call.named_or_first(name) else { return };
        let known = self.around.values.value(&argument.value);
        let raw = known.alternatives().next().unwrap_or_default().to_owned();
        let by = call.bytes.start..call.bytes.start + call.name.len();
        let left_out = call.named("excludes").map(|excludes| self.around.values.value(&excludes.value));
        let left_out = left_out.as_ref().and_then(Known::exactly).unwrap_or_default();
        let except: Vec<String> = left_out.split(',').map(|part| part.trim().to_owned()).collect();
        let kept = raw.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| {
            let what = Known::one_of([part.to_owned()]);
            let kept = Kept::path(how, what, part, argument.bytes.clone(), by.clone());
            Kept { except: except.clone(), ..kept }
        });
        let kept: Vec<Kept> = kept.collect();
        if let Some(job) = self.job() {
            job.kept.extend(kept);
        }
    }

    /// A call of a plugin or a shared library.
    fn other(&mut self, call: &Call) {
        let is_library = !call.name.contains('.') && call.block.is_none();
        if is_library && suggests::login(&call.name) {
            self.other_step(call.bytes.clone(), vec![What::MayLogIn], StepKind::Other);
        }
        self.within(call, |_| {});
    }

    pub(super) fn other_step(&mut self, bytes: Range<usize>, whats: Vec<What>, kind: StepKind) {
        let mut step = Step::new(bytes.clone(), kind);
        step.deeds = whats.into_iter().map(|what| Deed::new(bytes.clone(), what)).collect();
        self.add(step);
    }

    pub(super) fn add(&mut self, mut step: Step) {
        step.container.clone_from(&self.around.container);
        step.is_off |= self.around.never;
        step.is_conditional = self.around.conditional;
        step.variables.extend(self.around.bound.iter().cloned());
        for deed in &mut step.deeds {
            deed.certain &= !step.is_conditional;
        }
        if let Some(job) = self.job() {
            job.steps.push(step);
        }
    }
}
