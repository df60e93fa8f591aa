//! What people see of a diagnosis: a live list while it runs, then the way step by step, the verdict and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use ecrpass_diagnosis::check::Stage;
use ecrpass_diagnosis::engine::doctor::{Examination, PathStep, Proven};
use ecrpass_diagnosis::engine::fleet::Fleet;
use ecrpass_diagnosis::facts::{Bundle, PullerKind, Subject};
use ecrpass_diagnosis::finding::{Finding, Severity};

use crate::render::out;
use crate::render::paint::{BAD, DIM, GOOD, STRONG, styled};
use crate::render::report;

/// How much of a task's name is shown, in characters.
const TASK_WIDTH: usize = 64;

/// The tasks under way, redrawn as they end. Only on a terminal.
pub struct Live {
    started: Instant,
    tasks: Vec<(String, Option<f32>)>,
    drawn: usize,
    shown: bool,
}

impl Live {
    /// A list that is shown if somebody can see it.
    pub fn new(quiet: bool) -> Self {
        let shown = !quiet && out::is_all_watched();
        Self { started: Instant::now(), tasks: Vec::new(), drawn: 0, shown }
    }

    /// A task begins or ends.
    pub fn tell(&mut self, name: &str, ended: bool) {
        let took = self.started.elapsed().as_secs_f32();
        match self.tasks.iter_mut().find(|(other, _)| other == name) {
            Some(task) if ended => task.1 = Some(took),
            Some(_) => {}
            None => self.tasks.push((name.to_owned(), None)),
        }
        if self.shown {
            self.draw();
        }
    }

    fn draw(&mut self) {
        let line = |(name, took): &(String, Option<f32>)| {
            // A line that the terminal breaks would not be taken off whole.
            let name: String = name.chars().take(TASK_WIDTH).collect();
            match took {
                Some(took) => {
                    let took = styled(DIM, &format!("{took:.1} s"));
                    format!("  {} {name} {took}", styled(GOOD, "✓"))
                }
                None => format!("  {} {name} …", styled(DIM, "·")),
            }
        };
        let lines: Vec<String> = self.tasks.iter().map(line).collect();
        out::redraw(self.drawn, &lines);
        self.drawn = lines.len();
    }

    /// Makes room for the result.
    pub fn clear(&mut self) {
        if self.shown {
            out::redraw(self.drawn, &[]);
            self.drawn = 0;
        }
    }
}

/// How many subjects are shown step by step; of more, only those with something wrong.
const SHOWN: usize = 4;

/// The lines of the whole result.
pub fn report(bundle: &Bundle, examination: &Examination, findings: &[Finding]) -> Vec<String> {
    let mut parts: Vec<Vec<String>> = Vec::new();
    let question = &bundle.question;
    let version = question.client_version.as_deref().map(|version| format!(" {version}")).unwrap_or_default();
    let role = question.as_role.as_deref().map(|role| format!(", as {role}")).unwrap_or_default();
    let from = bundle.machine.user.as_deref().map(|user| format!(", {user} on {}", bundle.machine.name));
    let from = from.unwrap_or_default();
    let who = pullers(bundle).unwrap_or_else(|| format!("with {}{version}", question.client));
    let about = format!("{} {who}{role}{from}", question.operation);
    parts.push(vec![styled(DIM, &about)]);
    let several = examination.proven.len() > SHOWN;
    let shown = examination.proven.iter().filter(|proven| !several || !is_fine(proven));
    parts.extend(shown.take(SHOWN * 2).map(way));
    if several {
        let fine = examination.proven.iter().filter(|proven| is_fine(proven)).count();
        let all = examination.proven.len();
        parts.push(vec![format!("{fine} of {all} images and registries show nothing wrong.")]);
    }
    if findings.is_empty() {
        parts.push(vec![verdict(bundle, examination)]);
    } else {
        parts.push(report::findings(findings));
    }
    report::with_blank_lines(&parts)
}

/// Who pulls, where it is this user's client in no case.
fn pullers(bundle: &Bundle) -> Option<String> {
    let title = |subject: &Subject| {
        let kind = subject.puller.as_ref()?.kind.known()?;
        Some(match kind {
            PullerKind::Client => return None,
            PullerKind::Kubelet => "the kubelet",
            PullerKind::Ecs => "ECS",
            PullerKind::Lambda => "Lambda",
            PullerKind::AppRunner => "App Runner",
        })
    };
    let titles: Option<BTreeSet<&str>> = bundle.subjects.iter().map(title).collect();
    let titles: Vec<&str> = titles?.into_iter().collect();
    (!titles.is_empty()).then(|| format!("by {}", titles.join(", ")))
}

