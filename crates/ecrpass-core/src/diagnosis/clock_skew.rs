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

use super::{Diagnosis, Severity, run, says};

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
};
