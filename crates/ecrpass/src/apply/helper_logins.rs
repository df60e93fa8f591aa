//! Asks the helper that is on `PATH` whether it logs in, as clients would: naming it for a registry is safe only then.
//!
//! One token is good for every registry of a region, so that one registry of each is asked; where our configuration has
//! settings of its own for a registry, that one is. However many there are, it ends within a few seconds.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, Instant};

use docker_credential_ecr_login::configured_overrides;
use ecrpass_clients::repair::{HelperFailure, HelperLogin};
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible;
use ecrpass_core::{DiagnosisId, Registry};
use ecrpass_credentials::refusal::HelperLine;

use crate::system::programs;

/// How long all answers may take together.
const PATIENCE: Duration = Duration::from_secs(12);

/// How many are asked at most.
const MOST: usize = 40;

type HasOwn = dyn Fn(&str) -> bool;

/// What the helper answered so far.
pub struct HelperLogins<'a> {
    environment: &'a dyn Environment,
    /// `None` where nobody is asked.
    ends_at: Option<Instant>,
    /// Whether our configuration has settings for a registry; `None` where it cannot be read.
    has_own: Option<Box<HasOwn>>,
    answers: RefCell<HashMap<String, HelperLogin>>,
}

impl<'a> HelperLogins<'a> {
    /// Asks on this machine; nobody where that is to be done offline.
    pub fn new(environment: &'a dyn Environment, offline: bool) -> Self {
        let ends_at = (!offline).then(|| Instant::now() + PATIENCE);
        let overrides = if offline { None } else { configured_overrides().ok() };
        let has_own = overrides
            .map(|own| -> Box<HasOwn> { Box::new(move |host: &str| own(host) != Default::default()) });
        Self { environment, ends_at, has_own, answers: RefCell::default() }
    }

    /// Whether the helper is asked at all.
    pub fn are_asked(&self) -> bool {
        self.ends_at.is_some()
    }

    /// Whether the helper logs in to a registry.
    pub fn of(&self, host: &str) -> HelperLogin {
        let (Some(ends_at), Ok(registry)) = (self.ends_at, Registry::parse(host)) else {
            return HelperLogin::Unknown;
        };
        let key = self.group(&registry);
        if let Some(answer) = self.answers.borrow().get(&key) {
            return answer.clone();
        }
        let left = ends_at.saturating_duration_since(Instant::now());
        let is_enough = left.is_zero() || self.answers.borrow().len() >= MOST;
        let answer = if is_enough { HelperLogin::Unknown } else { ask(self.environment, &registry, left) };
        self.answers.borrow_mut().insert(key, answer.clone());
        answer
    }

    /// What has one answer: the registries of a region, or one that has settings of its own.
    fn group(&self, registry: &Registry) -> String {
        let host = registry.host();
        match &self.has_own {
            Some(has_own) if !has_own(host) => {
                registry.account().and_then(|account| host.strip_prefix(account)).unwrap_or(host).to_owned()
            }
            _ => host.to_owned(),
        }
    }
}

fn ask(environment: &dyn Environment, registry: &Registry, patience: Duration) -> HelperLogin {
    let fails = |id: Option<DiagnosisId>, why: String, next: String| {
        HelperLogin::Fails(HelperFailure { id, why, next })
    };
    let by_whoami = || "see which AWS credentials are used: ecrpass whoami".to_owned();
    let Some(program) = programs::helper_on_path(environment) else { return HelperLogin::Unknown };
    let output = match programs::run(programs::helper(&program).arg("get"), registry.host(), patience) {
        Ok(output) => output,
        // It may only be slow.
        Err(_) => return HelperLogin::Unknown,
    };
    let is_login =
        |(user, secret): (String, ecrpass_core::Secret)| !user.is_empty() && !secret.expose().is_empty();
    if output.success && programs::credentials(&output.stdout).is_some_and(is_login) {
        return HelperLogin::Works;
    }
    if let Some((id, why, next)) = [&output.stderr, &output.stdout].into_iter().find_map(|text| reason(text))
    {
        return if registry.is_public() { HelperLogin::Anonymous } else { fails(id, why, next) };
    }
    if output.stdout.trim() == programs::NOT_FOUND && registry.is_public() {
        return HelperLogin::Anonymous;
    }
    let line = output.stderr.lines().chain(output.stdout.lines()).find(|line| !line.trim().is_empty());
    let line: String = visible(&redact(line.unwrap_or("it said nothing").trim())).chars().take(300).collect();
    fails(None, line, by_whoami())
}

/// The reason in our helper's own line.
fn reason(text: &str) -> Option<(Option<DiagnosisId>, String, String)> {
    let ours = HelperLine::find(text).filter(|ours| !ours.next.is_empty())?;
    let shown = |text: &str| -> String { visible(&redact(text.trim())).chars().take(500).collect() };
    Some((DiagnosisId::parse(ours.slug), shown(ours.what), shown(ours.next)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_helpers_line_is_understood() {
        let line = "noise\necr-login: [no-aws-credentials] There are none. Next: aws configure sso\n";
        let expected = ("There are none.".to_owned(), "aws configure sso".to_owned());
        let (id, why, next) = reason(line).unwrap();
        assert_eq!((id, (why, next)), (Some(DiagnosisId::NoAwsCredentials), expected));
        assert!(reason("error: something else").is_none());
    }
}
