//! A rule file of Prometheus. Source: Prometheus documentation, "Alerting rules"; `keep_firing_for` needs 2.42.

use super::language::{Format, heading};
use crate::alarms::settings::Settings;
use crate::alarms::signal::Signal;
use crate::alarms::value::{Value, map};
use crate::alarms::watch::{PrometheusRule, Watch};

/// The rules, a group for each family.
pub fn rules(signals: &[Signal], settings: &Settings) -> String {
    let mut groups: Vec<Value> = Vec::new();
    for family in &settings.families {
        let rules: Vec<Value> = signals
            .iter()
            .filter(|signal| signal.family == *family)
            .filter_map(|signal| match &signal.watch {
                Watch::Prometheus(rule) => Some(self::rule(signal, rule)),
                _ => None,
            })
            .collect();
        if !rules.is_empty() {
            let name = format!("{}-{}", settings.name, family.id());
            groups.push(map([("name", Value::from(name)), ("rules", Value::List(rules))]));
        }
    }
    let lines = map([("groups", Value::List(groups))]).yaml(0);
    format!("{}{}\n", heading(Format::Prometheus, settings), lines.join("\n"))
}

fn rule(signal: &Signal, rule: &PrometheusRule) -> Value {
    let mut members =
        vec![("alert", Value::from(signal.name.clone())), ("expr", Value::from(rule.expression.clone()))];
    if rule.held > 0 {
        members.push(("for", Value::from(duration(rule.held))));
    }
    if rule.kept > 0 {
        members.push(("keep_firing_for", Value::from(duration(rule.kept))));
    }
    members.push((
        "labels",
        map([("severity", Value::from(signal.urgency.id())), ("source", Value::from("ecrpass"))]),
    ));
    // Where a series knows the present cause, that one is named.
    let cause = match rule.cause {
        Some(query) => {
            let label = "{{ . | first | label \"cause\" }}";
            format!("{{{{ with {query} }}}}{label}{{{{ else }}}}{}{{{{ end }}}}", signal.cause)
        }
        None => signal.cause.to_string(),
    };
    let mut description = signal.text();
    if rule.cause.is_some() {
        description = format!("The cause now: [{cause}].\n{description}");
    }
    if !rule.about.is_empty() {
        description = format!("{}\n{description}", rule.about);
    }
    members.push((
        "annotations",
        map([
            ("summary", Value::from(signal.summary.clone())),
            ("description", Value::from(description)),
            ("command", Value::from(format!("ecrpass explain --id {cause}"))),
            ("runbook", Value::from(format!("ecrpass explain --runbook {cause}"))),
            ("cause", Value::from(cause)),
        ]),
    ));
    map(members)
}

/// A duration as Prometheus has it.
fn duration(seconds: u32) -> String {
    if seconds.is_multiple_of(60) { format!("{}m", seconds / 60) } else { format!("{seconds}s") }
}
