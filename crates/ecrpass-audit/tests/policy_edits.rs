//! Edits of IAM documents in every language and layout: after one the document can be read again, the finding is gone, no
//! byte beside it has changed, and there is nothing more to edit.

#![allow(clippy::indexing_slicing, clippy::string_slice, clippy::unwrap_used)] // a test's way of failing

use ecrpass_audit::audit::{Question, audit};
use ecrpass_audit::edit::{Safety, apply};
use ecrpass_audit::kind::{FileKind, Owner};
use ecrpass_audit::rules::RULES;
use ecrpass_audit::settings::Settings;
use ecrpass_audit::source::{SourceFile, Tree};
use ecrpass_core::DiagnosisId;
use proptest::prelude::*;

/// What is found by a rule in a file, and the text with its safe edit made.
fn edited(id: DiagnosisId, path: &str, text: &str) -> (usize, Option<String>) {
    let file = SourceFile {
        path: path.to_owned(),
        text: text.to_owned(),
        kind: FileKind::of(path, text),
        owner: Owner::Repository,
    };
    let tree = Tree::new(vec![file], 0);
    let rule = *RULES.iter().find(|rule| rule.id == id).unwrap();
    let settings = Settings::default();
    let report =
        audit(&tree, &Question { rules: &[rule], settings: &settings, only: None, only_pipelines: false });
    let edit =
        report.found.iter().find_map(|found| found.edit.as_ref().filter(|edit| edit.safety == Safety::Safe));
    (report.found.len(), edit.map(|edit| apply(text, &[edit]).0))
}

/// Whether a text is another one with something put in at one place.
fn is_insertion(before: &str, after: &str) -> bool {
    let start = before.bytes().zip(after.bytes()).take_while(|(one, other)| one == other).count();
    let end = before.bytes().rev().zip(after.bytes().rev()).take_while(|(one, other)| one == other).count();
    after.len() >= before.len() && start + end >= before.len()
}

fn is_readable(path: &str, text: &str) -> bool {
    if path.ends_with(".json") {
        serde_json::from_str::<serde_json::Value>(text).is_ok()
    } else if path.ends_with(".tf") {
        hcl_edit::parser::parse_body(text).is_ok()
    } else {
        ecrpass_audit::yaml::read(text).is_ok()
    }
}

/// A document with one statement, in a language and a layout.
fn document(form: usize, actions: &[&str], resource: &str, breaks: bool) -> (&'static str, String) {
    let quoted: Vec<String> = actions.iter().map(|action| format!("\"{action}\"")).collect();
    let list = |indent: &str, last: &str| {
        if breaks {
            format!("[\n{indent}  {}{last}\n{indent}]", quoted.join(&format!(",\n{indent}  ")))
        } else {
            format!("[{}]", quoted.join(", "))
        }
    };
    match form {
        0 => (
            "policy.json",
            format!(
                "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Effect\": \"Allow\",\n      \"Action\": {},\n      \"Resource\": \"{resource}\"\n    }}\n  ]\n}}\n",
                list("      ", "")
            ),
        ),
        1 => (
            "policy.json",
            format!(
                "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":{},\"Resource\":[\"{resource}\"]}}]}}",
                list("", "")
            ),
        ),
        2 => (
            "main.tf",
            format!(
                "data \"aws_iam_policy_document\" \"d\" {{\n  statement {{\n    actions   = {}\n    resources = [\"{resource}\"]\n  }}\n}}\n",
                list("    ", ",")
            ),
        ),
        3 => (
            "main.tf",
            format!(
                "resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{\n      Effect   = \"Allow\"\n      Action   = {}\n      Resource = \"{resource}\"\n    }}]\n  }})\n}}\n",
                list("      ", ",")
            ),
        ),
        4 => (
            "main.tf",
            format!(
                "resource \"aws_iam_policy\" \"p\" {{\n  policy = <<-EOF\n    {{\n      \"Statement\": [\n        {{ \"Effect\": \"Allow\", \"Action\": {}, \"Resource\": \"{resource}\" }}\n      ]\n    }}\n  EOF\n}}\n",
                list("        ", "")
            ),
        ),
        5 => {
            let lines: String = actions.iter().map(|action| format!("              - {action}\n")).collect();
            (
                "template.yaml",
                format!(
                    "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: \"2012-10-17\"\n        Statement:\n          - Effect: Allow\n            Action:\n{lines}            Resource: {resource}\n"
                ),
            )
        }
        _ => (
            "template.yaml",
            format!(
                "Resources:\n  P:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Statement:\n          - {{ Effect: Allow, Action: [{}], Resource: \"{resource}\" }} # here\n",
                actions.join(", ")
            ),
        ),
    }
}

const ARN: &str = "arn:aws:ecr:us-east-1:123456789012:repository/app";

const PUSH: [&str; 4] = [
    "ecr:BatchCheckLayerAvailability",
    "ecr:InitiateLayerUpload",
    "ecr:UploadLayerPart",
    "ecr:CompleteLayerUpload",
];

fn holds(id: DiagnosisId, path: &str, text: &str) -> Result<(), TestCaseError> {
    let (found, new) = edited(id, path, text);
    prop_assert_eq!(found, 1, "{}", text);
    let Some(new) = new else { return Err(TestCaseError::fail(format!("no edit of\n{text}"))) };
    prop_assert!(is_readable(path, &new), "{}", new);
    prop_assert!(is_insertion(text, &new), "{}\n{}", text, new);
    prop_assert_eq!(edited(id, path, &new), (0, None), "{}", new);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn missing_actions_are_added(form in 0_usize..7, kept in prop::collection::vec(any::<bool>(), 4), at in 0_usize..5, breaks in any::<bool>(), crlf in any::<bool>()) {
        let mut actions: Vec<&str> = PUSH.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(action, _)| *action).collect();
        prop_assume!(actions.len() < PUSH.len());
        let at = at.min(actions.len());
        actions.insert(at, "ecr:PutImage");
        let (path, mut text) = document(form, &actions, ARN, breaks);
        // A here-document with Windows' breaks is none that the parser knows.
        if crlf && form != 4 {
            text = text.replace('\n', "\r\n");
        }
        holds(DiagnosisId::IamMissingPushAction, path, &text)?;
    }

    #[test]
    fn the_login_gets_a_statement_of_its_own(form in 0_usize..7, more in any::<bool>(), breaks in any::<bool>(), crlf in any::<bool>()) {
        let mut actions = vec!["ecr:GetAuthorizationToken"];
        if more {
            actions.push("ecr:BatchGetImage");
        }
        let (path, mut text) = document(form, &actions, ARN, breaks);
        if crlf && form != 4 {
            text = text.replace('\n', "\r\n");
        }
        holds(DiagnosisId::IamMissingGetAuthorizationToken, path, &text)?;
    }
}
