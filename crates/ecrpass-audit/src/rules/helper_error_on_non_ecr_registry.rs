//! `credsStore` names the helper for ECR: it is asked for every registry, and has logins for ECR's only.

use std::ops::Range;

use ecrpass_clients::docker_config::DockerConfig;
use ecrpass_clients::repair::{KnownMachine, is_helper, repair};
use ecrpass_core::DiagnosisId;
use ecrpass_core::registry::Registry;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_json::Document;

use crate::commands::{Scripted, client_files, scripts};
use crate::deeds::ClientFile;
use crate::edit::{FileEdit, Safety};
use crate::hit::{Hit, Spot};
use crate::kind::FileKind;
use crate::rule::{Examined, Rule};
use crate::stored::configs::{Holder, StoredConfig};
use crate::stored::hosts::registries;
use crate::stored::logins::difference;
use crate::stored::others::first_other;

/// `helper-error-on-non-ecr-registry`
pub static RULE: Rule = Rule { id: DiagnosisId::HelperErrorOnNonEcrRegistry, look };

/// The most text of a tree that registries are looked for in, in bytes.
const MAX_TEXT: usize = 4 << 20;

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let configs = examined.models.stored().configs.iter();
    // The kubelet asks no helper, whatever is written in its secret.
    let asked = configs.filter(|config| !matches!(config.holder, Holder::PullSecret(_)));
    let mut hits: Vec<Hit> = asked.filter_map(|config| stored(examined, config)).collect();
    for scripted in &scripts(examined) {
        let files = client_files::whole(scripted);
        hits.extend(one(files.iter().filter_map(|file| written(examined, scripted, file))));
    }
    hits
}

/// The same setting that a script writes for several users is one cause.
fn one(hits: impl Iterator<Item = Hit>) -> Vec<Hit> {
    let mut kept: Vec<Hit> = Vec::new();
    for hit in hits {
        match kept.iter_mut().find(|known| known.severity == hit.severity && known.title == hit.title) {
            Some(known) => known.spots.extend(hit.spots),
            None => kept.push(hit),
        }
    }
    kept
}

/// A configuration that a script writes.
fn written(examined: &Examined<'_>, scripted: &Scripted<'_>, file: &ClientFile<'_>) -> Option<Hit> {
    let span = store(&file.text)?;
    // Builders that only meet images of ECR are not hurt.
    let is_kaniko = file.written.path.shown().contains("kaniko");
    let is_image = examined.file.kind == FileKind::Dockerfile;
    let other = other_login(&file.text).or_else(|| match is_kaniko {
        true => None,
        false => first_other(examined.tree, &examined.file.path)
            .or_else(|| is_image.then(|| "Docker Hub".to_owned())),
    });
    let part = file.text.get(span).unwrap_or_default();
    let bytes = client_files::place_of(scripted, file, &examined.file.text, part);
    Some(found(
        &examined.file.path,
        bytes.unwrap_or_else(|| client_files::place(scripted, file)),
        other.as_deref(),
    ))
}

fn stored(examined: &Examined<'_>, config: &StoredConfig) -> Option<Hit> {
    let text = config.passage.text();
    let span = store(text)?;
    let bytes = if config.is_encoded { config.bytes.clone() } else { config.passage.places(span) };
    let other = other_login(text).or_else(|| match config.holder {
        // A file for builders in a cluster is met by their images only.
        Holder::Mounted => None,
        _ => first_other(examined.tree, &examined.file.path),
    });
    let hit = found(&examined.file.path, bytes, other.as_deref());
    Some(hit.with_edit(if config.holder == Holder::File { edit(examined, text) } else { None }))
}

/// The bytes of `credsStore` in a configuration, if it names the helper for ECR.
pub(crate) fn store(text: &str) -> Option<Range<usize>> {
    let document = Document::parse(text).ok()?;
    let store = DockerConfig::read(&document, ecrpass_clients::docker_config::Format::Current).creds_store?;
    let name = store.helper.strip_prefix("docker-credential-").unwrap_or(&store.helper);
    is_helper(name).then_some(store.span)
}

/// The hit at that place; `other` is a registry that is logged out by it.
pub(crate) fn found(path: &str, bytes: Range<usize>, other: Option<&str>) -> Hit {
    let spot = Spot::new(path, bytes, "asked for every registry");
    match other {
        Some(other) => {
            let title = format!("the helper for ECR is asked for every registry, also for that of {other}");
            Hit::new(Severity::Warning, title, vec![spot])
        }
        None => Hit::new(
            Severity::Note,
            "the helper for ECR is asked for every registry, not only for ECR",
            vec![spot],
        ),
    }
}

/// Another registry that the configuration has a login for.
pub(crate) fn other_login(text: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let config = DockerConfig::read(&document, ecrpass_clients::docker_config::Format::Current);
    let mut others = config.auths_in_force().filter(|entry| Registry::parse(&entry.key).is_err());
    others.next().map(|entry| ecrpass_core::redact::redact(&entry.key).into_owned())
}

/// What `fix` does with it, where that is all that is wrong with the file.
fn edit(examined: &Examined<'_>, text: &str) -> Option<FileEdit> {
    let mut left = MAX_TEXT;
    let mut hosts: Vec<String> = Vec::new();
    for file in examined.tree.files() {
        let Some(rest) = left.checked_sub(file.text.len()) else { break };
        left = rest;
        if file.text.contains("ecr") {
            hosts.extend(registries(&file.text).map(|registry| registry.host().to_owned()));
        }
    }
    hosts.sort_unstable();
    hosts.dedup();
    let known = KnownMachine { registries: &hosts, ..KnownMachine::of_text(examined.tree.now) };
    let repaired = repair(text, ecrpass_clients::docker_config::Format::Current, &known, false).ok()?;
    let is_this =
        |id: DiagnosisId| matches!(id, DiagnosisId::HelperErrorOnNonEcrRegistry | DiagnosisId::NotLoggedIn);
    let is_fixed =
        repaired.changes.iter().any(|change| change.id == DiagnosisId::HelperErrorOnNonEcrRegistry);
    if !is_fixed
        || !repaired.changes.iter().all(|change| is_this(change.id))
        || store(repaired.document.text()).is_some()
    {
        return None;
    }
    Some(FileEdit {
        summary: "Name the helper for the ECR registries only".to_owned(),
        safety: Safety::Safe,
        replacements: vec![difference(text, repaired.document.text())?],
    })
}
