//! Plans do what is wanted and nothing else, and once done there is nothing left to do.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::settings::{Destination, Encryption, EncryptionKind, Mutability, ReplicationRule, Scanning};
use crate::state::Registry;

const LIFECYCLES: [&str; 2] = [
    r#"{"rules":[{"rulePriority":1,"selection":{"tagStatus":"untagged","countType":"imageCountMoreThan","countNumber":1},"action":{"type":"expire"}}]}"#,
    r#"{"rules":[{"rulePriority":2,"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":9},"action":{"type":"expire"}}]}"#,
];
const POLICIES: [&str; 2] = [
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"ecr:BatchGetImage"}]}"#,
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"ecr:PutImage"}]}"#,
];

fn maybe<T: Clone + std::fmt::Debug + 'static>(all: Vec<T>) -> impl Strategy<Value = Option<T>> {
    prop::option::of(prop::sample::select(all))
}

fn text(all: [&'static str; 2]) -> impl Strategy<Value = Option<String>> {
    maybe(all.map(str::to_owned).to_vec())
}

fn mutability() -> Vec<Mutability> {
    vec![
        Mutability::default(),
        Mutability::of("IMMUTABLE", []),
        Mutability::of("IMMUTABLE_WITH_EXCLUSION", ["latest".to_owned()]),
    ]
}

fn encryption() -> Vec<Encryption> {
    let kms = |key: Option<&str>| Encryption { kind: EncryptionKind::Kms, key: key.map(str::to_owned) };
    vec![Encryption::default(), kms(None), kms(Some("arn:aws:kms:us-east-1:123456789012:key/1"))]
}

fn tags() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map("[ab]", "[xy]", 0..3)
}

fn destinations() -> impl Strategy<Value = BTreeSet<Destination>> {
    let one = prop::sample::select(vec!["eu-west-1", "us-west-2"])
        .prop_map(|region| Destination { region: region.to_owned(), account: "123456789012".to_owned() });
    proptest::collection::btree_set(one, 0..3)
}

fn cache() -> impl Strategy<Value = Option<CacheRule>> {
    let rule = ("(hub|ROOT)", "(quay.io|registry-1.docker.io)", prop::option::of("arn:[ab]"));
    prop::option::of(rule.prop_map(|(prefix, upstream_url, credential_arn)| CacheRule {
        prefix,
        upstream_url,
        credential_arn,
        ..CacheRule::default()
    }))
}

fn template() -> impl Strategy<Value = Option<Template>> {
    let applied = prop::sample::select(vec![
        crate::settings::AppliedFor::CreateOnPush,
        crate::settings::AppliedFor::Replication,
    ]);
    let parts = (
        "(team/|ROOT)",
        proptest::collection::btree_set(applied, 1..3),
        maybe(mutability()),
        maybe(encryption()),
        text(LIFECYCLES),
        text(POLICIES),
        tags(),
    );
    prop::option::of(parts.prop_map(
        |(prefix, applied_for, mutability, encryption, lifecycle, policy, tags)| Template {
            prefix,
            applied_for,
            mutability,
            encryption,
            lifecycle,
            policy,
            tags,
            role_arn: None,
        },
    ))
}

fn frequency() -> impl Strategy<Value = ScanFrequency> {
    prop::sample::select(vec![ScanFrequency::OnPush, ScanFrequency::Continuous])
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    let parts = (
        maybe(mutability()),
        maybe(encryption()),
        prop::option::of(frequency()),
        text(LIFECYCLES),
        text(POLICIES),
        tags(),
        cache(),
        destinations(),
        template(),
    );
    parts.prop_map(
        |(mutability, encryption, scan, lifecycle, policy, tags, cache, replicate_to, template)| Wanted {
            name: "team/app".to_owned(),
            mutability,
            encryption,
            scan,
            lifecycle,
            policy,
            tags,
            cache,
            replicate_to,
            template,
        },
    )
}

fn any_state() -> impl Strategy<Value = State> {
    let repository = (
        prop::sample::select(mutability()),
        prop::sample::select(encryption()),
        text(LIFECYCLES),
        text(POLICIES),
        tags(),
    );
    let repository = repository.prop_map(|(mutability, encryption, lifecycle, policy, tags)| Repository {
        mutability,
        encryption,
        scan_on_push: false,
        lifecycle,
        policy,
        tags,
    });
    let rule = (destinations(), proptest::collection::btree_set("(team/|other|team/app)", 0..3));
    let replication = proptest::collection::vec(
        rule.prop_map(|(destinations, prefixes)| ReplicationRule { destinations, prefixes }),
        0..3,
    );
    let filters = proptest::collection::vec((frequency(), "(team|x|\\*)"), 0..3);
    let scanning = (any::<bool>(), filters).prop_map(|(enhanced, filters)| {
        let none = Scanning { enhanced, rules: Vec::new() };
        filters.iter().fold(none, |scanning, (frequency, filter)| scanning.with(*frequency, filter))
    });
    let registry = (scanning, replication, cache(), template());
    let registry = registry.prop_map(|(scanning, replication, cache, template)| Registry {
        scanning,
        replication,
        caches: cache.into_iter().collect(),
        templates: template.into_iter().collect(),
    });
    (prop::option::of(repository), registry).prop_map(|(repository, registry)| State { repository, registry })
}

