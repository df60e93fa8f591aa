//! A token that is held, and whether it may be written.

use ecrpass_core::Secret;
use ecrpass_core::time::EpochSeconds;

use crate::names::Name;

/// A token with less left than this is not written any more: who reads it would not get far.
pub const LEAST_LEFT: i64 = 5 * 60;

/// A token. Its times are AWS's.
#[derive(Clone, Debug)]
pub struct Token {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// When it was issued.
    pub issued: EpochSeconds,
    /// When it expires.
    pub expires: EpochSeconds,
    /// The mark of the source it came from.
    pub mark: Name,
    /// What the credentials came from, in this process: another value means other credentials.
    pub fingerprint: String,
}

impl Token {
    /// Whether it may be written.
    pub fn is_usable(&self, now: EpochSeconds) -> bool {
        !self.password.is_empty() && self.expires > now.saturating_add(LEAST_LEFT)
    }
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The cause, as the catalogue names it.
    pub cause: String,
    /// The whole line.
    pub text: String,
    /// Whether it may pass by itself.
    pub transient: bool,
    /// What the credentials came from that were refused, as [`Token::fingerprint`]; `None` where there were none.
    pub fingerprint: Option<String>,
}
