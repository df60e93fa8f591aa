//! What others than the rules find: a team's own policies, AWS. It takes part in baselines, and comments leave it out, as
//! they do what the rules find.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use ecrpass_core::Secret;
use ecrpass_diagnosis::finding::Finding;

use crate::inline_ignore::{self, Ignore};
use crate::source::Tree;

/// Something that others found.
#[derive(Clone, Debug)]
pub struct FoundElsewhere {
    /// The finding; its id is the rule's name.
    pub finding: Finding,
    /// The file, or what it is about at AWS.
    pub path: String,
    /// What was found there, the same in every run: a baseline knows it by that.
    pub what: Secret,
    /// The lines of the tree's files it stands on: a comment there leaves it out.
    pub places: Vec<(String, RangeInclusive<usize>)>,
}

/// A comment that left something out: its file, its line and the name in it.
pub type UsedIgnore = (String, usize, String);

/// What no comment of the tree leaves out, and the comments that leave out the rest.
pub fn without_ignored(tree: &Tree, found: Vec<FoundElsewhere>) -> (Vec<FoundElsewhere>, Vec<UsedIgnore>) {
    let mut ignores: BTreeMap<String, Vec<Ignore>> = BTreeMap::new();
    let mut used = Vec::new();
    let mut left = Vec::new();
    for one in found {
        let before = used.len();
        for (path, lines) in &one.places {
            let Some(file) = tree.get(path) else { continue };
            let of_file = ignores.entry(path.clone()).or_insert_with(|| inline_ignore::read(&file.text));
            let covering = of_file.iter().filter(|ignore| ignore.covers(&one.finding.id, lines));
            used.extend(covering.map(|ignore| (path.clone(), ignore.line(), ignore.slug.clone())));
        }
        if used.len() == before {
            left.push(one);
        }
    }
    (left, used)
}

#[cfg(test)]
mod tests {
    use ecrpass_diagnosis::finding::Severity;

    use super::*;
    use crate::kind::{FileKind, Owner};
    use crate::source::SourceFile;

    #[test]
    fn comments_name_a_rule_of_anybody() {
        let text = "services:\n  # ecrpass: ignore[main.deny_x] it is a test\n  a: 1\n  b: 1\n";
        let file = SourceFile {
            path: "compose.yaml".to_owned(),
            text: text.to_owned(),
            kind: FileKind::Compose,
            owner: Owner::Repository,
        };
        let tree = Tree::new(vec![file], 0);
        let one = |id: &str, line: usize| FoundElsewhere {
            finding: Finding::outside_catalogue(id, Severity::Error, "x", "p.rego:1"),
            path: "compose.yaml".to_owned(),
            what: Secret::new("x".to_owned()),
            places: vec![("compose.yaml".to_owned(), line..=line)],
        };
        let (left, used) =
            without_ignored(&tree, vec![one("main.deny_x", 3), one("main.deny_x", 4), one("main.deny_y", 3)]);
        let left: Vec<(&str, &RangeInclusive<usize>)> =
            left.iter().map(|one| (one.finding.id.as_str(), &one.places[0].1)).collect();
        assert_eq!(left, [("main.deny_x", &(4..=4)), ("main.deny_y", &(3..=3))]);
        assert_eq!(used, [("compose.yaml".to_owned(), 2, "main.deny_x".to_owned())]);
    }
}
