//! A pasted or opened workflow, Dockerfile, compose file, manifest, policy or script: what `ecrpass audit` says of it, and
//! the corrected file.

use ecrpass_audit::audit::{Found, Question, Report, audit as look};
use ecrpass_audit::fixing::fix;
use ecrpass_audit::kind::{FileKind, Owner, path_of_pasted};
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{Damage, SourceFile, Tree};
use ecrpass_diagnosis::finding::{Action, Finding, OwnCommand};

use crate::analysis::{Analysis, Corrected};
use crate::marks::in_configuration;
use crate::{json, other_page, seconds};

/// The name of a text that nobody opened as a file.
const PASTED: &str = "stdin";

/// What a file is called in commands that was pasted.
const FILE: &str = "FILE";

/// What is wrong with a file. `kind` is `file`, or anything else to have it seen from the text and the name whether it is
/// one; `now` is the time in seconds.
pub fn audit(text: &str, kind: &str, source: &str, now: f64) -> String {
    let name = (source != PASTED).then_some(source);
    let path = path_of_pasted(text).or_else(|| name.filter(|name| is_certain(name)));
    let path = match (path, kind) {
        (Some(path), _) => path,
        // Commands are what there is most of.
        (None, "file") => name.unwrap_or("script.sh"),
        (None, _) => {
            let other_page = other_page::of_explain(text);
            let kind = if other_page.is_some() { "other" } else { "nothing" };
            return json(&Analysis { other_page, ..Analysis::new(kind, Vec::new()) });
        }
    };
    json(&analysis(text, path, source, seconds(now)))
}

/// Whether the name of a file says that it is looked at.
fn is_certain(name: &str) -> bool {
    !matches!(
        FileKind::by_name(name),
        None | Some(FileKind::Other | FileKind::Document | FileKind::Log | FileKind::ClientConfig)
    )
}

fn analysis(text: &str, path: &str, source: &str, now: i64) -> Analysis {
    let tree = || {
        let file = SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
            kind: FileKind::of(path, text),
            owner: Owner::Repository,
        };
        Tree::new(vec![file], now)
    };
    let settings = Settings::default();
    let question = Question { rules: RULES, settings: &settings, only: None, only_pipelines: false };
    let corrected = |with_unsafe| {
        let done = fix(tree(), &question, with_unsafe);
        (done.tree.get(path).map_or_else(|| text.to_owned(), |file| file.text.clone()), done.fixed)
    };
    // What is shown stands in the text as it was pasted.
    let Report { found: all, damages, .. } = look(&tree(), &question);
    let (safe, fixed) = corrected(false);
    let (further, also_fixed) = corrected(true);
    let is_among = |found: &Found, fixed: &[Found]| {
        fixed.iter().any(|fixed| fixed.id == found.id && place(fixed) == place(found))
    };
    let fixed_further = all.iter().filter(|found| is_among(found, &also_fixed)).count();
    let (fixed, left): (Vec<Found>, Vec<Found>) = all.into_iter().partition(|found| is_among(found, &fixed));
    let count = fixed.len();
    let findings: Vec<Finding> =
        fixed.into_iter().chain(left).map(|found| named(found.finding, path, source)).collect();
    let name = match source {
        PASTED => path.rsplit('/').next().unwrap_or(path),
        opened => opened,
    };
    let has_further = further != safe;
    Analysis {
        marks: in_configuration(text, &findings),
        corrected: (count > 0 || has_further).then(|| Corrected::of(text, safe, name, count)),
        further: has_further.then(|| Corrected::of(text, further, name, fixed_further)),
        breaks_off: damages.first().map(|Damage { line, why, .. }| {
            let why = why.trim_end_matches('.');
            format!("It breaks off at line {line}, and was looked at in part: {why}.")
        }),
        ..Analysis::new("file", findings)
    }
}

/// A finding with the name the reader knows.
fn named(mut finding: Finding, path: &str, source: &str) -> Finding {
    for evidence in finding.evidence.iter_mut().filter(|evidence| evidence.source == path) {
        evidence.source = source.to_owned();
    }
    for fix in &mut finding.fixes {
        if let Action::Ecrpass(OwnCommand::AuditFix { path, .. }) = &mut fix.action {
            *path = if source == PASTED { FILE.to_owned() } else { source.to_owned() };
        }
    }
    finding
}

