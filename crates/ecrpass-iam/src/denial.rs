//! The sentence AWS denies with, taken apart: who, what, on which resource, and which policy said no.
//!
//! Grammar: IAM User Guide, "Troubleshoot access denied error messages". Since January 2026 the policy's ARN may
//! follow the reason.

/// An access-denied message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDenied<'a> {
    /// The ARN of the caller.
    pub principal: &'a str,
    /// The action refused, for example `ecr:GetAuthorizationToken`.
    pub action: &'a str,
    /// The resource, where the message names one.
    pub resource: Option<&'a str>,
    /// Whose no it was.
    pub layer: Layer,
    /// Whether a statement denies it, as opposed to none allowing it.
    pub explicit: bool,
    /// The ARN of the policy, where AWS names it.
    pub policy: Option<&'a str>,
}

/// The kind of policy that refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// The caller's own policies.
    Identity,
    /// The repository's or the registry's policy.
    Resource,
    /// The caller's permissions boundary.
    Boundary,
    /// The policy of the session the caller works in.
    Session,
    /// The organisation's service control policies.
    ServiceControl,
    /// The organisation's resource control policies.
    ResourceControl,
    /// The policy of the VPC endpoint the call came through.
    VpcEndpoint,
    /// The trust policy of the role.
    Trust,
    /// The message does not say.
    Unknown,
}

impl Layer {
    /// The layer's name in a sentence, for example `a service control policy`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "its identity policies",
            Self::Resource => "the repository or registry policy",
            Self::Boundary => "its permissions boundary",
            Self::Session => "its session policy",
            Self::ServiceControl => "a service control policy",
            Self::ResourceControl => "a resource control policy",
            Self::VpcEndpoint => "the VPC endpoint's policy",
            Self::Trust => "the role's trust policy",
            Self::Unknown => "a policy",
        }
    }
}

/// Finds an access-denied sentence in a message; `None` when there is none.
pub fn parse(message: &str) -> Option<AccessDenied<'_>> {
    let rest = &message[message.find("User: ")? + "User: ".len()..];
    let (principal, rest) = rest.split_once(" is not authorized to perform: ")?;
    let action_end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let (action, rest) = (rest[..action_end].trim_end_matches(['.', ',']), rest[action_end..].trim_start());
    let (resource, reason) = match rest.strip_prefix("on resource: ") {
        Some(rest) => {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (Some(&rest[..end]), rest[end..].trim_start())
        }
        None => (None, rest),
    };
    let layer = layer(reason);
    Some(AccessDenied {
        principal: principal.trim(),
        action,
        resource,
        layer,
        explicit: reason.contains("explicit deny"),
        policy: reason.find("arn:").map(|at| {
            let arn = &reason[at..];
            arn.split(char::is_whitespace).next().unwrap_or(arn)
        }),
    })
}

fn layer(reason: &str) -> Layer {
    const LAYERS: [(&str, Layer); 9] = [
        // Before "service control policy": the endpoint's own message may mention one.
        ("VPC endpoint policy", Layer::VpcEndpoint),
        ("service control policy", Layer::ServiceControl),
        ("resource control policy", Layer::ResourceControl),
        ("permissions boundary", Layer::Boundary),
        ("session policy", Layer::Session),
        ("sessions policy", Layer::Session),
        ("trust policy", Layer::Trust),
        ("identity-based policy", Layer::Identity),
        ("resource-based policy", Layer::Resource),
    ];
    LAYERS.iter().find(|(text, _)| reason.contains(text)).map_or(Layer::Unknown, |&(_, layer)| layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_layer_is_recognised() {
        let message = |reason: &str| {
            format!(
                "User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:us-east-1:1:repository/a {reason}"
            )
        };
        for (reason, layer, explicit) in [
            ("because no identity-based policy allows the ecr:BatchGetImage action", Layer::Identity, false),
            ("with an explicit deny in an identity-based policy", Layer::Identity, true),
            ("because no resource-based policy allows the ecr:BatchGetImage action", Layer::Resource, false),
            ("because no permissions boundary allows the ecr:BatchGetImage action", Layer::Boundary, false),
            ("with an explicit deny in a sessions policy", Layer::Session, true),
            ("with an explicit deny in a service control policy", Layer::ServiceControl, true),
            ("with an explicit deny in a resource control policy", Layer::ResourceControl, true),
            ("because no VPC endpoint policy allows the ecr:BatchGetImage action", Layer::VpcEndpoint, false),
            (
                "with an explicit deny in a VPC endpoint policy transitively through a service control policy",
                Layer::VpcEndpoint,
                true,
            ),
            ("because no role trust policy allows the sts:AssumeRole action", Layer::Trust, false),
            ("", Layer::Unknown, false),
        ] {
            let message = message(reason);
            let denied = parse(&message).unwrap();
            assert_eq!((denied.layer, denied.explicit), (layer, explicit), "{reason}");
            assert_eq!(denied.principal, "arn:aws:sts::123456789012:assumed-role/ci/x");
            assert_eq!(denied.action, "ecr:BatchGetImage");
            assert_eq!(denied.resource, Some("arn:aws:ecr:us-east-1:1:repository/a"));
        }
    }

    #[test]
    fn the_policy_arn_and_short_forms_are_read() {
        let denied = parse("User: arn:a is not authorized to perform: ecr:GetAuthorizationToken on resource: * with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-x/p-y").unwrap();
        assert_eq!(
            (denied.resource, denied.policy),
            (Some("*"), Some("arn:aws:organizations::1:policy/o-x/p-y"))
        );
        let denied =
            parse("denied: User: arn:a is not authorized to perform: ecr:GetAuthorizationToken").unwrap();
        assert_eq!(
            (denied.action, denied.resource, denied.layer),
            ("ecr:GetAuthorizationToken", None, Layer::Unknown)
        );
        assert_eq!(parse("The security token included in the request is expired"), None);
    }
}
