//! What a canary says of a finding beyond the catalogue, whose words are for somebody's client and its stored login: a
//! canary asked for its token a moment ago, sent it itself, and has no cache, helper or client.

use std::time::Duration;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::catalogue::{Group, group};
use ecrpass_diagnosis::finding::{Action, Confidence, Evidence, Finding, Fix, OwnCommand, Severity};

use crate::board::OTHER;
use crate::length;
use crate::step::Step;

/// Where a canary is described.
const HELP: &str = "docs/canary.md";

/// What a run knows of how it failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occasion {
    /// The step that failed.
    pub failed: Option<Step>,
    /// Whether the registry was shown a token that was issued in this run.
    pub showed_token: bool,
    /// What the registry answered to the step that failed: the status, and its words.
    pub answered: Option<(u16, String)>,
    /// How the request of that step ended that nobody answered.
    pub silence: Option<Silence>,
    /// How long a step may take.
    pub patience: Duration,
}

/// A request that nobody answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Who was asked.
    pub host: String,
    /// How it ended.
    pub end: End,
    /// The words of whoever made the connection.
    pub words: String,
}

/// How a request ended that nobody answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// An answer began to come, and broke off.
    Answered,
    /// A connection was made, and closed.
    Closed,
    /// The time for it was over.
    Late,
    /// There was no connection, or not the right one.
    Unconnected,
}

/// The findings of a run that failed, in the words of a canary, best first.
pub fn fitted(findings: Vec<Finding>, occasion: &Occasion) -> Vec<Finding> {
    let mut fitted = Vec::new();
    for mut finding in findings {
        let id = DiagnosisId::parse(&finding.id);
        match id.and_then(group) {
            Some(Group::Login) => match id {
                Some(DiagnosisId::TokenExpired) if occasion.showed_token => {
                    fresh_token(&mut finding, occasion)
                }
                // Nobody logged in, and nothing is stored.
                _ => continue,
            },
            Some(Group::Client) if occasion.failed > Some(Step::Token) => continue,
            // They gave the token that is refused.
            Some(Group::Credentials) if occasion.showed_token && id != Some(DiagnosisId::ClockSkew) => {
                continue;
            }
            _ => {}
        }
        strip(&mut finding);
        if id == Some(DiagnosisId::ProxyMisconfigured) {
            proxy(&mut finding, occasion);
        }
        if let Some(silence) = &occasion.silence {
            quiet(id, &mut finding, silence, occasion.patience);
        }
        advise(id, &mut finding);
        fitted.push(finding);
    }
    let is_explained = fitted.iter().any(|finding| finding.severity == Severity::Error);
    if !is_explained && is_token_refused(occasion) {
        let mut finding = Finding::outside_catalogue(OTHER, Severity::Error, "", HELP);
        fresh_token(&mut finding, occasion);
        fitted.insert(0, finding);
    }
    fitted
}

/// Whether the registry did not take the token: when it was pinged, in any manner; later, as one that it does not know.
fn is_token_refused(occasion: &Occasion) -> bool {
    let Some((status, _)) = occasion.answered.as_ref().filter(|_| occasion.showed_token) else {
        return false;
    };
    *status == 401 || occasion.failed == Some(Step::Ping) && matches!(*status, 400 | 403)
}

/// A refusal of a token that is no older than this run.
fn fresh_token(finding: &mut Finding, occasion: &Occasion) {
    let how = if finding.id == DiagnosisId::TokenExpired.slug() { ", as expired," } else { "" };
    finding.title = format!("The registry refuses{how} a token that was issued a moment ago");
    finding.explanation = "The canary asked for this token in the same run and sent it to the registry itself: no stored login, \
         cache or credential helper plays a part. So what issued it or what refuses it is not what it should be: something \
         on the way answers in the place of AWS or of the registry, or takes the token out of the request; the clock of \
         one of them is wrong; or AWS has a fault."
        .to_owned();
    if finding.evidence.is_empty()
        && let Some((status, words)) = &occasion.answered
    {
        let text = format!("{status} {words}, to a request with the token");
        finding.evidence.push(Evidence::new("the registry", text.replace(" ,", ",")));
        finding.confidence = Confidence::Likely;
    }
    finding.fixes = vec![
        Fix::by_hand(
            "look where AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_ECR and HTTPS_PROXY lead: to AWS itself, or to something that answers from a cache or removes `Authorization`",
        ),
        Fix::by_hand("compare this machine's clock with another: date -u"),
        Fix::by_hand("see whether AWS reports a problem: https://health.aws.amazon.com/health/status"),
    ];
    finding.confirm.clear();
    finding.alternatives.clear();
    finding.consequences.clear();
    finding.impact = Some(
        "Clients that ask for a new token here are likely refused, too; a new login does not help."
            .to_owned(),
    );
    finding.after = Some("Nothing: the next run shows whether it is over.".to_owned());
}

