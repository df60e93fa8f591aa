//! Whatever is fed to the readers, the evaluator and the explainer: they come to an end, keep to their bounds, and what they
//! say holds together. Inputs are made from a seed, so that a failure can be had again: `ECRPASS_SEED`, `ECRPASS_CASES`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // variables, and what was counted

#[path = "support/odd_inputs.rs"]
mod odd_inputs;

use std::time::Instant;

use ecrpass_iam::case::Case;
use ecrpass_iam::context::Context;
use ecrpass_iam::document::{self, Document};
use ecrpass_iam::explain::words::words;
use ecrpass_iam::explain::{Found, explain, find};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Layer, Policies, Principal, Task, Verdict, change, denial, inputs, suggestion};

use odd_inputs::{Dice, damaged, grown, noise, seeds, strung};

const PRINCIPALS: [&str; 4] = [
    "arn:aws:sts::111122223333:assumed-role/ci/1",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::444455556666:role/guest",
    "lambda.amazonaws.com",
];

/// What came of the inputs.
#[derive(Default)]
struct Tally {
    inputs: usize,
    documents: usize,
    verdicts: [usize; 4],
    changes: usize,
    denials: usize,
}

/// Does everything with a text that is done with any.
fn exercise(text: &str, dice: &mut Dice, tally: &mut Tally) {
    tally.inputs += 1;
    let source = Source::file("f", text);
    for found in find(text) {
        tally.denials += 1;
        if let Found::Denied(said) = found {
            let _ = explain(&said);
            // What is printed is read back.
            let printed = said.denied().to_string();
            let again = denial::parse(&printed).unwrap();
            assert_eq!(
                (again.action, again.principal),
                (said.action.as_str(), said.principal.as_str()),
                "{printed}"
            );
        }
    }
    let _ = inputs::read_request(&source);
    let principal = Principal::parse(PRINCIPALS[dice.below(PRINCIPALS.len())]);
    let Ok(contents) = inputs::read(&source, principal.as_ref()) else { return };
    for found in contents.found {
        let lines = text.split('\n').count();
        assert!(found.reading.problems.iter().all(|problem| problem.position.line <= lines));
        let Some(document) = found.reading.document else { continue };
        tally.documents += 1;
        hold(&document, found.layer, principal.clone().unwrap(), tally);
    }
}

