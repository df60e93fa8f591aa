//! This identity may not pull from the repository: what it looks like, and what fixes it. The page for users is `iam_missing_pull_action.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, by_hand, check, run, says};
use crate::check::{Case, Outcome, Stage, clear};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IamMissingPullAction,
    page: Page::new(include_str!("iam_missing_pull_action.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["@pull-action"])
            .without(&[
                "@explicit-deny",
                "@cross-account",
                "permissions boundary",
                "service control",
                "vpc endpoint policy",
                "session policy",
            ])
            .weight(92),
        says(&["@pull-action", "no identity-based policy allows"]).without(&["@explicit-deny"]).weight(97),
        says(&["@pull-action", "@cross-account"])
            .without(&["@explicit-deny", "resource-based policy"])
            .weight(84),
        says(&["not authorized to perform: ecr:batchgetimage"])
            .without(&["explicit deny", "resource-based policy", "@cross-account"])
            .weight(90),
        says(&["not authorized to perform: ecr:getdownloadurlforlayer"])
            .without(&["explicit deny", "resource-based policy", "@cross-account"])
            .weight(90),
        says(&["/blobs/", "403 forbidden"]).about_ecr().weight(70),
        says(&["manifests/", "403 forbidden"]).about_ecr().unless_near(&["public.ecr.aws"]).weight(80),
        says(&["403 forbidden"])
            .about_ecr()
            .unless_near(&["public.ecr.aws", "blobs/uploads", "starport"])
            .weight(66),
        says(&["no basic auth credentials"]).without(&["@other-host"]).weight(47),
        says(&["accessdenied", "batchgetimage"]).weight(91),
        says(&["unauthorized: authentication required"]).near(&["kubelet"]).about_ecr().weight(56),
    ],
    remedies: &[
        run(
            "allow a pull's actions on this repository; for a user it is put-user-policy --user-name, for SSO the permission set",
            "aws iam put-role-policy --role-name {role} --policy-name ecr-pull --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\",\"ecr:BatchCheckLayerAvailability\"],\"Resource\":\"arn:aws:ecr:{region}:{account}:repository/{repository}\"}]}'",
        ),
        by_hand("or attach AmazonEC2ContainerRegistryPullOnly"),
    ],
    decide: "aws iam simulate-principal-policy --policy-source-arn {caller} --action-names ecr:BatchGetImage --resource-arns arn:aws:ecr:{region}:{account}:repository/{repository}",
    check: check(Stage::Repository, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    if case.bundle.question.pushes() {
        return clear("it is about a push");
    }
    case.denied_action()
}
