//! A pasted workflow, Dockerfile, compose file, manifest or script: what `ecrpass audit` says of it, and the corrected file.

use ecrpass_audit::audit::{Found, Question, audit};
use ecrpass_audit::fixing::fix;
use ecrpass_audit::kind::{FileKind, Owner, path_of_pasted};
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{SourceFile, Tree};
use ecrpass_diagnosis::finding::Finding;

/// What is found, and the file after the safe edits.
pub(crate) struct Audited {
    /// What is fixed, and then what is left.
    pub findings: Vec<Finding>,
    /// How many of them are fixed.
    pub fixed: usize,
    /// The file.
    pub text: String,
}

/// Whether a text is such a file.
pub(crate) fn is_file(text: &str) -> bool {
    path_of_pasted(text).is_some()
}

/// Looks at a text as such a file; its findings are about `source`.
pub(crate) fn audited(text: &str, source: &str, now: i64) -> Audited {
    let path = path_of_pasted(text).unwrap_or("pasted.txt");
    let file = SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
        kind: FileKind::of(path, text),
        owner: Owner::Repository,
    };
    let settings = Settings::default();
    let question = Question { rules: RULES, settings: &settings, only: None, only_pipelines: false };
    let tree = Tree::new(vec![file], now);
    // What is shown stands in the text as it was pasted.
    let all = audit(&tree, &question).found;
    let done = fix(tree, &question, false);
    let is_fixed =
        |found: &Found| done.fixed.iter().any(|fixed| fixed.id == found.id && place(fixed) == place(found));
    let (fixed, left): (Vec<Found>, Vec<Found>) = all.into_iter().partition(is_fixed);
    let named = |found: Found| {
        let mut finding = found.finding;
        for evidence in finding.evidence.iter_mut().filter(|evidence| evidence.source == path) {
            evidence.source = source.to_owned();
        }
        finding
    };
    let text = done.tree.get(path).map_or_else(|| text.to_owned(), |file| file.text.clone());
    let count = fixed.len();
    Audited { findings: fixed.into_iter().chain(left).map(named).collect(), fixed: count, text }
}

fn place(found: &Found) -> Option<(Option<usize>, Option<usize>)> {
    found.finding.evidence.first().map(|place| (place.line, place.column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_file_is_audited_and_corrected() {
        let text = "#!/bin/sh\naws ecr get-login-password --region us-east-1 | docker login -u AWS -p x 123456789012.dkr.ecr.us-east-1.amazonaws.com/team\n$(aws ecr get-login --region us-east-1)\n";
        let Audited { findings, fixed, text: new } = audited(text, "pasted", 0);
        assert!(findings.iter().all(|finding| finding.evidence[0].source == "pasted"), "{findings:?}");
        let places: Vec<(&str, Option<usize>)> =
            findings.iter().map(|finding| (finding.id.as_str(), finding.evidence[0].line)).collect();
        assert!(places.contains(&("deprecated-get-login", Some(3))), "{places:?}");
        assert!(fixed > 0 && new != text, "{places:?} {new}");
        // What is said to be fixed is found no more.
        let again = audited(&new, "pasted", 0);
        assert_eq!(again.findings.len(), findings.len() - fixed, "{:?}", again.findings);
    }

    #[test]
    fn logs_are_no_files() {
        assert!(!is_file("denied: Your authorization token has expired. Reauthenticate and try again.\n"));
        assert!(is_file("services:\n  a:\n    image: x\n"));
    }
}
