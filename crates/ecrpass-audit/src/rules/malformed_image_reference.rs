//! An image on ECR whose reference no client takes.

use ecrpass_core::DiagnosisId;
use ecrpass_core::image::{ImageError, ImageReference};
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{fixing, spot};
use crate::hit::Hit;
use crate::rule::{Examined, Rule};
use crate::written_images;

/// `malformed-image-reference`
pub static RULE: Rule = Rule { id: DiagnosisId::MalformedImageReference, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    written_images::of_ecr(examined)
        .into_iter()
        .filter_map(|image| {
            let text = if image.is_base { image.text.trim_end_matches('/') } else { &image.text };
            let error = ImageReference::parse(text).err()?;
            let edit = match &error {
                ImageError::Scheme(right) if ImageReference::parse(right).is_ok() => Some(fixing::safe(
                    "Leave the scheme out",
                    vec![fixing::replace(image.bytes.clone(), right.as_str())],
                )),
                // A registry is all that is needed before the name that comes behind it.
                ImageError::HostOnly(_) if image.is_base => return None,
                ImageError::Scheme(_)
                | ImageError::HostOnly(_)
                | ImageError::UpperCase(_)
                | ImageError::Repository(_)
                | ImageError::Tag(_) => None,
                // Examples are shortened.
                ImageError::Digest(_) | ImageError::Empty | ImageError::WhiteSpace => return None,
            };
            let spots = vec![spot(examined, image.bytes, "no client takes this")];
            Some(Hit::new(Severity::Error, error.to_string(), spots).with_edit(edit))
        })
        .collect()
}
