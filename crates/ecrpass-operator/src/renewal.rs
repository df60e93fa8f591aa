//! The timetable: when a token is renewed, when a secret is rewritten, and how long to wait after a failure. Functions of
//! their arguments; what is random is a number that is handed in.

use ecrpass_core::time::EpochSeconds;

use crate::digest;

/// The part of the half life by which a renewal may come earlier or later.
const JITTER: f64 = 0.1;

/// When a token that was issued and expires at these times is due, the same for all who hold it.
pub fn token_due(issued: EpochSeconds, expires: EpochSeconds, mark: &str) -> EpochSeconds {
    let life = expires.saturating_sub(issued).max(0);
    let random = digest::number(&format!("{mark} {issued}"));
    issued.saturating_add(life / 2).saturating_add(part(life / 2, JITTER * swing(random)))
}

/// When an entry of a secret with such a token is due: the token's own time, and then one by one over `spread`.
pub fn entry_due(
    issued: EpochSeconds,
    expires: EpochSeconds,
    mark: &str,
    place: u64,
    spread: i64,
) -> EpochSeconds {
    let life = expires.saturating_sub(issued).max(0);
    token_due(issued, expires, mark).saturating_add(part(spread.clamp(0, life / 10), unit(place)))
}

/// Whether so little is left that it cannot wait for others: the last quarter.
pub fn is_urgent(issued: EpochSeconds, expires: EpochSeconds, now: EpochSeconds) -> bool {
    let life = expires.saturating_sub(issued).max(0);
    now >= expires.saturating_sub(life / 4)
}

/// A random number between 0 and 1.
#[allow(clippy::cast_precision_loss)] // 53 bits of it are plenty
fn unit(random: u64) -> f64 {
    (random >> 11) as f64 / (1_u64 << 53) as f64
}

/// A random number between -1 and 1.
fn swing(random: u64) -> f64 {
    2.0 * unit(random) - 1.0
}

#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // lengths of time, within days
fn part(length: i64, of: f64) -> i64 {
    (length as f64 * of) as i64
}

/// How often something failed in a row, and when it may be tried again. In milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    /// How often.
    pub failures: u32,
    /// When it may be tried again.
    pub until: i64,
}

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// After the first failure, in milliseconds; it doubles.
    pub first: i64,
    /// At most.
    pub most: i64,
}

impl Backoff {
    /// One failure more.
    pub fn failed(&mut self, now: i64, waits: Waits, random: u64) {
        let doubled = waits.first.saturating_mul(1_i64 << self.failures.min(20));
        let wait = doubled.clamp(waits.first.min(waits.most), waits.most);
        self.failures = self.failures.saturating_add(1);
        self.until = now.saturating_add(wait).saturating_add(part(wait, 0.2 * swing(random)));
    }

    /// No later than this from now.
    pub fn at_most(&mut self, now: i64, most: i64) {
        self.until = self.until.min(now.saturating_add(most));
    }

    /// Whether it may be tried.
    pub fn is_over(self, now: i64) -> bool {
        now >= self.until
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIFE: i64 = 12 * 3600;

    #[test]
    fn all_entries_of_a_token_follow_it_one_by_one() {
        let token = token_due(1000, 1000 + LIFE, "m");
        let dues: Vec<_> = (0..500_u64)
            .map(|place| entry_due(1000, 1000 + LIFE, "m", digest::number(&place.to_string()), 600))
            .collect();
        assert!(dues.iter().all(|due| (token..=token + 600).contains(due)));
        // Spread evenly enough that no minute gets a quarter of them.
        for minute in 0..10 {
            let from = token + minute * 60;
            let in_it = dues.iter().filter(|due| (from..from + 60).contains(*due)).count();
            assert!((10..125).contains(&in_it), "{minute}: {in_it}");
        }
        let others = (0..50).map(|n| token_due(1000, 1000 + LIFE, &n.to_string()));
        assert!(others.collect::<std::collections::BTreeSet<_>>().len() > 40);
    }

    #[test]
    fn waits_double_up_to_the_most() {
        let waits = Waits { first: 2000, most: 300_000 };
        let mut backoff = Backoff::default();
        let mut now = 0;
        let mut last = 0;
        for failure in 0..40 {
            backoff.failed(now, waits, u64::MAX / 2);
            let wait = backoff.until - now;
            assert!(wait >= last && (1999..=300_000).contains(&wait), "{failure}: {wait}");
            (last, now) = (wait, backoff.until);
            assert!(backoff.is_over(now) && !backoff.is_over(now - 1));
        }
        assert!(last >= 299_000);
        backoff.at_most(now, 40_000);
        assert!(backoff.until <= now + 40_000);
    }

    proptest! {
        #[test]
        fn a_token_is_renewed_around_its_half_life(
            issued in 0_i64..2_000_000_000, life in 60_i64..100_000, mark in "[a-f0-9]{4}",
            place in any::<u64>(), spread in 0_i64..3600,
        ) {
            let expires = issued + life;
            let token = token_due(issued, expires, &mark);
            prop_assert!(token >= issued + life * 45 / 100 - 1 && token <= issued + life * 55 / 100 + 1);
            let entry = entry_due(issued, expires, &mark, place, spread);
            prop_assert!(entry >= token && entry <= issued + life * 65 / 100 + 1);
            prop_assert!(!is_urgent(issued, expires, entry - life / 20));
            prop_assert!(is_urgent(issued, expires, expires));
        }

        #[test]
        fn nothing_overflows(issued in any::<i64>(), expires in any::<i64>(), now in any::<i64>(), random in any::<u64>()) {
            let _ = entry_due(issued, expires, "m", random, expires);
            let _ = is_urgent(issued, expires, now);
            let mut backoff = Backoff { failures: u32::MAX, until: 0 };
            backoff.failed(now, Waits { first: 1, most: i64::MAX }, random);
        }

        #[test]
        fn jitter_is_a_fifth(now in 0_i64..1_000_000, random in any::<u64>()) {
            let mut backoff = Backoff::default();
            backoff.failed(now, Waits { first: 10_000, most: 10_000 }, random);
            prop_assert!((8_000..=12_000).contains(&(backoff.until - now)));
        }
    }
}
