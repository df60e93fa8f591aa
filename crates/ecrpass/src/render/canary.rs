//! Runs of a canary on a terminal.

use ecrpass_canary::report::{FunctionReport, TargetReport};
use ecrpass_canary::step::{Step, StepState, Verdict};
use ecrpass_diagnosis::finding::Finding;

use crate::render::paint::{BAD, DIM, GOOD, STRONG, styled};
use crate::render::report;

/// A target's run: how it ended, step by step, and what was found.
pub fn target(target: &TargetReport, findings: &[Finding]) -> Vec<String> {
    let name = match target.target.as_str() {
        "" => target.registry.clone(),
        image => format!("{}/{image}", target.registry),
    };
    if let Some(why) = &target.refused {
        return vec![
            format!("{} {}", styled(STRONG, "refused"), styled(STRONG, &name)),
            format!("        {why}"),
        ];
    }
    let mut lines = vec![format!("{} {}", verdict(target.result), styled(STRONG, &name)), steps(target)];
    if findings.is_empty() && target.result == Verdict::Fail && target.cause.as_deref() == Some("other") {
        lines.push("        No cause is known for this: ecrpass doctor looks at more.".to_owned());
    }
    if !findings.is_empty() {
        lines.push(String::new());
        lines.extend(report::findings(findings));
        lines.push(String::new());
    }
    lines
}

fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Ok => styled(GOOD, "ok     "),
        Verdict::Fail => styled(BAD, "fail   "),
        Verdict::Unknown => styled(STRONG, "unknown"),
    }
}

/// `credentials ok, token ok 85 ms, ping fail`.
fn steps(target: &TargetReport) -> String {
    let step = |(step, state): (&Step, &StepState)| {
        let took =
            target.durations_ms.get(step).map(|took| styled(DIM, &format!(" {took} ms"))).unwrap_or_default();
        let tries = match target.retries.get(step) {
            None => String::new(),
            Some(1) => " after 1 retry".to_owned(),
            Some(times) => format!(" after {times} retries"),
        };
        let state = match state {
            StepState::Fail => styled(BAD, state.id()),
            _ => state.id().to_owned(),
        };
        format!("{} {state}{took}{tries}", step.id())
    };
    let steps: Vec<String> = target.steps.iter().map(step).collect();
    format!("        {}", steps.join(", "))
}

/// A function's state.
pub fn function(function: &FunctionReport) -> String {
    let state = &function.state;
    match &state.unknown {
        Some(why) => format!("{} function {}: {why}", styled(STRONG, "unknown"), state.name),
        None => {
            let verdict = verdict(if state.is_up() { Verdict::Ok } else { Verdict::Fail });
            let cause = function.cause.map(|cause| format!(" [{cause}]")).unwrap_or_default();
            let reason = state.reason_code.as_deref().map(|code| format!(" ({code})")).unwrap_or_default();
            format!(
                "{verdict} function {}: {}{reason}{cause}",
                state.name,
                state.state.as_deref().unwrap_or("no state")
            )
        }
    }
}

/// A run of the daemon in a line.
pub fn line(target: &TargetReport) -> String {
    let name = format!("{}/{}", target.registry, target.target);
    let cause = match (&target.cause, &target.refused) {
        (Some(cause), _) if cause == "other" => {
            " for a cause that is not known. Next: ecrpass doctor".to_owned()
        }
        (Some(cause), _) => format!(" [{cause}] Next: ecrpass explain --id {cause}"),
        (None, Some(why)) => format!(" refused: {why}"),
        (None, None) => String::new(),
    };
    format!("{} {}{cause}", verdict(target.result), name.trim_end_matches('/'))
}
