//! What is to be done in a namespace: a function of what is there, what is wanted, which tokens are held, and the time.

use std::sync::Arc;

use ecrpass_core::time::EpochSeconds;

use crate::digest;
use crate::namespace::{AccountRecord, Namespace};
use crate::renewal::{entry_due, is_urgent};
use crate::secret::{HostRecord, Obstacle, SecretRecord, Standing};
use crate::settings::{PullSecret, Settings};
use crate::token::Token;

/// The tokens as a plan needs them, by the numbers in the settings.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// The token that is held.
    pub token: Option<Arc<Token>>,
    /// Entries made up to then come from credentials that are none any more.
    pub replaced_before: Option<EpochSeconds>,
}

/// What is to be done with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretStep {
    /// Nothing.
    Nothing,
    /// It is to be created or brought up to date.
    Ensure,
    /// It is to go; where somebody else's entries are in it, only ours are.
    Remove,
    /// It is not to be touched.
    Blocked(Obstacle),
}

/// How a secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// It is not wanted.
    Unwanted,
    /// Every host has an entry that is not due.
    Fresh,
    /// One is due.
    Due,
    /// One is missing, or was changed.
    Missing,
    /// One has expired.
    Expired,
    /// It cannot be written.
    Conflict,
}

/// The plan for a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretPlan {
    /// What is to be done now.
    pub step: SecretStep,
    /// How it is.
    pub condition: Condition,
    /// Whether that goes ahead of others.
    pub urgent: bool,
    /// The tokens that are needed for it, newer than those that are held.
    pub waits_for: Vec<usize>,
    /// When to look again.
    pub look_again: Option<EpochSeconds>,
}

impl SecretPlan {
    fn of(step: SecretStep, condition: Condition) -> Self {
        Self { step, condition, urgent: false, waits_for: Vec::new(), look_again: None }
    }
}

/// How an entry is.
enum Entry {
    Fresh { until: EpochSeconds },
    Due { urgent: bool },
    Missing,
    Expired,
}

/// The plan for a pull secret in a namespace.
pub fn secret(
    settings: &Settings,
    name: &str,
    namespace: &Namespace,
    number: usize,
    tokens: &[Held],
    now: EpochSeconds,
) -> SecretPlan {
    let Some(wanted) = settings.pull_secrets.get(number) else {
        return SecretPlan::of(SecretStep::Nothing, Condition::Unwanted);
    };
    let there = namespace.secret(number);
    if namespace.terminating || !namespace.exists {
        return SecretPlan::of(SecretStep::Nothing, Condition::Unwanted);
    }
    if !namespace.selected.contains(number) {
        return unwanted(namespace, number, there);
    }
    if let Some(obstacle) = there.and_then(|record| record.obstacle(wanted.adopt)) {
        return SecretPlan::of(SecretStep::Blocked(obstacle), Condition::Conflict);
    }
    let place = digest::number(&format!("{name}/{}", wanted.name));
    wanted_secret(settings, wanted, there, tokens, place, now)
}

/// A secret of ours that is not wanted goes once no account names it through us.
fn unwanted(namespace: &Namespace, number: usize, there: Option<&SecretRecord>) -> SecretPlan {
    let named = namespace
        .accounts
        .iter()
        .any(|account| account.marked.contains(number) && account.named.contains(number));
    let ours = there.is_some_and(|record| record.standing == Standing::Ours);
    let step = if ours && !named { SecretStep::Remove } else { SecretStep::Nothing };
    SecretPlan::of(step, Condition::Unwanted)
}