/// Whether a state is as wanted, told without the plan.
fn unfulfilled(wanted: &Wanted, state: &State) -> Vec<&'static str> {
    let mut found = Vec::new();
    let Some(is) = &state.repository else { return vec!["repository"] };
    let mut check = |part: &'static str, is_fulfilled: bool| {
        if !is_fulfilled {
            found.push(part);
        }
    };
    check("mutability", wanted.mutability.as_ref().is_none_or(|wanted| *wanted == is.mutability));
    check(
        "encryption",
        wanted.encryption.as_ref().is_none_or(|wanted| wanted.is_fulfilled_by(&is.encryption)),
    );
    check("lifecycle", wanted.lifecycle.is_none() || wanted.lifecycle == is.lifecycle);
    check("policy", wanted.policy.is_none() || wanted.policy == is.policy);
    check("tags", wanted.tags.iter().all(|(key, value)| is.tags.get(key) == Some(value)));
    let scanned = state.registry.scanning.of(&wanted.name).map(|(frequency, _)| frequency);
    check("scanning", wanted.scan.is_none_or(|wanted| scanned >= Some(wanted)));
    check("replication", wanted.replicate_to.iter().all(|to| state.registry.replicates(&wanted.name, to)));
    let cache = |wanted: &CacheRule| {
        state.registry.caches.iter().any(|is| {
            is.prefix == wanted.prefix
                && is.upstream_url == wanted.upstream_url
                && (wanted.credential_arn.is_none() || wanted.credential_arn == is.credential_arn)
        })
    };
    check("pull-through cache", wanted.cache.as_ref().is_none_or(cache));
    let template = |wanted: &Template| {
        state.registry.templates.iter().any(|is| {
            is.prefix == wanted.prefix
                && wanted.applied_for.is_subset(&is.applied_for)
                && (wanted.mutability.is_none() || wanted.mutability == is.mutability)
                && (wanted.lifecycle.is_none() || wanted.lifecycle == is.lifecycle)
                && (wanted.policy.is_none() || wanted.policy == is.policy)
                && wanted.tags.iter().all(|(key, value)| is.tags.get(key) == Some(value))
        })
    };
    check("template", wanted.template.as_ref().is_none_or(template));
    found
}

proptest! {
    #[test]
    fn a_plan_that_is_carried_out_gives_what_is_wanted(wanted in any_wanted(), state in any_state()) {
        let first = plan(&wanted, &state);
        let after = applied(&first, &wanted.name, &state);
        let impossible: Vec<&str> = first.impossible.iter().map(|one| one.part).collect();
        prop_assert_eq!(unfulfilled(&wanted, &after), impossible);
        let again = plan(&wanted, &after);
        prop_assert!(again.steps.is_empty(), "{:?}", again.steps);
        prop_assert_eq!(again.impossible, first.impossible);
    }

    #[test]
    fn a_plan_that_is_broken_off_anywhere_is_finished_by_the_next(
        wanted in any_wanted(), state in any_state(), stop in 0..6_usize,
    ) {
        let first = plan(&wanted, &state);
        let whole = applied(&first, &wanted.name, &state);
        let mut half = state.clone();
        first.steps.iter().take(stop).for_each(|step| step.apply(&wanted.name, &mut half));
        let rest = plan(&wanted, &half);
        prop_assert_eq!(applied(&rest, &wanted.name, &half), whole);
        prop_assert_eq!(rest.steps.len(), first.steps.len().saturating_sub(stop));
    }

    #[test]
    fn what_is_not_wanted_stays(wanted in any_wanted(), state in any_state()) {
        let after = applied(&plan(&wanted, &state), &wanted.name, &state);
        for rule in &state.registry.replication {
            let kept = after.registry.replication.iter().any(|other| {
                other.destinations == rule.destinations && rule.prefixes.is_subset(&other.prefixes)
            });
            prop_assert!(kept, "{:?}", rule);
        }
        for rule in &state.registry.scanning.rules {
            let kept = after.registry.scanning.rules.iter().any(|other| {
                other.frequency == rule.frequency && rule.filters.is_subset(&other.filters)
            });
            prop_assert!(kept, "{:?}", rule);
        }
        if let (Some(before), Some(after)) = (&state.repository, &after.repository) {
            prop_assert!(before.tags.keys().all(|key| after.tags.contains_key(key)));
            prop_assert_eq!(&before.encryption, &after.encryption);
        }
    }

    #[test]
    fn the_description_changes_exactly_where_there_is_something_to_do(wanted in any_wanted(), state in any_state()) {
        let plan = plan(&wanted, &state);
        let after = applied(&plan, &wanted.name, &state);
        let differs = crate::describe::describe(&wanted, &state) != crate::describe::describe(&wanted, &after);
        prop_assert_eq!(differs, !plan.steps.is_empty());
    }
}

#[test]
fn what_cannot_be_changed_in_place_is_left_and_said() {
    let state = State { repository: Some(Repository::default()), registry: Registry::default() };
    let wanted = Wanted {
        name: "app".to_owned(),
        encryption: Some(Encryption { kind: EncryptionKind::Kms, key: None }),
        ..Wanted::default()
    };
    let plan = plan(&wanted, &state);
    assert!(plan.steps.is_empty());
    assert_eq!((plan.impossible[0].is.as_str(), plan.impossible[0].wanted.as_str()), ("AES256", "KMS"));
}
