//! The sentence AWS denies with: who, what, on which resource, and which policy said no. Read and written here and
//! nowhere else.
//!
//! Grammar: IAM User Guide, "Troubleshoot access denied error messages". Since January 2026 the policy's ARN may
//! follow the reason.

use std::fmt;

use crate::policy_kind::PolicyKind;

/// A denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denied<'a> {
    /// The ARN of the caller.
    pub principal: &'a str,
    /// The action refused, for example `ecr:GetAuthorizationToken`.
    pub action: &'a str,
    /// The resource, where the message names one.
    pub resource: Option<&'a str>,
    /// Whose no it was.
    pub reason: Reason,
    /// The ARN of the policy, where AWS names it.
    pub policy_arn: Option<&'a str>,
}

/// Why something is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The message does not say.
    Unsaid,
    /// No policy of that kind allows it.
    NotAllowed(PolicyKind),
    /// A policy of that kind denies it; not every service says which kind.
    Denied(Option<PolicyKind>),
}

impl Reason {
    /// Whether a statement denies it, as opposed to none allowing it.
    pub fn is_explicit(self) -> bool {
        matches!(self, Self::Denied(_))
    }

    /// The kind of policy, where the message names one.
    pub fn policy(self) -> Option<PolicyKind> {
        match self {
            Self::NotAllowed(kind) => Some(kind),
            Self::Denied(kind) => kind,
            Self::Unsaid => None,
        }
    }
}

const USER: &str = "User: ";
const ACTION: &str = " is not authorized to perform: ";
const RESOURCE: &str = "on resource: ";
const EXPLICIT: &str = "explicit deny";

impl fmt::Display for Denied<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, action, resource, reason, policy_arn } = self;
        write!(f, "{USER}{principal}{ACTION}{action}")?;
        if let Some(resource) = resource {
            write!(f, " {RESOURCE}{resource}")?;
        }
        match reason {
            Reason::Unsaid => {}
            Reason::NotAllowed(kind) => {
                write!(f, " because no {} allows the {action} action", kind.aws_name())?;
            }
            Reason::Denied(None) => write!(f, " with an {EXPLICIT}")?,
            Reason::Denied(Some(kind)) => {
                let article = match kind {
                    PolicyKind::Identity => "an",
                    PolicyKind::Trust => "the",
                    _ => "a",
                };
                write!(f, " with an {EXPLICIT} in {article} {}", kind.aws_name())?;
            }
        }
        // Without a reason, there is no policy to name.
        match policy_arn {
            Some(arn) if *reason != Reason::Unsaid => write!(f, ": {arn}"),
            _ => Ok(()),
        }
    }
}

/// Finds a denial in a message; `None` when there is none.
///
/// Services differ in details: the resource may stand in quotes or be missing, a full stop may end the sentence, and
/// logs may have escaped the quotes.
pub fn parse(message: &str) -> Option<Denied<'_>> {
    let (_, rest) = message.split_once(USER)?;
    let (principal, rest) = rest.split_once(ACTION)?;
    let (action, rest) = word(rest);
    let (resource, reason) = match rest.strip_prefix(RESOURCE) {
        Some(rest) => {
            let (resource, rest) = word(rest);
            (Some(resource.trim_matches(['"', '\\'])), rest)
        }
        None => (None, rest),
    };
    let kind = policy_kind(reason);
    let reason_given = match kind {
        _ if reason.contains(EXPLICIT) => Reason::Denied(kind),
        Some(kind) => Reason::NotAllowed(kind),
        None => Reason::Unsaid,
    };
    let policy_arn = policy_arn(reason).map(|arn| word(arn).0);
    Some(Denied {
        principal: principal.trim().trim_matches(['"', '\\']),
        action: action.trim_end_matches(['.', ',', '"', '\\']),
        resource,
        reason: reason_given,
        policy_arn: policy_arn.map(|arn| arn.trim_end_matches(|c: char| !c.is_alphanumeric())),
    })
}

/// The policy's ARN and what follows: it stands behind a colon. Elsewhere it would be another thing's.
fn policy_arn(reason: &str) -> Option<&str> {
    let stands_behind_colon = |&(at, _): &(usize, &str)| {
        let before = reason.get(..at).unwrap_or_default();
        before.trim_end_matches([' ', '"', '\\']).ends_with(':')
    };
    reason.match_indices("arn:").find(stands_behind_colon).and_then(|(at, _)| reason.get(at..))
}

/// The first word, and what follows behind the blank. A word that ends the message loses its full stop.
fn word(text: &str) -> (&str, &str) {
    match text.split_once(char::is_whitespace) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text.trim_end_matches('.'), ""),
    }
}

