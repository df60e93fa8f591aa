//! Makes the edits of findings, and looks again, until there is none left: one edit may make room for another.

use crate::audit::{Found, Question, Report, audit};
use crate::edit::{FileEdit, Safety, apply};
use crate::source::Tree;

/// How often files are looked at anew at most.
const ROUNDS: usize = 10;

/// Files with edits made.
#[derive(Debug)]
pub struct Fixed {
    /// The tree as it is then.
    pub tree: Tree,
    /// What was fixed.
    pub fixed: Vec<Found>,
    /// What is left.
    pub left: Report,
}

/// Makes all edits that need no asking, and the others if they are wanted.
pub fn fix(tree: Tree, question: &Question<'_>, with_unsafe: bool) -> Fixed {
    let is_wanted = |edit: &&FileEdit| with_unsafe || edit.safety == Safety::Safe;
    let mut tree = tree;
    let mut fixed = Vec::new();
    let mut left = audit(&tree, question);
    for _ in 0..ROUNDS {
        let before = fixed.len();
        for file in tree.files_mut() {
            let of_file: Vec<&Found> = left
                .found
                .iter()
                .filter(|found| found.path == file.path && found.edit.as_ref().filter(is_wanted).is_some())
                .collect();
            let edits: Vec<&FileEdit> = of_file.iter().filter_map(|found| found.edit.as_ref()).collect();
            let (text, made) = apply(&file.text, &edits);
            if text != file.text {
                file.text = text;
                fixed.extend(
                    of_file.iter().zip(made).filter(|(_, made)| *made).map(|(found, _)| (*found).clone()),
                );
            }
        }
        if fixed.len() == before {
            break;
        }
        left = audit(&tree, question);
    }
    Fixed { tree, fixed, left }
}
