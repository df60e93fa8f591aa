//! The policies in the files that were named, by layer, and what is wrong with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecrpass_clients::client::FileState;
use ecrpass_core::Arn;
use ecrpass_diagnosis::inputs::policies::{Unreadable, policies};
use ecrpass_iam::change::pretty;
use ecrpass_iam::document::{self, Problem};
use ecrpass_iam::inputs::{Contents, Found};
use ecrpass_iam::source::Source;
use ecrpass_iam::{self as iam, Case, Layer, Policies};
use ecrpass_json::Position;

use super::arguments::Arguments;
use crate::error::CommandError;
use crate::render::policies::{Document, PoliciesFile};
use crate::system::machine;
use crate::system::standard_input::standard_input_for;

/// How many findings are kept: of a document with thousands nobody reads all.
const MAX_FINDINGS: usize = 100;

/// Everything that was read.
#[derive(Default)]
pub(in crate::commands::policy) struct Loaded {
    pub(in crate::commands::policy) policies: Policies,
    /// The layers that were given, even where there is no policy in them.
    pub(super) seen: BTreeSet<Layer>,
    /// What the files mention and do not hold.
    pub(super) gaps: Vec<String>,
    /// What is wrong with documents that can be evaluated all the same.
    pub(super) findings: Vec<Finding>,
    /// How many more there are.
    pub(super) more_findings: usize,
    /// What a file calls the document that begins there.
    pub(super) labels: BTreeMap<(Arc<str>, Position), String>,
}

/// Something wrong with a document.
pub(super) struct Finding {
    pub(super) source: Source,
    pub(super) layer: Layer,
    pub(super) problem: Problem,
}

/// Reads a file; `-` is standard input.
///
/// # Errors
/// When it cannot be read.
pub(super) fn source(path: &Path) -> Result<Source, CommandError> {
    if path == Path::new("-") {
        return Ok(Source::file("stdin", &standard_input_for("a policy")?));
    }
    let shown = path.display().to_string();
    match machine::read_named(path) {
        FileState::Text(text) => Ok(Source::file(&shown, &text)),
        FileState::Missing => {
            Err(CommandError::could_not_run(format!("{shown} does not exist."), "check the path"))
        }
        FileState::Unreadable(why) => Err(CommandError::unreadable(path, &why, "check the file")),
    }
}

/// A file that says nothing anybody could evaluate.
pub(super) fn invalid(source: &Source, problem: &Problem) -> CommandError {
    CommandError::Invalid {
        what: format!("{}:{}: {}.", source.name(), problem.position, problem.kind),
        excerpt: problem.position.excerpt(source.file_text()),
        next: "correct it; AWS refuses such a document as well".to_owned(),
    }
}

/// Reads all files.
///
/// # Errors
/// When one cannot be read, or holds what nobody can evaluate.
pub(super) fn load(
    arguments: &Arguments,
    beside: Option<(Source, Contents)>,
    case: &Case,
) -> Result<Loaded, CommandError> {
    let mut loader = Loader { case, loaded: Loaded::default() };
    for path in &arguments.policies {
        let source = source(path)?;
        let contents = loader.read(&source)?;
        loader.all(&source, contents)?;
    }
    if let Some((source, contents)) = beside {
        loader.all(&source, contents)?;
    }
    let lists = [
        (Layer::Identity, &arguments.identity),
        (Layer::Boundary, &arguments.boundary),
        (Layer::Session, &arguments.session),
        (Layer::ServiceControl, &arguments.scp),
        (Layer::ResourceControl, &arguments.rcp),
    ];
    let single = [
        (Layer::Repository, &arguments.repository_policy),
        (Layer::Registry, &arguments.registry_policy),
        (Layer::Endpoint, &arguments.endpoint),
        (Layer::Trust, &arguments.trust),
    ];
    for (layer, paths) in lists {
        loader.files(layer, paths)?;
    }
    for (layer, path) in single {
        loader.files(layer, path.as_slice())?;
    }
    for policy in &arguments.managed {
        let reading = policy.read();
        let source = Source::file(&policy.title(), "");
        loader.push(
            &source,
            Layer::Identity,
            0,
            Found { layer: None, level: 0, label: None, resource: None, reading },
        )?;
    }
    Ok(loader.loaded)
}

/// What was collected of a principal, each document as a file of its own.
///
/// # Errors
/// When AWS has a document that nobody can evaluate.
pub(super) fn collected(file: &PoliciesFile, case: &Case) -> Result<Loaded, CommandError> {
    let mut loader = Loader { case, loaded: Loaded::default() };
    for (id, level, documents) in file.layers() {
        let Some(layer) = Layer::ALL.into_iter().find(|layer| layer.id() == id) else { continue };
        loader.loaded.seen.insert(layer);
        for Document { source, arn, resource, text, .. } in documents {
            let source = Source::file(source, &pretty(text));
            let reading = document::read_source(&source).of_policy(arn.as_deref().unwrap_or_default());
            let found = Found { layer: None, level, label: None, resource: resource.clone(), reading };
            loader.push(&source, layer, level, found)?;
        }
    }
    // What was read in part is not read.
    let is_read = |layer: &Layer| !file.not_seen.iter().any(|one| one.layer == layer.id());
    loader.loaded.seen.retain(is_read);
    Ok(loader.loaded)
}

struct Loader<'a> {
    case: &'a Case,
    loaded: Loaded,
}

