//! What would be done if every token could be had: for those who look before anything is written.

use std::sync::Arc;

use ecrpass_core::Secret;
use ecrpass_core::time::rfc3339;
use ecrpass_core::token::{LIFETIME, USERNAME};

use super::Engine;
use crate::plan::{self, Held, SecretStep};
use crate::settings::TokenSource;
use crate::token::Token;

impl Engine {
    /// A line for each thing that would be done now.
    pub fn intentions(&self, now: i64) -> Vec<String> {
        let seconds = now.div_euclid(1000);
        let held = |source: &TokenSource| {
            let token = Token {
                username: USERNAME.to_owned(),
                // It is compared with nothing and goes nowhere.
                password: Secret::new("-".to_owned()),
                issued: seconds,
                expires: seconds.saturating_add(LIFETIME),
                mark: Arc::clone(&source.mark),
                fingerprint: String::new(),
            };
            Held { token: Some(Arc::new(token)), replaced_before: None }
        };
        let tokens: Vec<Held> = self.settings.tokens.iter().map(held).collect();
        let mut lines = Vec::new();
        for (name, namespace) in self.index.namespaces() {
            for (number, secret) in self.settings.pull_secrets.iter().enumerate() {
                let plan = plan::secret(&self.settings, name, namespace, number, &tokens, seconds);
                let there = namespace.secret(number);
                let what = match plan.step {
                    SecretStep::Nothing => continue,
                    SecretStep::Ensure => {
                        let hosts: Vec<&str> = secret.wanted.iter().map(|wanted| &*wanted.host).collect();
                        let verb = if there.is_some() { "update" } else { "create" };
                        format!("{verb} secret {} for {}", secret.name, hosts.join(", "))
                    }
                    SecretStep::Remove if there.is_some_and(|record| record.shared) => {
                        format!("take our entries out of secret {}, keep the others'", secret.name)
                    }
                    SecretStep::Remove => format!("delete secret {}", secret.name),
                    SecretStep::Blocked(obstacle) => format!("nothing: {}", obstacle.explain(&secret.name)),
                };
                lines.push(format!("{name}: {what}"));
            }
            for account in &namespace.accounts {
                let plan = plan::account(&self.settings, namespace, account);
                for (numbers, what) in [(plan.add, "add"), (plan.remove, "remove")] {
                    for secret in
                        numbers.into_iter().filter_map(|number| self.settings.pull_secrets.get(number))
                    {
                        let preposition = if what == "add" { "to" } else { "from" };
                        lines.push(format!(
                            "{name}: {what} {} {preposition} the imagePullSecrets of service account {}",
                            secret.name, account.name
                        ));
                    }
                }
            }
        }
        lines
    }

    /// A line for each secret of ours: until when it is good if nobody renews it.
    pub fn expiries(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (name, namespace) in self.index.namespaces() {
            for (number, record) in &namespace.secrets {
                let first = record.hosts.iter().filter(|host| host.intact).map(|host| host.expires).min();
                if let (Some(secret), Some(first)) = (self.settings.pull_secrets.get(*number), first) {
                    lines.push(format!("{name}: secret {} is good until {}", secret.name, rfc3339(first)));
                }
            }
        }
        lines
    }
}
