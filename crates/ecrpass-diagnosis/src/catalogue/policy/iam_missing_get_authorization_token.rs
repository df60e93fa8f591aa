//! This identity may not fetch a token: what it looks like, and what fixes it. The page for users is `iam_missing_get_authorization_token.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm};
use crate::catalogue::remedy_list::remedies;
use crate::catalogue::{callers, grants};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IamMissingGetAuthorizationToken,
    page: Page::new(include_str!("iam_missing_get_authorization_token.md")),
    severity: Severity::Error,
    signatures: &[
        // Elastic Beanstalk's words.
        says(&["failed to authenticate with ecr for registry"]).weight(86),
        says(&["credentials not found in native keychain"]).about_ecr().weight(60),
        says(&["ecr getauthorizationtoken error"]).weight(78),
        says(&["accessdenied", "getauthorizationtoken"])
            .without(&[
                "is not authorized to perform",
                "@other-policy",
                "explicit deny",
                "permissions boundary",
                "service control",
                "vpc endpoint policy",
                "session policy",
                "codeartifact",
                "assumerole",
            ])
            .weight(93),
        says(&["not authorized to perform: ecr:getauthorizationtoken"])
            .without(&[
                "@other-policy",
                "explicit deny",
                "permissions boundary",
                "service control",
                "vpc endpoint policy",
                "session policy",
            ])
            .weight(95),
        says(&["not authorized to perform: ecr-public:getauthorizationtoken"])
            .without(&["@other-policy", "explicit deny"])
            .weight(95),
        says(&["not authorized to perform: sts:getservicebearertoken"])
            .without(&["@other-policy", "explicit deny"])
            .weight(96),
        says(&["not authorized to perform: ecr:getauthorizationtoken"])
            .without(&["@other-policy", "explicit deny"])
            .near(&["no identity-based policy"])
            .weight(96),
    ],
    remedies: remedies![
        &grants::TOKEN,
        &grants::PUBLIC_TOKEN,
        &[grants::TOKEN_WRITTEN],
        callers::OTHERWISE,
        &[
            by_hand("or attach AmazonEC2ContainerRegistryPullOnly (pull) or AmazonEC2ContainerRegistryPowerUser (push)").private().for_callers(callers::WITH_POLICIES),
            by_hand("or attach AmazonElasticContainerRegistryPublicReadOnly (pull) or AmazonElasticContainerRegistryPublicPowerUser (push)").public().for_callers(callers::WITH_POLICIES),
        ],
    ],
    confirm: &[confirm("aws ecr get-authorization-token --region {region} --query 'authorizationData[].expiresAt'").private(), confirm("aws ecr-public get-authorization-token --region us-east-1 --query authorizationData.expiresAt").public()],
    check: check(Stage::Token, |case| case.refused()),
};
