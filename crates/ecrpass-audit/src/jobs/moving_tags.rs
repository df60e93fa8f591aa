//! Pushes of moving tags to repositories that the tree declares immutable.

use ecrpass_diagnosis::finding::Severity;

use crate::deed::{Deed, What};
use crate::deeds;
use crate::hit::{Hit, Spot};
use crate::jobs::{active, spot_of};
use crate::moving_tag;
use crate::rule::Examined;
use crate::scripts::Runs;

/// Those of the jobs and scripts of a file.
pub fn hits(examined: &Examined<'_>) -> Vec<Hit> {
    let mut all: Vec<Deed> = active(examined).flat_map(crate::pipeline::Job::deeds).collect();
    for placed in examined.models.scripts().iter().filter(|placed| placed.runs != Runs::Typed) {
        all.extend(deeds::of_script(&placed.script));
    }
    let mut hits: Vec<Hit> = Vec::new();
    // What stands in another file is looked at for itself.
    for deed in all.iter().filter(|deed| deed.path.is_none()) {
        let What::Push { image, .. } = &deed.what else { continue };
        let found = image.alternatives().find_map(|image| refused(examined, image));
        let is_known = hits.iter().any(|hit| hit.spots.first().is_some_and(|first| first.bytes == deed.bytes));
        if let Some((title, declaration)) = found
            && !is_known
        {
            let spots = vec![spot_of(examined, deed, "refused from the second time on"), declaration];
            hits.push(Hit::new(Severity::Warning, title, spots));
        }
    }
    hits
}

fn refused(examined: &Examined<'_>, image: &str) -> Option<(String, Spot)> {
    let (name, tag) = moving_tag::parts(image)?;
    if !moving_tag::is_moving(tag) {
        return None;
    }
    let repositories = examined.models.infrastructure().repositories();
    let mut same = repositories.iter().filter(|repository| repository.name.exactly() == Some(name)).peekable();
    same.peek()?;
    // Declared twice, for several accounts: only if all refuse it.
    let all: Vec<_> = same.collect();
    if !all.iter().all(|repository| repository.refuses(tag)) {
        return None;
    }
    let first = all.first()?;
    let title = format!("the tag {tag} is pushed again and again to {name}, which is immutable");
    Some((title, Spot::new(&first.path, first.bytes.clone(), "declared immutable")))
}
