//! IAM policies and their conditions, in every form in which they come: read, checked, written, evaluated.

use ecrpass_iam::case::{Answers, Case};
use ecrpass_iam::context::Context;
use ecrpass_iam::document::{self, Document, Problem};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Layer, Policies, Principal, Verdict, change, inputs, suggestion};

use crate::hold::{chosen, lies_in, spans};

/// Who may be asking.
pub const PRINCIPALS: [&str; 4] = [
    "arn:aws:sts::111122223333:assumed-role/ci/1",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::444455556666:role/guest",
    "lambda.amazonaws.com",
];

/// Problems and statements lie in the text, a Deny is not outvoted, and what another Allow adds takes nothing away.
pub fn run(input: &[u8]) {
    let Some((name, rest)) = chosen(&PRINCIPALS, input) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Some(principal) = Principal::parse(name) else { return };
    let source = Source::file("f", text);
    let within = |problem: &Problem| {
        lies_in(text, problem.position.line, problem.position.column.min(1), &problem.to_string())
    };
    if let Err(problem) = inputs::read_request(&source) {
        within(&problem);
    }
    let contents = match inputs::read(&source, Some(&principal)) {
        Ok(contents) => contents,
        Err(problem) => return within(&problem),
    };
    for found in contents.found.into_iter().take(8) {
        found.reading.problems.iter().for_each(within);
        let Some(document) = found.reading.document else { continue };
        for layer in Layer::ALL {
            document::check(&document, layer).iter().for_each(within);
        }
        for statement in &document.statements {
            let range = document.source.range(&statement.span);
            spans(document.source.file_text(), &range, &statement.sid);
        }
        let (case, policies, _) = hold(&document, suggestion::layer(&document), &principal);
        assert_eq!(verdicts(&case, &policies), verdicts(&case, &policies));
    }
}

/// What has to hold of every document in a layer, and what was decided by it in which case.
pub fn hold(document: &Document, layer: Layer, principal: &Principal) -> (Case, Policies, Answers) {
    // Its text alone is the same document, and so it is in many lines.
    for text in [document.text().to_owned(), change::pretty(document.text())] {
        if !text.starts_with('{') {
            continue;
        }
        let again = document::read("again", &text).document;
        let count = again.map(|document| document.statements.len());
        assert_eq!(count, Some(document.statements.len()), "read again: {text}");
    }
    let case = Case {
        principal: principal.clone(),
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
    let with = |text: &str| {
        let more = document::read("more", text).document;
        let identity = policies.identity.iter().cloned().chain(more).collect();
        case.decide(&Policies { identity, ..policies.clone() })
    };
    let denied = with(r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#);
    // What is attached to a service has no say.
    let is_denied = denied.answers.iter().all(|answer| answer.decision.verdict == Verdict::ExplicitlyDenied);
    assert!(is_denied || principal.is_outside_of_accounts(), "a Deny is outvoted: {}", document.text());
    let allowed = with(r#"{"Statement":{"Effect":"Allow","Action":"ecr:PutImage","Resource":"*"}}"#);
    for (before, after) in before.answers.iter().zip(allowed.answers) {
        let was = before.decision.verdict == Verdict::Allowed;
        assert!(!was || after.decision.verdict == Verdict::Allowed, "lost by an Allow: {}", document.text());
    }
    (case, policies, before)
}

fn verdicts(case: &Case, policies: &Policies) -> Vec<Verdict> {
    case.decide(policies).answers.iter().map(|answer| answer.decision.verdict).collect()
}
