//! The wall behind all edits: after each the file is read again, and what it did not mean to change is what it was.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

#[allow(dead_code)] // the harness of the rules uses the rest
mod support;

use ecrpass_audit::audit::Question;
use ecrpass_audit::edit::{FileEdit, Replacement, Safety};
use ecrpass_audit::fixing::{Fixed, fix};
use ecrpass_audit::hit::{Hit, Spot};
use ecrpass_audit::rule::{Examined, Rule};
use ecrpass_audit::settings::Settings;
use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;
use support::tree;

/// What is replaced, by what: as a rule that is wrong about it would.
const EDITS: [(&str, &str); 8] = [
    ("good", "better"),
    ("closes", "x\", \"y\": \"z"),
    ("twice: 1", "twice: 1, twice: 2"),
    ("stays", "stays!"),
    ("grows", "grows grows"),
    ("quote", "\\\""),
    ("opens", "echo 'opens"),
    ("ends", "}"),
];

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let text = &examined.file.text;
    let mut hits = Vec::new();
    for (from, to) in EDITS {
        for (at, _) in text.match_indices(from) {
            let bytes = at..at + from.len();
            let edit = FileEdit {
                summary: format!("Replace {from}"),
                safety: Safety::Safe,
                replacements: vec![Replacement { bytes: bytes.clone(), text: to.to_owned() }],
            };
            let spots = vec![Spot::new(&examined.file.path, bytes, from)];
            hits.push(Hit::new(Severity::Error, format!("{from} is there"), spots).with_edit(Some(edit)));
        }
    }
    hits
}

static RULE: Rule = Rule { id: DiagnosisId::TokenInLog, look };

/// The file after all edits, how many were made, and why others were not.
fn fixed(path: &str, text: &str) -> (String, usize, Vec<String>) {
    let settings = Settings::default();
    let question = Question { rules: &[&RULE], settings: &settings, only: None, only_pipelines: false };
    let Fixed { tree, fixed, left, withdrawn } =
        fix(tree(&[(path.to_owned(), text.to_owned())], false), &question, false);
    for found in &left.found {
        assert!(found.edit.is_none(), "{}: what was taken back is offered", found.finding.title);
    }
    let why = withdrawn.into_iter().map(|withdrawn| withdrawn.why).collect();
    (tree.files()[0].text.clone(), fixed.len(), why)
}

fn is_taken_back(path: &str, text: &str, why: &str) {
    let (after, made, reasons) = fixed(path, text);
    assert_eq!((after.as_str(), made), (text, 0), "{path}");
    assert_eq!(reasons.len(), 1, "{path}: {reasons:?}");
    assert!(reasons[0].contains(why), "{path}: {reasons:?}");
}

#[test]
fn an_edit_that_does_more_than_it_says_is_taken_back() {
    let json = |text: &str| format!("{{\"scripts\": {{\"a\": \"{text}\", \"b\": \"echo\"}}}}\n");
    is_taken_back("package.json", &json("a closes b"), "scalar");
    is_taken_back("package.json", &json("stays"), "still be there");
    is_taken_back("package.json", &json("grows"), "still be there");
    is_taken_back("k.yaml", "a: {twice: 1}\n", "twice in a mapping");
    is_taken_back("k.yaml", "a: [ends, b]\n", "");
    is_taken_back("a.sh", "#!/bin/sh\nopens\ndocker push a\necho 'b'\n", "command");
    is_taken_back("main.tf", "resource \"x\" \"y\" {\n  a = ends\n}\n", "HCL");
    is_taken_back("Jenkinsfile", "node {\n  sh \"a closes\"\n  sh 'b'\n}\n", "");
}

#[test]
fn good_edits_are_made_beside_those_that_are_not() {
    let text = "{\"scripts\": {\"a\": \"closes good\", \"b\": \"good\", \"c\": \"stays\"}}\n";
    let (after, made, why) = fixed("package.json", text);
    assert_eq!(after, text.replace("good", "better"));
    assert_eq!((made, why.len()), (2, 2), "{why:?}");
    let (after, made, why) = fixed("a.sh", "#!/bin/sh\ngood\nopens\ngood\necho 'b'\n");
    assert_eq!(after, "#!/bin/sh\nbetter\nopens\nbetter\necho 'b'\n");
    assert_eq!((made, why.len()), (2, 1), "{why:?}");
}
