//! When a cached token may be served: the one decision that must never hand out an expired one.
//!
//! It is made over plain values, and written down in docs/helper.md, "When a cached token is served".

use ecrpass_core::time::{EpochSeconds, Moment};
use ecrpass_core::token::LIFETIME;

/// A token with less time left than this, in seconds, counts as expired: the client still has to use it. Of a life
/// shorter than four times this, the last quarter.
pub const MARGIN: i64 = 60;

/// How far two clocks may differ, in seconds, over the time since the token was issued.
const AGREEMENT: i64 = 60;

/// How long a token is trusted whose answer did not say what time it is at AWS, in seconds: long enough for those who
/// wait for it.
const WITHOUT_AWS_TIME: i64 = 15 * 60;

/// How long to leave AWS alone after a refresh failed, in seconds.
pub const REFRESH_PAUSE: i64 = 60;

/// What to do with a cached token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Hand it out.
    Serve,
    /// Past half its life: get a new one, but hand this one out if AWS cannot be asked just now.
    Refresh,
    /// Expired, or not to be believed.
    Discard,
}

/// What is known of a token besides itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// When AWS was asked, by this machine's clocks: a little before it answered.
    pub moment: Moment,
    /// AWS's own clock when it answered.
    pub aws_time: Option<EpochSeconds>,
    /// When the token expires, by AWS's clock: the earlier of what the answer and the token say.
    pub aws_expires_at: EpochSeconds,
}

impl Issue {
    /// How long the token lived from then on, in seconds: no longer than any token of ECR does, whatever a proxy
    /// made of the answer's date.
    pub fn life(&self) -> i64 {
        let (start, most) = match self.aws_time {
            Some(at) => (at, LIFETIME),
            None => (self.moment.wall, WITHOUT_AWS_TIME),
        };
        self.aws_expires_at.saturating_sub(start).clamp(0, most)
    }

    /// When it expires, by this machine's clock as it was then.
    pub fn expires_at(&self) -> EpochSeconds {
        self.moment.wall.saturating_add(self.life())
    }

    /// How much of its life is left, in seconds, for a token that may be handed out.
    pub fn left(&self, now: &Moment) -> i64 {
        // Clocks that disagree are met with a token just issued only: a cached one is not handed out then.
        self.life().saturating_sub(self.elapsed(now).unwrap_or_default()).max(0)
    }

    /// Whether AWS gave this token after the other one.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        match (self.aws_time, other.aws_time) {
            (Some(this), Some(that)) if this != that => this > that,
            _ => self.moment.since_boot > other.moment.since_boot,
        }
    }

    /// How much time has passed since, in seconds, at most; `None` when the clocks do not agree about it.
    fn elapsed(&self, now: &Moment) -> Option<i64> {
        let then = &self.moment;
        let wall = now.wall.checked_sub(then.wall)?;
        // Nothing can be said of the time between two runs of a machine.
        if now.boot != then.boot {
            return None;
        }
        match (then.since_boot, now.since_boot) {
            (Some(then), Some(now)) => {
                let running = now.checked_sub(then)?;
                let agree = running >= 0 && running.checked_sub(wall)?.unsigned_abs() <= AGREEMENT as u64;
                agree.then(|| running.max(wall))
            }
            // Only the clock on the wall: good where it was right when the token was issued.
            (None, None) => {
                let offset = then.wall.checked_sub(self.aws_time?)?;
                (offset.unsigned_abs() <= AGREEMENT as u64 && wall >= 0).then_some(wall)
            }
            _ => None,
        }
    }
}

