//! This identity may not push to the repository: what it looks like, and what fixes it. The page for users is `iam_missing_push_action.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, run, says};
use crate::check::{Case, Outcome, Stage, clear};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::IamMissingPushAction,
    page: Page::new(include_str!("iam_missing_push_action.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["incorrect or mismatched registry credentials"]).about_ecr().weight(72),
        says(&["@pull-action", "failed to push"])
            .without(&["@explicit-deny", "resource-based policy"])
            .weight(98),
        says(&["@pull-action", "push"])
            .without(&["@explicit-deny", "resource-based policy", "pull access denied"])
            .weight(97),
        says(&["@push-action"])
            .without(&[
                "@explicit-deny",
                "@cross-account",
                "permissions boundary",
                "service control",
                "vpc endpoint policy",
                "session policy",
            ])
            .weight(92),
        says(&["@push-action", "no identity-based policy allows"]).without(&["@explicit-deny"]).weight(96),
        says(&["@push-action", "@cross-account"])
            .without(&["@explicit-deny", "resource-based policy"])
            .weight(84),
        says(&["not authorized to perform: ecr:initiatelayerupload"])
            .without(&["explicit deny", "resource-based policy", "@cross-account"])
            .weight(90),
        says(&["not authorized to perform: ecr-public:initiatelayerupload"]).weight(94),
        says(&["not authorized to perform: ecr-public:"]).without(&["getauthorizationtoken"]).weight(91),
        says(&["blobs/uploads/", "403"]).about_ecr().weight(86),
        says(&["blobs/uploads/", "eof"]).about_ecr().weight(72),
        says(&["/blobs/", "403 forbidden"])
            .about_ecr()
            .unless_near(&["cannotpull", "kubelet", "failed to pull"])
            .weight(74),
        says(&["error checking push permissions", "denied"]).about_ecr().weight(76),
        says(&["retrying in 1 second"])
            .near(&["push refers to"])
            .unless_near(&["no basic auth", "not authorized", "timeout"])
            .about_ecr()
            .weight(62),
        says(&["accessdenied", "initiatelayerupload"]).weight(91),
    ],
    remedies: &[
        run(
            "allow the six actions a push takes, on this repository; for a user it is put-user-policy --user-name, for SSO the permission set",
            "aws iam put-role-policy --role-name {role} --policy-name ecr-push --policy-document '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"ecr:BatchCheckLayerAvailability\",\"ecr:BatchGetImage\",\"ecr:InitiateLayerUpload\",\"ecr:UploadLayerPart\",\"ecr:CompleteLayerUpload\",\"ecr:PutImage\"],\"Resource\":\"arn:aws:ecr:{region}:{account}:repository/{repository}\"}]}'",
        ),
        run("make sure it is the right identity", "aws sts get-caller-identity"),
    ],
    decide: "aws iam simulate-principal-policy --policy-source-arn {caller} --action-names ecr:InitiateLayerUpload --resource-arns arn:aws:ecr:{region}:{account}:repository/{repository}",
    check: check(Stage::Repository, examine),
};

fn examine(case: &Case<'_>) -> Outcome {
    if !case.bundle.question.pushes() {
        return clear("it is about a pull");
    }
    // A push reads, too: whether layers and manifest are there already.
    match case.said_as(DiagnosisId::IamMissingPullAction) {
        Some(proof) => proof.outcome(),
        None => case.denied_action(),
    }
}
