//! When a cached token may be served: the one decision that must never hand out an expired one.

use ecrpass_core::time::EpochSeconds;
use ecrpass_core::token::{LIFETIME, password_expiry};

use crate::entry::Entry;

/// A token with less time left than this, in seconds, counts as expired: the client still has to use it.
pub const MARGIN: i64 = 60;

/// How far the clock may seem to run backwards, in seconds, before an entry from "the future" is distrusted.
const TOLERANCE: i64 = 60;

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

/// Judges an entry at a moment of this machine's clock.
pub fn judge(entry: &Entry, now: EpochSeconds) -> Verdict {
    let life = entry.expires_at.saturating_sub(entry.issued_at);
    let believable = life > 0
        && life <= LIFETIME + TOLERANCE
        // A clock set back would make an old token look young.
        && now >= entry.issued_at.saturating_sub(TOLERANCE)
        // The token's own word, in AWS's time, beats what the entry claims.
        && password_expiry(entry.password.expose())
            .is_none_or(|own| entry.expires_at.saturating_sub(entry.clock_offset) <= own);
    if !believable || entry.expires_at.saturating_sub(now) <= MARGIN {
        Verdict::Discard
    } else if now.saturating_sub(entry.issued_at) < life / 2 || now < entry.retry_after {
        Verdict::Serve
    } else {
        Verdict::Refresh
    }
}

#[cfg(test)]
mod tests {
    use ecrpass_core::Secret;
    use proptest::prelude::*;

    use super::*;

    fn entry(issued_at: i64, expires_at: i64) -> Entry {
        Entry {
            username: "AWS".to_owned(),
            password: Secret::new("opaque".to_owned()),
            issued_at,
            expires_at,
            clock_offset: 0,
            retry_after: 0,
            hosts: Vec::new(),
        }
    }

    #[test]
    fn half_life_and_end_are_exact() {
        let entry = entry(1_000_000, 1_000_000 + LIFETIME);
        for (age, verdict) in [
            (-TOLERANCE, Verdict::Serve),
            (-TOLERANCE - 1, Verdict::Discard),
            (0, Verdict::Serve),
            (LIFETIME / 2 - 1, Verdict::Serve),
            (LIFETIME / 2, Verdict::Refresh),
            (LIFETIME - MARGIN - 1, Verdict::Refresh),
            (LIFETIME - MARGIN, Verdict::Discard),
            (LIFETIME + 1, Verdict::Discard),
        ] {
            assert_eq!(judge(&entry, entry.issued_at + age), verdict, "{age}");
        }
        let resting = Entry { retry_after: entry.issued_at + LIFETIME, ..entry.clone() };
        assert_eq!(judge(&resting, entry.issued_at + LIFETIME / 2), Verdict::Serve);
        assert_eq!(judge(&resting, entry.issued_at + LIFETIME - MARGIN), Verdict::Discard);
    }

    proptest! {
        #[test]
        fn nothing_expired_is_served(
            issued_at in any::<i64>(), expires_at in any::<i64>(), now in any::<i64>(), retry_after in any::<i64>(),
        ) {
            let entry = Entry { retry_after, ..entry(issued_at, expires_at) };
            if judge(&entry, now) != Verdict::Discard {
                prop_assert!(expires_at > now);
                prop_assert!(issued_at.saturating_sub(TOLERANCE) <= now);
            }
        }

        #[test]
        fn the_tokens_own_word_holds(own in 1_000_000_i64..3_000_000_000, claim in -100_000_i64..100_000, offset in -100_000_i64..100_000, age in 0_i64..60_000) {
            use base64::Engine as _;
            use base64::engine::general_purpose::STANDARD;
            let password = STANDARD.encode(format!(r#"{{"payload":"x","expiration":{own}}}"#).as_bytes());
            let expires_at = own + claim;
            let issued_at = expires_at - LIFETIME;
            let entry = Entry { password: Secret::new(password), clock_offset: offset, ..entry(issued_at, expires_at) };
            let now = issued_at + age;
            if judge(&entry, now) != Verdict::Discard {
                // By AWS's clock, the token is still alive.
                prop_assert!(now - offset < own);
            }
        }
    }
}