fn place(found: &Found) -> Option<(Option<usize>, Option<usize>)> {
    found.finding.evidence.first().map(|place| (place.line, place.column))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn audited(text: &str, kind: &str, source: &str) -> Value {
        serde_json::from_str(&audit(text, kind, source, 0.0)).unwrap()
    }

    /// The slugs, those first that are fixed.
    fn slugs(analysis: &Value) -> Vec<&str> {
        analysis["report"]["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect()
    }

    /// What a text has no more findings of once it is corrected.
    fn is_corrected(text: &str, slug: &str) {
        let analysis = audited(text, "", PASTED);
        assert!(slugs(&analysis).contains(&slug), "{analysis}");
        let corrected = &analysis["corrected"];
        let count = usize::try_from(corrected["changes"].as_u64().unwrap()).unwrap();
        assert!(slugs(&analysis)[..count].contains(&slug), "{analysis}");
        let again = audited(corrected["text"].as_str().unwrap(), "", PASTED);
        assert!(!slugs(&again).contains(&slug), "{again}");
        assert_eq!(slugs(&again).len(), slugs(&analysis).len() - count, "{again}");
    }

    #[test]
    fn workflows_dockerfiles_compose_files_and_scripts_are_corrected() {
        let login = "aws ecr get-login-password --region us-east-1 | docker login -u AWS --password-stdin 123456789012.dkr.ecr.us-east-1.amazonaws.com/team";
        for text in [
            format!("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: {login}\n"),
            format!("FROM alpine\nRUN {login}\n"),
            format!("#!/bin/sh\n{login}\n"),
        ] {
            is_corrected(&text, "login-host-has-path");
        }
        let image = "123456789012.dkr.ecr.us-east-1a.amazonaws.com/team/app:1";
        is_corrected(&format!("services:\n  a:\n    image: {image}\n"), "malformed-registry-host");
        is_corrected(&format!("FROM {image}\nRUN true\n"), "malformed-registry-host");
    }

    #[test]
    fn a_policy_is_looked_at() {
        let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}"#;
        let analysis = audited(policy, "", PASTED);
        assert_eq!(slugs(&analysis), ["iam-ecr-too-wide"], "{analysis}");
        assert_eq!(analysis["marks"][0][0]["line"], 1);
    }

    /// What cannot be read is no all-clear, whatever the language.
    #[test]
    fn what_breaks_off_is_told() {
        for (text, source, line) in [
            ("push:\n\timage: docker:27\n", ".gitlab-ci.yml", 2),
            ("services:\n  a: {image: x\n  b: c: d\n", "compose.yaml", 3),
            ("resource \"a\" \"b\" {\n  c = \n}\n", "main.tf", 2),
        ] {
            let told = audited(text, "", source)["breaks_off"].clone();
            let told = told.as_str().unwrap_or_default();
            assert!(told.contains(&format!("line {line}, and was looked at in part: ")), "{source}: {told}");
        }
        assert_eq!(audited("push:\n  image: docker:27\n", "", ".gitlab-ci.yml")["breaks_off"], Value::Null);
    }

    #[test]
    fn what_may_change_how_something_works_is_apart() {
        let template = "resource \"aws_launch_template\" \"a\" {\n  metadata_options {\n    http_tokens = \"optional\"\n  }\n}\n";
        let analysis = audited(template, "", PASTED);
        assert_eq!(slugs(&analysis), ["imds-v1-allowed"], "{analysis}");
        assert_eq!(
            (&analysis["corrected"]["changes"], &analysis["corrected"]["text"]),
            (&0.into(), &template.into())
        );
        assert_eq!(analysis["further"]["changes"], 1);
        assert!(analysis["further"]["text"].as_str().unwrap().contains("\"required\""));
    }

    #[test]
    fn a_name_says_what_the_text_does_not() {
        let text = "docker login -u AWS -p x 123456789012.dkr.ecr.us-east-1.amazonaws.com/team\n";
        assert_eq!(audited(text, "", PASTED)["kind"], "other");
        let opened = audited(text, "", "login.sh");
        assert_eq!(
            (&opened["kind"], &opened["report"]["findings"][0]["evidence"][0]["source"]),
            (&"file".into(), &"login.sh".into())
        );
        assert_eq!(audited(text, "file", PASTED)["kind"], "file");
    }

    #[test]
    fn what_the_other_page_reads_is_told() {
        for (text, kind, other) in [
            ("", "nothing", Value::Null),
            ("{\"auths\": {}}", "other", "config".into()),
            (
                "denied: Your authorization token has expired. Reauthenticate and try again.\n",
                "other",
                "log".into(),
            ),
        ] {
            let analysis = audited(text, "", PASTED);
            assert_eq!((&analysis["kind"], &analysis["other_page"]), (&kind.into(), &other), "{text}");
        }
    }
}
