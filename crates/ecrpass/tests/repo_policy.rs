//! `ecrpass repo ensure --policy` plans nothing that ECR would refuse, or that says two things.

#![allow(clippy::unwrap_used)] // a test's way of failing

mod common;
#[path = "common/ecr.rs"]
mod world;

use common::Home;
use ecrpass_local::LocalEcr;
use world::ensure;

#[test]
fn a_policy_that_ecr_would_refuse_or_that_says_two_things_is_not_planned() {
    let (ecr, home) = (LocalEcr::start().unwrap(), Home::bare());
    let allow = r#"{"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "ecr:BatchGetImage"}"#;
    let open = allow.replace(r#"{"AWS": "111122223333"}"#, r#""*""#);
    for (text, said) in [
        (
            format!("{{\"Statement\": {allow},\n \"Statement\": {open}}}"),
            "bad.json:2:2: Statement is there twice",
        ),
        (
            format!("{{\"Statement\":\n {}}}", allow.replace(r#""Allow""#, "1")),
            "bad.json:2:13: Effect has to be a string",
        ),
        (
            format!("{{\"Statement\":\n {}}}", allow.replace("Principal", "principal")),
            "bad.json:2:2: Principal is missing (1 more)",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "ecr:*"}}"#.to_owned(),
            "bad.json:1:15: Principal is missing",
        ),
        (
            format!(
                "{{\"Statement\":\n {}}}",
                allow.replace("\"Action\"", "\"Resource\": \"*\", \"Action\"")
            ),
            "this kind of policy must not have Resource",
        ),
        ("{\"Version\": \"2012-10-17\"}".to_owned(), "Statement is missing"),
    ] {
        home.write("bad.json", &text, 0o600);
        let (code, stdout, stderr) = ensure(&ecr, &home, &["team/app", "--policy", "bad.json", "--yes"]);
        assert_eq!((code, stdout.as_str()), (Some(3), ""), "{text}: {stderr}");
        assert!(stderr.contains(said) && stderr.contains("ecrpass policy generate"), "{said}: {stderr}");
    }
    assert_eq!(ecr.stored_repository("team/app").unwrap(), None);
}
