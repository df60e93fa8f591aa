//! Documents AWS takes in all their spellings, and each thing it refuses, with its place.

use proptest::prelude::*;

use super::*;

fn problems(text: &str) -> Vec<String> {
    read("p.json", text).problems.iter().map(ToString::to_string).collect()
}

#[test]
fn one_and_several_are_the_same() {
    let one = read(
        "one",
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "111122223333"},
            "Action": "ecr:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": true}}}}"#,
    );
    let several = read(
        "several",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": ["111122223333"]},
            "Action": ["ecr:*"], "Resource": ["*"], "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}]}"#,
    );
    let (one, several) = (one.accepted().unwrap(), several.accepted().unwrap());
    let shape = |document: &Document| {
        let statement = &document.statements[0];
        (
            statement.effect,
            statement.principals.as_ref().unwrap().items[0].value.clone(),
            statement.actions.items[0].value.clone(),
            statement.resources.as_ref().unwrap().items[0].value.clone(),
            statement.conditions[0].values.clone(),
        )
    };
    assert_eq!(shape(&one), shape(&several));
    assert_eq!(one.version, Version::V2012);
}

#[test]
fn places_are_known() {
    let text = "{\n  \"Statement\": [\n    {\"Sid\": \"Pull\", \"Effect\": \"Allow\",\n     \"Action\": \"ecr:BatchGetImage\"}\n  ]\n}";
    let document = read("p.json", text).accepted().unwrap();
    let statement = &document.statements[0];
    assert_eq!(document.position(statement.span.start).to_string(), "3:5");
    assert_eq!(document.position(statement.actions.items[0].span.start).to_string(), "4:16");
    assert_eq!(&text[statement.actions.span.clone()], "\"Action\": \"ecr:BatchGetImage\"");
    assert_eq!(statement.sid.as_deref(), Some("Pull"));
}

#[test]
fn what_aws_refuses_is_named() {
    let statement = |inside: &str| format!("{{\"Statement\":[{{{inside}}}]}}");
    let allow = "\"Effect\":\"Allow\",\"Action\":\"ecr:*\"";
    for (text, expected) in [
        ("{".to_owned(), "1:2: the text ends where a key in double quotes should be"),
        ("[]".to_owned(), "1:1: a policy has to be an object, not an array"),
        ("{}".to_owned(), "1:1: Statement is missing"),
        ("{\"Statement\":[]}".to_owned(), "1:14: a statement is missing"),
        ("{\"Statement\":1}".to_owned(), "1:14: a statement has to be an object, not a number"),
        (statement("\"Action\":\"ecr:*\""), "1:15: Effect is missing"),
        (statement("\"Effect\":\"Allow\""), "1:15: Action is missing"),
        (statement("\"Effect\":\"allow\",\"Action\":\"*\""), "1:25: Effect is Allow or Deny, not allow"),
        (statement(&format!("{allow},\"NotAction\":\"s3:*\"")), "1:50: Action and NotAction exclude each other"),
        (statement(&format!("{allow},\"Actions\":\"s3:*\"")), "1:50: IAM knows no element Actions"),
        (statement(&format!("{allow},\"Effect\":\"Deny\"")), "1:50: Effect is there twice"),
        (statement("\"Effect\":\"Allow\",\"Action\":\"PutImage\""), "1:42: the action PutImage lacks its service, as in ecr:PutImage"),
        (statement("\"Effect\":\"Allow\",\"Action\":[1]"), "1:43: Action has to be a string or a list of strings, not a number"),
        (statement(&format!("{allow},\"Resource\":\"repository/a\"")), "1:61: the resource repository/a is neither an ARN nor *"),
        (
            statement(&format!("{allow},\"Principal\":{{\"AWS\":\"arn:aws:iam::1:role/*\"}}")),
            "1:69: the principal arn:aws:iam::1:role/* matches nobody: name an ARN, an account, or * alone",
        ),
        (statement(&format!("{allow},\"Principal\":{{\"Role\":\"x\"}}")), "1:63: IAM knows no element Role"),
        (statement(&format!("{allow},\"Condition\":{{\"Like\":{{\"a\":\"b\"}}}}")), "1:63: IAM knows no operator Like"),
        (
            statement(&format!("{allow},\"Condition\":{{\"Bool\":{{\"a\":null}}}}")),
            "1:75: a has to be a string, a number, a boolean or a list of them, not null",
        ),
        ("{\"Version\":\"2012-10-18\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\"}}".to_owned(), "1:12: there is no version 2012-10-18; the current one is 2012-10-17"),
        ("{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\"},\"Id\":\"\u{2014}\"}".to_owned(), "1:74: policies must not contain the character U+2014"),
        (
            "{\"Statement\":[{\"Sid\":\"A\",\"Effect\":\"Deny\",\"Action\":\"*\"},{\"Sid\":\"A\",\"Effect\":\"Deny\",\"Action\":\"*\"}]}".to_owned(),
            "1:56: two statements are called A",
        ),
    ] {
        assert_eq!(problems(&text).join("\n"), expected, "{text}");
        assert!(read("p.json", &text).accepted().is_err(), "{text}");
    }
}

#[test]
fn the_statements_that_can_be_understood_are_kept() {
    let reading = read(
        "p.json",
        r#"{"Statement": [{"Effect": "Maybe", "Action": "*"}, {"Effect": "Deny", "Action": "ecr:PutImage"}]}"#,
    );
    assert_eq!(reading.problems.len(), 1);
    assert_eq!(reading.document.unwrap().statements.len(), 1);
}

#[test]
fn a_large_hostile_document_is_read_quickly() {
    let keys: String = (0..20_000).map(|number| format!("\"k{number}\":\"{}\",", "x".repeat(20))).collect();
    let text = format!("{{{keys}\"Statement\":{{\"Effect\":\"Deny\",\"Action\":\"*\"}}}}");
    assert_eq!(read("p.json", &text).problems.len(), 20_000);
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "[{}\\[\\]\":,a-zA-Z0-9* \n]{0,80}") {
        let _ = read("p.json", &text);
    }

    #[test]
    fn damage_is_answered(at in any::<prop::sample::Index>(), with in "[{}\\[\\]\":,*0\n]{0,3}") {
        let mut text = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Principal":{"AWS":["*"]},
            "NotAction":["ecr:*"],"Resource":"*","Condition":{"StringLike":{"a:b":["c",1,true]}}}]}"#.to_owned();
        let at = at.index(text.len());
        prop_assume!(text.is_char_boundary(at));
        text.insert_str(at, &with);
        let _ = read("p.json", &text);
    }
}