fn is_fine(proven: &Proven) -> bool {
    proven.steps.iter().all(|step| step.works != Some(false))
}

/// One subject, step by step.
fn way(proven: &Proven) -> Vec<String> {
    let mut lines = Vec::new();
    let place = proven.place.as_ref().map(|place| styled(DIM, &format!(" ({place})"))).unwrap_or_default();
    lines.push(format!("{}{place}", styled(STRONG, &proven.subject)));
    if let Some(puller) = &proven.puller {
        report::paragraph(&format!("{puller}."), "  ", &mut lines);
    }
    lines.extend(proven.steps.iter().map(line));
    lines
}

fn line(step: &PathStep) -> String {
    let mark = match step.works {
        Some(true) => styled(GOOD, "✓"),
        Some(false) => styled(BAD, "✗"),
        None => styled(DIM, "?"),
    };
    let title = format!("{:<16}", step.stage.title());
    let detail: String = if step.detail.chars().count() > 200 {
        step.detail.chars().take(199).chain(std::iter::once('…')).collect()
    } else {
        step.detail.clone()
    };
    match step.works {
        None => format!("  {mark} {title}{}", styled(DIM, &detail)),
        Some(_) => format!("  {mark} {title}{detail}"),
    }
}

/// What it means that nothing was found.
fn verdict(bundle: &Bundle, examination: &Examination) -> String {
    if bundle.subjects.is_empty() {
        return "Nothing wrong was found in the files. No registry was given, so no network check was made. Next: ecrpass doctor <image>".to_owned();
    }
    if bundle.question.offline {
        return "Nothing wrong was found without using the network.".to_owned();
    }
    let steps = || examination.proven.iter().flat_map(|proven| &proven.steps);
    let is_proven =
        steps().filter(|step| step.stage == Stage::Authentication).all(|step| step.works == Some(true));
    if !is_proven {
        return "Nothing wrong was found, but it is not proven that the login works: the registry could not be asked with these credentials.".to_owned();
    }
    let unseen = steps().filter(|step| step.works.is_none()).count();
    let uploads = bundle.subjects.iter().all(|subject| subject.upload.is_success());
    let proven = if bundle.question.pushes() && uploads {
        "the registry started an upload with these credentials"
    } else if bundle.subjects.iter().all(|subject| subject.manifest.is_success()) {
        "the registry returned the manifest for the credentials that the client sends"
    } else {
        "the registry accepted the credentials that the client sends"
    };
    let own = bundle.subjects.iter().any(|subject| subject.own_token);
    let proven = if own {
        "the registry answers ecrpass's own token; the credentials of whoever pulls were not seen"
    } else {
        proven
    };
    let verdict = styled(GOOD.bold(), "Nothing is wrong.");
    if unseen == 0 {
        format!("{verdict} Proven: {proven}.")
    } else {
        format!("{verdict} Proven: {proven}. Steps marked ? could not be checked from here.")
    }
}

/// The lines about a fleet, the most widespread cause first.
pub fn fleet(fleet: &Fleet) -> Vec<String> {
    let title = format!("{} machines, {} healthy", fleet.machines, fleet.healthy.len());
    let mut parts = vec![vec![styled(STRONG, &title)]];
    for cause in &fleet.causes {
        let style = if cause.finding.severity == Severity::Error { BAD } else { DIM };
        let mut lines = vec![format!(
            "{} {}",
            styled(style.bold(), &format!("{} of {}", cause.machines.len(), fleet.machines)),
            styled(STRONG, &format!("[{}]: {}", cause.finding.id, cause.finding.title))
        )];
        report::paragraph(&cause.machines.join(", "), "    ", &mut lines);
        if let Some(fix) = cause.finding.fixes.first() {
            lines.push(format!("    {} {}", styled(GOOD, "→"), fix.summary));
            if let Some(command) = fix.command() {
                lines.push(format!("        {}", styled(STRONG, &command)));
            }
        }
        parts.push(lines);
    }
    report::with_blank_lines(&parts)
}

/// Names for bundles: the machines', with the file's where two have the same.
pub fn names(bundles: &[(String, Bundle)]) -> Vec<String> {
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, bundle) in bundles {
        *count.entry(bundle.machine.name.as_str()).or_default() += 1;
    }
    let name = |(file, bundle): &(String, Bundle)| match bundle.machine.name.as_str() {
        "" => file.clone(),
        name if count.get(name).copied().unwrap_or(0) > 1 => format!("{name} ({file})"),
        name => name.to_owned(),
    };
    bundles.iter().map(name).collect()
}
