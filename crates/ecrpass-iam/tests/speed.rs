//! How long decisions take, for people: `cargo test --release -p ecrpass-iam --test speed -- --ignored --nocapture`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, clippy::disallowed_methods)] // a measurement

use std::time::Instant;

use ecrpass_iam::context::Context;
use ecrpass_iam::inputs;
use ecrpass_iam::source::Source;
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

/// Ten megabytes, in each of several ways.
#[test]
#[ignore = "a measurement"]
fn large_files_are_read_to_an_end() {
    let size = 10 << 20;
    let small = r#"{"Statement":{"Effect":"Allow","Action":"ecr:*","Resource":"*"}}"#;
    let statement = |action: &str, resource: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}}}"#
        )
    };
    let half = 500_000;
    let stars = statement(&"*e?c".repeat(half / 4), &format!("arn:aws:ecr:*:*:{}", "*r".repeat(half / 2)));
    let variables = statement("*", &format!("arn:aws:ecr:*:*:{}", "${aws:x}".repeat(2 * half / 8)));
    let many = |document: &str| {
        format!("[{}{document}]", format!("{document},").repeat(size / (document.len() + 1)))
    };
    let as_string = serde_json::Value::from(serde_json::Value::from(stars.as_str()).to_string()).to_string();
    for (name, text) in [
        ("numbers", format!("[{}0]", "0,".repeat(size / 2))),
        ("objects", format!("[{}{{}}]", "{},".repeat(size / 3))),
        ("one string", format!("\"{}\"", "x".repeat(size))),
        ("one document", many(small).replace('[', r#"{"Statement":["#).replace(']', "]}")),
        ("small documents", many(small)),
        ("patterns", many(&stars)),
        ("variables", many(&variables)),
        ("strings", many(&as_string)),
        ("percent", format!("%7B{}", "%22".repeat(size / 3))),
        ("open", "[".repeat(size)),
    ] {
        let source = Source::file("big.json", &text);
        let started = Instant::now();
        let mut policies = Policies::default();
        let mut problems = 0;
        match inputs::read(&source, None) {
            Ok(contents) => {
                for found in contents.found {
                    problems += found.reading.problems.len();
                    if let Some(document) = found.reading.document {
                        problems += document::check(&document, ecrpass_iam::Layer::Identity).len();
                        policies.identity.push(document);
                    }
                }
            }
            Err(problem) => println!("  {problem}"),
        }
        let request = Request {
            principal: Principal::parse("arn:aws:iam::111122223333:role/ci").unwrap(),
            action: "ecr:BatchGetImage".to_owned(),
            resource: "arn:aws:ecr:eu-west-1:111122223333:repository/rrrrrrrrrrrrrrrrrrrrrrrrrr".to_owned(),
            context: Context::complete().with("aws:x", "y".repeat(1000).as_str()),
        };
        let verdict = evaluate(&policies, &request).verdict;
        let took = started.elapsed();
        println!(
            "{name}: {} bytes, {} documents, {problems} problems, {verdict}: {took:?}",
            text.len(),
            policies.identity.len()
        );
    }
}
