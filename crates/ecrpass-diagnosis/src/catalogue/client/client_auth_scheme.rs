//! The client sends a good login in a way that the registry does not take: what it looks like, and what fixes it. The page for users is `client_auth_scheme.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::ClientAuthScheme,
    page: Page::new(include_str!("client_auth_scheme.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["authorization token is invalid"]).near(&["authenticating docker registry request", "remote response"]).also_near(&["public.ecr.aws"]).weight(84),
        // Apple's `container`.
        says(&["http request to https://public.ecr.aws/v2/ failed with response", "authorization token is invalid"])
            .weight(88),
        says(&["unsupported auth scheme"]).not_another().weight(86),
        says(&["unsupported authentication scheme"]).not_another().weight(86),
        says(&["unrecognized authentication challenge"]).not_another().weight(86),
        says(&["unsupported authentication challenge"]).not_another().weight(86),
        says(&["unexpected authentication challenge"]).not_another().weight(84),
        says(&["unknown authentication scheme"]).about_ecr().weight(91),
        says(&["expected bearer"]).about_ecr().weight(88),
        says(&["expected auth scheme"]).about_ecr().weight(88),
        says(&["bearer", "www-authenticate: basic"]).about_ecr().weight(90),
        says(&["www-authenticate: basic realm=\"https://"]).near(&["authorization: bearer"]).about_ecr().weight(92),
        says(&["www-authenticate: bearer realm=\"https://public.ecr.aws/token"]).near(&["authorization: basic"]).weight(92),
        says(&["no bearer challenge"]).about_ecr().weight(90),
        says(&["does not support bearer"]).about_ecr().weight(88),
        says(&["only bearer", "supported"]).about_ecr().weight(88),
        says(&["unexpected www-authenticate"]).about_ecr().weight(84),
    ],
    remedies: &[
        by_hand("for a private registry send `Authorization: Basic` with `AWS:` and the password in base64: ECR knows no token service").private(),
        by_hand("for ECR Public fetch a token first: `GET https://public.ecr.aws/token/?service=public.ecr.aws&scope=aws`, with the login as Basic or without any, then send it as `Authorization: Bearer`").public(),
        by_hand("for a proxy or a mirror, name which of the two it has to use, or a version that reads the `Www-Authenticate` header of the answer"),
    ],
    confirm: &[confirm("curl -sS -o /dev/null -D - https://{host}/v2/ | grep -i www-authenticate")],
    // A log or an event tells it; no fact that is collected does.
    check: None,
};
