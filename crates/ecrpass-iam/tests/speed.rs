//! How long decisions take, for people: `cargo test --release -p ecrpass-iam --test speed -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::disallowed_methods)] // a measurement

use std::time::Instant;

use ecrpass_iam::context::Context;
use ecrpass_iam::{Document, Policies, Principal, Request, Verdict, document, evaluate};
use serde_json::{Value, json};

/// A policy of five statements, of which the last of the last document allows what is asked.
fn policy(number: usize) -> Document {
    let statement = |n: usize| -> Value {
        let name = format!("team-{number}/app-{n}");
        json!({"Sid": format!("S{number}x{n}"), "Effect": if n == 0 { "Deny" } else { "Allow" },
            "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:Put*", "s3:GetObject"],
            "Resource": [format!("arn:aws:ecr:*:111122223333:repository/{name}"), format!("arn:aws:ecr:eu-west-1:*:repository/{name}/*")],
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}, "Bool": {"aws:SecureTransport": "true"}}})
    };
    let statements: Vec<Value> = (0..5).map(statement).collect();
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    document::read("p.json", &text).accepted().unwrap()
}

#[test]
#[ignore = "a measurement"]
fn a_thousand_requests_against_two_hundred_documents() {
    let policies = Policies {
        identity: (0..200).map(policy).collect(),
        service_control: vec![vec![
            document::read("all", r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#)
                .accepted()
                .unwrap(),
        ]],
        ..Policies::default()
    };
    let requests: Vec<Request> = (0..1000)
        .map(|n| Request {
            principal: Principal::parse("arn:aws:sts::111122223333:assumed-role/ci/1").unwrap(),
            action: "ecr:BatchGetImage".to_owned(),
            resource: format!("arn:aws:ecr:eu-west-1:111122223333:repository/team-{}/app-{}", n % 220, n % 5),
            context: Context::complete()
                .with("aws:PrincipalOrgID", "o-1")
                .with("aws:SecureTransport", "true"),
        })
        .collect();
    let started = Instant::now();
    let allowed =
        requests.iter().filter(|request| evaluate(&policies, request).verdict == Verdict::Allowed).count();
    println!("{} requests, {allowed} allowed: {:?}", requests.len(), started.elapsed());
    assert!(allowed > 500 && allowed < 1000);
}
