//! What was done, counted for the metrics.

use std::collections::BTreeMap;

use ecrpass_core::time::EpochSeconds;

use crate::settings::Settings;
use crate::work::{Cause, Outcome};

/// Everything that is counted, by its labels.
#[derive(Debug, Default)]
pub struct Counts {
    /// Writes of secrets, by result.
    pub renewals: BTreeMap<&'static str, u64>,
    /// Failures, by cause.
    pub failures: BTreeMap<String, u64>,
    /// Calls to AWS, by source, region and whether there was a token.
    pub tokens: BTreeMap<(String, String, bool), u64>,
    /// Patches of service accounts, by result.
    pub accounts: BTreeMap<&'static str, u64>,
    /// When the last token of each number was issued.
    pub last_success: BTreeMap<usize, EpochSeconds>,
}

impl Counts {
    /// AWS was asked.
    pub fn token(&mut self, settings: &Settings, number: usize, success: bool) {
        if let Some(token) = settings.tokens.get(number) {
            let key = (token.source.clone(), token.registry.region().to_owned(), success);
            *self.tokens.entry(key).or_default() += 1;
        }
        if !success {
            // Nothing can be renewed without.
            *self.renewals.entry("error").or_default() += 1;
        }
    }

    /// Something failed.
    pub fn failure(&mut self, cause: &str) {
        *self.failures.entry(cause.to_owned()).or_default() += 1;
    }

    /// A job on a secret or an account is done.
    pub fn outcome(&mut self, outcome: &Outcome, is_account: bool) {
        let (of_account, result) = match outcome {
            Outcome::Created(_) => (false, "created"),
            Outcome::Updated(_) => (false, "updated"),
            Outcome::Deleted => (false, "deleted"),
            Outcome::Account(_, true) => (true, "changed"),
            Outcome::Failed(failure) if failure.cause == Cause::Conflict => (is_account, "conflict"),
            Outcome::Failed(_) => (is_account, "error"),
            _ => return,
        };
        let counts = if of_account { &mut self.accounts } else { &mut self.renewals };
        *counts.entry(result).or_default() += 1;
    }
}
