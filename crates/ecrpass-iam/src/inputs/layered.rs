//! All policies of a case in one file, by layer: what `ecrpass policy collect` writes, and what is easily written by hand.
//!
//! `{"identity": […], "repository": {…}, "registry": null, "boundary": […], "scp": [[…], […]], "endpoint": [[dkr], [api]],
//! …}`, at the top or below
//! `layers` or `policies`. A document may stand there as it is, as a string, or as `{"source": …, "document": …}`, where
//! `source` is what it is called, `arn` that of a managed policy, and `resource`, of a repository's, the repository.

use ecrpass_json::{JsonKind, Value};

use super::contents::{Contents, Found};
use super::embedded::document;
use super::json::{get, items, items_of, text_of};
use crate::layer::Layer;
use crate::source::Source;

/// Takes the documents by layer; whether the object is such a file.
pub(super) fn take(source: &Source, object: &Value, contents: &mut Contents) -> bool {
    let is_object = |value: &&Value| value.members().is_some();
    let below = ["layers", "policies"].iter().find_map(|key| get(object, key).filter(is_object));
    let layers = below.unwrap_or(object);
    let named: Vec<_> =
        Layer::ALL.into_iter().filter_map(|layer| Some((layer, get(layers, layer.id())?))).collect();
    for (layer, value) in &named {
        contents.seen.push(*layer);
        take_layer(source, *layer, value, contents);
    }
    contents.principal = text_of(object, "principal").map(str::to_owned);
    for gap in items_of(object, "not_seen") {
        let part = |key: &str| text_of(gap, key).unwrap_or_default();
        contents.missing.push(format!(
            "{} were not read: {}; {}",
            part("what"),
            part("why"),
            part("matters")
        ));
        // What was read in part is not read.
        contents.seen.retain(|layer| layer.id() != part("layer"));
    }
    !named.is_empty() || below.is_some()
}

fn take_layer(source: &Source, layer: Layer, value: &Value, contents: &mut Contents) {
    // Of endpoints, the one that clients ask the registry through is before the API's.
    let has_levels = matches!(layer, Layer::ServiceControl | Layer::ResourceControl | Layer::Endpoint);
    match (&value.kind, items(value)) {
        (JsonKind::Null, _) => {}
        (_, Some(levels)) if has_levels => {
            for (level, each) in levels.iter().enumerate() {
                for value in items(each).unwrap_or(std::slice::from_ref(each)) {
                    push(source, layer, level, value, contents);
                }
            }
        }
        (_, Some(documents)) => {
            documents.iter().for_each(|value| push(source, layer, 0, value, contents));
        }
        _ => push(source, layer, 0, value, contents),
    }
}

fn push(source: &Source, layer: Layer, level: usize, value: &Value, contents: &mut Contents) {
    let inside = get(value, "document").filter(|_| get(value, "Statement").is_none());
    let text = |key: &str| inside.and_then(|_| text_of(value, key)).map(str::to_owned);
    contents.found.push(Found {
        layer: Some(layer),
        level,
        label: text("source"),
        resource: text("resource"),
        reading: match text("arn") {
            Some(arn) => document(source, inside.unwrap_or(value)).of_policy(&arn),
            None => document(source, inside.unwrap_or(value)),
        },
    });
}
