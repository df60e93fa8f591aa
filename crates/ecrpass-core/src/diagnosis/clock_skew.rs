//! # This machine's clock is wrong
//!
//! AWS refuses requests whose signature is dated too far from its own time. The message names both times; the
//! difference is how far the clock is off.
//!
//! ## Why it happens
//!
//! A virtual machine slept and woke, NTP is blocked, or the time zone was set by moving the clock. Containers have
//! the clock of their host.
//!
//! ## Meanwhile
//!
//! Every signed call to AWS from this machine fails, not only ECR; TLS may too.

use super::{Case, Diagnosis, Outcome, Severity, Stage, check, run, says};
use crate::doctor::{clear, found};
use crate::facts::Seen;
use crate::time::duration;

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "clock-skew",
    severity: Severity::Error,
    signatures: &[
        says(&["signature expired", "is now earlier than"]).weight(97),
        says(&["signature not yet current"]).weight(97),
        says(&["requesttimetooskewed"]).weight(97),
        says(&["difference between the request time and the current time is too large"]).weight(97),
        says(&["requestexpired", "request has expired"]).weight(92),
        says(&["certificate has expired or is not yet valid", "current time"]).about_ecr().weight(91),
        says(&["certificate is not yet valid"]).about_ecr().weight(91),
    ],
    remedies: &[
        run("see how far it is off", "curl -sI https://ecr.us-east-1.amazonaws.com | grep -i ^date; date -u"),
        run("set it", "sudo chronyc makestep || sudo timedatectl set-ntp true"),
    ],
    decide: "date -u",
    check: check(Stage::Clock, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
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
        Seen::Unknown(_) => case.refused_as("clock-skew"),
    }
}
