//! The documents of a pasted text, each with the kind of policy that it is.

use ecrpass_core::Arn;
use ecrpass_diagnosis::inputs::policies::{Unreadable, policies};
use ecrpass_iam::document::{Document, Problem};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Layer, Principal, suggestion};

/// The name under which the pasted documents are known.
pub(super) const NAME: &str = "the policy";

/// A document.
pub(super) struct One {
    pub(super) layer: Layer,
    pub(super) level: usize,
    pub(super) label: Option<String>,
    /// The repository it belongs to, where the text says so: its ARN or its name.
    pub(super) resource: Option<String>,
    pub(super) document: Document,
}

/// What was pasted.
#[derive(Default)]
pub(super) struct Pasted {
    pub(super) documents: Vec<One>,
    pub(super) problems: Vec<Problem>,
    pub(super) missing: Vec<String>,
    /// Whose policies they are, where the text says so.
    pub(super) principal: Option<String>,
    /// Why nothing could be read.
    pub(super) unreadable: Option<String>,
}

impl Pasted {
    /// A repository they are about.
    pub(super) fn repository(&self) -> String {
        let named = |one: &One| {
            let of = one.resource.clone().filter(|text| Arn::parse(text).is_some());
            of.or_else(|| suggestion::repository(&one.document))
        };
        self.documents.iter().find_map(named).unwrap_or_else(suggestion::any_repository)
    }
}

/// Reads a text. `chosen` is the kind of policy where the text does not say it, or holds one document alone.
pub(super) fn read(
    text: &str,
    chosen: Option<Layer>,
    repository: &str,
    principal: Option<&Principal>,
) -> Pasted {
    let mut pasted = Pasted::default();
    let contents = match policies(&Source::file(NAME, text), Some(repository), principal) {
        Ok(contents) => contents,
        Err(why) => {
            pasted.unreadable = Some("It cannot be read.".to_owned());
            match why {
                Unreadable::Json(problem) => pasted.problems.push(problem),
                Unreadable::Template(error) => {
                    pasted.unreadable = Some(format!("It cannot be read: {error}."))
                }
            }
            return pasted;
        }
    };
    pasted.missing = contents.missing;
    pasted.principal = contents.principal;
    let is_alone = contents.found.len() == 1;
    for found in contents.found {
        pasted.problems.extend(found.reading.problems);
        let Some(document) = found.reading.document else { continue };
        let chosen = chosen.filter(|_| is_alone || found.layer.is_none());
        let layer = chosen.or(found.layer).unwrap_or_else(|| suggestion::layer(&document));
        let (level, label, resource) = (found.level, found.label, found.resource);
        pasted.documents.push(One { layer, level, label, resource, document });
    }
    if pasted.documents.is_empty() {
        let why = if is_alone { "It cannot be read." } else { "There is no policy in it." };
        pasted.unreadable = Some(why.to_owned());
    }
    pasted
}
