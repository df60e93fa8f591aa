//! How all secrets are, at a glance: what the probes and the metrics say.

use ecrpass_core::time::EpochSeconds;

use super::Engine;
use crate::plan::{self, Condition, Held};

/// How long a secret may be missing, once all were there: a new namespace is served sooner.
const GRACE: i64 = 120_000;

/// How all secrets are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// With entries that are not due.
    pub fresh: usize,
    /// With one that is due.
    pub due: usize,
    /// With one that is missing.
    pub missing: usize,
    /// With one that has expired.
    pub expired: usize,
    /// That cannot be written.
    pub conflict: usize,
    /// When the first entry of all expires.
    pub first_expiry: Option<EpochSeconds>,
    /// A secret that is not as it should be, as an example.
    pub example: Option<String>,
}

impl Survey {
    /// How many there are.
    pub fn total(&self) -> usize {
        self.fresh + self.due + self.missing + self.expired + self.conflict
    }
}

impl Engine {
    /// How all secrets are.
    pub fn survey(&self, now: i64) -> Survey {
        let mut survey = Survey::default();
        let seconds = now.div_euclid(1000);
        // What is held does not matter for how a secret is.
        let none = vec![Held::default(); self.settings.tokens.len()];
        for (name, namespace) in self.index.namespaces() {
            for (number, secret) in self.settings.pull_secrets.iter().enumerate() {
                if !namespace.selected.contains(number) {
                    continue;
                }
                let plan = plan::secret(&self.settings, name, namespace, number, &none, seconds);
                let count = match plan.condition {
                    Condition::Unwanted => continue,
                    Condition::Fresh => &mut survey.fresh,
                    Condition::Due => &mut survey.due,
                    Condition::Missing => &mut survey.missing,
                    Condition::Expired => &mut survey.expired,
                    Condition::Conflict => &mut survey.conflict,
                };
                *count += 1;
                if matches!(plan.condition, Condition::Missing | Condition::Expired) {
                    survey.example.get_or_insert_with(|| format!("{name}/{}", secret.name));
                }
                let entries = namespace.secret(number).into_iter().flat_map(|record| &record.hosts);
                let first = entries.filter(|entry| entry.intact).map(|entry| entry.expires).min();
                survey.first_expiry = first.into_iter().chain(survey.first_expiry).min();
            }
        }
        survey
    }

    /// Whether the operator is ready.
    ///
    /// # Errors
    /// Why it is not, in a line.
    pub fn ready(&mut self, now: i64) -> Result<(), String> {
        if !self.index.is_synced() {
            let why = self.index.first_failure(now);
            return Err(format!(
                "the cluster is not known yet ({})",
                why.unwrap_or_else(|| "listing".to_owned())
            ));
        }
        let survey = self.survey(now);
        let example = survey.example.clone().unwrap_or_default();
        if survey.expired > 0 {
            return Err(format!("{} pull secrets have an expired token, {example} for one", survey.expired));
        }
        if survey.missing == 0 {
            (self.converged, self.missing_since) = (true, None);
        } else {
            let since = *self.missing_since.get_or_insert(now);
            if !self.converged || now - since > GRACE {
                return Err(format!(
                    "{} pull secrets are missing or hold no token, {example} for one; the log says why",
                    survey.missing
                ));
            }
        }
        let left = survey.first_expiry.map(|at| at - now.div_euclid(1000));
        match left {
            Some(left) if left < self.settings.not_ready_before => {
                Err(format!("the first pull secret expires in {left} s"))
            }
            _ => Ok(()),
        }
    }
}