/// Somebody between the canary and AWS: its own settings count, and no daemon's.
fn proxy(finding: &mut Finding, occasion: &Occasion) {
    if occasion.silence.is_none() {
        finding.explanation =
            "An answer came that AWS does not give: the page of a captive portal, or what a proxy, a cache or another server answers under this name."
                .to_owned();
    }
    finding.fixes = vec![
        Fix::by_hand(
            "look where HTTPS_PROXY, NO_PROXY and AWS_ENDPOINT_URL of the canary's own process lead: in its unit, task or pod",
        ),
        Fix::by_hand("look which address the name has here: the hosts file, the VPC's DNS"),
    ];
    finding.confirm.clear();
    finding.after = None;
}

/// Takes out what is for a client with a login.
fn strip(finding: &mut Finding) {
    let is_for_clients = |fix: &Fix| match &fix.action {
        Action::Ecrpass(command) => matches!(
            command,
            OwnCommand::Fix { .. }
                | OwnCommand::Login { .. }
                | OwnCommand::Resolve { .. }
                | OwnCommand::Setup { .. }
                | OwnCommand::Status
                | OwnCommand::Token { .. }
        ),
        _ => fix.command().is_some_and(|command| {
            ["get-login-password", " auth login", "docker login", "docker info"]
                .iter()
                .any(|login| command.contains(login))
        }),
    };
    finding.fixes.retain(|fix| !is_for_clients(fix));
    finding.confirm.retain(|fix| !is_for_clients(fix));
    finding.alternatives.retain(|other| {
        DiagnosisId::parse(other)
            .and_then(group)
            .is_none_or(|group| !matches!(group, Group::Login | Group::Client))
    });
}

/// What did not answer: whether it was reached, and the words of a library where they belong, in the evidence.
fn quiet(id: Option<DiagnosisId>, finding: &mut Finding, silence: &Silence, patience: Duration) {
    let Silence { host, end, words } = silence;
    let first: String = words.chars().take(24).collect();
    if !first.is_empty()
        && let Some((title, _)) = finding.title.split_once(&first)
    {
        finding.title = title.trim_end_matches([' ', ':', '(']).to_owned();
    }
    let is_way = matches!(id, Some(DiagnosisId::NetworkTimeoutEcrApi | DiagnosisId::NetworkTimeoutRegistry));
    if !is_way && id != Some(DiagnosisId::S3LayerAccessBlocked) {
        return;
    }
    let patience = length::shown(patience);
    match end {
        End::Closed if is_way => {
            finding.title = format!("{host} closes the connection without an answer");
            finding.explanation = format!(
                "A connection to {host} can be made, and is closed before anything is answered: by a firewall or a proxy on the way, or by the server. A pull needs three connections: to the API, to the registry, and to S3 for the layers."
            );
        }
        End::Late => {
            if is_way {
                finding.title = format!("{host} does not answer within {patience}");
                finding.explanation = format!(
                    "Whether or not a connection could be made, no answer came within the canary's patience for a step, {patience}. A pull needs three connections: to the API, to the registry, and to S3 for the layers."
                );
            }
            finding.fixes.push(Fix::by_hand(format!(
                "if it is only slow, give the canary's steps more time than {patience}: --patience, or `patience` in its configuration"
            )));
        }
        End::Answered | End::Closed | End::Unconnected => {}
    }
}

/// What a cause means for a canary.
fn advise(id: Option<DiagnosisId>, finding: &mut Finding) {
    let (consequence, fix) = match id {
        Some(DiagnosisId::TagNotFound) => (
            "Where this is the canary's own image, a lifecycle policy may have removed it: then workloads are not affected.",
            "pin the canary to a tag that no lifecycle rule touches",
        ),
        Some(DiagnosisId::Throttled) => (
            "Deployments meet the same limit.",
            "run fewer canaries, or with a longer --interval, if they are a large part of the calls",
        ),
        Some(DiagnosisId::AwsServiceTransient) => (
            "A single failure of this kind passes by itself: alarms want three of five.",
            "wait for the next runs",
        ),
        _ => return,
    };
    finding.consequences.push(consequence.to_owned());
    finding.fixes.push(Fix::by_hand(fix));
}

#[cfg(test)]
mod tests;
