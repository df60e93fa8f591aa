//! This identity may not pull from the repository: what it looks like, and what fixes it. The page for users is `iam_missing_pull_action.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm};
use crate::catalogue::remedy_list::remedies;
use crate::catalogue::{callers, common, grants};
use crate::check::{Case, CheckOutcome, Stage, clear};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IamMissingPullAction,
    page: Page::new(include_str!("iam_missing_pull_action.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@answered-403", "@private-registry"])
            .without(&["level=debug", "debu[", "blobs/uploads", "put ", "starport"])
            .unless_near(&["push refers to", "docker push", "pushing image", "failed to push"])
            .weight(67),
        // SageMaker's words.
        says(&["does not have batchgetimage permission for the image"]).weight(91),
        says(&["images included in the model", "permissions to access them"]).weight(68),
        says(&["cannot pull algorithm container"]).weight(66),
        // CodeBuild's, for an image that it runs a build in.
        says(&["repository does not exist or may require 'docker login'"])
            .without(&["token has expired", "is not authorized", "no basic auth"])
            .near(&["build_container_unable_to_pull_image"])
            .about_ecr()
            .weight(69),
        says(&["error parsing http 403 response body", "unexpected end of json input"])
            .unless_near(&["push refers to", "docker push", "pushing image", "failed to push"])
            .about_ecr()
            .weight(76),
        says(&["@pull-action"])
            .without(&[
                "@other-policy",
                "@explicit-deny",
                "@cross-account",
                "@service-caller",
                "resource-based policy",
                "permissions boundary",
                "service control",
                "vpc endpoint policy",
                "session policy",
            ])
            .weight(92),
        says(&["@pull-action", "no identity-based policy allows"]).without(&["@other-policy", "@explicit-deny"]).weight(97),
        says(&["@pull-action", "@cross-account"])
            .without(&["@other-policy", "@explicit-deny", "resource-based policy"])
            .weight(84),
        says(&["not authorized to perform: ecr:batchgetimage"])
            .without(&["@other-policy", "explicit deny", "resource-based policy", "@cross-account", "@service-caller"])
            .weight(90),
        says(&["not authorized to perform: ecr:getdownloadurlforlayer"])
            .without(&["@other-policy", "explicit deny", "resource-based policy", "@cross-account", "@service-caller"])
            .weight(90),
        says(&["/blobs/", "403 forbidden"]).about_ecr().weight(70),
        says(&["manifests/", "403 forbidden"]).about_ecr().unless_near(&["public.ecr.aws"]).weight(80),
        says(&["403 forbidden"])
            .about_ecr()
            .unless_near(&["public.ecr.aws", "blobs/uploads", "starport"])
            .weight(66),
        says(&["no basic auth credentials"]).not_another().weight(47),
        says(&["accessdenied", "batchgetimage"]).without(&["is not authorized to perform"]).weight(91),
        says(&["unauthorized: authentication required"]).near(&["kubelet"]).about_ecr().weight(56),
    ],
    remedies: remedies![
        &grants::PULL,
        &[grants::PULL_WRITTEN],
        callers::OTHERWISE,
        &[
            by_hand("or attach AmazonEC2ContainerRegistryPullOnly").private().for_callers(callers::WITH_POLICIES),
            by_hand("pull without a login: ECR Public asks for no permission then").public(),
        ],
    ],
    confirm: &[confirm("aws iam simulate-principal-policy --policy-source-arn {caller} --action-names ecr:BatchGetImage --resource-arns {arn}").private().for_callers(callers::SIMULATED), common::WHO_CALLS],
    check: check(Stage::Repository, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    if case.bundle.question.pushes() {
        return clear("it is about a push");
    }
    case.denied_action()
}
