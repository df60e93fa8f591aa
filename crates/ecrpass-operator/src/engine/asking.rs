//! Asking AWS for a token: who wants it, and when it may be asked again after a failure.

use crate::renewal::{Backoff, Waits};
use crate::token::Refused;

/// After what may pass by itself.
const TRANSIENT: Waits = Waits { first: 2_000, most: 300_000 };
/// After a refusal: with its jitter never less than five minutes.
const REFUSED: Waits = Waits { first: 375_000, most: 375_000 };
/// While some secret is missing, or nearly over, at most so long.
const URGENT: i64 = 40_000;
/// That, less a random part of this.
const URGENT_JITTER: u64 = 8_000;

/// The state of asking for one token.
#[derive(Debug, Default)]
pub struct Asking {
    /// Whether somebody needs a newer one.
    wanted: bool,
    /// Whether for a secret that cannot wait.
    urgent: bool,
    /// Whether it is being asked for.
    running: bool,
    backoff: Backoff,
    /// The last refusal, while there is no token since.
    pub refused: Option<Refused>,
}

impl Asking {
    /// Somebody needs a newer token.
    pub fn want(&mut self, urgent: bool, now: i64) {
        self.wanted = true;
        let more = urgent && !self.urgent;
        self.urgent |= urgent;
        if more && self.refused.as_ref().is_some_and(|refused| refused.transient) {
            self.backoff.at_most(now, URGENT);
        }
    }

    /// Whether it is to be asked for now; from then on it is.
    pub fn start(&mut self, now: i64) -> bool {
        let starts = self.wanted && !self.running && self.backoff.is_over(now);
        self.running |= starts;
        starts
    }

    /// When it is to be asked for.
    pub fn next(&self) -> Option<i64> {
        (self.wanted && !self.running).then_some(self.backoff.until)
    }

    /// There is one.
    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// There is none; says whether the cause is another than before.
    pub fn failed(&mut self, refused: Refused, now: i64, random: u64) -> bool {
        self.running = false;
        let waits = if refused.transient { TRANSIENT } else { REFUSED };
        self.backoff.failed(now, waits, random);
        if refused.transient {
            let earlier = i64::try_from(random % URGENT_JITTER).unwrap_or_default();
            self.backoff.at_most(now, if self.urgent { URGENT - earlier } else { waits.most });
        }
        let is_new = self.refused.as_ref().is_none_or(|known| known.cause != refused.cause);
        self.refused = Some(refused);
        is_new
    }

    /// Nobody needs it, as far as is known; an answer may still come.
    pub fn forget(&mut self) {
        *self = Self { running: self.running, ..Self::default() };
    }

    /// It may be asked for at once: credentials or clock are others.
    pub fn at_once(&mut self) {
        self.backoff = Backoff::default();
    }

    /// Whether somebody waits for it who cannot be served by trying again soon.
    pub fn is_waited_for(&self) -> bool {
        self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(transient: bool) -> Refused {
        let cause = if transient { "away" } else { "denied" };
        Refused { cause: cause.to_owned(), text: String::new(), transient, fingerprint: None }
    }

    /// The moments at which it is asked in so many hours, if AWS never answers.
    fn attempts(transient: bool, urgent: bool, hours: i64) -> Vec<i64> {
        let mut asking = Asking::default();
        asking.want(urgent, 0);
        let (mut now, mut attempts) = (0, Vec::new());
        while now < hours * 3_600_000 {
            assert!(asking.start(now));
            assert!(!asking.start(now) && asking.next().is_none());
            attempts.push(now);
            let random = crate::digest::number(&now.to_string());
            asking.failed(refused(transient), now, random);
            now = asking.next().unwrap();
            assert!(!asking.start(now - 1));
        }
        attempts
    }

    fn widest(attempts: &[i64]) -> i64 {
        attempts.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap()
    }

    #[test]
    fn it_waits_longer_and_longer_but_not_while_somebody_cannot_pull() {
        let patient = attempts(true, false, 3);
        assert!(patient[1] < 2_500 && widest(&patient) <= 300_000, "{patient:?}");
        assert!((36..70).contains(&patient.len()), "{}", patient.len());
        let urgent = attempts(true, true, 3);
        assert!(widest(&urgent) <= 40_000 && urgent.len() < 500);
        let denied = attempts(false, true, 3);
        let narrowest = denied.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
        assert!(narrowest >= 300_000 && widest(&denied) <= 450_000, "{denied:?}");
    }

    #[test]
    fn a_cause_is_new_once() {
        let mut asking = Asking::default();
        assert!(asking.failed(refused(true), 0, 1));
        assert!(!asking.failed(refused(true), 0, 1));
        assert!(asking.failed(refused(false), 0, 1));
        asking.succeeded();
        assert!(asking.failed(refused(false), 0, 1));
    }

    #[test]
    fn urgency_shortens_a_wait_that_has_begun() {
        let mut asking = Asking::default();
        asking.want(false, 0);
        for _ in 0..12 {
            asking.failed(refused(true), 0, 1);
        }
        assert!(asking.next().unwrap() > 200_000);
        asking.want(true, 1000);
        assert!(asking.next().unwrap() <= 41_000);
    }
}
