//! Asks policies about documents.

use std::collections::{BTreeSet, HashMap};

use ecrpass_diagnosis::finding::Severity;
use serde_json::{Map, Value};

use crate::answers::{Message, messages};
use crate::combined;
use crate::engine::{self, DeclaredRule, Module, Policies, PolicyError, eval};
use crate::input::Input;
use crate::question::{Answer, Answers, Question, Wish};
use crate::rule_name::{Purpose, is_excepted};
use crate::silence;
use crate::verify;

/// Asks.
///
/// # Errors
/// [`PolicyError`] when a policy cannot be read or a rule cannot be asked: what was not asked must not pass for clean.
pub fn ask(question: &Question) -> Result<Answers, PolicyError> {
    let mut policies = engine::read(question)?;
    if question.wish == Wish::Verify {
        return verify::run(&mut policies);
    }
    let modules: Vec<Module> = policies.modules.clone();
    let is_wanted = |module: &&Module| match &question.wish {
        Wish::Packages(names) => names.contains(&module.package),
        Wish::AllPackages | Wish::Verify => true,
    };
    let mut answers = Answers::default();
    let all = [combined::combine(&question.inputs)];
    let inputs = if question.is_combined { all.as_slice() } else { &question.inputs };
    let mut done = BTreeSet::new();
    for module in modules.iter().filter(is_wanted) {
        if done.insert(&module.reference) {
            let package: Vec<&Module> =
                modules.iter().filter(|other| other.reference == module.reference).collect();
            ask_package(&mut policies, &package, inputs, &mut answers)?;
        }
    }
    if question.is_combined {
        answers.answers.iter_mut().for_each(|answer| combined::assign(answer, &question.inputs));
    }
    // In the order of the documents, and of one document in that of the rules.
    let places: HashMap<(&str, usize), usize> = question
        .inputs
        .iter()
        .enumerate()
        .map(|(index, input)| ((input.path.as_str(), input.document), index))
        .collect();
    let order = |answer: &Answer| {
        let place = (answer.file.as_deref().unwrap_or_default(), answer.document);
        (places.get(&place).copied(), answer.severity, answer.rule.clone())
    };
    answers.answers.sort_by_cached_key(order);
    answers.notes.extend(silence::notes(question, &modules, &answers));
    answers.prints = policies.engine.take_prints().unwrap_or_default();
    Ok(answers)
}

fn ask_package(
    policies: &mut Policies,
    package: &[&Module],
    inputs: &[Input],
    answers: &mut Answers,
) -> Result<(), PolicyError> {
    let Some(reference) = package.first().map(|module| module.reference.as_str()) else { return Ok(()) };
    let declared = || package.iter().flat_map(|module| &module.rules);
    let mut reported: Vec<(&DeclaredRule, Severity)> = Vec::new();
    for rule in declared() {
        let is_new = !reported.iter().any(|(known, _)| known.name == rule.name);
        if let (Purpose::Report(severity), true) = (rule.purpose, is_new) {
            reported.push((rule, severity));
        }
    }
    let exception = declared().find(|rule| rule.purpose == Purpose::Exception);
    for input in inputs {
        policies.engine.set_input(input.value.clone().into());
        let exceptions = match exception {
            Some(rule) => exceptions(&eval(policies, reference, rule, &input.path)?),
            None => Vec::new(),
        };
        for (rule, severity) in &reported {
            let value = eval(policies, reference, rule, &input.path)?;
            answers.asked += 1;
            let found = messages(&rule.name, &value).map_err(|message| PolicyError {
                path: rule.path.clone(),
                line: Some(rule.line),
                message,
            })?;
            if exceptions.iter().any(|exception| is_excepted(&rule.name, exception)) {
                answers.excepted += found.len();
                continue;
            }
            let package_name = package.first().map_or("", |module| module.package.as_str());
            answers.answers.extend(found.into_iter().map(|Message { text, more }| Answer {
                rule: format!("{package_name}.{}", rule.name),
                severity: own_severity(&more).unwrap_or(*severity),
                message: text,
                more,
                policy: rule.path.clone(),
                line: rule.line,
                file: Some(input.path.clone()),
                document: input.document,
            }));
        }
    }
    Ok(())
}

/// What the object of a message says of how bad it is.
fn own_severity(more: &Map<String, Value>) -> Option<Severity> {
    match more.get("severity")?.as_str()?.to_ascii_lowercase().as_str() {
        "error" | "critical" | "high" => Some(Severity::Error),
        "warning" | "warn" | "medium" => Some(Severity::Warning),
        "note" | "info" | "low" => Some(Severity::Note),
        _ => None,
    }
}

/// The names in a value of `exception`: a set of lists of names.
fn exceptions(value: &regorus::Value) -> Vec<String> {
    let value = serde_json::to_value(value).unwrap_or_default();
    let mut names = Vec::new();
    for list in value.as_array().into_iter().flatten() {
        match list {
            Value::Array(items) => names.extend(items.iter().filter_map(Value::as_str).map(str::to_owned)),
            Value::String(name) => names.push(name.clone()),
            _ => {}
        }
    }
    names
}

#[cfg(test)]
#[path = "check/tests.rs"]
mod tests;
