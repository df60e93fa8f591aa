//! What happens to hits, whatever rule they are of: joined, left out, judged, sorted, known before, and fixed.

#![allow(clippy::indexing_slicing, clippy::unwrap_used)] // a test's way of failing

use std::collections::HashSet;

use ecrpass_audit::audit::{Found, Question, Report, audit};
use ecrpass_audit::baseline::{Baseline, Identity};
use ecrpass_audit::edit::{FileEdit, Replacement, Safety};
use ecrpass_audit::fixing::fix;
use ecrpass_audit::hit::{Hit, Spot};
use ecrpass_audit::kind::{FileKind, Owner};
use ecrpass_audit::rule::{Examined, Rule};
use ecrpass_audit::settings::{Level, Settings};
use ecrpass_audit::source::{Damage, SourceFile, Tree};
use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

/// Finds each `BAD` and each `WORSE`, and makes a `BAD` good.
static WORDS: Rule = Rule { id: DiagnosisId::TokenInLog, look: words };

fn words(examined: &Examined<'_>) -> Vec<Hit> {
    let text = &examined.file.text;
    let of = |word: &'static str, severity| {
        text.match_indices(word).map(move |(at, _)| {
            let bytes = at..at + word.len();
            let edit = FileEdit {
                summary: "make it good".to_owned(),
                safety: Safety::Safe,
                replacements: vec![Replacement { bytes: bytes.clone(), text: "GOOD".to_owned() }],
            };
            Hit {
                severity,
                title: format!("{word} is here"),
                spots: vec![Spot { path: examined.file.path.clone(), bytes, label: "this".to_owned() }],
                registry: None,
                pull_secret: None,
                edit: (word == "BAD").then_some(edit),
                advice: None,
                is_advice_enough: false,
            }
        })
    };
    of("BAD", Severity::Warning).chain(of("WORSE", Severity::Error)).collect()
}

/// Says the same of all files twice, as a rule does of a job that is called twice.
static TWICE: Rule =
    Rule { id: DiagnosisId::LiveTokenStored, look: |examined| [words(examined), words(examined)].concat() };

fn tree(files: &[(&str, &str)]) -> Tree {
    let files = files.iter().map(|(path, text)| SourceFile {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
        kind: FileKind::of(path, text),
        owner: Owner::Repository,
    });
    Tree::new(files.collect(), 0)
}

fn look(files: &[(&str, &str)], rule: &Rule, settings: &Settings) -> Report {
    audit(&tree(files), &Question { rules: &[rule], settings, only: None, only_pipelines: false })
}

fn places(report: &Report) -> Vec<(String, usize)> {
    let place = |found: &ecrpass_audit::audit::Found| {
        let place = &found.finding.evidence[0];
        (place.source.clone(), place.line.unwrap())
    };
    report.found.iter().map(place).collect()
}

fn expected(places: &[(&str, usize)]) -> Vec<(String, usize)> {
    places.iter().map(|(path, line)| ((*path).to_owned(), *line)).collect()
}

#[test]
fn the_worst_comes_first_and_then_the_order_of_the_files() {
    let report = look(&[("b.sh", "BAD\n"), ("a.sh", "BAD\nx WORSE\nBAD\n")], &WORDS, &Settings::default());
    assert_eq!(places(&report), expected(&[("a.sh", 2), ("a.sh", 1), ("a.sh", 3), ("b.sh", 1)]));
    let first = &report.found[0].finding;
    assert_eq!((first.severity, first.title.as_str()), (Severity::Error, "WORSE is here"));
    assert_eq!((first.evidence[0].column, first.evidence[0].mark), (Some(3), Some((2, 7))));
    assert!(!first.fixes.is_empty() && first.help.contains("token-in-log"));
}

#[test]
fn one_place_is_one_finding() {
    let report = look(&[("a.sh", "BAD\n")], &TWICE, &Settings::default());
    assert_eq!(places(&report), expected(&[("a.sh", 1)]));
}

#[test]
fn in_documents_only_secrets_count() {
    for path in ["README.md", "docs/x.rst", "CHANGELOG"] {
        assert_eq!(look(&[(path, "BAD\n")], &WORDS, &Settings::default()).found.len(), 0, "{path}");
        assert_eq!(look(&[(path, "BAD\n")], &TWICE, &Settings::default()).found.len(), 1, "{path}");
    }
}

