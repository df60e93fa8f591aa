//! From facts to findings: every entry of the diagnosis catalogue looks at what was seen and says Found, Clear or
//! Unknown; what has to be fixed first comes first.

mod steps;

use std::collections::HashSet;

use ecrpass_clients::client::Supplier;
use ecrpass_core::DiagnosisId;
use ecrpass_core::sort::sort_by_key;
use serde::Serialize;
pub use steps::{PathStep, Proven, steps};

use crate::catalogue::{self, Diagnosis, administrators};
use crate::check::{Case, CheckOutcome, CheckWord, Heard, Proof, Stage, found, unknown};
use crate::facts::{Bundle, Subject};
use crate::finding::{
    Confidence, Details, Evidence, Finding, Fix, Purpose, SCHEMA, Severity, Situation, safe,
};

/// What the reader of logs makes of a text: where it is from, and its words.
pub type Explain<'a> = &'a dyn Fn(&str, &str) -> Vec<Finding>;

/// What a check said of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The root cause's name.
    pub id: &'static str,
    /// The registry or image; empty where it is about the machine.
    pub subject: String,
    /// What it said.
    pub outcome: CheckWord,
    /// Why.
    pub why: String,
}

/// All that a bundle says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Examination {
    /// The format, for programs.
    pub schema: &'static str,
    /// The findings, what has to be fixed first first.
    pub findings: Vec<Finding>,
    /// What every check said.
    pub checks: Vec<Checked>,
    /// What was proven to work, and what could not be seen, per subject.
    pub proven: Vec<Proven>,
}

/// Looks at all that was seen. `explain` reads the words of registries, daemons and helpers.
pub fn examine(bundle: &Bundle, explain: Explain<'_>) -> Examination {
    let mut checks = Vec::new();
    let mut causes: Vec<Cause> = Vec::new();
    // A machine without a registry in question still has credentials, a clock and programs.
    let none = Subject::default();
    let subjects = if bundle.subjects.is_empty() { std::slice::from_ref(&none) } else { &bundle.subjects };
    let hear = |text: &str| {
        let found = explain("", text).into_iter().next()?;
        Some(Heard { id: DiagnosisId::parse(&found.id)?, confidence: found.confidence })
    };
    let mut cases: Vec<Case<'_>> = subjects.iter().map(|subject| Case::new(bundle, subject, &hear)).collect();
    let purpose = if bundle.question.pushes() { Purpose::Push } else { Purpose::Pull };
    for case in &mut cases {
        let subject = case.subject;
        for entry in catalogue::all() {
            let Some(check) = entry.check else { continue };
            case.look_for(entry.id);
            let outcome = if case.is_elsewhere() && matches!(check.stage, Stage::Client | Stage::Login) {
                // It is somebody else's client that pulls there.
                unknown("this client does not pull it")
            } else {
                (check.examine)(case)
            };
            let (word, why) = match &outcome {
                CheckOutcome::Found(proof) => (
                    CheckWord::Found,
                    proof.evidence.first().map(|seen| seen.text.clone()).unwrap_or_default(),
                ),
                CheckOutcome::Clear(why) => (CheckWord::Clear, why.clone()),
                CheckOutcome::Unknown(why) => (CheckWord::Unknown, why.clone()),
            };
            checks.push(Checked { id: entry.id.slug(), subject: subject.name.clone(), outcome: word, why });
            if let CheckOutcome::Found(mut proof) = outcome {
                // Nor does it where a file's own messages are all there is.
                let is_others =
                    case.subject.puller.is_some() || subject.host.is_empty() && !bundle.log.is_empty();
                let is_askers =
                    matches!(case.refused(), CheckOutcome::Found(_)) || check.stage == Stage::Clock;
                if is_others && is_askers {
                    proof.severity = proof.severity.max(Some(Severity::Warning));
                    proof.consequences.push(
                        "It is not you who pulls this: with AWS credentials, ecrpass could look at what the puller meets."
                            .to_owned(),
                    );
                }
                let details = details(case, &proof);
                let found = (subject.name.clone(), *proof, details);
                match causes.iter_mut().find(|cause| cause.entry.id == entry.id) {
                    Some(cause) => cause.found.push(found),
                    None => causes.push(Cause {
                        entry,
                        stage: check.stage,
                        found: vec![found],
                        purpose: Some(purpose),
                    }),
                }
            }
        }
    }
    sort_by_key(&mut causes, |cause| (cause.severity(), cause.stage, cause.confidence(), cause.entry.id));
    let explained = |subject: &Subject| {
        causes.iter().any(|cause| {
            cause.severity() == Severity::Error
                && cause.found.iter().any(|(name, _, _)| *name == subject.name)
        })
    };
    let mut fallbacks: Vec<Finding> = cases
        .iter()
        .filter(|case| !explained(case.subject))
        .filter_map(|case| unexplained(case, explain))
        .collect();
    fallbacks.retain(|finding| !causes.iter().any(|cause| cause.entry.id.slug() == finding.id));
    let is_certain = causes
        .iter()
        .any(|cause| cause.confidence() == Confidence::Certain && cause.severity() == Severity::Error);
    let mut findings: Vec<Finding> = causes.iter().map(|cause| cause.finding(subjects.len() > 1)).collect();
    findings.append(&mut fallbacks);
    with_log(bundle, &checks, &mut findings, is_certain);
    let proven = if bundle.subjects.is_empty() { Vec::new() } else { cases.iter().map(steps).collect() };
    Examination { schema: SCHEMA, findings, checks, proven }
}

