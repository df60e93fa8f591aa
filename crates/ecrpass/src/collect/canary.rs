//! One run of a pull canary: each step asked for by the same probes as doctor's, and what was seen examined by the same
//! checks.

mod evidence;
pub mod functions;
mod steps;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use ecrpass_aws::TokenRequest;
use ecrpass_canary::board::{OTHER, Record};
use ecrpass_canary::import::{Rules, behind};
use ecrpass_canary::report::TargetReport;
use ecrpass_canary::run::{Limits, Next, Run};
use ecrpass_canary::step::{Step, Verdict};
use ecrpass_canary::target::Target;
use ecrpass_core::environment::Environment;
use ecrpass_diagnosis::finding::Finding;

use self::evidence::Sightings;
use self::steps::Asking;
use super::credentials::Settings;

/// Runs targets, any number at the same time.
pub struct Prober {
    environment: Arc<dyn Environment>,
    allows_import: bool,
    /// What is known of the pull-through cache rules of each registry, by its host.
    rules: Mutex<BTreeMap<String, Rules>>,
}

/// What came of a run.
pub enum Probed {
    /// It was run.
    Run(Box<Outcome>),
    /// It was not: to ask would import the image.
    Refused(Box<TargetReport>),
}

/// A run, and what it says.
pub struct Outcome {
    /// For programs.
    pub report: TargetReport,
    /// What was found, best first.
    pub findings: Vec<Finding>,
    /// What is counted.
    pub record: Record,
    /// The account that the credentials are likely of.
    pub account: Option<String>,
}

impl Prober {
    /// One that asks for what is behind a pull-through cache rule only where that is allowed.
    pub fn new(environment: Arc<dyn Environment>, allows_import: bool) -> Self {
        Self { environment, allows_import, rules: Mutex::default() }
    }

    /// Runs a target. Blocks for little more than the deadline at most.
    pub fn probe(&self, target: &Target, limits: Limits) -> Probed {
        let started = Instant::now();
        let settings = Settings::read(Arc::clone(&self.environment), target.role.clone());
        let host = target.registry.host();
        let selection = settings.selection(host);
        let surroundings = settings.surroundings();
        let request = selection.as_ref().ok().map(|selection| TokenRequest {
            registry: &target.registry,
            selection,
            surroundings: &surroundings,
            deadline: limits.deadline,
        });
        let mut asking = Asking::new(target, request.as_ref(), limits);
        asking.wants_rules = self.wants_rules(target);
        if let Err(refusal) = &selection {
            asking.seen.refused_before(refusal);
        }
        let mut run = Run::new(limits, target.image.is_some());
        let mut next = run.begin();
        while let Next::Try { step, pause, limit } = next {
            thread::sleep(pause);
            if let Some(rules) = asking.rules.take() {
                self.known_rules().insert(host.to_owned(), rules);
            }
            if step == Step::Manifest
                && let Some(prefix) = self.imports(target)
            {
                let why = format!(
                    "it is behind the pull-through cache rule `{prefix}`: asking would import the image; --allow-import asks all the same"
                );
                return Probed::Refused(Box::new(TargetReport::refused(&target.labels(), why)));
            }
            let ending = asking.try_step(step, limit);
            next = run.ended(ending, started.elapsed());
        }
        let seen = asking.into_seen();
        Probed::Run(Box::new(outcome(target, &settings, run, seen, (started, limits))))
    }

    fn known_rules(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Rules>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the rules of its registry are still to be asked for.
    fn wants_rules(&self, target: &Target) -> bool {
        target.image.is_some()
            && !self.allows_import
            && !target.registry.is_public()
            && !self.known_rules().contains_key(target.registry.host())
    }

    /// The prefix of the rule that a target is behind, where that stops it.
    fn imports(&self, target: &Target) -> Option<String> {
        if self.allows_import || target.registry.is_public() {
            return None;
        }
        let known = self.known_rules();
        behind(
            &target.image.as_ref()?.repository,
            known.get(target.registry.host()).unwrap_or(&Rules::Unknown),
        )
    }
}

/// This machine's clock, in seconds since 1970.
pub fn wall_clock() -> f64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0.0, |since| (since.as_secs_f64() * 1_000.0).round() / 1_000.0)
}

/// How far this machine's clock may be off before that is looked into, in seconds.
const CLOCK_OFF: i64 = 300;

fn outcome(
    target: &Target,
    settings: &Settings,
    run: Run,
    mut seen: Sightings,
    (started, limits): (Instant, Limits),
) -> Outcome {
    let labels = target.labels();
    let verdict = run.verdict();
    let mut report = TargetReport::new(&labels, &run);
    report.role.clone_from(&target.role);
    report.layer_host = seen.layer_hosts.last().cloned();
    let clock_offset = seen.clock_offset();
    let is_off = clock_offset.is_some_and(|ahead| ahead.saturating_abs() >= CLOCK_OFF);
    let mut findings = Vec::new();
    let (account, token_expires_at) = (seen.account.take(), seen.token_expires_at());
    if verdict == Verdict::Fail || is_off {
        let (cause, found) = evidence::examine(target, settings, seen, started.elapsed(), (&run, limits));
        findings = found;
        if run.failed().is_some() {
            let known = cause.filter(|(id, _)| id != OTHER);
            report.cause = Some(known.as_ref().map_or_else(|| OTHER.to_owned(), |(id, _)| id.clone()));
            report.confidence = known.map(|(_, confidence)| confidence);
        }
    }
    let record = Record {
        labels,
        cause: report.cause.clone(),
        run,
        ended_at: wall_clock(),
        token_expires_at,
        clock_offset,
    };
    Outcome { report, findings, record, account }
}
