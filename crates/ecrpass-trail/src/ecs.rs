//! Tasks that could not pull: on EC2, ECS's agent reports the reason by a call of its own. It is the only trace of pulls
//! that never reached IAM: no network, no credentials, a login that was refused.
//!
//! Source: ECS developer guide, "CannotPullContainer task errors"; the call is the agent's `SubmitTaskStateChange`.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::engine::explain::explain_words;

use crate::event::Event;

/// The code and the reason of a task that could not pull.
pub fn cannot_pull<'a>(event: &'a Event<'_>) -> Option<(&'a str, &'a str)> {
    if event.source != "ecs.amazonaws.com" || event.name != "SubmitTaskStateChange" {
        return None;
    }
    let reason = event
        .parameters
        .0
        .iter()
        .map(|(_, value)| value.as_ref())
        .find(|value| value.contains("CannotPull"))?;
    let (_, rest) = reason.split_once("CannotPull")?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let from = reason.len() - rest.len() - "CannotPull".len();
    Some((reason.get(from..from + "CannotPull".len() + end)?, reason))
}

/// The cause that a reason names, as a log would.
pub fn cause(reason: &str) -> Option<DiagnosisId> {
    let found = explain_words("trail", reason);
    found.first().and_then(|finding| DiagnosisId::parse(&finding.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Fields;

    #[test]
    fn the_reason_of_a_task_is_found() {
        let reason = "CannotPullContainerError: Error response from daemon: Get https://1.dkr.ecr.eu-west-1.amazonaws.com/v2/: dial tcp: i/o timeout";
        let mut event = Event {
            source: "ecs.amazonaws.com".into(),
            name: "SubmitTaskStateChange".into(),
            parameters: Fields(vec![
                ("status".into(), "STOPPED".into()),
                ("containers.reason".into(), reason.into()),
            ]),
            ..Event::default()
        };
        assert_eq!(cannot_pull(&event), Some(("CannotPullContainerError", reason)));
        event.parameters.0.truncate(1);
        assert_eq!(cannot_pull(&event), None);
        event.parameters.0.push(("reason".into(), "é: CannotPull".into()));
        assert_eq!(cannot_pull(&event), Some(("CannotPull", "é: CannotPull")));
    }
}
