//! Policies, read: the engine that is asked, and which rules stand where. All that is known of regorus' tree is here.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use regorus::unstable::{Expr, Rule, RuleHead};
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, PolicyLengthConfig};
use serde_json::Value;

use crate::builtins;
use crate::question::{PolicyFile, Question};
use crate::rule_name::{Purpose, purpose};
use crate::walk;

/// How many steps are made between two looks at the time.
const STEPS: u32 = 200;

/// The largest policy, in bytes and lines, and its longest line.
const MAX_POLICY: usize = 1024 * 1024;
const MAX_LINES: usize = 20_000;
const MAX_LINE: u32 = 64 * 1024;

/// Why policies cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(.path, .line))]
pub struct PolicyError {
    /// The policy's file; empty where it is not known.
    pub path: String,
    /// The line, from 1.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

fn place(path: &str, line: &Option<usize>) -> String {
    match (path, line) {
        ("", _) => String::new(),
        (path, Some(line)) => format!("{path}:{line}: "),
        (path, None) => format!("{path}: "),
    }
}

impl PolicyError {
    /// What the engine said: its texts quote the line below `--> file:line:column`, and end with `error: …`.
    pub(crate) fn of(path: &str, said: &str) -> Self {
        let arrow = said.lines().find_map(|line| line.trim().strip_prefix("--> "));
        let place = arrow.and_then(|place| {
            let (place, _column) = place.rsplit_once(':')?;
            let (file, line) = place.rsplit_once(':')?;
            Some((file.to_owned(), line.parse().ok()?))
        });
        let message = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or(said);
        let message = message.strip_prefix("error: ").unwrap_or(message).trim_end_matches('.');
        let (path, line) = match place {
            Some((file, line)) => (file, Some(line)),
            None => (path.to_owned(), None),
        };
        Self { path, line, message: message.to_owned() }
    }
}

/// A rule that stands in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeclaredRule {
    pub name: String,
    pub purpose: Purpose,
    pub path: String,
    pub line: usize,
}

/// What one file of policies adds to a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// The package by its parts: `docker.auths`.
    pub package: String,
    /// The same as a reference: `data.docker.auths`.
    pub reference: String,
    pub path: String,
    pub rules: Vec<DeclaredRule>,
}

/// Policies, ready to be asked.
pub(crate) struct Policies {
    pub engine: Engine,
    pub modules: Vec<Module>,
    patience: Duration,
}

/// Reads policies, each in the syntax it is written in.
///
/// # Errors
/// [`PolicyError`] for the first that cannot be read.
pub(crate) fn read(question: &Question) -> Result<Policies, PolicyError> {
    let Question { policies: files, data, now, patience, .. } = question;
    let mut engine = Engine::new();
    // As OPA: what a function cannot answer is undefined.
    engine.set_strict_builtin_errors(false);
    engine.set_gather_prints(true);
    let check_interval = NonZeroU32::MIN.saturating_add(STEPS - 1);
    engine.set_execution_timer_config(ExecutionTimerConfig { limit: *patience, check_interval });
    engine.set_policy_length_config(PolicyLengthConfig {
        max_col: NonZeroU32::MIN.saturating_add(MAX_LINE - 1),
        max_file_bytes: NonZeroUsize::MIN.saturating_add(MAX_POLICY - 1),
        max_lines: NonZeroUsize::MIN.saturating_add(MAX_LINES - 1),
    });
    builtins::add(&mut engine, *now).map_err(|message| PolicyError::of("", &message))?;
    for file in files {
        add(&mut engine, file)?;
    }
    if data.as_object().is_some_and(|members| !members.is_empty()) {
        engine.add_data(data.clone().into()).map_err(|error| PolicyError::of("data", &error.to_string()))?;
    }
    let packages =
        engine.get_policy_package_components().map_err(|error| PolicyError::of("", &error.to_string()))?;
    let rules: Vec<(String, Vec<DeclaredRule>)> = engine
        .get_modules()
        .iter()
        .map(|module| {
            let path = module.package.span.source.file().to_owned();
            let rules = module.policy.iter().filter_map(|rule| declared(&path, rule.as_ref())).collect();
            (path, rules)
        })
        .collect();
    let modules = packages.into_iter().zip(rules).map(|(package, (path, rules))| Module {
        package: package.components.join("."),
        reference: reference(&package.components),
        path,
        rules,
    });
    let modules = modules.collect();
    Ok(Policies { engine, modules, patience: *patience })
}

