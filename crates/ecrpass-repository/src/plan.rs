//! From what is and what is wanted to what has to be done, and what cannot be done in place.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::normal;
use crate::settings::{CacheRule, Destination, ScanFrequency, Template};
use crate::state::{Repository, State};
use crate::step::Step;
use crate::wanted::Wanted;

/// What has to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in their order.
    pub steps: Vec<Step>,
    /// What is wanted and cannot be had without making something anew.
    pub impossible: Vec<Impossible>,
    /// What is worth knowing before it is done.
    pub notes: Vec<String>,
}

/// Something that cannot be changed in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Impossible {
    /// What.
    pub part: &'static str,
    /// How it is.
    pub is: String,
    /// How it is wanted.
    pub wanted: String,
    /// Why it stays so.
    pub why: &'static str,
    /// What can be done about it.
    pub next: String,
}

/// Plans.
pub fn plan(wanted: &Wanted, state: &State) -> Plan {
    let mut plan = Plan::default();
    match &state.repository {
        None => {
            plan.steps.push(Step::Create {
                mutability: wanted.mutability.clone(),
                encryption: wanted.encryption.clone(),
                tags: wanted.tags.clone(),
            });
            plan.steps.extend(wanted.lifecycle.clone().map(Step::Lifecycle));
            plan.steps.extend(wanted.policy.clone().map(Step::Policy));
        }
        Some(repository) => change(wanted, repository, &mut plan),
    }
    scan(wanted, state, &mut plan);
    if let Some(rule) = &wanted.cache {
        cache(rule, state, &mut plan);
    }
    replicate(wanted, state, &mut plan);
    if let Some(template) = &wanted.template {
        plan.steps.extend(template_step(template, state));
    }
    plan
}

/// The state once all steps of a plan are done.
pub fn applied(plan: &Plan, name: &str, state: &State) -> State {
    let mut state = state.clone();
    for step in &plan.steps {
        step.apply(name, &mut state);
    }
    state
}

fn change(wanted: &Wanted, is: &Repository, plan: &mut Plan) {
    if let Some(mutability) = wanted.mutability.as_ref().filter(|wanted| **wanted != is.mutability) {
        plan.steps.push(Step::Mutability(mutability.clone()));
    }
    let is_same = |one: &Option<String>, other: &str, same: fn(&str, &str) -> bool| {
        one.as_deref().is_some_and(|one| same(one, other))
    };
    if let Some(text) = &wanted.lifecycle
        && !is_same(&is.lifecycle, text, normal::same_lifecycle)
    {
        plan.steps.push(Step::Lifecycle(text.clone()));
    }
    if let Some(text) = &wanted.policy
        && !is_same(&is.policy, text, normal::same_policy)
    {
        plan.steps.push(Step::Policy(text.clone()));
    }
    let missing = wanted.tags.iter().filter(|(key, value)| is.tags.get(*key) != Some(value));
    let missing: BTreeMap<String, String> =
        missing.map(|(key, value)| (key.clone(), value.clone())).collect();
    if !missing.is_empty() {
        plan.steps.push(Step::Tags(missing));
    }
    if let Some(encryption) =
        wanted.encryption.as_ref().filter(|wanted| !wanted.is_fulfilled_by(&is.encryption))
    {
        plan.impossible.push(Impossible {
            part: "encryption",
            is: is.encryption.to_string(),
            wanted: encryption.to_string(),
            why: "ECR sets the encryption of a repository once, when it is created; the repository is left as it is",
            next: "create another repository with that encryption, copy the images there, and change the references"
                .to_owned(),
        });
    }
}

