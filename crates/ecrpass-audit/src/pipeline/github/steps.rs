//! The steps of a job in their order, with what each leaves behind for the next: variables, outputs, credentials.

use std::collections::HashMap;

use crate::deed::{Deed, What};
use crate::known::Known;
use crate::pipeline::github::actions::{self, Identity};
use crate::pipeline::github::context::{Context, Outputs};
use crate::pipeline::github::outputs;
use crate::pipeline::handed_variables;
use crate::pipeline::model::{Kept, KeptAs, Setting, Step, StepKind, Uses};
use crate::pipeline::scope::{Scope, setting};
use crate::pipeline::scripts::Run;
use crate::pipeline::{calls, paths, within};
use crate::shell::Dialect;
use crate::source::{SourceFile, Tree};
use crate::yaml::Node;

/// How deep composite actions may use each other.
const MAX_NESTING: usize = 4;
/// How often a job may use them, those within each other included.
const MAX_LOCAL: usize = 200;

/// What is in force at a step.
#[derive(Clone)]
pub(super) struct Walk<'a> {
    pub file: &'a SourceFile,
    pub tree: &'a Tree,
    pub environment: Scope,
    pub inputs: Scope,
    /// Those inputs that a caller in this tree has set. The default of another is only likely: whoever calls the
    /// workflow or action may set it, so no condition is surely false by it.
    pub sure: Scope,
    pub matrix: Option<Scope>,
    pub outputs: Outputs,
    pub needs: Outputs,
    pub identity: Identity,
    /// The shell of scripts that do not name one.
    pub shell: Option<String>,
    pub directory: String,
    /// Artifacts and caches.
    pub kept: Vec<Kept>,
    depth: usize,
    /// How many more composite actions are read.
    left: usize,
}

impl<'a> Walk<'a> {
    /// Nothing is in force.
    pub fn new(file: &'a SourceFile, tree: &'a Tree) -> Self {
        Self {
            file,
            tree,
            environment: Scope::default(),
            inputs: Scope::default(),
            sure: Scope::default(),
            matrix: None,
            outputs: Outputs::new(),
            needs: Outputs::new(),
            identity: Identity::default(),
            shell: None,
            directory: String::new(),
            kept: Vec::new(),
            depth: 0,
            left: MAX_LOCAL,
        }
    }

