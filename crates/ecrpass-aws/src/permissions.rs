//! What the credentials may do to a repository, found out without changing anything: calls that cannot succeed and say
//! whether they are allowed before they say why, and IAM's own simulation where that is allowed.

use aws_sdk_ecr::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_iam::types::PolicyEvaluationDecisionType;
use ecrpass_core::redact::redact;
use ecrpass_iam::actions;

/// A digest no layer has.
const NO_LAYER: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// An upload nobody began.
const NO_UPLOAD: &str = "00000000-0000-0000-0000-000000000000";

/// Which repository, and whether to push there.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The account of the registry.
    pub account: String,
    /// The repository's ARN.
    pub arn: String,
    /// The repository.
    pub repository: String,
    /// Whether it is about a push.
    pub pushes: bool,
}

/// An action that was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The action, as policies name it.
    pub action: &'static str,
    /// What came of it.
    pub answer: Answer,
}

/// Whether an action is allowed, by what ECR answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is.
    Allowed,
    /// It is not, in AWS's words.
    Denied(String),
    /// The answer says nothing of it.
    Unknown(String),
}

/// What IAM's simulation says of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The action, as policies name it.
    pub action: String,
    /// Whether the caller's own policies allow it.
    pub allowed: bool,
    /// The simulation's word.
    pub decision: String,
}

/// Tries each action a pull or push takes.
///
/// ECR checks permissions before it looks for what a call names, so a call for nothing tells one from the other; none of
/// these changes anything. Source: seen in the error each gives with and without permission.
pub async fn probe(ecr: &aws_sdk_ecr::Client, wanted: &Wanted) -> Vec<Tried> {
    let Wanted { account, repository, .. } = wanted;
    let nothing = aws_sdk_ecr::primitives::Blob::new([0_u8]);
    let mut found = Vec::new();
    if wanted.pushes {
        let check = ecr
            .batch_check_layer_availability()
            .registry_id(account)
            .repository_name(repository)
            .layer_digests(NO_LAYER);
        found.push(judged("ecr:BatchCheckLayerAvailability", check.send().await));
        let part = ecr
            .upload_layer_part()
            .registry_id(account)
            .repository_name(repository)
            .upload_id(NO_UPLOAD)
            .part_first_byte(0)
            .part_last_byte(0)
            .layer_part_blob(nothing);
        found.push(judged("ecr:UploadLayerPart", part.send().await));
        let complete = ecr
            .complete_layer_upload()
            .registry_id(account)
            .repository_name(repository)
            .upload_id(NO_UPLOAD)
            .layer_digests(NO_LAYER);
        found.push(judged("ecr:CompleteLayerUpload", complete.send().await));
        let put = ecr.put_image().registry_id(account).repository_name(repository).image_manifest("{}");
        found.push(judged("ecr:PutImage", put.send().await));
    } else {
        let download = ecr
            .get_download_url_for_layer()
            .registry_id(account)
            .repository_name(repository)
            .layer_digest(NO_LAYER);
        found.push(judged("ecr:GetDownloadUrlForLayer", download.send().await));
    }
    found
}

/// Any other refusal than "denied" shows that it was allowed.
fn judged<T, E: ProvideErrorMetadata, R>(action: &'static str, result: Result<T, SdkError<E, R>>) -> Tried {
    let answer = match &result {
        Ok(_) => Answer::Allowed,
        Err(SdkError::ServiceError(error)) => {
            let (code, message) =
                (error.err().code().unwrap_or_default(), error.err().message().unwrap_or_default());
            match code {
                "AccessDeniedException" | "AccessDenied" => Answer::Denied(redact(message).into_owned()),
                // Nothing was found, so something may be looked for.
                "LayersNotFoundException"
                | "LayerInaccessibleException"
                | "UploadNotFoundException"
                | "InvalidParameterException"
                | "InvalidLayerPartException"
                | "InvalidLayerException"
                | "EmptyUploadException"
                | "LayerPartTooSmallException"
                | "ImageDigestDoesNotMatchException"
                | "UnableToGetUpstreamLayerException" => Answer::Allowed,
                _ => Answer::Unknown(redact(&format!("{code}: {message}")).into_owned()),
            }
        }
        Err(error) => Answer::Unknown(redact(&error.to_string()).into_owned()),
    };
    Tried { action, answer }
}

/// Has IAM simulate the actions for a caller; empty where the caller may not.
pub async fn simulate(iam: &aws_sdk_iam::Client, caller: &str, wanted: &Wanted) -> Vec<Simulated> {
    let actions: &[&str] = if wanted.pushes { &actions::WRITE } else { &actions::PULL };
    let request = iam
        .simulate_principal_policy()
        .policy_source_arn(caller)
        .resource_arns(&wanted.arn)
        .set_action_names(Some(actions.iter().map(|action| (*action).to_owned()).collect()));
    let Ok(answer) = request.send().await else { return Vec::new() };
    let simulated = answer.evaluation_results().iter().map(|result| {
        let decision = result.eval_decision();
        Simulated {
            action: result.eval_action_name().to_owned(),
            allowed: *decision == PolicyEvaluationDecisionType::Allowed,
            decision: decision.as_str().to_owned(),
        }
    });
    simulated.collect()
}