/// Adds a policy: in today's syntax, or else in that of before 1.0.
fn add(engine: &mut Engine, file: &PolicyFile) -> Result<(), PolicyError> {
    let text = walk::rewritten(&file.text);
    engine.set_rego_v0(false);
    let Err(of_v1) = engine.add_policy(file.path.clone(), text.clone()) else { return Ok(()) };
    engine.set_rego_v0(true);
    let Err(of_v0) = engine.add_policy(file.path.clone(), text) else { return Ok(()) };
    let says = |word: &str| file.text.contains(word);
    let is_v1 = says("import rego.v1") || says(" if {") || says(" contains ");
    let error = if is_v1 { of_v1 } else { of_v0 };
    Err(PolicyError::of(&file.path, &error.to_string()))
}

/// A package as a reference: a part that is no name stands in brackets.
fn reference(parts: &[String]) -> String {
    let mut reference = "data".to_owned();
    for part in parts {
        let is_name = part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_name {
            reference.push('.');
            reference.push_str(part);
        } else {
            reference.push_str(&format!("[{}]", Value::from(part.as_str())));
        }
    }
    reference
}

fn declared(path: &str, rule: &Rule) -> Option<DeclaredRule> {
    let (span, head) = match rule {
        Rule::Spec { span, head, .. } => match head {
            RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. } => (span, refr.as_ref()),
            // Functions answer to other rules only.
            RuleHead::Func { .. } => return None,
        },
        Rule::Default { span, refr, .. } => (span, refr.as_ref()),
    };
    let mut expression = head;
    let name = loop {
        match expression {
            Expr::Var { span, .. } => break span.text().to_owned(),
            Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } => expression = refr.as_ref(),
            _ => return None,
        }
    };
    let line = usize::try_from(span.line).unwrap_or(1);
    Some(DeclaredRule { purpose: purpose(&name), name, path: path.to_owned(), line })
}

/// The value of a rule for the document that is set.
pub(crate) fn eval(
    policies: &mut Policies,
    reference: &str,
    rule: &DeclaredRule,
    about: &str,
) -> Result<regorus::Value, PolicyError> {
    let patience = policies.patience;
    policies.engine.eval_rule(format!("{reference}.{}", rule.name)).map_err(|error| {
        let said = error.to_string();
        if said.contains("exceeded time limit") {
            return PolicyError {
                path: rule.path.clone(),
                line: Some(rule.line),
                message: format!("`{}` took longer than {} s for {about}", rule.name, patience.as_secs_f32()),
            };
        }
        PolicyError::of(&rule.path, &said)
    })
}

#[cfg(test)]
mod tests {
    use crate::question::{PATIENCE, Wish};

    use super::*;

    fn asked(policies: Vec<PolicyFile>) -> Question {
        Question {
            policies,
            data: Value::Null,
            inputs: Vec::new(),
            is_combined: false,
            wish: Wish::AllPackages,
            now: 0,
            patience: PATIENCE,
        }
    }

    fn file(path: &str, text: &str) -> PolicyFile {
        PolicyFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn both_syntaxes_are_read_and_rules_are_known_by_name_and_line() {
        let policies = read(&asked(vec![
                file("a.rego", "package main\n\ndeny[msg] {\n  input.a\n  msg := \"a\"\n}\n"),
                file("b.rego", "package docker[\"x-y\"]\n\nimport rego.v1\n\nwarn_b contains \"b\" if input.b\n\nhelper(x) := x\ntest_b if true\n"),
        ]))
        .unwrap();
        let names: Vec<(&str, &str, usize)> = policies
            .modules
            .iter()
            .flat_map(|module| &module.rules)
            .map(|rule| (rule.path.as_str(), rule.name.as_str(), rule.line))
            .collect();
        assert_eq!(names, [("a.rego", "deny", 3), ("b.rego", "warn_b", 5), ("b.rego", "test_b", 8)]);
        assert_eq!(policies.modules[1].reference, "data.docker[\"x-y\"]");
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        for (text, line) in [
            ("package main\n\nimport rego.v1\n\ndeny contains msg if {\n  input.a ==\n}\n", 7),
            ("package main\n\ndeny[msg] {\n  msg := \n}\n", 3),
            ("deny = 1\n", 1),
        ] {
            let error = read(&asked(vec![file("p/x.rego", text)])).err().unwrap();
            assert_eq!((error.path.as_str(), error.line), ("p/x.rego", Some(line)), "{error}");
            assert!(!error.message.is_empty() && !error.message.contains('\n'), "{error}");
        }
    }
}