fn scan(wanted: &Wanted, state: &State, plan: &mut Plan) {
    let Some(frequency) = wanted.scan else { return };
    let scanning = &state.registry.scanning;
    let is = scanning.of(&wanted.name);
    if is.is_some_and(|(is, _)| is >= frequency) {
        return;
    }
    if frequency == ScanFrequency::Continuous && !scanning.enhanced {
        plan.impossible.push(Impossible {
            part: "scanning",
            is: "the registry scans with BASIC".to_owned(),
            wanted: frequency.to_string(),
            why: "only ENHANCED scans continuously, which is set for the whole registry and costs for every image",
            next: "aws ecr put-registry-scanning-configuration --scan-type ENHANCED, or --scan on-push".to_owned(),
        });
        return;
    }
    plan.steps.push(Step::Scan(frequency));
    plan.notes.push(format!(
        "the registry's filter `{0}` means every repository whose name contains `{0}`",
        wanted.name
    ));
}

fn cache(rule: &CacheRule, state: &State, plan: &mut Plan) {
    let Some(is) = state.registry.caches.iter().find(|other| other.prefix == rule.prefix) else {
        plan.steps.push(Step::CreateCache(rule.clone()));
        return;
    };
    if is.upstream_url != rule.upstream_url {
        plan.impossible.push(Impossible {
            part: "pull-through cache",
            is: format!("{} stands for {}", is.prefix, is.upstream_url),
            wanted: rule.upstream_url.clone(),
            why: "ECR never changes the upstream of a rule; the rule is left as it is",
            next: format!(
                "choose another prefix, or delete the rule first: aws ecr delete-pull-through-cache-rule --ecr-repository-prefix {}",
                rule.prefix
            ),
        });
        return;
    }
    let differs = |is: &Option<String>, wanted: &Option<String>| wanted.is_some() && is != wanted;
    if differs(&is.credential_arn, &rule.credential_arn) || differs(&is.role_arn, &rule.role_arn) {
        plan.steps.push(Step::UpdateCache(CacheRule {
            credential_arn: rule.credential_arn.clone().or_else(|| is.credential_arn.clone()),
            role_arn: rule.role_arn.clone().or_else(|| is.role_arn.clone()),
            ..is.clone()
        }));
    }
}

fn replicate(wanted: &Wanted, state: &State, plan: &mut Plan) {
    let is_missing = |to: &&Destination| !state.registry.replicates(&wanted.name, to);
    let missing: BTreeSet<Destination> = wanted.replicate_to.iter().filter(is_missing).cloned().collect();
    if missing.is_empty() {
        return;
    }
    plan.steps.push(Step::Replicate(missing));
    plan.notes.push(format!(
        "images pushed from now on are copied, those that are there are not; the filter `{0}` means every repository whose name begins with `{0}`",
        wanted.name
    ));
}

fn template_step(wanted: &Template, state: &State) -> Option<Step> {
    let Some(is) = state.registry.templates.iter().find(|other| other.prefix == wanted.prefix) else {
        return Some(Step::CreateTemplate(wanted.clone()));
    };
    // What is not said stays as it is.
    let mut merged = is.clone();
    if !wanted.applied_for.is_subset(&is.applied_for) {
        merged.applied_for.extend(wanted.applied_for.iter().copied());
    }
    let keep = |wanted: &Option<String>, is: &mut Option<String>, same: fn(&str, &str) -> bool| {
        if let Some(wanted) = wanted
            && !is.as_deref().is_some_and(|is| same(is, wanted))
        {
            *is = Some(wanted.clone());
        }
    };
    keep(&wanted.lifecycle, &mut merged.lifecycle, normal::same_lifecycle);
    keep(&wanted.policy, &mut merged.policy, normal::same_policy);
    keep(&wanted.role_arn, &mut merged.role_arn, |one, other| one == other);
    if wanted.mutability.is_some() {
        merged.mutability.clone_from(&wanted.mutability);
    }
    if let Some(encryption) = &wanted.encryption
        && !merged.encryption.as_ref().is_some_and(|is| encryption.is_fulfilled_by(is))
    {
        merged.encryption = Some(encryption.clone());
    }
    merged.tags.extend(wanted.tags.clone());
    (merged != *is).then_some(Step::UpdateTemplate(merged))
}

#[cfg(test)]
mod tests;