    /// The contexts of expressions.
    pub fn context(&self) -> Context<'_> {
        self.context_with(&self.environment)
    }

    /// Whether a condition is surely false, however this is called.
    pub fn is_never(&self, condition: &str) -> bool {
        Context { inputs: &self.sure, ..self.context() }.is_never(condition)
    }

    fn context_with<'b>(&'b self, environment: &'b Scope) -> Context<'b> {
        Context {
            environment,
            inputs: &self.inputs,
            matrix: self.matrix.as_ref(),
            steps: Some(&self.outputs),
            needs: Some(&self.needs),
        }
    }

    /// Reads steps.
    pub fn steps(&mut self, nodes: &[Node]) -> Vec<Step> {
        nodes.iter().map(|node| self.step(node)).collect()
    }

    fn step(&mut self, node: &Node) -> Step {
        let mut environment = self.environment.clone();
        let mut variables = Vec::new();
        for (key, value) in node.members_of("env") {
            let made = setting(&key.text, value, &|text| self.context_with(&environment).value(text));
            variables.push(made);
        }
        environment.extend(&variables);
        let condition = node.text_of("if");
        let is_off = condition.is_some_and(|condition| self.is_never(condition));
        let mut step = if let Some(uses) = node.get("uses").filter(|uses| uses.text().is_some()) {
            self.uses(node, uses, &environment, is_off)
        } else if let Some(run) = node.get("run") {
            self.run(node, run, &environment, is_off)
        } else {
            Step::new(node.bytes.clone(), StepKind::Other)
        };
        step.id = node.text_of("id").map(str::to_owned);
        step.variables = variables;
        step.is_off = is_off;
        step.is_conditional = condition.is_some_and(is_condition);
        for deed in &mut step.deeds {
            deed.certain &= !step.is_conditional;
        }
        if let Some(id) = &step.id {
            let made = outputs::of_step(&step);
            self.outputs.entry(id.clone()).or_default().extend(made);
        }
        step
    }

    fn run(&mut self, node: &Node, run: &Node, environment: &Scope, is_off: bool) -> Step {
        let Some(passage) = run.passage() else { return Step::new(node.bytes.clone(), StepKind::Other) };
        let shell = node.text_of("shell").map(str::to_owned).or_else(|| self.shell.clone());
        let dialect = match shell.as_deref().and_then(|shell| shell.split_whitespace().next()) {
            Some("pwsh" | "powershell") => Dialect::PowerShell,
            Some("cmd") => Dialect::Cmd,
            None | Some("bash" | "sh" | "zsh") => Dialect::Posix,
            // Python and others.
            Some(shell) if shell.contains("sh") => Dialect::Posix,
            Some(_) => return Step::new(node.bytes.clone(), StepKind::Other),
        };
        let directory = node.text_of("working-directory").and_then(|path| paths::joined("", path));
        let directory = directory.unwrap_or_else(|| self.directory.clone());
        let traced = shell.as_deref().is_some_and(|shell| {
            shell.split_whitespace().any(|word| word.starts_with('-') && word.contains('x'))
        });
        let context = self.context_with(environment);
        let script = Run { passage, dialect, traced, directory: &directory, bytes: node.bytes.clone() };
        let mut step = script.step_with(environment, &|name| context.in_script(name), self.tree);
        step.shell = shell;
        if !is_off {
            let of_files = calls::written_to(&step, environment, self.tree, &directory, "GITHUB_ENV");
            self.exported(&step);
            for (name, value) in of_files {
                self.environment.set(name, value);
            }
        }
        step
    }

    /// What a script leaves behind: variables in `$GITHUB_ENV`, credentials.
    fn exported(&mut self, step: &Step) {
        let Some(script) = step.script() else { return };
        for (name, value) in handed_variables::written_to(script, "GITHUB_ENV") {
            self.environment.set(name, value);
        }
        for (name, value) in within::copied_to(script, "GITHUB_ENV", self.tree, &self.directory) {
            self.environment.set(name, Known::Exactly(value));
        }
        for deed in &step.deeds {
            if let What::Credentials { account, region, .. } = &deed.what {
                self.identity.account.clone_from(account);
                if !region.is_unknown() {
                    self.identity.region.clone_from(region);
                }
            }
        }
    }

    fn uses(&mut self, node: &Node, reference: &Node, environment: &Scope, is_off: bool) -> Step {
        let text = reference.text().unwrap_or_default().trim();
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(version.to_owned())),
            None => (text, None),
        };
        let inputs: Vec<Setting> = node
            .members_of("with")
            .iter()
            .map(|(key, value)| setting(&key.text, value, &|text| self.context_with(environment).value(text)))
            .collect();
        let uses = Uses { name: name.to_owned(), version, bytes: reference.bytes.clone(), inputs };
        if !is_off {
            self.keep(&uses, node.at(&["with", "path"]));
        }
        let mut step = Step::new(node.bytes.clone(), StepKind::Other);
        if !is_off {
            step.deeds = match name.strip_prefix("./").or_else(|| name.strip_prefix("$/")) {
                Some(path) => self.local(path, &uses, node),
                None => self.known(&uses, environment, node),
            };
        }
        step.kind = StepKind::Uses(uses);
        step
    }

    /// The paths of artifacts and caches, a line each.
    fn keep(&mut self, uses: &Uses, paths: Option<&Node>) {
        let how = match uses.name.as_str() {
            "actions/upload-artifact" => KeptAs::Artifact,
            "actions/cache" | "actions/cache/save" => KeptAs::Cache,
            _ => return,
        };
        let Some(passage) = paths.and_then(Node::passage) else { return };
        let except: Vec<String> = passage
            .text()
            .lines()
            .filter_map(|line| line.trim().strip_prefix('!'))
            .flat_map(|path| self.context().value(path).alternatives().map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let mut from = 0;
        for line in passage.text().split_inclusive('\n') {
            let path = line.trim();
            if !path.is_empty() && !path.starts_with('!') {
                let at = from + line.find(path).unwrap_or_default();
                let bytes = passage.places(at..at + path.len());
                // An input or a variable may hold several lines.
                let mut lines: Vec<String> = Vec::new();
                for value in self.context().value(path).alternatives() {
                    let paths = value.lines().map(str::trim).filter(|path| !path.is_empty());
                    lines.extend(paths.filter(|path| !path.starts_with('!')).map(str::to_owned));
                }
                let what = Known::one_of(lines);
                let kept = Kept::path(how, what, path, bytes, uses.bytes.clone());
                self.kept.push(Kept { except: except.clone(), ..kept });
            }
            from += line.len();
        }
    }

    /// An action of another repository.
    fn known(&mut self, uses: &Uses, environment: &Scope, node: &Node) -> Vec<Deed> {
        let mut identity = self.identity.clone();
        // A region set for the step alone.
        let region = environment.aws_region();
        if !region.is_unknown() {
            identity.region = region;
        }
        let done = actions::done(uses, &identity);
        if let Some(identity) = done.identity {
            // The action sets them for all later steps.
            let region = identity.region.clone();
            self.environment.set("AWS_REGION", region.clone());
            self.environment.set("AWS_DEFAULT_REGION", region);
            self.identity = identity;
        }
        if let Some(id) = node.text_of("id") {
            let outputs = done.outputs.into_iter().map(|(name, value)| (name.to_owned(), value));
            self.outputs.entry(id.to_owned()).or_default().extend(outputs);
        }
        done.deeds.into_iter().map(|what| Deed::new(uses.bytes.clone(), what)).collect()
    }

    /// An action of this tree.
    fn local(&mut self, path: &str, uses: &Uses, node: &Node) -> Vec<Deed> {
        let unseen = || vec![Deed::new(uses.bytes.clone(), What::MayLogIn)];
        let candidates = ["action.yml", "action.yaml"];
        let file = candidates.iter().find_map(|name| self.tree.get(&paths::joined(path, name)?));
        let Some(file) = file.filter(|_| self.depth < MAX_NESTING && self.left > 0) else { return unseen() };
        let documents = self.tree.referred(file);
        let Some(root) = documents.first() else { return unseen() };
        if root.at(&["runs", "using"]).and_then(Node::text) != Some("composite") {
            return unseen();
        }
        self.left -= 1;
        let mut inside = self.clone();
        inside.file = file;
        inside.depth += 1;
        inside.outputs = Outputs::new();
        inside.kept = Vec::new();
        inside.inputs = Scope::default();
        inside.sure = Scope::default();
        let surely = Context { inputs: &self.sure, ..self.context() };
        for (key, value) in root.members_of("inputs") {
            let given = uses.filled(&key.text);
            let Some(text) = given.map(|given| given.raw.as_str()).or_else(|| value.text_of("default"))
            else {
                continue;
            };
            let known = given.map_or_else(|| self.context().value(text), |given| given.value.clone());
            inside.inputs.set(key.text.clone(), known);
            inside.sure.set(key.text.clone(), surely.value(text));
        }
        let steps = root.at(&["runs", "steps"]).map(|steps| inside.steps(steps.each())).unwrap_or_default();
        let made: HashMap<String, Known> = root
            .members_of("outputs")
            .iter()
            .filter_map(|(key, output)| {
                Some((key.text.clone(), inside.context().value(output.text_of("value")?)))
            })
            .collect();
        if let Some(id) = node.text_of("id") {
            self.outputs.entry(id.to_owned()).or_default().extend(made);
        }
        self.left = inside.left;
        self.environment = inside.environment;
        self.identity = inside.identity;
        // Whether a login is in what it keeps, only its caller's job can tell.
        self.kept.extend(inside.kept.into_iter().map(|mut kept| {
            kept.path.get_or_insert_with(|| file.path.clone());
            kept
        }));
        let deeds = steps.into_iter().filter(|step| !step.is_off).flat_map(|step| step.deeds);
        let located = deeds.map(|mut deed| {
            deed.path.get_or_insert_with(|| file.path.clone());
            deed
        });
        located.collect()
    }
}

/// Whether an `if` makes a step run only sometimes.
fn is_condition(condition: &str) -> bool {
    let condition = condition.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
    !matches!(condition, "always()" | "success()" | "true" | "!cancelled()")
}
