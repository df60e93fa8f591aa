//! Three values: met, not met, and unknown with what it depends on.
//!
//! Unknown is not absent: whoever asks may not know a key's value, and an answer that took it for missing would be
//! wrong for half of those who read it. The rules are Kleene's, so a definite answer stays the same whatever the
//! unknown keys turn out to be.

use std::collections::BTreeSet;

/// What an answer depends on: a key of the request and what a policy compares it with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    /// The condition key as the policy writes it, `aws:SourceVpce`.
    pub key: String,
    /// The operator, `StringEquals`; empty where the key is only a variable in a resource.
    pub operator: String,
    /// The values of the policy.
    pub values: Vec<String>,
}

/// Whether something holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It depends.
    Unknown(BTreeSet<Dependency>),
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}

impl Truth {
    /// It depends on one thing.
    pub fn depends(on: Dependency) -> Self {
        Self::Unknown(BTreeSet::from([on]))
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) => other,
            (this, Self::Yes) => this,
            (Self::Unknown(mut these), Self::Unknown(those)) => {
                these.extend(those);
                Self::Unknown(these)
            }
        }
    }

    /// One of them holds, or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, other) => other,
            (this, Self::No) => this,
            (Self::Unknown(mut these), Self::Unknown(those)) => {
                these.extend(those);
                Self::Unknown(these)
            }
        }
    }

    /// All of them hold; so it is where there are none.
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for truth in truths {
            all = all.and(truth);
            if all == Self::No {
                break;
            }
        }
        all
    }

    /// One of them holds; not so where there are none.
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut any = Self::No;
        for truth in truths {
            any = any.or(truth);
            if any == Self::Yes {
                break;
            }
        }
        any
    }

    /// What it depends on.
    pub fn dependencies(&self) -> impl Iterator<Item = &Dependency> {
        let known = match self {
            Self::Unknown(dependencies) => Some(dependencies),
            Self::Yes | Self::No => None,
        };
        known.into_iter().flatten()
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown => unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(key: &str) -> Truth {
        Truth::depends(Dependency { key: key.to_owned(), operator: String::new(), values: Vec::new() })
    }

    #[test]
    fn unknown_gives_way_only_to_what_decides() {
        for (left, right, and, or) in [
            (Truth::Yes, unknown("a"), unknown("a"), Truth::Yes),
            (Truth::No, unknown("a"), Truth::No, unknown("a")),
            (Truth::Yes, Truth::No, Truth::No, Truth::Yes),
        ] {
            assert_eq!(left.clone().and(right.clone()), and);
            assert_eq!(right.clone().and(left.clone()), and);
            assert_eq!(left.clone().or(right.clone()), or);
            assert_eq!(right.or(left), or);
        }
        assert_eq!(!unknown("a"), unknown("a"));
        assert_eq!(unknown("a").and(unknown("b")).dependencies().count(), 2);
        assert_eq!((Truth::all([]), Truth::any([])), (Truth::Yes, Truth::No));
    }
}
