//! The audit: every kind of file, all rules, and the edits they make.

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::fixing::fix;
use ecrpass_audit::kind::{FileKind, Owner};
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{SourceFile, Tree};
use ecrpass_diagnosis::engine::sarif::sarif;

use crate::hold::{NOW, chosen, findings, hidden, planted};

/// Paths that tell what a file is.
pub const PATHS: [&str; 20] = [
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "bitbucket-pipelines.yml",
    ".circleci/config.yml",
    "azure-pipelines.yml",
    "Jenkinsfile",
    ".buildkite/pipeline.yml",
    "buildspec.yml",
    ".drone.yml",
    ".travis.yml",
    "deploy.sh",
    "deploy.ps1",
    "Dockerfile",
    "compose.yaml",
    "k8s/pod.yaml",
    "main.tf",
    "template.yaml",
    ".docker/config.json",
    "Makefile",
    "notes.txt",
];

/// Nothing secret is quoted, marks lie in their lines, and what was fixed is not fixed again.
pub fn run(input: &[u8]) {
    let Some((path, rest)) = chosen(&PATHS, input) else { return };
    let Some(text) = planted(rest) else { return };
    let settings = Settings::default();
    let question = Question { rules: RULES, settings: &settings, only: None, only_pipelines: false };
    let tree = |text: &str| {
        let kind = FileKind::of(path, text);
        let file =
            SourceFile { path: (*path).to_owned(), text: text.to_owned(), kind, owner: Owner::Repository };
        Tree::new(vec![file], NOW)
    };
    let report = audit(&tree(&text), &question);
    let found: Vec<_> = report.found.iter().map(|found| found.finding.clone()).collect();
    findings(&found, Some(&text));
    hidden(&sarif(&found, "0").to_string(), "SARIF");
    for with_unsafe in [false, true] {
        let fixed = fix(tree(&text), &question, with_unsafe);
        let after = fixed.tree.files().first().map(|file| file.text.clone()).unwrap_or_default();
        assert!(!fixed.fixed.is_empty() || after == text, "changed without a finding: {text:?}");
        let again = fix(tree(&after), &question, with_unsafe);
        let last = again.tree.files().first().map(|file| file.text.clone()).unwrap_or_default();
        assert_eq!(last, after, "fixed twice: {text:?}");
    }
}
