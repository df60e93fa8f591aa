//! The reason itself: a cause, what is wrong, and what to do.

use std::fmt;

use ecrpass_core::DiagnosisId;
use ecrpass_core::redact::redact;
use ecrpass_core::shortened::shortened;
use ecrpass_core::visible::visible;

use super::next_step::NextStep;

/// The most of what is wrong that is said, in bytes: paths may be of 4,096, and AWS's longest messages are of about 1,000.
const MOST: usize = 2_000;

/// The reason no live authorization token can be had.
///
/// `Display` is the line users read: `[slug] what is wrong. Next: what to do`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The cause.
    pub id: DiagnosisId,
    /// What is wrong: a sentence, with its full stop.
    pub what: String,
    /// What to do.
    pub next: NextStep,
    /// Whether it may pass by itself (network, throttling), so that a token still valid may be served meanwhile.
    pub transient: bool,
}

impl Refusal {
    /// A refusal that stays until somebody acts.
    pub fn new(id: DiagnosisId, what: impl Into<String>, next: impl Into<NextStep>) -> Self {
        // What was set and what was answered may hold a password: it goes here, before anybody can show it.
        let what = shortened(&redact(&what.into()), MOST).into_owned();
        Self { id, what, next: next.into().presentable(), transient: false }
    }

    /// A refusal that may pass by itself.
    pub fn transient(id: DiagnosisId, what: impl Into<String>, next: impl Into<NextStep>) -> Self {
        Self { transient: true, ..Self::new(id, what, next) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line of which everything can be seen, whatever a server or a program put into its message.
        let (what, next) = (visible(&self.what), self.next.to_string());
        write!(f, "[{}] {what} Next: {}", self.id.slug(), visible(&next))
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_gets_into_it() {
        let secret = "http://u:SECRETSAUCE@h";
        for next in [
            NextStep::UseProfile { profile: secret.to_owned() },
            NextStep::ChooseProfile { profiles: vec![secret.to_owned()] },
            NextStep::SsoLogin { profile: Some(secret.to_owned()) },
            NextStep::from(format!("look at {secret}")),
        ] {
            let refusal = Refusal::new(DiagnosisId::NoAwsCredentials, format!("{secret} is none."), next);
            let shown = format!("{refusal} {refusal:?} {}", serde_json::to_string(&refusal.next).unwrap());
            assert!(!shown.contains("SAUCE") && shown.contains("http://u:[redacted]@h is none"), "{shown}");
        }
    }

    #[test]
    fn it_is_never_longer_than_anybody_reads() {
        let long = "x".repeat(100_000);
        for next in [
            NextStep::UseProfile { profile: long.clone() },
            NextStep::ChooseProfile { profiles: (0..10_000).map(|number| format!("p{number}")).collect() },
            NextStep::from(format!("look at {long}")),
        ] {
            let refusal = Refusal::new(DiagnosisId::NoAwsCredentials, format!("{long} is none."), next);
            let line = refusal.to_string();
            assert!(line.len() < 4_000, "{} bytes", line.len());
            assert!(line.contains("xxx is none. Next: "), "{line}");
        }
    }

    #[test]
    fn it_is_one_line() {
        let refusal =
            Refusal::new(DiagnosisId::NoAwsCredentials, "Nothing\r\nfound\u{1b}[31m.", "aws sso login");
        assert_eq!(
            refusal.to_string(),
            "[no-aws-credentials] Nothing  found\u{fffd}[31m. Next: aws sso login"
        );
    }
}
