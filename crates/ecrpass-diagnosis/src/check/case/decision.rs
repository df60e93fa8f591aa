//! Which statement of which policy denies: decided anew, by the policies that could be read.

use ecrpass_core::redact::redact;
use ecrpass_iam::change::{self, Change};
use ecrpass_iam::context::Context;
use ecrpass_iam::denial::{self, Denied};
use ecrpass_iam::document;
use ecrpass_iam::evaluate::StatementRef;
use ecrpass_iam::{Case as Question, Decision, Layer, Policies, Principal, Verdict};

use super::Case;
use crate::check::Proof;
use crate::facts::AttachedPolicies;

impl Case<'_> {
    /// A denial with the statement that decides, where the policies of whoever was denied could be read.
    pub fn with_decision(&self, proof: Proof) -> Proof {
        let Some(attached) = &self.subject.attached else { return proof };
        let texts: Vec<String> = proof.evidence.iter().map(|seen| seen.text.clone()).collect();
        let Some(denied) = texts.iter().find_map(|text| denial::parse(text)) else { return proof };
        let Some((question, policies)) = self.question(attached, &denied) else { return proof };
        let answers = question.decide(&policies);
        let Some(decision) = answers.answers.first().map(|answer| &answer.decision) else { return proof };
        // Of policies that were read in part, only what denies for certain says something.
        let is_partial = attached.unread.iter().any(|one| one.layer == Layer::Identity);
        if is_partial && decision.verdict != Verdict::ExplicitlyDenied {
            return proof;
        }
        let (source, text) = decided(attached, &denied, decision);
        let proof = proof.and(source, text);
        match change::smallest(&question, &policies).as_ref().map(|proven| proven.changes.as_slice()) {
            Some([change]) if !is_partial => proof.by_hand(proposal(change, denied.action)),
            _ => proof,
        }
    }

    /// Who wanted to do what, and by which policies it is decided.
    fn question(&self, attached: &AttachedPolicies, denied: &Denied<'_>) -> Option<(Question, Policies)> {
        let mut policies = Policies::default();
        for policy in &attached.documents {
            let Some(document) = document::read(&policy.source, &change::pretty(&policy.text)).document
            else {
                continue;
            };
            match policy.layer.known() {
                Some(Layer::Identity) => policies.identity.push(document),
                Some(Layer::Boundary) => policies.boundary.push(document),
                Some(Layer::Registry) => policies.registry = Some(document),
                _ => {}
            }
        }
        let repository = self.subject.repository_facts.known().and_then(|call| call.answer.as_ref());
        if let Some(Some(text)) = repository.and_then(|repository| repository.policy.known()) {
            policies.repository = document::read("the repository's policy", text).document;
        }
        let question = Question {
            principal: Principal::parse(denied.principal)?,
            actions: vec![denied.action.to_owned()],
            resource: denied.resource.unwrap_or("*").to_owned(),
            context: Context::partial().with("aws:PrincipalArn", attached.principal.as_str()),
            is_complete: false,
        };
        Some((question, policies))
    }
}

/// What decides, as evidence: where it stands, and what it says.
fn decided(attached: &AttachedPolicies, denied: &Denied<'_>, decision: &Decision) -> (String, String) {
    let action = denied.action;
    let policies = |layer: Layer| match layer {
        Layer::Identity => {
            let count = attached.documents.iter().filter(|policy| policy.layer == Layer::Identity).count();
            match count {
                0 => format!("no policy is attached to {}", attached.principal),
                1 => format!("the policy of {}", attached.principal),
                _ => format!("the {count} policies of {}", attached.principal),
            }
        }
        other => format!("the {}", other.policy_kind().aws_name()),
    };
    match (&decision.statement, decision.verdict) {
        (_, Verdict::Allowed) => (
            policies(Layer::Identity),
            format!(
                "{action} is allowed by these: a policy denies it that could not be read{}",
                unread(attached)
            ),
        ),
        (Some(by), Verdict::ExplicitlyDenied) => {
            (by.source.to_string(), format!("{} denies {action}", named(by)))
        }
        (Some(by), _) => {
            let keys: Vec<&str> = decision.depends_on.iter().map(|on| on.key.as_str()).collect();
            (
                by.source.to_string(),
                format!("{} decides {action}, depending on {}", named(by), keys.join(", ")),
            )
        }
        (None, _) => {
            let on = denied.resource.filter(|resource| *resource != "*");
            let on = on.map(|resource| format!(" on {resource}")).unwrap_or_default();
            (policies(decision.layer), format!("no statement allows {action}{on}{}", unread(attached)))
        }
    }
}

fn named(by: &StatementRef) -> String {
    match by.sid.as_deref() {
        Some(sid) => format!("statement {} (line {})", redact(sid), by.position.line),
        None => format!("the statement in line {}", by.position.line),
    }
}

/// What else may have a say, where that is known.
fn unread(attached: &AttachedPolicies) -> String {
    let of_account = |layer: Layer| matches!(layer, Layer::Identity | Layer::Boundary | Layer::Registry);
    let missing: Vec<&str> = attached
        .unread
        .iter()
        .filter(|one| one.layer.known().is_some_and(of_account))
        .map(|one| one.what.as_str())
        .take(3)
        .collect();
    if missing.is_empty() { String::new() } else { format!(" (not read: {})", missing.join(", ")) }
}

/// The smallest change in a sentence; it has been tried out.
fn proposal(change: &Change, action: &str) -> String {
    match &change.source {
        Some(source) if change.new.contains(action) => {
            format!("have {action} allowed in {source}: with it, this was allowed when decided again")
        }
        Some(source) => format!(
            "change {source}, whose Deny has to spare this: with it, this was allowed when decided again"
        ),
        None => format!("attach a policy that allows {action}: with it, this was allowed when decided again"),
    }
}
