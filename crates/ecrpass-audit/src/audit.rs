//! From files to findings: every rule looks at every file it is for; what is left out on purpose is left out; what is
//! left becomes findings of the catalogue.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::{Range, RangeInclusive};

use ecrpass_core::redact::redact;
use ecrpass_core::{DiagnosisId, Secret};
use ecrpass_diagnosis::catalogue;
use ecrpass_diagnosis::finding::{
    Action, Applicability, Confidence, Details, Evidence, Finding, Fix, FixExtent, OwnCommand, Severity,
    Situation,
};

use crate::edit::{FileEdit, Safety};
use crate::evidence::Masks;
use crate::hit::{Hit, Spot};
use crate::inline_ignore::{self, Ignore};
pub use crate::inline_ignore::{AlmostIgnore, UnusedIgnore};
use crate::kind::FileKind;
use crate::look;
use crate::places::Places;
use crate::rule::Rule;
use crate::settings::Settings;
use crate::source::{Damage, SourceFile, Tree};
use crate::system::System;

/// What is wanted of an audit.
pub struct Question<'a> {
    /// The rules that look.
    pub rules: &'a [&'a Rule],
    /// How bad each is.
    pub settings: &'a Settings,
    /// Only these files are looked at; all others are there to be referred to.
    pub only: Option<&'a HashSet<String>>,
    /// Only pipelines are looked at.
    pub only_pipelines: bool,
}

/// Something found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// The rule.
    pub id: DiagnosisId,
    /// The file to change.
    pub path: String,
    /// The bytes to change.
    pub bytes: Range<usize>,
    /// What stands there, without blanks: it may be a secret.
    pub what: Secret,
    /// What fixes it in the file.
    pub edit: Option<FileEdit>,
}

/// All that was found.
#[derive(Debug, Default)]
pub struct Report {
    /// The worst first, then in the order of the files.
    pub found: Vec<Found>,
    /// Comments that leave nothing out.
    pub unused_ignores: Vec<UnusedIgnore>,
    /// Comments that look as if they were to leave something out.
    pub almost_ignores: Vec<AlmostIgnore>,
    /// How many findings comments left out.
    pub ignored: usize,
    /// What could not be read of files whose language is known.
    pub damages: Vec<Damage>,
    /// The files that were read in part: more may be found there once they are whole. Also clients' configurations,
    /// whose damage is a finding.
    pub read_in_part: Vec<String>,
}

/// Looks at a tree.
pub fn audit(tree: &Tree, question: &Question<'_>) -> Report {
    let mut report = Report::default();
    let is_asked = |file: &SourceFile| {
        question.only.is_none_or(|only| only.contains(&file.path))
            && (!question.only_pipelines || matches!(file.kind, FileKind::Pipeline(_)))
    };
    let asked: Vec<usize> =
        tree.files().iter().enumerate().filter(|(_, file)| is_asked(file)).map(|(index, _)| index).collect();
    let look::Seen { hits, damages, read_in_part } = look::all(tree, &asked, question.rules);
    (report.damages, report.read_in_part) = (damages, read_in_part);
    report.damages.retain(|damage| !question.settings.leaves_out(&damage.path));
    let hits = one_for_each_cause(hits);
    let rules: Vec<DiagnosisId> = question.rules.iter().map(|rule| rule.id).collect();
    let mut ignores: BTreeMap<&str, Vec<Ignore>> = BTreeMap::new();
    for file in tree.files() {
        let all = inline_ignore::read(&file.text);
        if !all.is_empty() {
            ignores.insert(&file.path, all);
        }
    }
    let mut masks = Masks::default();
    for (id, hit) in hits {
        let Some(first) = hit.spots.first() else { continue };
        let Some(severity) = question.settings.severity(id, &first.path, hit.severity) else { continue };
        if is_ignored(tree, &ignores, id, &hit) {
            report.ignored += 1;
        } else {
            report.found.extend(found(tree, id, hit, severity, &mut masks));
        }
    }
    // In a document or a program it may be a text about such comments.
    let is_told = |path: &str| {
        question.only.is_none_or(|only| only.contains(path))
            && tree.get(path).is_some_and(|file| !matches!(file.kind, FileKind::Document | FileKind::Other))
    };
    // What it leaves out may be in the part that was not read.
    let read_in_part: HashSet<&str> = report.read_in_part.iter().map(String::as_str).collect();
    let is_whole = |path: &str| !read_in_part.contains(path);
    for (path, ignores) in ignores.iter().filter(|(path, _)| is_told(path) && is_whole(path)) {
        let is_off = |id| question.settings.severity(id, path, Severity::Error).is_none();
        let unused = ignores.iter().filter(|ignore| ignore.is_of(&rules) && !ignore.id().is_some_and(is_off));
        report.unused_ignores.extend(unused.filter_map(|ignore| ignore.unused(path)));
    }
    for file in tree.files().iter().filter(|file| is_told(&file.path) && is_asked(file)) {
        let lines = inline_ignore::almost(&file.text).into_iter();
        report.almost_ignores.extend(lines.map(|line| AlmostIgnore { path: file.path.clone(), line }));
    }
    report.found.sort_by(|one, other| order(&one.finding).cmp(&order(&other.finding)));
    report
}

/// The worst first, then by file, line and column.
fn order(finding: &Finding) -> (Severity, &str, Option<usize>, Option<usize>, &str) {
    let place = finding.evidence.first();
    let source = place.map_or("", |place| place.source.as_str());
    let (line, column) = place.map_or((None, None), |place| (place.line, place.column));
    (finding.severity, source, line, column, &finding.id)
}

