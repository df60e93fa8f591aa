//! Who a principal is: a role, a user, a service, an account.

use ecrpass_core::Arn;
use ecrpass_core::account::is_account_id;
use ecrpass_core::wildcard;

/// A principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who<'a> {
    /// A role.
    Role {
        /// Its account.
        account: &'a str,
        /// Its name, without its path.
        name: &'a str,
    },
    /// An IAM user.
    User {
        /// Its account.
        account: &'a str,
        /// Its name, without its path.
        name: &'a str,
    },
    /// A service, by its host.
    Service(&'a str),
    /// An account, or its root user.
    Account(&'a str),
    /// Somebody else.
    Other(&'a str),
}

impl<'a> Who<'a> {
    /// Who that is.
    pub fn of(principal: &'a str) -> Self {
        if is_account_id(principal) {
            return Self::Account(principal);
        }
        let Some(arn) = Arn::parse(principal) else {
            return match principal.ends_with(".amazonaws.com") || principal.ends_with(".amazonaws.com.cn") {
                true => Self::Service(principal),
                false => Self::Other(principal),
            };
        };
        let account = arn.account;
        if let Some(name) = arn.role_name() {
            return Self::Role { account, name };
        }
        let user = arn.resource_of_kind("user").filter(|_| arn.service == "iam");
        match user.and_then(|path| path.rsplit('/').next()) {
            Some(name) => Self::User { account, name },
            None if arn.resource == "root" => Self::Account(account),
            None => Self::Other(principal),
        }
    }

    /// Its account.
    pub fn account(self) -> Option<&'a str> {
        match self {
            Self::Role { account, .. } | Self::User { account, .. } | Self::Account(account) => {
                Some(account).filter(|account| !account.is_empty())
            }
            Self::Service(_) | Self::Other(_) => None,
        }
    }

    /// Its name, as people say it.
    pub fn name(self) -> &'a str {
        match self {
            Self::Role { name, .. } | Self::User { name, .. } => name,
            Self::Service(text) | Self::Account(text) | Self::Other(text) => text,
        }
    }

    /// What it is, and its name.
    pub fn words(self) -> String {
        let kind = match self {
            Self::Role { .. } => "role ",
            Self::User { .. } => "user ",
            Self::Service(_) | Self::Other(_) => "",
            Self::Account(_) => "account ",
        };
        format!("{kind}{}", self.name())
    }
}

/// Whether somebody asked for that principal: by its ARN or that of one of its sessions, by its name, also with its kind and
/// path in front as in an ARN, or by a pattern with `*` for one of these.
pub fn is_asked_for(asked: &str, principal: &str) -> bool {
    let asked = asked.trim();
    let who = Who::of(principal);
    let is = |text: &str| wildcard::matches(asked, text);
    if asked == principal || is(principal) || is(who.name()) {
        return true;
    }
    // Messages of AWS name the session, without the role's path.
    let is_same = matches!(who, Who::Role { .. } | Who::User { .. }) && Who::of(asked) == who;
    let kind = match who {
        Who::Role { .. } => "role",
        Who::User { .. } => "user",
        Who::Service(_) | Who::Account(_) | Who::Other(_) => return false,
    };
    is_same
        || is(&format!("{kind}/{}", who.name()))
        || Arn::parse(principal).is_some_and(|arn| is(arn.resource))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_are_told_apart() {
        for (text, who) in [
            ("arn:aws:iam::123456789012:role/service/ci", Who::Role { account: "123456789012", name: "ci" }),
            (
                "arn:aws:sts::123456789012:assumed-role/ci/i-1",
                Who::Role { account: "123456789012", name: "ci" },
            ),
            ("arn:aws-cn:iam::123456789012:user/a/b", Who::User { account: "123456789012", name: "b" }),
            ("arn:aws:iam::123456789012:root", Who::Account("123456789012")),
            ("123456789012", Who::Account("123456789012")),
            ("lambda.amazonaws.com", Who::Service("lambda.amazonaws.com")),
            ("AWS Internal", Who::Other("AWS Internal")),
            ("", Who::Other("")),
        ] {
            assert_eq!(Who::of(text), who, "{text}");
        }
        assert_eq!(Who::of("arn:aws:iam::123456789012:role/x/ci").words(), "role ci");
    }

    #[test]
    fn one_is_asked_for_by_arn_name_or_pattern() {
        let principal = "arn:aws:iam::123456789012:role/service/ci";
        for (asked, expected) in [
            (principal, true),
            ("ci", true),
            ("*:role/service/*", true),
            ("c*", true),
            ("role/ci", true),
            ("role/service/ci", true),
            ("role/service/*", true),
            ("arn:aws:sts::123456789012:assumed-role/ci/i-0abc", true),
            ("arn:aws:iam::123456789012:role/ci", true),
            ("arn:aws:sts::444455556666:assumed-role/ci/i-0abc", false),
            ("user/ci", false),
            ("c", false),
            ("service", false),
        ] {
            assert_eq!(is_asked_for(asked, principal), expected, "{asked}");
        }
    }
}
