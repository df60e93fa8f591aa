//! This identity may not fetch a token: what it looks like, and what fixes it. The page for users is `iam_missing_get_authorization_token.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, by_hand, check, run, says};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IamMissingGetAuthorizationToken,
    page: Page::new(include_str!("iam_missing_get_authorization_token.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["credentials not found in native keychain"]).about_ecr().weight(60),
        says(&["ecr getauthorizationtoken error"]).weight(78),
        says(&["accessdenied", "getauthorizationtoken"])
            .without(&[
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
                "explicit deny",
                "permissions boundary",
                "service control",
                "vpc endpoint policy",
                "session policy",
            ])
            .weight(95),
        says(&["not authorized to perform: ecr-public:getauthorizationtoken"])
            .without(&["explicit deny"])
            .weight(95),
        says(&["not authorized to perform: sts:getservicebearertoken"])
            .without(&["explicit deny"])
            .weight(96),
        says(&["not authorized to perform: ecr:getauthorizationtoken"])
            .without(&["explicit deny"])
            .near(&["no identity-based policy"])
            .weight(96),
    ],
    remedies: &[
        run(
            "allow it; for a user it is put-user-policy --user-name, for SSO the permission set",
            "aws iam put-role-policy --role-name {role} --policy-name ecr-token --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"ecr:GetAuthorizationToken\",\"Resource\":\"*\"}]}'",
        ),
        by_hand(
            "or attach AmazonEC2ContainerRegistryPullOnly (pull) or AmazonEC2ContainerRegistryPowerUser (push); for ECR Public, AmazonElasticContainerRegistryPublicReadOnly",
        ),
    ],
    decide: "aws ecr get-authorization-token --region {region} --query 'authorizationData[].expiresAt'",
    check: check(Stage::Token, |case| case.refused()),
};