#[test]
fn comments_leave_out_what_they_name_and_are_told_when_they_do_not() {
    let text = "# ecrpass: ignore[token-in-log] known\nBAD\nBAD\n# ecrpass: ignore[token-in-log]\ngood\n# ecrpass: ignore[not-logged-in] of a rule that was not asked\n";
    let report = look(&[("a.sh", text)], &WORDS, &Settings::default());
    assert_eq!((places(&report), report.ignored), (expected(&[("a.sh", 3)]), 1));
    let unused: Vec<usize> = report.unused_ignores.iter().map(|unused| unused.line).collect();
    assert_eq!(unused, [4]);
}

/// What cannot be read is no all-clear, whatever the language.
#[test]
fn what_breaks_off_is_told_with_its_line() {
    let mut wrong = Vec::new();
    for (path, text, line) in [
        (".gitlab-ci.yml", "push:\n\timage: docker:27\n", 2),
        (".github/workflows/a.yml", "on: push\njobs:\n  a: [\n", 3),
        (".circleci/config.yml", "a: \"b\nc: d\n", 2),
        ("compose.yaml", "services:\n  a: {image: x\n  b: c: d\n", 3),
        ("k8s/a.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {\n", 3),
        ("package.json", "{\"scripts\": {\"a\": \"b\",}\n\"c\"\n", 1),
        ("main.tf", "resource \"a\" \"b\" {\n  c = \n}\n", 2),
        ("template.yaml", "Resources:\n  A:\n    Type: AWS::ECR::Repository\n\tB: c\n", 3),
    ] {
        let report = look(&[(path, text), ("good.sh", "true\n")], &WORDS, &Settings::default());
        let told: Vec<(&str, usize)> =
            report.damages.iter().map(|damage| (damage.path.as_str(), damage.line)).collect();
        if told != [(path, line)] {
            wrong.push(report.damages.clone());
        }
        assert!(report.damages.iter().all(|damage| !damage.why.contains('\n')));
        assert_eq!(report.read_in_part, [path]);
    }
    assert_eq!(wrong, Vec::<Vec<Damage>>::new());
    for (path, text) in [
        (".gitlab-ci.yml", "push:\n  image: docker:27\n"),
        ("package.json", "{\"scripts\": {\"a\": \"b\"}}\n"),
        ("main.tf", "locals {}\n"),
        ("prod.tfvars", "a = 1\n"),
        ("empty.gitlab-ci.yml", ""),
        ("chart/templates/s.yaml", "apiVersion: v1\nkind: Secret\ndata: {{ .x }}\n"),
        ("README.md", "{{{\n"),
        ("notes.yaml", "{{{\n"),
    ] {
        let report = look(&[(path, text)], &WORDS, &Settings::default());
        assert_eq!((report.damages, report.read_in_part), (vec![], vec![]), "{path}");
    }
    // A rule of its own says so.
    let report = look(&[("home/ada/.docker/config.json", "{\n")], &WORDS, &Settings::default());
    assert_eq!(report.damages, []);
    assert_eq!(report.read_in_part, ["home/ada/.docker/config.json"]);
}

/// What a comment leaves out may be where nothing was read.
#[test]
fn comments_in_what_breaks_off_are_not_called_useless() {
    let text = "# ecrpass: ignore[token-in-log] known\na: 1\nb: [\n";
    let report = look(&[(".gitlab-ci.yml", text)], &WORDS, &Settings::default());
    assert_eq!((report.damages.len(), report.unused_ignores.len()), (1, 0));
}

#[test]
fn settings_and_questions_decide_what_is_said() {
    let files = [("a.sh", "BAD\n"), (".github/workflows/a.yml", "x: BAD\n")];
    let off = Settings { rules: [(WORDS.id, Level::Off)].into(), places: Vec::new() };
    assert_eq!(look(&files, &WORDS, &off).found.len(), 0);
    let note = Settings { rules: [(WORDS.id, Level::At(Severity::Note))].into(), places: Vec::new() };
    assert!(look(&files, &WORDS, &note).found.iter().all(|found| found.finding.severity == Severity::Note));
    let settings = Settings::default();
    let only = HashSet::from(["a.sh".to_owned()]);
    let mut question =
        Question { rules: &[&WORDS], settings: &settings, only: Some(&only), only_pipelines: false };
    assert_eq!(places(&audit(&tree(&files), &question)), expected(&[("a.sh", 1)]));
    question = Question { only: None, only_pipelines: true, ..question };
    assert_eq!(places(&audit(&tree(&files), &question)), expected(&[(".github/workflows/a.yml", 1)]));
}