/// What has to hold of every document.
fn hold(document: &Document, layer: Option<Layer>, principal: Principal, tally: &mut Tally) {
    // Its text alone is the same document, and so it is in many lines.
    for text in [document.text().to_owned(), change::pretty(document.text())] {
        if !text.starts_with('{') {
            continue;
        }
        let again = document::read("again", &text).document.unwrap();
        assert_eq!(again.statements.len(), document.statements.len(), "{text}");
    }
    let layer = layer.unwrap_or_else(|| suggestion::layer(document));
    for of in [layer, Layer::Identity, Layer::Trust] {
        let _ = document::check(document, of);
    }
    let _ = words(document, Some(layer), &[Task::Push]);
    let _ = suggestion::repository(document);
    let case = Case {
        principal,
        actions: vec!["ecr:GetAuthorizationToken".to_owned(), "ecr:PutImage".to_owned()],
        resource: "arn:aws:ecr:eu-west-1:111122223333:repository/team/app".to_owned(),
        context: Context::partial().with("aws:RequestedRegion", "eu-west-1"),
        is_complete: false,
    };
    let mut policies = Policies { identity: vec![document.clone()], ..Policies::default() };
    match layer {
        Layer::Repository => policies.repository = Some(document.clone()),
        Layer::Endpoint => policies.endpoint = Some(document.clone()),
        Layer::ServiceControl => policies.service_control = vec![vec![document.clone()]],
        _ => {}
    }
    let before = case.decide(&policies);
    for answer in &before.answers {
        tally.verdicts[answer.decision.verdict as usize] += 1;
    }
    // A Deny takes away, whatever else is there; what is attached to a service has no say.
    let deny =
        document::read("deny", r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#).document;
    let denied =
        Policies { identity: policies.identity.iter().cloned().chain(deny).collect(), ..policies.clone() };
    let after = case.decide(&denied);
    let is_denied = |verdict: Verdict| verdict == Verdict::ExplicitlyDenied;
    assert!(
        case.principal.is_outside_of_accounts()
            || after.answers.iter().all(|answer| is_denied(answer.decision.verdict))
    );
    // Nothing that was allowed is lost by another Allow of the caller's.
    let allow =
        document::read("allow", r#"{"Statement":{"Effect":"Allow","Action":"ecr:PutImage","Resource":"*"}}"#)
            .document;
    let more =
        Policies { identity: policies.identity.iter().cloned().chain(allow).collect(), ..policies.clone() };
    for (before, after) in before.answers.iter().zip(case.decide(&more).answers) {
        let was = before.decision.verdict == Verdict::Allowed;
        assert!(!was || after.decision.verdict == Verdict::Allowed, "{}", document.text());
    }
    // What is proposed is enough; to find it takes longer than all the rest.
    if !(tally.documents + tally.inputs).is_multiple_of(8) {
        return;
    }
    if let Some(proven) = change::smallest(&case, &policies) {
        tally.changes += 1;
        assert_eq!(proven.answers.verdict(), Verdict::Allowed);
    }
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn run(cases: u64) {
    let (seed, started) = (number("ECRPASS_SEED", 14), Instant::now());
    let (seeds, mut tally) = (seeds(), Tally::default());
    for case in 0..cases {
        // Each has a seed of its own: the one that fails can be run alone.
        let mut dice = Dice(seed.wrapping_mul(1 << 32).wrapping_add(case));
        let text = match case % 8 {
            0 => noise(&mut dice),
            1 => strung(&mut dice),
            2..=4 => grown(&mut dice),
            _ => damaged(&mut dice, &seeds),
        };
        let (told, mut own) =
            (text.clone(), Tally { inputs: usize::try_from(case).unwrap(), ..Tally::default() });
        let ended =
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| exercise(&text, &mut dice, &mut own)));
        assert!(ended.is_ok(), "ECRPASS_SEED={seed}, case {case}: {told}");
        tally.inputs += 1;
        tally.documents += own.documents;
        tally.changes += own.changes;
        tally.denials += own.denials;
        for (all, one) in tally.verdicts.iter_mut().zip(own.verdicts) {
            *all += one;
        }
    }
    // Inputs that nobody understands prove little.
    let usize_cases = usize::try_from(cases).unwrap();
    assert!(
        tally.inputs == usize_cases && tally.documents > usize_cases / 3,
        "{} documents",
        tally.documents
    );
    assert!(tally.verdicts.iter().all(|count| *count > 0) && tally.changes > 0 && tally.denials > 0);
    let Tally { inputs, documents, verdicts: [allowed, implicit, explicit, depends], changes, denials } =
        tally;
    println!(
        "counted: inputs={inputs} documents={documents} allowed={allowed} implicit={implicit} explicit={explicit} depends={depends} changes={changes} denials={denials}"
    );
    println!(
        "attacked: the policy readers and the evaluator with {inputs} inputs in {:.1} s",
        started.elapsed().as_secs_f64()
    );
}

#[test]
fn inputs_of_every_kind_come_to_an_end() {
    run(number("ECRPASS_CASES", 4_000));
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_thousand_inputs_come_to_an_end() {
    run(number("ECRPASS_CASES", 100_000));
}

#[test]
fn depth_and_size_are_bounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("{\"Statement\":[", "]}"), ("{\"policies\":", "}")] {
        for depth in [10, 200, 5_000, 200_000] {
            let text = format!("{}{}", open.repeat(depth), close.repeat(depth));
            let _ = inputs::read(&Source::file("f", &text), None);
            let _ = inputs::read(&Source::file("f", &open.repeat(depth)), None);
            let _ = find(&text);
        }
    }
    let many = |part: &str, count: usize| vec![part; count].join(",");
    let statement = r#"{"Effect":"Allow","Action":"ecr:*","Resource":"*"}"#;
    for text in [
        format!("{{\"Statement\":[{}]}}", many(statement, 15_000)),
        format!(
            "{{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":[{}],\"Resource\":\"*\"}}}}",
            many("\"ecr:*?*?*?*?\"", 60_000)
        ),
        format!("[{}]", many("{\"Statement\":[]}", 100_000)),
        format!(
            "{{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"{}\",\"Resource\":\"*\"}}}}",
            "*?".repeat(400_000)
        ),
        "%7B".repeat(1_000_000),
        format!("\"{}\"", "\\\"".repeat(1_000_000)),
    ] {
        let source = Source::file("f", &text);
        let Ok(contents) = inputs::read(&source, None) else { continue };
        assert!(contents.found.len() <= 5_001);
    }
}
