//! Denials whose policies could be read: which statement decides, and what ends it.

use crate::support::{Facts, pushing};
use ecrpass_diagnosis::finding::Finding;
use ecrpass_iam::Layer;

const OWN: &str = "inline policy own of user ada";

fn denied(reason: &str) -> Facts {
    pushing().denied(
        "ecr:PutImage",
        &format!("User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ecr:PutImage on resource: arn:aws:ecr:us-east-1:123456789012:repository/team/app {reason}"),
    )
}

fn by_none() -> Facts {
    denied("because no identity-based policy allows the ecr:PutImage action")
}

fn allow(action: &str) -> String {
    format!("{{\"Effect\":\"Allow\",\"Action\":\"{action}\",\"Resource\":\"*\"}}")
}

/// The finding about the denial, its evidence in lines, and what fixes it here.
fn found(facts: Facts) -> (Finding, String, String) {
    let findings = facts.examine().findings;
    let ids: Vec<String> = findings.iter().map(|finding| finding.id.clone()).collect();
    let is_it = |finding: &Finding| finding.evidence.iter().any(|seen| seen.text.contains("ecr:PutImage"));
    let finding = findings.into_iter().find(is_it).unwrap_or_else(|| panic!("{ids:?}"));
    let evidence: Vec<String> =
        finding.evidence.iter().map(|seen| format!("{}: {}", seen.source, seen.text)).collect();
    let fixes: Vec<String> = finding.fixes.iter().map(|fix| format!("{fix:?}")).collect();
    (finding, evidence.join("\n"), fixes.join("\n"))
}

#[test]
fn the_statement_that_denies_is_named_with_its_policy() {
    let guard = format!(
        "[{},{{\"Sid\":\"Guard\",\"Effect\":\"Deny\",\"Action\":\"ecr:Put*\",\"Resource\":\"*\"}}]",
        allow("*")
    );
    let facts = denied("with an explicit deny in an identity-based policy");
    let (finding, evidence, fixes) = found(facts.attached(Layer::Identity, OWN, &guard));
    assert_eq!(finding.id, "explicit-deny-policy");
    assert!(evidence.contains(&format!("{OWN}: statement Guard (line 9) denies ecr:PutImage")), "{evidence}");
    assert!(fixes.contains(OWN) && fixes.contains("spare"), "{fixes}");
}

#[test]
fn where_nothing_allows_it_the_layer_is_named() {
    let own = |facts: Facts| facts.attached(Layer::Identity, OWN, &allow("ecr:BatchGetImage"));
    let (finding, evidence, fixes) = found(own(by_none()));
    assert_eq!(finding.id, "iam-missing-push-action");
    let expected = "the policy of arn:aws:iam::123456789012:user/ada: no statement allows ecr:PutImage on arn:aws:ecr:us-east-1:123456789012:repository/team/app";
    assert!(evidence.contains(expected), "{evidence}");
    assert!(fixes.contains(&format!("have ecr:PutImage allowed in {OWN}")), "{fixes}");
    // A boundary beside policies that allow it.
    let bounded = denied("because no permissions boundary allows the ecr:PutImage action")
        .attached(Layer::Identity, OWN, &allow("*"))
        .attached(Layer::Boundary, "permissions boundary arn:aws:iam::123456789012:policy/b", &allow("s3:*"));
    let (_, evidence, _) = found(bounded);
    assert!(evidence.contains("the permissions boundary: no statement allows ecr:PutImage"), "{evidence}");
}

#[test]
fn what_could_not_be_read_is_not_guessed() {
    let allowed = denied("with an explicit deny in a service control policy").attached(
        Layer::Identity,
        OWN,
        &allow("*"),
    );
    let (_, evidence, _) = found(allowed);
    assert!(
        evidence.contains("ecr:PutImage is allowed by these: a policy denies it that could not be read"),
        "{evidence}"
    );
    // Of policies that were read in part, nobody says that none allows it.
    let facts = by_none().attached(Layer::Identity, OWN, &allow("s3:*"));
    let (_, evidence, fixes) = found(facts.unread(Layer::Identity, "managed policy x"));
    assert!(
        !evidence.contains("no statement allows") && !fixes.contains("decided anew"),
        "{evidence}{fixes}"
    );
    let (_, evidence, _) = found(by_none());
    assert_eq!(evidence.lines().count(), 1, "{evidence}");
}

#[test]
fn bundles_with_policies_are_read_back() {
    let facts = by_none()
        .attached(Layer::Identity, OWN, &allow("s3:*"))
        .unread(Layer::Registry, "the registry's policy");
    let text = serde_json::to_string(&facts.bundle).unwrap();
    assert_eq!(ecrpass_diagnosis::facts::Bundle::parse(&text).unwrap(), facts.bundle);
    // A layer that only a later version knows is kept.
    let later = text.replace("\"layer\":\"registry\"", "\"layer\":\"planet\"");
    assert!(
        serde_json::to_string(&ecrpass_diagnosis::facts::Bundle::parse(&later).unwrap())
            .unwrap()
            .contains("planet")
    );
}
