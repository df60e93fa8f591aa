//! IAM's own simulator beside the verdict: what it says of each request, and why, where that is something else.

use ecrpass_core::Arn;
use ecrpass_core::environment::Environment;
use ecrpass_iam::Case;
use ecrpass_iam::case::{Answer, Answers};
use ecrpass_iam::simulator::{self, Simulated, Told, Why};
use serde::Serialize;

use super::load::Loaded;
use super::words::YELLOW;
use crate::collect::registry_session::{Place, failed};
use crate::error::CommandError;
use crate::render::paint::{BAD, DIM, GOOD, STRONG, styled};

/// What the simulator says.
pub(super) struct Live {
    told: Told,
    compared: Vec<Compared>,
}

/// One request, here and there.
struct Compared {
    action: String,
    resource: String,
    here: &'static str,
    /// None where it gave no answer.
    there: Option<Simulated>,
    agrees: bool,
    /// Why it says something else; none where no documented reason is known.
    why: Option<Vec<Why>>,
}

/// Asks the simulator.
///
/// # Errors
/// When it does not know such callers, or cannot be asked.
pub(super) fn ask(
    place: &Place,
    environment: &dyn Environment,
    case: &Case,
    answers: &Answers,
    loaded: &Loaded,
) -> Result<Live, CommandError> {
    let told = simulator::told(case, &loaded.policies, &loaded.seen).ok_or_else(|| {
        CommandError::could_not_run(
            format!("IAM's simulator knows users and roles; {} is neither.", case.principal.text()),
            "leave out --live",
        )
    })?;
    let mut place = place.clone();
    if Arn::parse(&case.resource).is_some_and(|arn| arn.service == "ecr" && arn.repository().is_some()) {
        place.understand(&case.resource)?;
    }
    let simulated = place.ask(environment, false, |api, _| {
        api.simulate(&told).map_err(|failure| failed("IAM's simulator could not be asked", failure))
    })?;
    let compare = |answer: &Answer| {
        let is_it = |one: &&Simulated| {
            one.action.eq_ignore_ascii_case(&answer.request.action) && one.resource == answer.request.resource
        };
        let there = simulated.iter().find(is_it).cloned();
        let agrees = there.as_ref().is_some_and(|there| simulator::agrees(answer, there));
        let why = there
            .as_ref()
            .filter(|_| !agrees)
            .and_then(|there| simulator::why(case, &loaded.policies, &told, answer, there));
        Compared {
            action: answer.request.action.clone(),
            resource: answer.request.resource.clone(),
            here: answer.decision.verdict.id(),
            there,
            agrees,
            why,
        }
    };
    let compared = answers.answers.iter().map(compare).collect();
    Ok(Live { told, compared })
}

impl Live {
    /// Whether it says something else without a documented reason.
    pub(super) fn contradicts(&self) -> bool {
        self.compared.iter().any(|one| one.there.is_some() && !one.agrees && one.why.is_none())
    }

    fn operation(&self) -> &'static str {
        if self.told.attached_to.is_some() { "SimulatePrincipalPolicy" } else { "SimulateCustomPolicy" }
    }

    /// For people.
    pub(super) fn lines(&self) -> Vec<String> {
        let by = match &self.told.attached_to {
            Some(arn) => format!("by what is attached to {arn}"),
            None => "told the same policies".to_owned(),
        };
        let mut lines =
            vec![String::new(), styled(STRONG, &format!("IAM's simulator ({}, {by}):", self.operation()))];
        for one in &self.compared {
            let Compared { action, resource, here, there, agrees, why } = one;
            let on = styled(DIM, &format!("on {resource}"));
            let Some(there) = there else {
                lines.push(format!("  {} {action} {on}: no answer", styled(YELLOW, "?")));
                continue;
            };
            if *agrees {
                lines.push(format!("  {} {action} {on}: {}", styled(GOOD, "="), there.verdict));
                continue;
            }
            let sign = if why.is_some() { styled(YELLOW, "≠") } else { styled(BAD, "≠") };
            lines.push(format!("  {sign} {action} {on}: {} there, {here} here", there.verdict));
            match why {
                Some(reasons) => lines.extend(reasons.iter().map(|why| format!("      {why}"))),
                None => lines.push(
                    "      no documented reason is known: AWS has the last word, and a report is welcome"
                        .to_owned(),
                ),
            }
        }
        lines
    }

    /// For programs.
    pub(super) fn json(&self) -> LiveText<'_> {
        let request = |one: &'_ Compared| {
            let there = one.there.as_ref();
            RequestText {
                action: one.action.clone(),
                resource: one.resource.clone(),
                verdict: there.map(|there| there.verdict.id()),
                missing_keys: there.map(|there| there.missing_keys.clone()).unwrap_or_default(),
                agrees: one.agrees,
                why: one.why.as_ref().map(|why| why.iter().map(Why::to_string).collect()),
            }
        };
        LiveText {
            by: self.operation(),
            attached_to: self.told.attached_to.as_deref(),
            untold: self.told.untold.iter().map(|layer| layer.id()).collect(),
            requests: self.compared.iter().map(request).collect(),
        }
    }
}

/// What the simulator says, for programs.
#[derive(Serialize)]
pub(in crate::commands::policy) struct LiveText<'a> {
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    attached_to: Option<&'a str>,
    untold: Vec<&'static str>,
    requests: Vec<RequestText>,
}

#[derive(Serialize)]
struct RequestText {
    action: String,
    resource: String,
    verdict: Option<&'static str>,
    missing_keys: Vec<String>,
    agrees: bool,
    why: Option<Vec<String>>,
}