/// Hits of one rule at one place are one: a matrix, a job that is called twice. What the others say besides goes with
/// the first.
fn one_for_each_cause(hits: Vec<(DiagnosisId, Hit)>) -> Vec<(DiagnosisId, Hit)> {
    let mut kept: Vec<(DiagnosisId, Hit)> = Vec::new();
    let mut first_places: BTreeMap<DiagnosisId, Places> = BTreeMap::new();
    // All places of those that others were put to.
    let mut all_places: HashMap<usize, Places> = HashMap::new();
    for (id, hit) in hits {
        let Some(first) = hit.spots.first() else { continue };
        let of_rule = first_places.entry(id).or_default();
        let same = of_rule.at(first);
        match same.and_then(|index| Some((index, kept.get_mut(index)?))) {
            Some((index, (_, earlier))) => {
                earlier.severity = earlier.severity.min(hit.severity);
                earlier.edit = earlier.edit.take().or(hit.edit);
                let known = all_places.entry(index).or_insert_with(|| {
                    let mut known = Places::default();
                    earlier.spots.iter().for_each(|spot| known.add(spot, index));
                    known
                });
                for spot in hit.spots {
                    if known.at(&spot).is_none() {
                        known.add(&spot, index);
                        earlier.spots.push(spot);
                    }
                }
            }
            None => {
                of_rule.add(first, kept.len());
                kept.push((id, hit));
            }
        }
    }
    kept
}

/// The lines of a place.
fn lines(file: &SourceFile, spot: &Spot) -> RangeInclusive<usize> {
    let (first, _) = file.position(spot.bytes.start);
    let (last, _) = file.position(spot.bytes.end.saturating_sub(1).max(spot.bytes.start));
    first..=last
}

fn is_ignored(tree: &Tree, ignores: &BTreeMap<&str, Vec<Ignore>>, id: DiagnosisId, hit: &Hit) -> bool {
    let mut covered = false;
    for spot in &hit.spots {
        let (Some(file), Some(ignores)) = (tree.get(&spot.path), ignores.get(spot.path.as_str())) else {
            continue;
        };
        let lines = lines(file, spot);
        // All that fit are used, not only the first.
        for ignore in ignores {
            covered |= ignore.covers(id.slug(), &lines);
        }
    }
    covered
}

/// The finding of a hit.
fn found(tree: &Tree, id: DiagnosisId, hit: Hit, severity: Severity, masks: &mut Masks) -> Option<Found> {
    let first = hit.spots.first()?;
    let file = tree.get(&first.path)?;
    let what = file.text.get(first.bytes.clone()).unwrap_or_default();
    let what = Secret::new(what.split_whitespace().collect());
    let (path, bytes) = (first.path.clone(), first.bytes.clone());
    let details = details(file, &hit);
    let mut evidence: Vec<Evidence> = Vec::new();
    for (nth, spot) in hit.spots.iter().enumerate() {
        // A place says something once.
        let is_told =
            hit.spots.iter().take(nth).any(|told| told.path == spot.path && told.bytes == spot.bytes);
        if let Some(file) = tree.get(&spot.path).filter(|_| !is_told) {
            evidence.push(masks.evidence(file, spot));
        }
    }
    let entry = catalogue::find(id);
    let mut fixes: Vec<Fix> = hit.edit.iter().map(|edit| fix_of(edit, &path)).collect();
    if let Some((summary, text)) = hit.advice {
        let (summary, text) = (redact(&summary).into_owned(), redact(&text).into_owned());
        fixes.push(match text.is_empty() {
            true => Fix::by_hand(summary),
            false => Fix::new(summary, Applicability::Manual, Action::Lines(text)),
        });
    }
    if !hit.is_advice_enough {
        fixes.extend(entry.fixes_with_gaps(&Situation::of(&details)));
    }
    let mut finding = entry.found(Confidence::Certain, evidence, details, fixes);
    finding.severity = severity;
    if !hit.title.is_empty() {
        finding.title = redact(&hit.title).into_owned();
    }
    Some(Found { finding, id, path, bytes, what, edit: hit.edit })
}

/// What is known of the case.
fn details(file: &SourceFile, hit: &Hit) -> Details {
    let ci = match file.kind {
        FileKind::Pipeline(system) => ci(system),
        _ => None,
    };
    let registry = hit.registry.as_ref();
    Details {
        host: registry.map(|registry| registry.host().to_owned()),
        account: registry.and_then(|registry| registry.account()).map(str::to_owned),
        region: registry.map(|registry| registry.region().to_owned()),
        ci: ci.map(|ci| ci.id().to_owned()),
        secret: hit.pull_secret.as_ref().map(|secret| secret.name.clone()),
        namespace: hit.pull_secret.as_ref().and_then(|secret| secret.namespace.clone()),
        ..Details::default()
    }
}

/// The system by its name in remedies.
fn ci(system: System) -> Option<ecrpass_diagnosis::finding::Ci> {
    use ecrpass_diagnosis::finding::Ci;
    Some(match system {
        System::Github => Ci::Github,
        System::Gitlab => Ci::Gitlab,
        System::Jenkins => Ci::Jenkins,
        System::Codebuild => Ci::Codebuild,
        System::Circleci => Ci::Circleci,
        _ => return None,
    })
}

/// An edit as a fix: the command that makes it.
fn fix_of(edit: &FileEdit, path: &str) -> Fix {
    let summary = redact(&edit.summary).into_owned();
    let command = |extent| OwnCommand::AuditFix { path: path.to_owned(), extent };
    match edit.safety {
        Safety::Safe => Fix::automatic(summary, command(FixExtent::Safe)),
        Safety::Unsafe => Fix::own(summary, command(FixExtent::Unsafe)),
    }
}
