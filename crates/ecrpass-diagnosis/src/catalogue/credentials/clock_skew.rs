//! This machine's clock is wrong: what it looks like, and what fixes it. The page for users is `clock_skew.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_core::time::duration;
use ecrpass_credentials::aws_call::NetworkFailure;
use ecrpass_credentials::refusal::SET_CLOCK;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{confirm, look, shared};
use crate::check::{Case, CheckOutcome, Stage, clear, found};
use crate::facts::Seen;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ClockSkew,
    page: Page::new(include_str!("clock_skew.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["signature expired", "is now earlier than"]).shared().weight(97),
        says(&["signature not yet current"]).shared().weight(97),
        says(&["requesttimetooskewed"]).shared().weight(97),
        says(&["difference between the request time and the current time is too large"]).shared().weight(97),
        says(&["requestexpired", "request has expired"]).shared().weight(92),
        says(&["certificate has expired or is not yet valid", "current time"]).about_ecr().weight(91),
        says(&["certificate is not yet valid"]).about_ecr().weight(91),
    ],
    remedies: &[
        look("see how wrong the clock is", "curl -sI https://{api} | grep -i ^date; date -u"),
        shared("set it", SET_CLOCK),
    ],
    confirm: &[confirm("date -u")],
    check: check(Stage::Clock, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    match &case.bundle.aws.clock {
        // Source: AWS allows a signature to be five minutes off (IAM User Guide, "Troubleshooting SigV4").
        Seen::Known(clock) if clock.ahead.saturating_abs() >= 300 => {
            let which = if clock.ahead > 0 { "ahead of" } else { "behind" };
            let far = duration(clock.ahead);
            let proof = found(&clock.host, format!("its Date header: this machine is {far} {which} it"))
                .title(format!("This machine's clock is {far} {which} AWS's"));
            // Some SDKs correct for it, others do not.
            let is_corrected = case.subject.token.known().is_some_and(|call| call.answer.is_some());
            if is_corrected { proof.warning().outcome() } else { case.graded(proof).outcome() }
        }
        Seen::Known(clock) => clear(format!("{} s from AWS's", clock.ahead.saturating_abs())),
        // A certificate that is not valid now may be this clock's fault.
        Seen::Unknown(_) => match case.network_failure(&[NetworkFailure::TlsExpired]) {
            CheckOutcome::Found(proof) => CheckOutcome::Found(proof),
            _ => case.refused(),
        },
    }
}
