//! The examples of AWS's guide, and what holds for any policy and any images.

use proptest::prelude::*;

use super::*;
use crate::lifecycle::{Selection, StorageClass};

const NOW: EpochSeconds = 1_800_000_000;

fn image(digest: &str, tags: &[&str], days_ago: i64) -> Image {
    Image {
        digest: digest.to_owned(),
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        pushed_at: NOW - days_ago * DAY - 1,
        ..Image::default()
    }
}

fn prefix(prefix: &str) -> Selection {
    Selection::Prefixes(vec![prefix.to_owned()])
}

fn rule(priority: i64, selection: Selection, count: Count) -> Rule {
    Rule {
        priority,
        description: None,
        selection,
        storage: StorageClass::Standard,
        count,
        action: Action::Expire,
        line: 1,
    }
}

fn expired(rules: Vec<Rule>, images: &[Image]) -> String {
    let outcomes = evaluate(&Policy { rules }, images, NOW);
    let gone = images.iter().zip(outcomes).filter(|(_, outcome)| matches!(outcome.fate, Fate::Acted(_)));
    gone.map(|(image, _)| image.digest.as_str()).collect()
}

/// Source: User Guide, "Examples of lifecycle policies".
#[test]
fn the_guides_examples_come_out_as_there() {
    let images = [
        image("A", &["beta-1", "prod-1"], 10),
        image("B", &["beta-2", "prod-2"], 9),
        image("C", &["beta-3"], 8),
    ];
    let keep_one = |name: &str, priority| rule(priority, prefix(name), Count::ImagesMoreThan(1));
    assert_eq!(expired(vec![keep_one("prod", 1), keep_one("beta", 2)], &images), "A");
    assert_eq!(expired(vec![keep_one("beta", 1), keep_one("prod", 2)], &images), "AB");

    let images = [
        image("A", &["alpha-1"], 12),
        image("B", &["beta-1"], 11),
        image("C", &["alpha-2"], 10),
        image("D", &["git-hash"], 9),
        image("E", &[], 8),
    ];
    let any = rule(2, Selection::Any, Count::ImagesMoreThan(1));
    assert_eq!(expired(vec![keep_one("alpha", 1), any], &images), "ABD");

    // All tags of a list have to be matched.
    let images =
        [image("A", &["alpha-1"], 12), image("B", &["alpha-2", "beta-2"], 10), image("C", &["beta-3"], 9)];
    let both = Selection::Prefixes(vec!["alpha".to_owned(), "beta".to_owned()]);
    assert_eq!(expired(vec![rule(1, both, Count::DaysSincePush(5))], &images), "B");
}

#[test]
fn what_belongs_together_goes_together() {
    let mut images = [image("index", &["v1"], 9), image("child", &[], 9), image("signature", &["sha"], 1)];
    images[1].listed_by = vec!["index".to_owned()];
    images[2].subject = Some("index".to_owned());
    let rules = vec![
        rule(1, Selection::Untagged, Count::DaysSincePush(1)),
        rule(2, Selection::Any, Count::DaysSincePush(7)),
    ];
    let fates: Vec<Fate> =
        evaluate(&Policy { rules }, &images, NOW).into_iter().map(|outcome| outcome.fate).collect();
    assert_eq!(
        fates,
        [
            Fate::Acted(Action::Expire),
            Fate::Held { action: Action::Expire, by: "index".to_owned() },
            Fate::Follows { action: Action::Expire, subject: "index".to_owned() }
        ]
    );
}

#[test]
fn the_archive_has_rules_of_its_own() {
    let mut images = [image("A", &["a"], 400), image("B", &["b"], 400), image("C", &["c"], 400)];
    images[0].pulled_at = Some(NOW - DAY);
    (images[1].archived, images[1].archived_at) = (true, Some(NOW - 100 * DAY));
    // It came back yesterday, which counts as a push and as a pull.
    (images[2].archived_at, images[2].activated_at) = (Some(NOW - 200 * DAY), Some(NOW - DAY));
    let archive = Rule { action: Action::Archive, ..rule(1, Selection::Any, Count::DaysSincePull(30)) };
    let expire =
        Rule { storage: StorageClass::Archive, ..rule(2, Selection::Any, Count::DaysSinceArchived(90)) };
    let old = rule(3, Selection::Any, Count::DaysSincePush(30));
    assert_eq!(expired(vec![archive.clone(), expire.clone()], &images), "B");
    assert_eq!(expired(vec![old], &images), "A");
    images[0].pulled_at = None;
    assert_eq!(expired(vec![archive, expire], &images), "AB");
}

