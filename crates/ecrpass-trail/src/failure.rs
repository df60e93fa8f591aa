//! What an error code of a call means: which codes are one and the same failure, and which are answers, not failures.

/// What a code says, whatever service says it and however it spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Failure {
    /// A policy said no.
    Denied,
    /// Too many calls at once.
    Throttled,
    /// The session has ended.
    Expired,
    /// The key, the signature or the session token is not accepted.
    KeyRefused,
    /// The token of an identity provider is not accepted.
    WebIdentity,
    /// There is no such repository.
    NoRepository,
    /// There is no such image or layer.
    NoImage,
    /// The tag is there and may not be overwritten.
    TagImmutable,
    /// The upstream registry of a pull-through cache rule cannot be asked.
    Upstream,
    /// The key that images are encrypted with cannot be used.
    Kms,
    /// A quota of numbers or sizes is used up.
    Quota,
    /// A task could not pull; its reason says why.
    Pull,
    /// AWS's own fault.
    Service,
    /// Anything else: a parameter, a state.
    Other,
}

/// The codes, in lower case and without `Exception`.
///
/// Sources: the API models of ecr and ecr-public; IAM's common errors; STS's errors.
const CODES: &[(Failure, &[&str])] = &[
    (
        Failure::Denied,
        &[
            "accessdenied",
            "client.unauthorizedoperation",
            "unauthorizedoperation",
            "notauthorized",
            "authorizationerror",
            "forbidden",
            "unauthorized",
        ],
    ),
    (
        Failure::Throttled,
        &[
            "throttling",
            "throttled",
            "throttledexception",
            "toomanyrequests",
            "requestlimitexceeded",
            "slowdown",
        ],
    ),
    (Failure::Expired, &["expiredtoken", "requestexpired", "tokenrefreshrequired"]),
    (
        Failure::KeyRefused,
        &[
            "invalidclienttokenid",
            "unrecognizedclient",
            "invalidsignature",
            "signaturedoesnotmatch",
            "authfailure",
            "incompletesignature",
            "missingauthenticationtoken",
            "invalidaccesskeyid",
        ],
    ),
    (Failure::WebIdentity, &["invalididentitytoken", "idpcommunicationerror", "idprejectedclaim"]),
    (Failure::NoRepository, &["repositorynotfound"]),
    (Failure::NoImage, &["imagenotfound", "layersnotfound", "layerinaccessible"]),
    (Failure::TagImmutable, &["imagetagalreadyexists"]),
    (
        Failure::Upstream,
        &[
            "unabletogetupstreamimage",
            "unabletogetupstreamlayer",
            "unabletoaccesssecret",
            "unabletodecryptsecretvalue",
            "secretnotfound",
            "unsupportedupstreamregistry",
        ],
    ),
    (Failure::Kms, &["kms", "kmsaccessdenied", "kmsdisabled", "kmsinvalidstate", "kmsnotfound"]),
    (Failure::Quota, &["limitexceeded", "servicequotaexceeded"]),
    (
        Failure::Service,
        &[
            "server",
            "internalfailure",
            "internalerror",
            "serviceunavailable",
            "internalservererror",
            "unavailable",
        ],
    ),
];

/// What a code says.
pub fn failure(code: &str) -> Failure {
    let code = code.to_ascii_lowercase();
    let code = code.strip_suffix("exception").unwrap_or(&code);
    if code.starts_with("cannotpull") {
        return Failure::Pull;
    }
    let row = CODES.iter().find(|(_, codes)| codes.contains(&code));
    row.map_or(Failure::Other, |(failure, _)| *failure)
}

/// Whether a code is a denial.
pub fn is_denial(code: &str) -> bool {
    failure(code) == Failure::Denied
}

/// Whether a failed call is the answer to a question: whether a tag or a repository is there, whether there is a policy.
/// Programs ask so every day, and nothing is wrong.
pub fn is_answer(call: &str, code: &str) -> bool {
    let asks = ["Describe", "List", "Get", "BatchGetRepository"].iter().any(|start| call.starts_with(start));
    let is_pull = matches!(call, "GetDownloadUrlForLayer" | "GetAuthorizationToken");
    match failure(code) {
        Failure::NoImage | Failure::NoRepository => asks && !is_pull,
        // `create-repository || true`, a policy that is not there, a name that is not allowed.
        Failure::Other => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_in_every_spelling() {
        for (code, expected) in [
            ("AccessDenied", Failure::Denied),
            ("AccessDeniedException", Failure::Denied),
            ("Client.UnauthorizedOperation", Failure::Denied),
            ("ThrottlingException", Failure::Throttled),
            ("ExpiredTokenException", Failure::Expired),
            ("ExpiredToken", Failure::Expired),
            ("RepositoryNotFoundException", Failure::NoRepository),
            ("UnableToGetUpstreamImageException", Failure::Upstream),
            ("KmsException", Failure::Kms),
            ("ServerException", Failure::Service),
            ("CannotPullContainerError", Failure::Pull),
            ("ValidationException", Failure::Other),
            ("", Failure::Other),
        ] {
            assert_eq!(failure(code), expected, "{code}");
        }
    }

    #[test]
    fn questions_are_answered_not_refused() {
        for (call, code, expected) in [
            ("DescribeImages", "ImageNotFoundException", true),
            ("DescribeRepositories", "RepositoryNotFoundException", true),
            ("CreateRepository", "RepositoryAlreadyExistsException", true),
            ("GetLifecyclePolicy", "LifecyclePolicyNotFoundException", true),
            ("BatchGetImage", "RepositoryNotFoundException", false),
            ("BatchGetImage", "ImageNotFoundException", false),
            ("GetDownloadUrlForLayer", "RepositoryNotFoundException", false),
            ("DescribeImages", "AccessDeniedException", false),
            ("PutImage", "ImageTagAlreadyExistsException", false),
        ] {
            assert_eq!(is_answer(call, code), expected, "{call} {code}");
        }
    }
}
