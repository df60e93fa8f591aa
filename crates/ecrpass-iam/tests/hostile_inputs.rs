//! Whatever a file holds, it is read to an end, and every place lies in it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing

use ecrpass_iam::case::Case;
use ecrpass_iam::context::Context;
use ecrpass_iam::document::{self, Problem};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Layer, Policies, Principal, change, inputs};
use proptest::prelude::*;

const PULL: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"é","Effect":"Allow","Principal":{"AWS":["*","AROA"]},"NotAction":["ecr:*","s3:Get?"],"Resource":"arn:aws:ecr:*:*:repository/${aws:username, 'x'}","Condition":{"ForAllValues:StringLike":{"aws:TagKeys":["a*",1,true]},"Null":{"aws:k":"false"}}}]}"#;

/// The forms, with a document in each.
fn forms() -> Vec<String> {
    let string = serde_json::Value::from(PULL).to_string();
    let encoded: String = PULL.bytes().map(|byte| format!("%{byte:02X}")).collect();
    vec![
        PULL.to_owned(),
        encoded.clone(),
        format!("[[{PULL}],null,{string}]"),
        format!("{{\"repositoryName\":\"a\",\"policyText\":{string}}}"),
        format!("{{\"PolicyDocument\":\"{encoded}\"}}"),
        format!("{{\"VpcEndpoints\":[{{\"PolicyDocument\":{string}}}]}}"),
        format!(
            "{{\"layers\":{{\"identity\":[{{\"source\":\"s\",\"document\":{PULL}}}],\"scp\":[[{PULL}],{string}]}},\"not_seen\":[{{\"layer\":\"rcp\"}}]}}"
        ),
        format!(
            "{{\"RoleDetailList\":[{{\"RoleName\":\"ci\",\"AssumeRolePolicyDocument\":{PULL},\"RolePolicyList\":[{{\"PolicyDocument\":{string}}}],\"AttachedManagedPolicies\":[{{\"PolicyArn\":\"a\"}}]}}]}}"
        ),
        format!(
            "{{\"planned_values\":{{\"root_module\":{{\"resources\":[{{\"type\":\"aws_iam_role\",\"values\":{{\"assume_role_policy\":{string}}}}}]}}}}}}"
        ),
        format!(
            "{{\"request\":{{\"principal\":\"p\",\"action\":[\"a\"],\"context\":{{\"k\":[1,\"x\"]}}}},\"policies\":{{\"identity\":{PULL}}}}}"
        ),
    ]
}

fn lies_in(problem: &Problem, text: &str) -> bool {
    let lines = text.split('\n').count();
    problem.position.line <= lines && problem.position.column <= text.chars().count() + 1
}

/// Reads, checks and evaluates everything there is.
fn read_all(text: &str) -> Result<(), TestCaseError> {
    let principal = Principal::parse("arn:aws:sts::111122223333:assumed-role/ci/1");
    let source = Source::file("f", text);
    if let Err(problem) = inputs::read_request(&source) {
        prop_assert!(lies_in(&problem, text), "{problem}");
    }
    let contents = match inputs::read(&source, principal.as_ref()) {
        Ok(contents) => contents,
        Err(problem) => {
            prop_assert!(lies_in(&problem, text), "{problem}");
            return Ok(());
        }
    };
    for found in contents.found {
        for problem in &found.reading.problems {
            prop_assert!(lies_in(problem, text), "{problem}");
        }
        let Some(document) = found.reading.document else { continue };
        for layer in Layer::ALL {
            let problems = document::check(&document, layer);
            prop_assert!(problems.iter().all(|problem| lies_in(problem, text)));
        }
        for statement in &document.statements {
            let range = document.source.range(&statement.span);
            prop_assert!(document.source.file_text().get(range.clone()).is_some(), "{range:?}");
        }
        let case = Case {
            principal: principal.clone().unwrap(),
            actions: vec!["ecr:BatchGetImage".to_owned()],
            resource: "arn:aws:ecr:eu-west-1:111122223333:repository/a".to_owned(),
            context: Context::partial(),
            is_complete: false,
        };
        let policies =
            Policies { identity: vec![document.clone()], repository: Some(document), ..Policies::default() };
        let _ = change::smallest(&case, &policies);
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_damaged_file_ends_in_an_answer(
        form in prop::sample::select(forms()), at in any::<prop::sample::Index>(), length in 0_usize..12,
        damage in prop_oneof!["[\\[\\]{}\",:\\\\*?$ \n]{0,4}", "\\\\u[0-9a-fD]{0,4}", "%[0-9A-F]{0,2}", "\\PC{0,3}"],
    ) {
        let mut start = at.index(form.len());
        let mut end = (start + length).min(form.len());
        while !form.is_char_boundary(start) { start -= 1; }
        while !form.is_char_boundary(end) { end += 1; }
        read_all(&format!("{}{damage}{}", &form[..start], &form[end..]))?;
    }

    #[test]
    fn any_text_ends_in_an_answer(text in "\\PC{0,60}") {
        read_all(&text)?;
    }
}