/// The kind of policy that a reason names. That of an endpoint comes first: its message may mention another.
fn policy_kind(reason: &str) -> Option<PolicyKind> {
    const NAMES: [(&str, PolicyKind); 9] = [
        ("VPC endpoint policy", PolicyKind::Endpoint),
        ("service control policy", PolicyKind::ServiceControl),
        ("resource control policy", PolicyKind::ResourceControl),
        ("permissions boundary", PolicyKind::Boundary),
        ("session policy", PolicyKind::Session),
        // So the guide spells it in one place.
        ("sessions policy", PolicyKind::Session),
        ("trust policy", PolicyKind::Trust),
        ("identity-based policy", PolicyKind::Identity),
        ("resource-based policy", PolicyKind::Resource),
    ];
    NAMES.iter().find(|(name, _)| reason.contains(name)).map(|&(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_kind_is_recognised() {
        for (text, reason) in [
            (
                "because no identity-based policy allows the ecr:BatchGetImage action",
                Reason::NotAllowed(PolicyKind::Identity),
            ),
            ("with an explicit deny in an identity-based policy", Reason::Denied(Some(PolicyKind::Identity))),
            (
                "because no resource-based policy allows the ecr:BatchGetImage action",
                Reason::NotAllowed(PolicyKind::Resource),
            ),
            (
                "because no permissions boundary allows the ecr:BatchGetImage action",
                Reason::NotAllowed(PolicyKind::Boundary),
            ),
            ("with an explicit deny in a sessions policy", Reason::Denied(Some(PolicyKind::Session))),
            (
                "with an explicit deny in a service control policy",
                Reason::Denied(Some(PolicyKind::ServiceControl)),
            ),
            (
                "with an explicit deny in a resource control policy",
                Reason::Denied(Some(PolicyKind::ResourceControl)),
            ),
            (
                "because no VPC endpoint policy allows the ecr:BatchGetImage action",
                Reason::NotAllowed(PolicyKind::Endpoint),
            ),
            (
                "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
                Reason::Denied(Some(PolicyKind::Endpoint)),
            ),
            (
                "because no role trust policy allows the sts:AssumeRole action",
                Reason::NotAllowed(PolicyKind::Trust),
            ),
            ("with an explicit deny", Reason::Denied(None)),
            ("", Reason::Unsaid),
        ] {
            let message = format!(
                "User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:1:repository/a {text}"
            );
            let denied = parse(&message).unwrap();
            assert_eq!(denied.reason, reason, "{text}");
            assert_eq!(denied.principal, "arn:aws:sts::123456789012:assumed-role/ci/x");
            assert_eq!(denied.action, "ecr:BatchGetImage");
            assert_eq!(denied.resource, Some("arn:aws:ecr:us-east-1:1:repository/a"));
        }
    }

    #[test]
    fn services_and_logs_write_it_in_several_ways() {
        let read = |message: &'static str| {
            let denied = parse(message).unwrap();
            (denied.action, denied.resource, denied.reason, denied.policy_arn)
        };
        let (token, scp) = ("ecr:GetAuthorizationToken", Reason::Denied(Some(PolicyKind::ServiceControl)));
        let policy = "arn:aws:organizations::1:policy/o-x/p-y";
        assert_eq!(
            read(
                "User: arn:a is not authorized to perform: ecr:GetAuthorizationToken on resource: * with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-x/p-y"
            ),
            (token, Some("*"), scp, Some(policy))
        );
        assert_eq!(
            read(
                "{\"message\":\"User: arn:a is not authorized to perform: ecr:GetAuthorizationToken on resource: \\\"*\\\" with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-x/p-y.\"}"
            ),
            (token, Some("*"), scp, Some(policy))
        );
        assert_eq!(
            read("denied: User: arn:a is not authorized to perform: ecr:GetAuthorizationToken"),
            (token, None, Reason::Unsaid, None)
        );
        assert_eq!(
            read("User: arn:a is not authorized to perform: ecr:PutImage on resource: arn:r."),
            ("ecr:PutImage", Some("arn:r"), Reason::Unsaid, None)
        );
        assert_eq!(
            read(
                "User: arn:a is not authorized to perform: kms:Decrypt on this resource because the resource does not exist"
            ),
            ("kms:Decrypt", None, Reason::Unsaid, None)
        );
        // Nothing but what stands behind a colon is the policy.
        let of_another_kind = "User: arn:a is not authorized to perform: arn:Aa because no identity-based policy allows the arn:Aa action";
        assert_eq!(read(of_another_kind), ("arn:Aa", None, Reason::NotAllowed(PolicyKind::Identity), None));
        assert_eq!(parse("The security token included in the request is expired"), None);
    }

    fn reasons() -> impl Strategy<Value = Reason> {
        let kind = prop::sample::select(&PolicyKind::ALL[..]);
        prop_oneof![
            Just(Reason::Unsaid),
            Just(Reason::Denied(None)),
            kind.clone().prop_map(Reason::NotAllowed),
            kind.prop_map(|kind| Reason::Denied(Some(kind))),
        ]
    }

    proptest! {
        #[test]
        fn what_is_printed_is_parsed_back(
            principal in "arn:aws:[a-z]{1,5}::[0-9]{12}:[a-zA-Z/@.+=,-]{1,20}[a-z]",
            action in "[a-z-]{2,8}:[A-Z][a-zA-Z]{1,20}",
            resource in prop::option::of("(\\*|arn:aws:ecr:[a-z0-9-]{1,9}:[0-9]{12}:repository/[a-z/._-]{0,20}[a-z])"),
            reason in reasons(),
            policy in prop::option::of("arn:aws:iam::[0-9]{12}:policy/[a-zA-Z0-9]{1,10}"),
            before in "(denied: |An error occurred \\(AccessDeniedException\\) when calling the X operation: |)",
        ) {
            let policy_arn = policy.as_deref().filter(|_| reason != Reason::Unsaid);
            let denied = Denied { principal: &principal, action: &action, resource: resource.as_deref(), reason, policy_arn };
            let printed = format!("{before}{denied}");
            prop_assert_eq!(parse(&printed), Some(denied));
            // And the other way around: a sentence AWS writes is printed as it was.
            prop_assert_eq!(format!("{before}{}", parse(&printed).unwrap()), printed);
        }

        #[test]
        fn any_message_is_answered(before in ".{0,40}", between in ".{0,40}", after in ".{0,60}") {
            let _ = parse(&format!("{before}{USER}{between}{ACTION}{after}"));
        }
    }
}