impl Loader<'_> {
    fn read(&self, source: &Source) -> Result<Contents, CommandError> {
        policies(source, Some(&self.case.resource), Some(&self.case.principal)).map_err(|why| match why {
            Unreadable::Json(problem) => invalid(source, &problem),
            Unreadable::Template(error) => CommandError::could_not_run(
                format!("{error}."),
                "name a policy in JSON, what an aws command printed, a Terraform plan or a CloudFormation template",
            ),
        })
    }

    /// A file that says of every document which layer it belongs to.
    fn all(&mut self, source: &Source, contents: Contents) -> Result<(), CommandError> {
        self.loaded.gaps.extend(contents.missing);
        self.loaded.seen.extend(contents.seen);
        for found in contents.found {
            let Some(layer) = found.layer else {
                return Err(CommandError::could_not_run(
                    format!("{} does not say which kind of policy it holds.", source.name()),
                    "name it with --identity, --repository-policy or another of its kind",
                ));
            };
            let level = found.level;
            self.push(source, layer, level, found)?;
        }
        Ok(())
    }

    /// Files of one layer. For control policies each is a level, unless it holds several.
    fn files(&mut self, layer: Layer, paths: &[PathBuf]) -> Result<(), CommandError> {
        for path in paths {
            let source = source(path)?;
            let contents = self.read(&source)?;
            self.loaded.seen.insert(layer);
            self.loaded.gaps.extend(contents.missing.iter().cloned());
            let base = self.levels(layer).map_or(0, |levels| levels.len());
            let (held, mut taken) = (contents.found.len(), 0);
            for found in contents.found {
                let level = base + found.level;
                // A whole account's answer holds the boundary and the trust policy beside what is attached.
                let of = match (layer, found.layer) {
                    (Layer::Identity, Some(beside @ (Layer::Boundary | Layer::Trust))) => beside,
                    (Layer::Boundary | Layer::Session, Some(Layer::Identity)) => layer,
                    (Layer::ServiceControl | Layer::ResourceControl, Some(Layer::ServiceControl)) => layer,
                    (_, Some(other)) if other != layer => continue,
                    _ => layer,
                };
                self.push(&source, of, level, found)?;
                taken += 1;
            }
            if held > 0 && taken == 0 && contents.missing.is_empty() {
                return Err(CommandError::could_not_run(
                    format!("{} holds no policy of the kind `{layer}`.", source.name()),
                    "check the file",
                ));
            }
        }
        Ok(())
    }

    fn levels(&mut self, layer: Layer) -> Option<&mut Vec<Vec<iam::Document>>> {
        match layer {
            Layer::ServiceControl => Some(&mut self.loaded.policies.service_control),
            Layer::ResourceControl => Some(&mut self.loaded.policies.resource_control),
            _ => None,
        }
    }

    fn push(
        &mut self,
        source: &Source,
        layer: Layer,
        level: usize,
        found: Found,
    ) -> Result<(), CommandError> {
        let unreadable = found.reading.problems.iter().find(|problem| problem.kind.is_unreadable());
        if let Some(problem) = unreadable {
            return Err(invalid(source, problem));
        }
        let Some(document) = found.reading.document else { return Ok(()) };
        if !self.is_about(found.resource.as_deref()) {
            return Ok(());
        }
        self.loaded.seen.insert(layer);
        let problems = found.reading.problems.into_iter().chain(document::check(&document, layer));
        let findings = problems.map(|problem| Finding { source: document.source.clone(), layer, problem });
        let mut findings = findings.collect::<Vec<_>>();
        let room = MAX_FINDINGS - self.loaded.findings.len().min(MAX_FINDINGS);
        self.loaded.more_findings += findings.len().saturating_sub(room);
        findings.truncate(room);
        self.loaded.findings.extend(findings);
        if let Some(label) = found.label {
            for statement in &document.statements {
                let key = (document.name().clone(), statement.position);
                self.loaded.labels.insert(key, label.clone());
            }
        }
        self.put(layer, level, document)
    }

    /// Whether a document that belongs to a repository belongs to the one in question.
    fn is_about(&self, resource: Option<&str>) -> bool {
        let asked = Arn::parse(&self.case.resource);
        resource.is_none_or(|resource| {
            resource == self.case.resource || asked.and_then(|arn| arn.repository()) == Some(resource)
        })
    }

    fn put(&mut self, layer: Layer, level: usize, document: iam::Document) -> Result<(), CommandError> {
        if let Some(levels) = self.levels(layer) {
            levels.resize_with(levels.len().max(level + 1), Vec::new);
            if let Some(level) = levels.get_mut(level) {
                level.push(document);
            }
            return Ok(());
        }
        let policies = &mut self.loaded.policies;
        let single = match layer {
            Layer::Identity => return push(&mut policies.identity, document),
            Layer::Boundary => return push(&mut policies.boundary, document),
            Layer::Session => return push(&mut policies.session, document),
            Layer::Repository => &mut policies.repository,
            Layer::Registry => &mut policies.registry,
            Layer::Endpoint if level > 0 => &mut policies.api_endpoint,
            Layer::Endpoint => &mut policies.endpoint,
            _ => &mut policies.trust,
        };
        if let Some(other) = single {
            return Err(CommandError::could_not_run(
                format!("{} and {} both hold a policy of the kind `{layer}`.", other.name(), document.name()),
                "name one of them",
            ));
        }
        *single = Some(document);
        Ok(())
    }
}

fn push(documents: &mut Vec<iam::Document>, document: iam::Document) -> Result<(), CommandError> {
    documents.push(document);
    Ok(())
}