#[test]
fn older_is_longer_ago_than_so_many_days() {
    let mut images = [image("A", &[], 3)];
    let rules = || vec![rule(1, Selection::Untagged, Count::DaysSincePush(3))];
    assert_eq!(expired(rules(), &images), "A");
    images[0].pushed_at = NOW - 3 * DAY;
    assert_eq!(expired(rules(), &images), "");
}

fn any_image() -> impl Strategy<Value = Image> {
    let tags = proptest::collection::vec(
        prop::sample::select(vec!["v1", "v2", "prod-1", "beta-1", "latest", "dev"]),
        0..4,
    );
    (tags, 0..60_i64, any::<bool>()).prop_map(|(mut tags, days, archived)| {
        tags.sort_unstable();
        tags.dedup();
        let mut image = image("", &tags, days);
        if archived && days > 30 {
            (image.archived, image.archived_at) = (true, Some(NOW - (days - 30) * DAY));
        }
        image
    })
}

fn any_images() -> impl Strategy<Value = Vec<Image>> {
    proptest::collection::vec(any_image(), 0..25).prop_map(|mut images| {
        for (index, image) in images.iter_mut().enumerate() {
            image.digest = format!("sha256:{index:02}");
        }
        images
    })
}

fn any_rules() -> impl Strategy<Value = Vec<Rule>> {
    let selection = prop_oneof![
        Just(Selection::Untagged),
        Just(Selection::Any),
        prop::sample::select(vec!["v", "prod", "beta", ""]).prop_map(prefix),
        prop::sample::select(vec!["*", "*1", "v*", "l*t"])
            .prop_map(|pattern| Selection::Patterns(vec![pattern.to_owned()])),
    ];
    let count = prop_oneof![
        (0..6_u64).prop_map(Count::ImagesMoreThan),
        (1..40_u64).prop_map(Count::DaysSincePush),
        (1..40_u64).prop_map(Count::DaysSincePull),
        (1..40_u64).prop_map(Count::DaysSinceArchived),
    ];
    proptest::collection::vec((selection, count), 1..5).prop_map(|all| {
        let numbered = all.into_iter().zip(1..);
        let rules = numbered.map(|((selection, count), priority)| {
            let mut rule = rule(priority, selection, count);
            if matches!(count, Count::DaysSinceArchived(_)) {
                rule.storage = StorageClass::Archive;
            }
            rule
        });
        rules.collect()
    })
}

proptest! {
    #[test]
    fn an_image_is_acted_on_by_the_first_rule_that_selects_it_or_by_none(
        rules in any_rules(), images in any_images(),
    ) {
        let outcomes = evaluate(&Policy { rules: rules.clone() }, &images, NOW);
        prop_assert_eq!(outcomes.len(), images.len());
        for (image, outcome) in images.iter().zip(&outcomes) {
            let first = rules.iter().position(|rule| rule.selects(image));
            prop_assert_eq!(outcome.rule, first);
            prop_assert_eq!(outcome.fate == Fate::Untouched, first.is_none());
        }
    }

    #[test]
    fn the_newest_are_kept_and_no_more(count in 0..8_usize, images in any_images()) {
        let rules = vec![rule(1, Selection::Any, Count::ImagesMoreThan(count as u64))];
        let outcomes = evaluate(&Policy { rules }, &images, NOW);
        let standard: Vec<(&Image, &Outcome)> =
            images.iter().zip(&outcomes).filter(|(image, _)| !image.archived).collect();
        let is_kept = |outcome: &Outcome| outcome.fate == Fate::Kept;
        let kept = standard.iter().filter(|(_, outcome)| is_kept(outcome)).count();
        prop_assert_eq!(kept, standard.len().min(count));
        let oldest_kept = standard.iter().filter(|(_, outcome)| is_kept(outcome)).map(|(image, _)| image.pushed_at).min();
        let newest_gone = standard.iter().filter(|(_, outcome)| !is_kept(outcome)).map(|(image, _)| image.pushed_at).max();
        prop_assert!(newest_gone <= oldest_kept || newest_gone.is_none() || oldest_kept.is_none());
    }

    #[test]
    fn a_rule_that_is_added_last_changes_nothing_for_those_selected_before(
        rules in any_rules(), more in any_rules(), images in any_images(),
    ) {
        let before = evaluate(&Policy { rules: rules.clone() }, &images, NOW);
        let both = rules.into_iter().chain(more).collect();
        let after = evaluate(&Policy { rules: both }, &images, NOW);
        for (before, after) in before.iter().zip(&after).filter(|(before, _)| before.rule.is_some()) {
            prop_assert_eq!(before, after);
        }
    }
}
