//! Whatever is fed to the readers, the evaluator and the explainer: they come to an end, keep to their bounds, and what they
//! say holds together. Inputs are made from a seed, so that a failure can be had again: `ECRPASS_SEED`, `ECRPASS_CASES`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)] // a test's way of failing
#![allow(clippy::disallowed_methods, clippy::print_stdout)] // variables, and what was counted

use std::time::Instant;

use ecrpass_iam::case::Case;
use ecrpass_iam::context::Context;
use ecrpass_iam::document::{self, Document};
use ecrpass_iam::explain::words::words;
use ecrpass_iam::explain::{Found, explain, find};
use ecrpass_iam::managed::MANAGED;
use ecrpass_iam::source::Source;
use ecrpass_iam::{Layer, Policies, Principal, Task, Verdict, change, denial, inputs, suggestion};

/// SplitMix64: enough to choose by, and the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// What documents are made of, and what is put into the wrong places of them.
const PARTS: [&str; 44] = [
    "\"Statement\"",
    "\"Effect\"",
    "\"Allow\"",
    "\"Deny\"",
    "\"Action\"",
    "\"NotAction\"",
    "\"Resource\"",
    "\"NotResource\"",
    "\"Principal\"",
    "\"NotPrincipal\"",
    "\"Condition\"",
    "\"Version\"",
    "\"2012-10-17\"",
    "\"Sid\"",
    "\"*\"",
    "\"ecr:*\"",
    "\"ecr:Get?ownload*\"",
    "\"arn:aws:ecr:*:*:repository/${aws:username, 'x'}\"",
    "\"StringLike\"",
    "\"ForAllValues:StringEquals\"",
    "\"NullIfExists\"",
    "\"Null\"",
    "\"IpAddress\"",
    "\"10.0.0.0/33\"",
    "\"DateLessThan\"",
    "\"2026-13-01T00:00:00Z\"",
    "\"NumericEquals\"",
    "1e999",
    "-0",
    "true",
    "null",
    "[]",
    "{}",
    "[[",
    "]]",
    "{",
    "}",
    ",",
    ":",
    "\\u0000",
    "\\ud800",
    "\"%7B%22\"",
    "\u{feff}",
    "\"${\"",
];