fn wanted_secret(
    settings: &Settings,
    wanted: &PullSecret,
    there: Option<&SecretRecord>,
    tokens: &[Held],
    place: u64,
    now: EpochSeconds,
) -> SecretPlan {
    let ours = there.filter(|record| record.standing == Standing::Ours);
    let mut plan = SecretPlan::of(SecretStep::Nothing, Condition::Fresh);
    let mut alive = false;
    let mut differs = ours.is_some_and(|record| {
        !record.readable
            || record.hosts.iter().any(|host| !wanted.wanted.iter().any(|known| known.host == host.host))
    });
    for host in &wanted.wanted {
        let (Some(source), Some(held)) = (settings.tokens.get(host.token), tokens.get(host.token)) else {
            continue;
        };
        let entry = ours.and_then(|record| record.host(&host.host));
        let usable = held.token.as_ref().filter(|token| token.is_usable(now));
        let entry = entry.filter(|entry| entry.intact);
        let is_from_elsewhere = |entry: &HostRecord| entry.source != source.mark;
        // A token helps if there is no entry of this source, or one with an older token.
        let helps = usable.is_some_and(|token| {
            entry.is_none_or(|entry| is_from_elsewhere(entry) || token.issued > entry.issued)
        });
        let state = match entry {
            None => Entry::Missing,
            Some(entry) => match judge(entry, held, settings.spread, place, now) {
                Entry::Fresh { .. } if is_from_elsewhere(entry) => Entry::Due { urgent: false },
                state => state,
            },
        };
        alive |= helps || entry.is_some_and(|entry| entry.expires > now);
        let (condition, urgent) = match state {
            Entry::Fresh { until } => {
                plan.look_again = earlier(plan.look_again, until);
                continue;
            }
            Entry::Due { urgent } => (Condition::Due, urgent),
            Entry::Missing => (Condition::Missing, true),
            Entry::Expired => (Condition::Expired, true),
        };
        plan.condition = plan.condition.max(condition);
        plan.urgent |= urgent;
        if helps {
            differs = true;
        }
        // A token that is itself due helps those that have none, and a newer one is wanted all the same.
        let is_due = usable.is_none_or(|token| is_due(token, held, now));
        if !helps || is_due {
            plan.waits_for.push(host.token);
        }
        if let Some(entry) = entry {
            // When it becomes urgent, and when it is over.
            let life = entry.expires.saturating_sub(entry.issued);
            for moment in [entry.expires.saturating_sub(life / 4), entry.expires] {
                if moment > now {
                    plan.look_again = earlier(plan.look_again, moment);
                }
            }
        }
    }
    if differs && alive {
        plan.step = SecretStep::Ensure;
    }
    plan
}

fn judge(entry: &HostRecord, held: &Held, spread: i64, place: u64, now: EpochSeconds) -> Entry {
    let due = entry_due(entry.issued, entry.expires, &entry.source, place, spread);
    if entry.expires <= now {
        Entry::Expired
    } else if is_urgent(entry.issued, entry.expires, now) {
        Entry::Due { urgent: true }
    } else if held.replaced_before.is_some_and(|before| entry.issued <= before) || due <= now {
        Entry::Due { urgent: false }
    } else {
        Entry::Fresh { until: due }
    }
}

/// Whether a token that is held should be a newer one.
pub fn is_due(token: &Token, held: &Held, now: EpochSeconds) -> bool {
    held.replaced_before.is_some_and(|before| token.issued <= before)
        || crate::renewal::token_due(token.issued, token.expires, &token.mark) <= now
}

fn earlier(known: Option<EpochSeconds>, other: EpochSeconds) -> Option<EpochSeconds> {
    Some(known.map_or(other, |known| known.min(other)))
}

/// What is to be done with a service account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountPlan {
    /// The pull secrets whose names are to be put in.
    pub add: Vec<usize>,
    /// Those whose names are to be taken out.
    pub remove: Vec<usize>,
    /// Those that are only to be forgotten: somebody else has taken their names out.
    pub forget: Vec<usize>,
}

impl AccountPlan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty() && self.forget.is_empty()
    }
}

/// The plan for a service account in a namespace.
pub fn account(settings: &Settings, namespace: &Namespace, account: &AccountRecord) -> AccountPlan {
    let mut plan = AccountPlan::default();
    if namespace.terminating || !namespace.exists {
        return plan;
    }
    for (number, secret) in settings.pull_secrets.iter().enumerate() {
        let blocked = namespace.secret(number).and_then(|record| record.obstacle(secret.adopt)).is_some();
        let wanted = namespace.selected.contains(number)
            && !account.ignored
            && !blocked
            && secret.is_for_account(&account.name);
        match (wanted, account.named.contains(number), account.marked.contains(number)) {
            (true, false, _) => plan.add.push(number),
            (false, true, true) => plan.remove.push(number),
            (false, false, true) => plan.forget.push(number),
            // What a user put there stays a user's, and what is there is enough.
            (true, true, _) | (false, _, false) => {}
        }
    }
    plan
}

#[cfg(test)]
mod tests;
