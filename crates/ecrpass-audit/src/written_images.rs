//! Image references where nothing else can stand: in commands that push and pull, behind `image:`, behind `FROM`.

use std::collections::HashSet;
use std::ops::Range;

use crate::commands::scripts;
use crate::deed::What;
use crate::kind::FileKind;
use crate::known::{find_outside_holes, has_hole};
use crate::rule::Examined;
use crate::yaml::Node;

/// How deep a document is looked through.
const DEEPEST: usize = 48;

/// An image reference that is written as a whole, and its bytes.
pub struct WrittenImage {
    /// As written.
    pub text: String,
    /// Its bytes.
    pub bytes: Range<usize>,
    /// Whether the client puts a name behind it: `helm push` that of the chart.
    pub is_base: bool,
}

/// All of a file that name ECR, each place once.
pub fn of_ecr(examined: &Examined<'_>) -> Vec<WrittenImage> {
    let mut found = Vec::new();
    for scripted in scripts(examined) {
        for deed in scripted.deeds {
            if let What::Push { client, image } | What::Pull { client, image } = &deed.what {
                let is_base = client == "helm" && matches!(deed.what, What::Push { .. });
                image.alternatives().for_each(|text| add(examined, text, is_base, &deed.bytes, &mut found));
            }
        }
    }
    if examined.file.kind != FileKind::HelmTemplate {
        for document in examined.models.yaml().unwrap_or_default() {
            collect(examined, document, &mut found, 0);
        }
    }
    let stages = examined.models.dockerfile().map(|file| file.stages.as_slice()).unwrap_or_default();
    for stage in stages {
        add(examined, &stage.image, false, &stage.bytes, &mut found);
    }
    let mut places = HashSet::new();
    found.retain(|image| places.insert(image.bytes.clone()));
    found
}

/// The values of `image:`.
fn collect(examined: &Examined<'_>, node: &Node, found: &mut Vec<WrittenImage>, depth: usize) {
    if depth > DEEPEST {
        return;
    }
    for (key, value) in node.members().unwrap_or_default() {
        match value.text().filter(|_| key.text == "image") {
            Some(text) => add(examined, text, false, &value.bytes, found),
            None => collect(examined, value, found, depth + 1),
        }
    }
    for item in node.items().unwrap_or_default() {
        collect(examined, item, found, depth + 1);
    }
}

/// Adds a reference that stands between these bytes letter by letter, if it names ECR and nothing is put in later.
fn add(
    examined: &Examined<'_>,
    text: &str,
    is_base: bool,
    within: &Range<usize>,
    found: &mut Vec<WrittenImage>,
) {
    let names_ecr = [".dkr.ecr", ".dkr-ecr", "public.ecr.aws/"].iter().any(|part| text.contains(part));
    let is_open = has_hole(text) || find_outside_holes(text, &['$', '{', '<', '*', '%', ' ']).is_some();
    if !names_ecr || is_open {
        return;
    }
    let slice = examined.file.text.get(within.clone()).unwrap_or_default();
    let Some(at) = slice.find(text) else { return };
    let bytes = within.start + at..within.start + at + text.len();
    found.push(WrittenImage { text: text.to_owned(), bytes, is_base });
}
