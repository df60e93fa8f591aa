//! The repository does not allow Lambda to pull: what it looks like, and what fixes it. The page for users is `lambda_repo_policy_missing.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_iam::context::Context;
use ecrpass_iam::{Policies, Principal, Request, Verdict, actions, document, evaluate};

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look, run};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::facts::{PullerKind, Seen};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::LambdaRepoPolicyMissing,
    page: Page::new(include_str!("lambda_repo_policy_missing.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["does not grant ecr:", "lambda"]).weight(97),
        says(&["function does not have permission to access the specified image"]).weight(97),
        says(&["does not have permission to access the specified image"]).weight(96),
        says(&["lambda does not have permission to access the ecr image"]).weight(97),
        says(&["lambda", "does not have permission to access the ecr"]).weight(97),
        says(&["permission to access the ecr image"]).weight(95),
        says(&["imageaccessdenied"]).weight(93),
        says(&["lambda", "ecr image access"]).weight(88),
        says(&["lambda is not authorized to perform", "ecr:"]).weight(93),
        says(&["@lambda-caller", "@ecr-action"]).without(&["@other-policy", "@explicit-deny"]).weight(97),
        says(&["lambda.amazonaws.com", "accessdenied", "ecr"])
            .without(&["is not authorized to perform"])
            .weight(90),
    ],
    remedies: &[run("save the current policy first: the next commands replace all of it", "aws ecr get-repository-policy --region {region} --repository-name {repository} --query policyText --output text > policy.json").private(), run("for a function of the same account", "aws ecr set-repository-policy --region {region} --repository-name {repository} --policy-text '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\"]}]}'").private(), run("for functions of another account, which must be in the same region", "aws ecr set-repository-policy --region {region} --repository-name {repository} --policy-text '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:{partition}:iam::{function-account}:root\"},\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\"]},{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":[\"ecr:BatchGetImage\",\"ecr:GetDownloadUrlForLayer\"],\"Condition\":{\"StringLike\":{\"aws:sourceARN\":\"arn:{partition}:lambda:{region}:{function-account}:function:*\"}}}]}'").private(), look("print such a policy for one function alone, or for Terraform (--function, --format)", "ecrpass policy generate lambda-pull --repository {arn} --account {function-account}").private(), by_hand("copy the image to a private repository: Lambda cannot pull from ECR Public").public()],
    confirm: &[confirm("aws ecr get-repository-policy --region {region} --repository-name {repository}").private(), confirm("aws lambda list-functions --query 'Functions[?PackageType==`Image`].FunctionName'").public()],
    check: check(Stage::Repository, examine),
};

const LAMBDA: &str = "lambda.amazonaws.com";

/// An action that Lambda may not have.
enum Withheld {
    /// It has not.
    Always(&'static str),
    /// That depends on these keys, whose values only Lambda knows.
    For(Vec<String>),
}

/// What the repository's policy says of one action by Lambda; `None` when it allows it.
fn withheld(policy: Option<&str>, repository: &str, action: &'static str) -> Option<Withheld> {
    let document = policy.and_then(|text| document::read("the repository's policy", text).document);
    let policies = Policies { repository: document, ..Policies::default() };
    let request = Request {
        principal: Principal::service(LAMBDA),
        action: action.to_owned(),
        resource: repository.to_owned(),
        context: Context::partial(),
    };
    let decision = evaluate(&policies, &request.with_implied_keys());
    match decision.verdict {
        Verdict::Allowed => None,
        Verdict::Depends => Some(Withheld::For(decision.depends_on.into_iter().map(|on| on.key).collect())),
        Verdict::ImplicitlyDenied | Verdict::ExplicitlyDenied => Some(Withheld::Always(action)),
    }
}

/// The repository that is asked about; none of ECR Public, where Lambda does not pull from.
fn repository_arn(case: &Case<'_>) -> Option<String> {
    case.registry.as_ref()?.repository_arn(case.subject.repository.as_deref()?)
}

fn examine(case: &Case<'_>) -> CheckOutcome {
    if case.subject.puller.as_ref().is_none_or(|puller| puller.kind != PullerKind::Lambda) {
        return clear("it is not a Lambda function");
    }
    let policy = case.subject.repository_facts.known().and_then(|call| call.answer.as_ref());
    match policy.map(|repository| &repository.policy) {
        Some(Seen::Known(policy)) => {
            let Some(arn) = repository_arn(case) else {
                return unknown("which repository is meant is not known");
            };
            match actions::PULL.into_iter().find_map(|action| withheld(policy.as_deref(), &arn, action)) {
                Some(Withheld::For(keys)) => unknown(format!(
                    "the repository's policy lets Lambda pull, depending on {}",
                    keys.join(", ")
                )),
                Some(Withheld::Always(action)) => {
                    found("the repository's policy", format!("does not allow {action} to {LAMBDA}"))
                        .refused(LAMBDA, action)
                        // Lambda adds the statement by itself where its creator may.
                        .likely()
                        .outcome()
                }
                None => clear("the repository's policy lets Lambda pull"),
            }
        }
        Some(Seen::Unknown(why)) => unknown(why),
        None => unknown(case.not_reached()),
    }
}
