//! Rules of EventBridge, as a list to read, and each as `aws events put-rule --cli-input-json` takes it.

use super::language::{Document, name_of};
use crate::alarms::settings::Settings;
use crate::alarms::signal::Signal;
use crate::alarms::value::{Value, map};
use crate::alarms::watch::{EventRule, Watch};

/// The rules, their patterns as objects.
pub fn list(signals: &[Signal], settings: &Settings) -> String {
    let rules = signals
        .iter()
        .filter_map(|signal| Some(whole(signal, of(signal)?, settings, |pattern| pattern.clone())))
        .collect();
    let document = map([("schema", Value::from("ecrpass/event-rules/1")), ("rules", Value::List(rules))]);
    document.json() + "\n"
}

/// One rule as a file.
pub fn rule(signal: &Signal, settings: &Settings) -> Option<Document> {
    let rule = whole(signal, of(signal)?, settings, |pattern| Value::from(pattern.compact()));
    Some(Document { file: format!("{}.json", name_of(signal, settings)), text: rule.json() + "\n" })
}

fn of(signal: &Signal) -> Option<&EventRule> {
    match &signal.watch {
        Watch::Event(rule) => Some(rule),
        _ => None,
    }
}

fn whole(signal: &Signal, rule: &EventRule, settings: &Settings, pattern: fn(&Value) -> Value) -> Value {
    map([
        ("Name", Value::from(name_of(signal, settings))),
        ("Description", Value::from(signal.text())),
        ("State", Value::from(rule.state())),
        ("EventPattern", pattern(&rule.pattern)),
    ])
}