/// A cause, and the subjects it was found at.
struct Cause {
    entry: &'static Diagnosis,
    stage: Stage,
    found: Vec<(String, Proof, Details)>,
    /// What was to be done with the image, where that is known.
    purpose: Option<Purpose>,
}

impl Cause {
    fn severity(&self) -> Severity {
        let all = self.found.iter().map(|(_, proof, _)| proof.severity.unwrap_or(self.entry.severity));
        all.min().unwrap_or(self.entry.severity)
    }

    fn confidence(&self) -> Confidence {
        self.found.iter().map(|(_, proof, _)| proof.confidence).min().unwrap_or(Confidence::Possible)
    }

    fn finding(&self, several: bool) -> Finding {
        let mut evidence: Vec<Evidence> = Vec::new();
        let mut consequences: Vec<String> = Vec::new();
        for (_, proof, _) in &self.found {
            evidence.extend(
                proof.evidence.iter().filter(|seen| !evidence.contains(seen)).cloned().collect::<Vec<_>>(),
            );
            consequences.extend(
                proof
                    .consequences
                    .iter()
                    .filter(|one| !consequences.contains(one))
                    .cloned()
                    .collect::<Vec<_>>(),
            );
        }
        if several {
            let names: Vec<&str> = self.found.iter().map(|(name, _, _)| name.as_str()).collect();
            consequences.push(format!("Affected: {}.", names.join(", ")));
        }
        // Where several are affected, every one has its own fix.
        let (mut fixes, mut commands): (Vec<Fix>, HashSet<String>) = (Vec::new(), HashSet::new());
        let mut push = |fix: Fix| {
            if fix.command().is_none_or(|command| commands.insert(command)) {
                fixes.push(fix);
            }
        };
        for (_, proof, _) in &self.found {
            proof.fixes.iter().cloned().for_each(&mut push);
        }
        let first = self.found.first().map(|(_, _, details)| details.clone()).unwrap_or_default();
        for (_, _, details) in self.found.iter().filter(|(_, proof, _)| !proof.alone) {
            let situation = Situation::of(details);
            let situation =
                self.purpose.map_or_else(|| situation.clone(), |purpose| situation.clone().to(purpose));
            self.entry.fixes(&situation).for_each(&mut push);
        }
        fixes.dedup();
        if self.confidence() != Confidence::Certain {
            fixes.extend(self.entry.confirmation(&Situation::of(&first)));
        }
        fixes.splice(0..0, administrators::message(self.entry.id, &first, &fixes));
        let mut titles: Vec<&String> =
            self.found.iter().filter_map(|(_, proof, _)| proof.title.as_ref()).collect();
        titles.dedup();
        let mut finding = self.entry.found(self.confidence(), evidence, first, fixes);
        finding.severity = self.severity();
        finding.consequences = consequences;
        // Of several different titles, none speaks for all.
        if let [title] = titles.as_slice() {
            finding.title = (*title).clone();
        }
        finding
    }
}