#[test]
fn what_is_known_is_known_wherever_it_moves_within_its_file() {
    let before = look(&[("a.sh", "x BAD\n"), ("b.sh", "BAD\n")], &WORDS, &Settings::default()).found;
    let of = |key: &str, found: &[Found]| Baseline::of(key, found.iter().map(Identity::from), []);
    let baseline = of("key", &before);
    let text = serde_json::to_string(&baseline).unwrap();
    assert!(!text.contains("BAD") && !text.contains("\"line\""), "{text}");
    assert_eq!(serde_json::from_str::<Baseline>(&text).unwrap(), baseline);
    // The order in which it is found does not matter.
    let reversed: Vec<_> = before.iter().rev().cloned().collect();
    assert_eq!(of("key", &reversed), baseline);
    assert_ne!(of("another key", &before).findings, baseline.findings);
    assert_eq!(Baseline::of("key", [], baseline.findings.clone()), baseline);
    // What stays and is found again is known once: a second one like it is new.
    let again = before.iter().map(Identity::from);
    assert_eq!(Baseline::of("key", again, baseline.findings.clone()), baseline);
    let without_known = |found: Vec<Found>| {
        let mut known = baseline.known();
        let new = found.iter().filter(|found| !known.has(Identity::from(*found))).count();
        (new, known.left(|_| true))
    };

    let moved = look(&[("a.sh", "\n\nx BAD\n"), ("b.sh", "BAD\n")], &WORDS, &Settings::default()).found;
    assert_eq!(without_known(moved), (0, 0));
    // A second one, one in another file, and one that is gone.
    let now = look(&[("a.sh", "BAD\nBAD\n"), ("c.sh", "BAD\n")], &WORDS, &Settings::default()).found;
    assert_eq!(without_known(now), (2, 1));
}

#[test]
fn edits_are_made_until_there_is_nothing_to_do() {
    let settings = Settings::default();
    let question = Question { rules: &[&WORDS], settings: &settings, only: None, only_pipelines: false };
    // What an edit leaves may have to be edited again.
    let done = fix(tree(&[("a.sh", "BAD x BBADD\nWORSE\n")]), &question, false);
    assert_eq!(done.tree.get("a.sh").unwrap().text, "GOOD x BGOODD\nWORSE\n");
    assert_eq!((done.fixed.len(), done.left.found.len()), (2, 1));
    let again = fix(done.tree, &question, false);
    assert_eq!((again.fixed.len(), again.left.found.len()), (0, 1));
}

/// What the file says is in the commands; for what it does not say, the form of the command is told.
#[test]
fn advice_says_what_the_file_says() {
    use base64::Engine as _;
    let base64 = |text: &str| ecrpass_core::token::BASE64.encode(text);
    let login = base64(&format!("AWS:{}", base64(r#"{"payload":"aaaa","datakey":"b","expiration":5}"#)));
    let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    let config = base64(&format!(r#"{{"auths":{{"{host}":{{"auth":"{login}"}}}}}}"#));
    let manifest = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: regcred, namespace: ci}}\ntype: kubernetes.io/dockerconfigjson\ndata:\n  .dockerconfigjson: {config}\n"
    );
    let fixes = |path: &str, text: &str, id: DiagnosisId| {
        let rule = ecrpass_audit::rules::RULES.iter().find(|rule| rule.id == id).unwrap();
        let report = audit(
            &Tree::new(tree(&[(path, text)]).files().to_vec(), 1_000),
            &Question { rules: &[*rule], settings: &Settings::default(), only: None, only_pipelines: false },
        );
        let finding = &report.found[0].finding;
        finding.fixes.iter().map(|fix| (fix.summary.clone(), fix.command())).collect::<Vec<_>>()
    };
    let expired = fixes("k8s/regcred.yaml", &manifest, DiagnosisId::K8sPullSecretExpired);
    let command = expired[0].1.as_deref().unwrap_or_else(|| panic!("{expired:?}"));
    assert!(
        command.starts_with("kubectl create secret docker-registry regcred --namespace ci "),
        "{command}"
    );
    let anywhere = manifest.replace(", namespace: ci", "");
    let (summary, command) =
        fixes("k8s/regcred.yaml", &anywhere, DiagnosisId::K8sPullSecretExpired).remove(0);
    assert_eq!(command, None);
    assert!(summary.contains("docker-registry regcred --namespace <namespace>"), "{summary}");
    let old = "$(aws ecr get-login --no-include-email --region us-east-1)\n";
    let (summary, command) = fixes("a.sh", old, DiagnosisId::DeprecatedGetLogin).remove(0);
    assert_eq!(command, None);
    assert!(summary.contains("docker login --username AWS --password-stdin <host>"), "{summary}");
    assert!(summary.contains("not known here"), "{summary}");
}
