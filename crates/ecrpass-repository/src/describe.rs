//! A state as lines of text, so that what a plan changes can be shown as a difference of two texts.

use crate::normal;
use crate::settings::{CacheRule, Scanning, Template};
use crate::state::{Registry, Repository, State};
use crate::wanted::Wanted;

/// The part of a state that a wish is about; nothing for a repository that is not there.
pub fn describe(wanted: &Wanted, state: &State) -> String {
    let mut lines = Vec::new();
    if let Some(repository) = &state.repository {
        lines.push(format!("repository {}:", wanted.name));
        lines.extend(of_repository(wanted, repository).into_iter().map(indented));
    }
    let registry = of_registry(wanted, &state.registry);
    if !registry.is_empty() {
        lines.push("registry:".to_owned());
        lines.extend(registry.into_iter().map(indented));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn indented(line: String) -> String {
    format!("  {line}")
}

fn of_repository(wanted: &Wanted, is: &Repository) -> Vec<String> {
    let mut lines = vec![format!("tags: {}", is.mutability), format!("encryption: {}", is.encryption)];
    if let Some(text) = is.lifecycle.as_deref().filter(|_| wanted.lifecycle.is_some()) {
        lines.push("lifecycle policy:".to_owned());
        lines.extend(document(text, normal::lifecycle(text)));
    }
    if let Some(text) = is.policy.as_deref().filter(|_| wanted.policy.is_some()) {
        lines.push("repository policy:".to_owned());
        lines.extend(document(text, normal::readable_policy(text)));
    }
    if !wanted.tags.is_empty() {
        lines.extend(is.tags.iter().map(|(key, value)| format!("tag {key} = {value}")));
    }
    lines
}

/// In the form in which two policies that mean the same are the same.
fn document(text: &str, normal: Option<serde_json::Value>) -> Vec<String> {
    let pretty = normal.and_then(|normal| serde_json::to_string_pretty(&normal).ok());
    pretty.as_deref().unwrap_or(text).lines().map(|line| indented(line.to_owned())).collect()
}

fn of_registry(wanted: &Wanted, is: &Registry) -> Vec<String> {
    let mut lines = Vec::new();
    if wanted.scan.is_some() {
        lines.extend(scanning(&is.scanning));
    }
    if !wanted.replicate_to.is_empty() {
        for rule in &is.replication {
            let to: Vec<String> = rule.destinations.iter().map(ToString::to_string).collect();
            lines.push(format!("copies to {}:", to.join(", ")));
            if rule.prefixes.is_empty() {
                lines.push("  every repository".to_owned());
            }
            lines.extend(rule.prefixes.iter().map(|prefix| format!("  {prefix}*")));
        }
    }
    if let Some(cache) = &wanted.cache {
        let same = is.caches.iter().filter(|rule| rule.prefix == cache.prefix);
        lines.extend(same.flat_map(of_cache));
    }
    if let Some(template) = &wanted.template {
        let same = is.templates.iter().filter(|other| other.prefix == template.prefix);
        lines.extend(same.flat_map(of_template));
    }
    lines
}

fn scanning(scanning: &Scanning) -> Vec<String> {
    let by = if scanning.enhanced { "ENHANCED" } else { "BASIC" };
    let mut lines = vec![format!("scans with {by}:")];
    for rule in &scanning.rules {
        lines.extend(rule.filters.iter().map(|filter| format!("  {filter}: {}", rule.frequency)));
    }
    lines
}

fn of_cache(rule: &CacheRule) -> Vec<String> {
    let mut lines = vec![format!("caches {} as {}/…", rule.upstream_url, rule.prefix)];
    lines.extend(rule.credential_arn.iter().map(|arn| format!("  login {arn}")));
    lines.extend(rule.role_arn.iter().map(|arn| format!("  role {arn}")));
    lines
}

fn of_template(template: &Template) -> Vec<String> {
    let applied: Vec<&str> = template.applied_for.iter().map(|applied| applied.id()).collect();
    let mut lines = vec![format!("creation template {} for {}:", template.prefix, applied.join(", "))];
    lines.extend(template.mutability.iter().map(|mutability| format!("  tags: {mutability}")));
    lines.extend(template.encryption.iter().map(|encryption| format!("  encryption: {encryption}")));
    if let Some(text) = &template.lifecycle {
        lines.push("  lifecycle policy:".to_owned());
        lines.extend(document(text, normal::lifecycle(text)).into_iter().map(indented));
    }
    if let Some(text) = &template.policy {
        lines.push("  repository policy:".to_owned());
        lines.extend(document(text, normal::readable_policy(text)).into_iter().map(indented));
    }
    lines.extend(template.tags.iter().map(|(key, value)| format!("  tag {key} = {value}")));
    lines.extend(template.role_arn.iter().map(|arn| format!("  role {arn}")));
    lines
}
