//! A tag that moves is pushed to a repository that the same tree declares immutable: the second push is refused.

use std::collections::HashSet;
use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::scripts;
use crate::deed::{Deed, What};
use crate::hit::{Hit, Spot};
use crate::infrastructure::repositories::DeclaredRepository;
use crate::known::Known;
use crate::moving_tag::{is_moving, parts};
use crate::rule::{Examined, Rule};

/// `tag-immutable`
pub static RULE: Rule = Rule { id: DiagnosisId::TagImmutable, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let declared = examined.models.infrastructure().repositories();
    if !declared.iter().any(|repository| repository.is_immutable) {
        return Vec::new();
    }
    let mut deeds: Vec<Deed> = Vec::new();
    match examined.models.pipeline() {
        Some(pipeline) => {
            let jobs = pipeline.jobs.iter().filter(|job| !job.is_off);
            deeds.extend(jobs.flat_map(|job| job.deeds()));
        }
        None => deeds.extend(scripts(examined).iter().flat_map(|scripted| scripted.deeds.to_vec())),
    }
    let mut seen = HashSet::new();
    let pushes = deeds.into_iter().filter_map(|deed| match &deed.what {
        What::Push { image, .. } => refused(examined, declared, &deed, image),
        _ => None,
    });
    pushes
        .filter(|hit| {
            hit.spots.first().is_some_and(|spot| seen.insert((spot.path.clone(), spot.bytes.start)))
        })
        .collect()
}

fn refused(
    examined: &Examined<'_>,
    declared: &[DeclaredRepository],
    deed: &Deed,
    image: &Known,
) -> Option<Hit> {
    let (repository, tag) = image.alternatives().find_map(|image| {
        let (name, tag) = parts(image)?;
        if !is_moving(tag) {
            return None;
        }
        Some((immutable(declared, name, tag)?, tag.to_owned()))
    })?;
    let path = deed.path.as_deref().unwrap_or(&examined.file.path);
    let name = repository.name.alternatives().next().unwrap_or_default().to_owned();
    let title = format!("{tag} is pushed to {name}, whose tags cannot be moved: the second push is refused");
    let mut spots = vec![Spot::new(path, deed.bytes.clone(), "pushed again and again")];
    // A step that pushes several tags: the one that moves is a line of its own.
    let text = examined.tree.get(path).map_or("", |file| file.text.as_str());
    if let Some(bytes) = named(text, &deed.bytes, &format!("{name}:{tag}")) {
        spots.insert(0, Spot::new(path, bytes, "this tag moves"));
    }
    spots.push(Spot::new(&repository.path, repository.bytes.clone(), "declared immutable"));
    Some(Hit::new(Severity::Warning, title, spots))
}

/// Where an image is named behind the first line of a step.
fn named(text: &str, step: &Range<usize>, image: &str) -> Option<Range<usize>> {
    const WITHIN: usize = 4000;
    let end = (step.start + WITHIN..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let at = step.start + text.get(step.start..end)?.find(image)?;
    let line = |byte: usize| text.get(..byte).map_or(0, |front| front.matches('\n').count());
    (line(at) != line(step.start)).then_some(at..at + image.len())
}

/// The declaration by which a tag of a repository cannot be pushed again, if all declarations of that name say so.
fn immutable<'a>(
    declared: &'a [DeclaredRepository],
    name: &str,
    tag: &str,
) -> Option<&'a DeclaredRepository> {
    let mut named = declared
        .iter()
        .filter(|repository| repository.name.alternatives().any(|known| known == name))
        .peekable();
    let first = *named.peek()?;
    named.all(|repository| repository.refuses(tag)).then_some(first)
}