/// Judges a token at a moment. `retry_after` is when to try the next refresh after one that failed, by the clock on the
/// wall; it never lengthens a life.
pub fn judge(issue: &Issue, retry_after: EpochSeconds, now: &Moment) -> Verdict {
    let life = issue.life();
    let Some(elapsed) = issue.elapsed(now) else { return Verdict::Discard };
    if life.saturating_sub(elapsed) <= MARGIN.min(life / 4) {
        return Verdict::Discard;
    }
    let pause = retry_after.saturating_sub(now.wall);
    if elapsed < life / 2 || (1..=REFRESH_PAUSE).contains(&pause) { Verdict::Serve } else { Verdict::Refresh }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOON: i64 = 1_800_000_000;

    fn moment(boot: &str, since_boot: i64, wall: i64) -> Moment {
        Moment { boot: Some(boot.to_owned()), since_boot: Some(since_boot), wall }
    }

    fn issue(life: i64) -> Issue {
        Issue { moment: moment("a", 5000, NOON), aws_time: Some(NOON), aws_expires_at: NOON + life }
    }

    fn after(issue: &Issue, seconds: i64) -> Verdict {
        judge(issue, 0, &moment("a", 5000 + seconds, NOON + seconds))
    }

    #[test]
    fn half_life_and_end_are_exact() {
        let token = issue(LIFETIME);
        for (age, verdict) in [
            (-1, Verdict::Discard),
            (0, Verdict::Serve),
            (LIFETIME / 2 - 1, Verdict::Serve),
            (LIFETIME / 2, Verdict::Refresh),
            (LIFETIME - MARGIN - 1, Verdict::Refresh),
            (LIFETIME - MARGIN, Verdict::Discard),
            (LIFETIME + 1, Verdict::Discard),
        ] {
            assert_eq!(after(&token, age), verdict, "{age}");
        }
        let late = moment("a", 5000 + LIFETIME / 2, NOON + LIFETIME / 2);
        assert_eq!(judge(&token, late.wall + 30, &late), Verdict::Serve);
        // A pause that a clock set back has made long is none.
        assert_eq!(judge(&token, late.wall + 30_000, &late), Verdict::Refresh);
    }

    #[test]
    fn short_and_long_lives_are_used_for_what_they_are() {
        for life in [2, 10, 45, 59, 60, 61, 200] {
            let token = issue(life);
            assert_eq!(after(&token, 0), Verdict::Serve, "{life}");
            assert_eq!(after(&token, life), Verdict::Discard, "{life}");
        }
        // A proxy that rewrites the date: twelve hours, not nine more.
        let rewritten = Issue { aws_time: Some(NOON - 9 * 3600), ..issue(LIFETIME) };
        assert_eq!(after(&rewritten, 0), Verdict::Serve);
        assert_eq!(after(&rewritten, LIFETIME - MARGIN), Verdict::Discard);
        let undated = Issue { aws_time: None, ..issue(LIFETIME) };
        assert_eq!(after(&undated, 0), Verdict::Serve);
        assert_eq!(after(&undated, WITHOUT_AWS_TIME), Verdict::Discard);
        assert_eq!(after(&issue(0), 0), Verdict::Discard);
        assert_eq!(after(&issue(-5), 0), Verdict::Discard);
    }

    #[test]
    fn an_end_is_said_by_this_machines_clock_and_never_lies_before_the_beginning() {
        assert_eq!(issue(LIFETIME).expires_at(), NOON + LIFETIME);
        let ahead = Issue { moment: moment("a", 5000, NOON + 3600), ..issue(LIFETIME) };
        assert_eq!(ahead.expires_at(), NOON + 3600 + LIFETIME);
        assert_eq!((issue(-5).life(), issue(-5).expires_at()), (0, NOON));
        // A quarter of an hour, where AWS did not say what time it is.
        assert_eq!(Issue { aws_time: None, ..issue(LIFETIME) }.life(), 900);
    }

    #[test]
    fn what_is_left_is_reckoned_from_aws_time() {
        let token = issue(LIFETIME);
        for age in [0, 1, 3600, LIFETIME, LIFETIME + 1] {
            let now = moment("a", 5000 + age, NOON + age);
            assert_eq!(token.left(&now), (LIFETIME - age).max(0));
        }
        // Thirteen hours ahead of AWS: the life is the same.
        let ahead = Issue { moment: moment("a", 5000, NOON + 13 * 3600), ..issue(LIFETIME) };
        assert_eq!(ahead.left(&moment("a", 5010, NOON + 13 * 3600 + 10)), LIFETIME - 10);
    }

    #[test]
    fn aws_says_which_of_two_is_newer() {
        let at = |since_boot, aws| Issue {
            moment: moment("a", since_boot, NOON),
            aws_time: aws,
            aws_expires_at: 0,
        };
        // Asked for first and answered last, as by a process that was stopped in between.
        assert!(at(1, Some(9)).is_newer_than(&at(2, Some(8))));
        assert!(!at(2, Some(8)).is_newer_than(&at(1, Some(9))));
        for (aws, other) in [(Some(8), Some(8)), (None, Some(8)), (Some(8), None), (None, None)] {
            assert!(at(2, aws).is_newer_than(&at(1, other)));
            assert!(!at(1, aws).is_newer_than(&at(2, other)));
            assert!(!at(1, aws).is_newer_than(&at(1, other)));
        }
    }

    #[test]
    fn clocks_that_disagree_are_not_believed() {
        let hours = |hours: i64| hours * 3600;
        // Nine hours ahead when issued, set right an hour later: from the future, and it never comes back.
        let ahead = Issue { moment: moment("a", 5000, NOON + hours(9)), ..issue(LIFETIME) };
        for hour in 1..40 {
            let now = moment("a", 5000 + hours(hour), NOON + hours(hour));
            assert_eq!(judge(&ahead, 0, &now), Verdict::Discard, "{hour}");
        }
        // Set back five hours, eleven hours later.
        let now = moment("a", 5000 + hours(11), NOON + hours(6));
        assert_eq!(judge(&issue(LIFETIME), 0, &now), Verdict::Discard);
        // A virtual machine that was paused for two hours, and then told the time.
        let now = moment("a", 5000 + hours(1), NOON + hours(3));
        assert_eq!(judge(&issue(LIFETIME), 0, &now), Verdict::Discard);
        // Another run of the machine, and a machine that does not say which run it is.
        assert_eq!(judge(&issue(LIFETIME), 0, &moment("b", 5060, NOON + 60)), Verdict::Discard);
        let unknown = Moment { boot: None, ..moment("a", 5060, NOON + 60) };
        assert_eq!(judge(&issue(LIFETIME), 0, &unknown), Verdict::Discard);
    }

    #[test]
    fn of_two_clocks_that_nearly_agree_the_one_further_on_counts() {
        let age = LIFETIME - MARGIN - 10;
        for (running, wall, verdict) in [
            (age, age, Verdict::Refresh),
            (age, age + 50, Verdict::Discard),
            (age + 50, age, Verdict::Discard),
        ] {
            assert_eq!(judge(&issue(LIFETIME), 0, &moment("a", 5000 + running, NOON + wall)), verdict);
        }
    }

    #[test]
    fn without_a_clock_that_nobody_sets_only_a_right_one_counts() {
        let bare = |wall| Moment { boot: None, since_boot: None, wall };
        let token = |wall| Issue { moment: bare(wall), ..issue(LIFETIME) };
        assert_eq!(judge(&token(NOON), 0, &bare(NOON + 60)), Verdict::Serve);
        assert_eq!(judge(&token(NOON + 3600), 0, &bare(NOON + 3660)), Verdict::Discard);
        assert_eq!(judge(&token(NOON), 0, &bare(NOON - 1)), Verdict::Discard);
        assert_eq!(judge(&Issue { aws_time: None, ..token(NOON) }, 0, &bare(NOON)), Verdict::Discard);
    }

    proptest! {
        #[test]
        fn no_numbers_make_it_overflow_or_serve_what_is_over(
            since in any::<i64>(), wall in any::<i64>(), aws in any::<Option<i64>>(), expires in any::<i64>(),
            later in any::<i64>(), late in any::<i64>(), retry in any::<i64>(),
        ) {
            let token = Issue { moment: moment("a", since, wall), aws_time: aws, aws_expires_at: expires };
            if judge(&token, retry, &moment("a", later, late)) != Verdict::Discard {
                prop_assert!(later - since < token.life());
                prop_assert!(aws.is_none_or(|aws| aws + (later - since) < expires));
            }
        }
    }
}

#[cfg(test)]
mod model;
