//! Whatever is fed to the readers, the evaluator and the explainer: they come to an end, keep to their bounds, and what they
//! say holds together. Inputs are made from a seed, so that a failure can be had again: `ECRPASS_SEED`, `ECRPASS_CASES`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // variables, and what was counted

mod odd_inputs;

use std::time::Instant;

use ecrpass_fuzz::policies::{PRINCIPALS, hold};
use ecrpass_iam::document::{self, Document};
use ecrpass_iam::explain::words::words;
use ecrpass_iam::explain::{Found, explain, find};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Layer, Principal, Task, Verdict, change, denial, inputs, suggestion};

use odd_inputs::{Dice, damaged, grown, noise, seeds, strung};

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
        judge(&document, found.layer, principal.clone().unwrap(), tally);
    }
}

/// What is said of a document, what has to hold of it, and whether what is proposed is enough.
fn judge(document: &Document, layer: Option<Layer>, principal: Principal, tally: &mut Tally) {
    let layer = layer.unwrap_or_else(|| suggestion::layer(document));
    for of in [layer, Layer::Identity, Layer::Trust] {
        let _ = document::check(document, of);
    }
    let _ = words(document, Some(layer), &[Task::Push]);
    let _ = suggestion::repository(document);
    let (case, policies, before) = hold(document, layer, &principal);
    for answer in &before.answers {
        tally.verdicts[answer.decision.verdict as usize] += 1;
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
