//! What a lifecycle policy does to images, as ECR does it: all rules mark the images they are about, then the marks count
//! in the order of the rules, and an image that a rule speaks of is safe from all rules after it.

use std::collections::HashMap;

use ecrpass_core::time::EpochSeconds;

use super::image::Image;
use super::policy::{Action, Count, Policy, Rule};

/// The seconds of a day.
const DAY: i64 = 86_400;

/// What becomes of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// No rule speaks of it.
    Untouched,
    /// A rule speaks of it and keeps it; no later rule can touch it.
    Kept,
    /// A rule expires or archives it.
    Acted(Action),
    /// A rule would, but an index lists it, which has to go first.
    Held {
        /// What would happen.
        action: Action,
        /// The digest of an index that lists it.
        by: String,
    },
    /// It belongs to an image to which that happens, and follows within a day.
    Follows {
        /// What happens.
        action: Action,
        /// The digest of the image it belongs to.
        subject: String,
    },
}

/// What becomes of an image, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What becomes of it.
    pub fate: Fate,
    /// The place in [`Policy::rules`] of the first rule that speaks of it.
    pub rule: Option<usize>,
}

/// What becomes of each image, in their order.
pub fn evaluate(policy: &Policy, images: &[Image], now: EpochSeconds) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> =
        images.iter().map(|_| Outcome { fate: Fate::Untouched, rule: None }).collect();
    for (index, rule) in policy.rules.iter().enumerate() {
        for (position, is_marked) in marks(rule, images, now) {
            let Some(outcome) = outcomes.get_mut(position).filter(|outcome| outcome.rule.is_none()) else {
                continue;
            };
            outcome.rule = Some(index);
            outcome.fate = if is_marked { Fate::Acted(rule.action) } else { Fate::Kept };
        }
    }
    hold(images, &mut outcomes);
    follow(images, &mut outcomes);
    outcomes
}

/// The images a rule speaks of, by their position, and whether it marks them. It sees those that rules before it marked
/// as if they were to stay.
fn marks(rule: &Rule, images: &[Image], now: EpochSeconds) -> Vec<(usize, bool)> {
    let mut selected: Vec<(usize, &Image)> = images
        .iter()
        .enumerate()
        // What belongs to another image goes when that goes.
        .filter(|(_, image)| image.subject.is_none() && rule.selects(image))
        .collect();
    // The newest first; the digest only so that the order is always the same.
    selected.sort_by(|(_, one), (_, other)| {
        (other.age_from(), &other.digest).cmp(&(one.age_from(), &one.digest))
    });
    let is_older = |at: EpochSeconds, days: u64| {
        let days = i64::try_from(days).unwrap_or(i64::MAX);
        now.saturating_sub(at) > days.saturating_mul(DAY)
    };
    let ranked = selected.into_iter().enumerate();
    ranked
        .map(|(rank, (position, image))| {
            let is_marked = match rule.count {
                Count::ImagesMoreThan(count) => u64::try_from(rank).unwrap_or(u64::MAX) >= count,
                Count::DaysSincePush(days) => is_older(image.age_from(), days),
                Count::DaysSincePull(days) => is_older(image.used_at(), days),
                Count::DaysSinceArchived(days) => image.archived_at.is_some_and(|at| is_older(at, days)),
            };
            (position, is_marked)
        })
        .collect()
}

/// An image that an index lists stays for as long as the index does.
fn hold(images: &[Image], outcomes: &mut [Outcome]) {
    for (image, outcome) in images.iter().zip(outcomes) {
        if let (Fate::Acted(action), Some(by)) = (&outcome.fate, image.listed_by.first()) {
            outcome.fate = Fate::Held { action: *action, by: by.clone() };
        }
    }
}

/// Signatures and the like go with the image they belong to.
fn follow(images: &[Image], outcomes: &mut [Outcome]) {
    let acted: HashMap<&str, Action> = images
        .iter()
        .zip(outcomes.iter())
        .filter_map(|(image, outcome)| match outcome.fate {
            Fate::Acted(action) => Some((image.digest.as_str(), action)),
            _ => None,
        })
        .collect();
    for (image, outcome) in images.iter().zip(outcomes) {
        let Some(subject) = &image.subject else { continue };
        if let Some(action) = acted.get(subject.as_str()) {
            outcome.fate = Fate::Follows { action: *action, subject: subject.clone() };
        }
    }
}

#[cfg(test)]
mod tests;