/// Real documents in every form in which they come.
fn seeds() -> Vec<String> {
    let mut seeds: Vec<String> =
        MANAGED.iter().map(|policy| policy.read().document.unwrap().text().to_owned()).collect();
    let plain = seeds[0].clone();
    let string = serde_json::Value::from(plain.as_str()).to_string();
    let encoded: String = plain.bytes().take(400).map(|byte| format!("%{byte:02X}")).collect();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:o/r:*"},"Bool":{"aws:SecureTransport":true}}}]}"#;
    let guard = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Fence","Effect":"Deny","Principal":"*","NotAction":["ecr:Get*"],"NotResource":"arn:aws:ecr:eu-west-1:111122223333:repository/*","Condition":{"StringNotEqualsIfExists":{"aws:SourceVpce":["vpce-1"]},"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/x"}}}]}"#;
    seeds.extend([
        trust.to_owned(),
        guard.to_owned(),
        encoded.clone(),
        string.clone(),
        format!("[[{plain}],[{trust},null],{string}]"),
        format!("{{\"PolicyDocument\":\"{encoded}\"}}"),
        format!("{{\"repositoryName\":\"a\",\"policyText\":{string}}}"),
        format!("[{{\"VpcEndpointId\":\"vpce-1\",\"ServiceName\":\"com.amazonaws.eu-west-1.ecr.dkr\",\"PolicyDocument\":{string}}}]"),
        format!("{{\"layers\":{{\"identity\":[{{\"source\":\"s\",\"arn\":\"arn:aws:iam::aws:policy/x\",\"document\":{plain}}}],\"scp\":[[{guard}],{string}]}},\"not_seen\":[{{\"layer\":\"rcp\"}}]}}"),
        format!("{{\"RoleDetailList\":[{{\"RoleName\":\"ci\",\"AssumeRolePolicyDocument\":{trust},\"RolePolicyList\":[{{\"PolicyDocument\":{string}}}]}}]}}"),
        format!("{{\"planned_values\":{{\"root_module\":{{\"resources\":[{{\"address\":\"a\",\"type\":\"aws_iam_policy\",\"values\":{{\"policy\":{string}}}}}]}}}}}}"),
        format!("{{\"request\":{{\"principal\":\"lambda.amazonaws.com\",\"action\":[\"ecr:BatchGetImage\"],\"context\":{{\"k\":[1,\"x\"]}}}},\"policies\":{{\"identity\":{plain}}}}}"),
        "{\"DecodedMessage\":\"{\\\"explicitDeny\\\":true,\\\"context\\\":{\\\"principal\\\":{\\\"arn\\\":\\\"arn:aws:iam::1:user/a\\\"},\\\"action\\\":\\\"ecr:PutImage\\\",\\\"resource\\\":\\\"*\\\",\\\"conditions\\\":{\\\"items\\\":[{\\\"key\\\":\\\"aws:SourceIp\\\",\\\"values\\\":{\\\"items\\\":[]}}]}}}\"}".to_owned(),
        "denied: User: arn:aws:sts::1:assumed-role/ci/2 is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:eu-west-1:111122223333:repository/a with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-x/p-y".to_owned(),
    ]);
    seeds
}

/// A damaged copy: pieces gone, doubled, moved, put in, and bytes turned.
fn damaged(dice: &mut Dice, seeds: &[String]) -> String {
    let mut bytes = dice.of(seeds).clone().into_bytes();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len());
        let end = (at + dice.below(30)).min(bytes.len());
        match dice.below(7) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            2 => {
                let piece: Vec<u8> = bytes.drain(at..end).collect();
                let to = dice.below(bytes.len() + 1);
                bytes.splice(to..to, piece);
            }
            3 => drop(bytes.splice(at..at, dice.of(&PARTS).bytes())),
            4 => drop(bytes.splice(at..end, dice.of(&PARTS).bytes())),
            5 if !bytes.is_empty() => bytes[at] ^= 1 << dice.below(8),
            _ => bytes.truncate(end),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Parts in any order: often no JSON, sometimes nearly a document.
fn strung(dice: &mut Dice) -> String {
    (0..dice.below(40)).map(|_| *dice.of(&PARTS)).collect()
}

fn noise(dice: &mut Dice) -> String {
    let bytes: Vec<u8> = (0..dice.below(120)).map(|_| dice.roll().to_le_bytes()[0]).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A document that is one, of odd but possible parts.
fn grown(dice: &mut Dice) -> String {
    let actions =
        ["*", "ecr:*", "ecr:PutImage", "ecr:batchgetimage", "ecr:Get*Token", "s3:*", "sts:AssumeRole"];
    let resources = [
        "*",
        "arn:aws:ecr:*",
        "arn:aws:ecr:eu-west-1:111122223333:repository/team/*",
        "arn:*:ecr:*:*:repository/a?p",
        "arn:aws:s3:::b",
    ];
    let operators = [
        "StringEquals",
        "StringNotLike",
        "ForAnyValue:StringLike",
        "ForAllValues:StringEqualsIfExists",
        "ArnLike",
        "Null",
        "Bool",
        "NotIpAddress",
        "NumericLessThan",
    ];
    let keys = [
        "aws:SourceVpce",
        "aws:PrincipalArn",
        "AWS:TagKeys",
        "aws:RequestedRegion",
        "ecr:ResourceTag/x",
        "no:such",
    ];
    let values =
        ["\"eu-west-1\"", "\"vpce-*\"", "true", "7", "[\"a\",\"${aws:username}\"]", "[]", "\"10.0.0.0/8\""];
    let statements: Vec<String> = (0..1 + dice.below(4))
        .map(|_| {
            let mut members = vec![format!("\"Effect\":\"{}\"", dice.of(&["Allow", "Allow", "Deny"]))];
            let (action, resource) = (
                dice.of(&["Action", "Action", "NotAction"]),
                dice.of(&["Resource", "Resource", "NotResource"]),
            );
            members.push(format!("\"{action}\":[\"{}\",\"{}\"]", dice.of(&actions), dice.of(&actions)));
            if dice.below(5) > 0 {
                members.push(format!("\"{resource}\":\"{}\"", dice.of(&resources)));
            }
            if dice.below(3) == 0 {
                members.push(
                    dice.of(&[
                        "\"Principal\":\"*\"",
                        "\"Principal\":{\"AWS\":[\"111122223333\"]}",
                        "\"NotPrincipal\":{\"AWS\":\"arn:aws:iam::111122223333:role/ci\"}",
                    ])
                    .to_string(),
                );
            }
            for _ in 0..dice.below(3) {
                members.push(format!(
                    "\"Condition\":{{\"{}\":{{\"{}\":{}}}}}",
                    dice.of(&operators),
                    dice.of(&keys),
                    dice.of(&values)
                ));
                members.dedup_by_key(|member| member.split(':').next().unwrap_or_default().to_owned());
            }
            format!("{{{}}}", members.join(","))
        })
        .collect();
    format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}", statements.join(","))
}

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
