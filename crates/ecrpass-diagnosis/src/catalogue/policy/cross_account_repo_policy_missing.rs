//! The repository is another account's and does not allow this caller: what it looks like, and what fixes it. The page for users is `cross_account_repo_policy_missing.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_iam::denial::Reason;
use ecrpass_iam::policy_kind::PolicyKind;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, run};
use crate::catalogue::{callers, grants};
use crate::check::{Case, CheckOutcome, Stage};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::CrossAccountRepoPolicyMissing,
    page: Page::new(include_str!("cross_account_repo_policy_missing.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["does not grant ecr:"]).without(&["lambda"]).weight(95),
        says(&["does not grant", "ecr:", "permission to"]).without(&["lambda"]).weight(95),
        says(&["no resource-based policy allows", "@ecr-action"]).without(&["@lambda-caller"]).weight(97),
        says(&["no resource-based policy allows", "ecr:"]).without(&["@lambda-caller"]).weight(96),
        says(&["@service-caller", "@ecr-action"])
            .without(&["@lambda-caller", "@other-policy", "@explicit-deny"])
            .weight(93),
        says(&["@cross-account", "@ecr-action"])
            .without(&["@other-policy", "@explicit-deny", "identity-based policy"])
            .weight(94),
        says(&["/blobs/", "403 forbidden"])
            .near(&["cannotpull", "failed to pull", "kubelet"])
            .about_ecr()
            .weight(80),
        says(&["manifests/", "403 forbidden"])
            .near(&["cannotpull", "failed to pull", "kubelet"])
            .about_ecr()
            .unless_near(&["public.ecr.aws"])
            .weight(84),
        says(&["repository does not exist or may require 'docker login'"])
            .without(&["token has expired", "is not authorized", "no basic auth"])
            .near(&["cannotpullcontainererror"])
            .about_ecr()
            .weight(66),
        says(&["repository does not exist or may require 'docker login'"])
            .without(&["token has expired", "is not authorized", "no basic auth"])
            .about_ecr()
            .weight(46),
        says(&["image", "not found"]).near(&["cannotpullcontainererror"]).about_ecr().weight(66),
        says(&["403 forbidden"])
            .about_ecr()
            .unless_near(&["public.ecr.aws", "blobs/uploads", "starport"])
            .weight(60),
        says(&["repositorypolicynotfoundexception"]).weight(92),
    ],
    remedies: &[run("in the account that owns the repository, save the current policy first: the next command replaces all of it", "aws ecr get-repository-policy --region {region} --registry-id {account} --repository-name {repository} --query policyText --output text > policy.json").private(), run("allow the caller to pull", "aws ecr set-repository-policy --region {region} --registry-id {account} --repository-name {repository} --policy-text '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"{caller}\"},\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\",\"ecr:BatchCheckLayerAvailability\"]}]}'").private().for_callers(callers::NAMED).when_pulling().for_tools(false), run("allow the caller to push", "aws ecr set-repository-policy --region {region} --registry-id {account} --repository-name {repository} --policy-text '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"{caller}\"},\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\",\"ecr:BatchCheckLayerAvailability\",\"ecr:InitiateLayerUpload\",\"ecr:UploadLayerPart\",\"ecr:CompleteLayerUpload\",\"ecr:PutImage\"]}]}'").private().for_callers(callers::NAMED).when_pushing().for_tools(false), run("allow the service to pull", "aws ecr set-repository-policy --region {region} --registry-id {account} --repository-name {repository} --policy-text '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"{caller}\"},\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\",\"ecr:BatchCheckLayerAvailability\"]}]}'").private().for_callers(callers::SERVICE).when_pulling().for_tools(false), run("allow the service to push", "aws ecr set-repository-policy --region {region} --registry-id {account} --repository-name {repository} --policy-text '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"{caller}\"},\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\",\"ecr:BatchCheckLayerAvailability\",\"ecr:InitiateLayerUpload\",\"ecr:UploadLayerPart\",\"ecr:CompleteLayerUpload\",\"ecr:PutImage\"]}]}'").private().for_callers(callers::SERVICE).when_pushing().for_tools(false), run("allow the caller the action that was refused", "aws ecr set-repository-policy --region {region} --registry-id {account} --repository-name {repository} --policy-text '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"{caller}\"},\"Action\":\"{action}\"}]}'").private().for_callers(callers::NAMED).for_tools(true), by_hand("allow the caller's account there, with the condition `ArnLike` on `aws:PrincipalArn`: arn:{partition}:iam::{own-account}:role/aws-reserved/sso.amazonaws.com/*AWSReservedSSO_{permission-set}_*").private().for_callers(callers::RESERVED), by_hand("allow the caller there, by its ARN: `aws sts get-caller-identity` prints it").private().for_unknown_caller(), by_hand("allow the caller in the repository's policy, in the account that owns it").public(), grants::PULL_WRITTEN.when_pulling().for_tools(false), grants::PUSH_WRITTEN.when_pushing().for_tools(false), by_hand("the caller's own policy needs these actions too, and the action that fetches tokens (GetAuthorizationToken), which a repository policy cannot grant").for_callers(callers::WITH_POLICIES)],
    confirm: &[confirm("aws ecr get-repository-policy --region {region} --registry-id {account} --repository-name {repository}").private(), confirm("aws sts get-caller-identity").public()],
    check: check(Stage::Repository, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let denied = case.denied_by(|denied| denied.reason == Reason::NotAllowed(PolicyKind::Resource));
    match case.said().or(denied) {
        Some(proof) => proof.outcome(),
        None => case.allowed_or_unknown(),
    }
}