/// What is known of the case, to fill into the remedies.
fn details(case: &Case<'_>, proof: &Proof) -> Details {
    let mut details = Details::from(case.subject);
    let identity = case.subject.identity.known().and_then(|call| call.answer.as_ref());
    let principal = proof.principal.as_ref().or(identity.map(|identity| &identity.arn));
    // A bundle must not put words into a shell either.
    let known = |value: Option<&String>| value.and_then(|value| safe(value));
    details.principal = known(principal);
    details.action = known(proof.action.as_ref());
    details.profile = known(Some(&case.bundle.aws.profile));
    details.client = safe(case.bundle.question.client.as_str());
    details.ci = known(case.bundle.machine.ci.as_ref());
    details
}

/// Something fails that no check explains: it is reported all the same, as what its words are most likely to mean.
fn unexplained(case: &Case<'_>, explain: Explain<'_>) -> Option<Finding> {
    // Where the registry takes the login, what comes before it does not matter now.
    let first = if case.is_authenticated() {
        Stage::Authentication
    } else if case.live_offer().is_some()
        && matches!(case.supplier(), Some(Supplier::Auths | Supplier::Environment))
    {
        // A login that stands ready needs no AWS credentials.
        Stage::Login
    } else if case.subject.puller.is_some() {
        // What this user has does not matter to whoever pulls.
        Stage::Login
    } else {
        Stage::Name
    };
    let is_image = |stage: Stage| stage == Stage::Image && case.has_manifest();
    let failed = steps(case)
        .steps
        .into_iter()
        .find(|step| step.works == Some(false) && step.stage >= first && !is_image(step.stage))?;
    let mut likely = explain(&case.subject.name, &format!("{}: {}", case.image(), failed.detail));
    let mut finding = match likely.is_empty() {
        false => likely.swap_remove(0),
        true => {
            let entry = catalogue::find(DiagnosisId::NotLoggedIn);
            let proof = found(&case.subject.name, &failed.detail);
            let details = details(case, &proof);
            Cause {
                entry,
                stage: failed.stage,
                found: vec![(case.subject.name.clone(), proof, details)],
                purpose: None,
            }
            .finding(false)
        }
    };
    finding.confidence = Confidence::Possible;
    Some(finding)
}

/// What a log's finding says of the case, with the catalogue's own words and commands: a bundle brings facts, not advice.
fn of_catalogue(said: &Finding) -> Option<Finding> {
    let entry = catalogue::find(DiagnosisId::parse(&said.id)?);
    let mut details = said.details.clone().unwrap_or_default();
    for value in [
        &mut details.host,
        &mut details.account,
        &mut details.region,
        &mut details.repository,
        &mut details.tag,
        &mut details.principal,
        &mut details.action,
        &mut details.profile,
        &mut details.ci,
        &mut details.client,
    ] {
        *value = value.as_deref().and_then(safe);
    }
    let mut proof = found("log", "");
    proof.evidence.clone_from(&said.evidence);
    proof.confidence = said.confidence;
    let cause =
        Cause { entry, stage: Stage::Name, found: vec![(String::new(), proof, details)], purpose: None };
    Some(Finding { alternatives: said.alternatives.clone(), ..cause.finding(false) })
}

/// Decides between the causes a log leaves open: what was seen to be so comes first, what was ruled out is dropped, and
/// what cannot be seen from here stays.
fn with_log(bundle: &Bundle, checks: &[Checked], findings: &mut Vec<Finding>, is_certain: bool) {
    let mut open = Vec::new();
    for said in bundle.log.iter().filter_map(of_catalogue) {
        if let Some(finding) = findings.iter_mut().find(|finding| finding.id == said.id) {
            finding.evidence.extend(said.evidence.iter().cloned());
            continue;
        }
        let mut seen = checks.iter().filter(|check| check.id == said.id).peekable();
        let is_clear = seen.peek().is_some() && seen.all(|check| check.outcome == CheckWord::Clear);
        if is_clear && said.confidence != Confidence::Certain {
            continue;
        }
        let mut said = said;
        if is_clear {
            said.consequences.push("This machine does not have this problem now: run `ecrpass doctor` on the machine that wrote the log.".to_owned());
            said.confidence = Confidence::Likely;
        }
        if is_certain && said.confidence == Confidence::Certain {
            // It was so when the log was written; here and now it is something else.
            said.confidence = Confidence::Likely;
        }
        open.push(said);
    }
    // What the log alone is sure of leads, unless something is seen to be wrong.
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        findings.extend(open);
    } else {
        open.append(findings);
        *findings = open;
    }
}
