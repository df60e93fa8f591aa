//! Cases of policies: of the identity, of the repository, of the organization.

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::facts::{Permission, PermissionSource, Repository, Seen, Verdict};

use super::{Cases, of};
use crate::support::{Asked, Facts, HOST, healthy, pushing, unknown};

const ADA: &str = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform:";
const RESOURCE: &str = "on resource: arn:aws:ecr:us-east-1:123456789012:repository/team/app";

/// AWS's words for a denial; `because` names the policy.
fn words(action: &str, because: &str) -> String {
    format!("{ADA} {action} {RESOURCE} {because}")
}

fn by_identity(action: &str) -> String {
    words(action, &format!("because no identity-based policy allows the {action} action"))
}

fn by_repository(action: &str) -> String {
    words(action, &format!("because no resource-based policy allows the {action} action"))
}

/// The registry refuses the manifest in these words of AWS's.
fn pull_denied(message: &str) -> Facts {
    healthy().manifest_refused(403, "DENIED", message)
}

/// A push that gets no further than the manifest, and the probe's words for what it may not.
fn push_denied(action: &str, message: &str) -> Facts {
    pushing().upload_refused(403, "DENIED", message).denied(action, message)
}

pub fn cases() -> Vec<Cases> {
    [actions(), others(), tokens()].into_iter().flatten().collect()
}

fn actions() -> Vec<Cases> {
    const NO_KEY: &str = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";
    vec![
        of(DiagnosisId::KmsKeyAccessDenied)
            .found(
                "a layer cannot be decrypted",
                healthy().layer_refused(403, "KMS.NotFoundException", NO_KEY),
                "customer master key",
            )
            .clear("a layer is read", healthy(), "a layer can be read")
            .unknown(
                "there is no manifest",
                pull_denied(&by_identity("ecr:BatchGetImage")),
                "no layer was read",
            ),
        of(DiagnosisId::IamMissingPullAction)
            .found(
                "no policy of the identity's allows it",
                pull_denied(&by_identity("ecr:BatchGetImage")),
                "is not authorized to perform: ecr:BatchGetImage",
            )
            .found(
                "a layer may not be read, as a probe shows",
                healthy()
                    .subject(|subject| subject.layer = unknown("no answer within 15 s"))
                    .denied("ecr:GetDownloadUrlForLayer", &by_identity("ecr:GetDownloadUrlForLayer")),
                "ecr:GetDownloadUrlForLayer",
            )
            .clear("it is pulled", healthy(), "the registry did what it was asked")
            .clear(
                "a probe is denied, and everything is had all the same",
                healthy().denied("ecr:GetDownloadUrlForLayer", &by_identity("ecr:GetDownloadUrlForLayer")),
                "the registry did what it was asked",
            )
            .clear("a push", pushing(), "it is about a push")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::IamMissingPushAction)
            .found(
                "no upload may begin",
                push_denied("ecr:InitiateLayerUpload", &by_identity("ecr:InitiateLayerUpload")),
                "is not authorized to perform: ecr:InitiateLayerUpload",
            )
            .found(
                "an upload may begin, and no image may be put",
                pushing().denied("ecr:PutImage", &by_identity("ecr:PutImage")),
                "ecr:PutImage",
            )
            .clear("an upload begins", pushing(), "the registry did what it was asked")
            .clear("a pull", healthy(), "it is about a pull")
            .unknown("nobody was asked", pushing().offline(), "--offline"),
    ]
}

fn others() -> Vec<Cases> {
    let simulated = |facts: Facts, action: &str| {
        let action = action.to_owned();
        facts.subject(|subject| {
            subject.permissions.push(Permission {
                action,
                verdict: Verdict::Allowed,
                by: PermissionSource::Simulation.into(),
                message: String::new(),
            });
        })
    };
    let scp = words("ecr:PutImage", "with an explicit deny in a service control policy");
    let function = format!(
        "{{\"Configuration\": {{\"FunctionName\": \"f\", \"Role\": \"arn:aws:iam::123456789012:role/f\"}}, \"Code\": {{\"ImageUri\": \"{HOST}/team/app:doctor\"}}}}"
    );
    let lambda = |policy: Seen<Option<String>>| {
        healthy().file("function.json", &function).repository(Repository { immutable: false, policy })
    };
    const ALLOWS_LAMBDA: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]}]}"#;
    vec![
        of(DiagnosisId::CrossAccountRepoPolicyMissing)
            .found(
                "the repository's policy does not name the account",
                pull_denied(&by_repository("ecr:BatchGetImage")).in_another_account(),
                "no resource-based policy allows",
            )
            .found(
                "as a probe shows",
                healthy()
                    .in_another_account()
                    .subject(|subject| {
                        subject.layer = unknown("no answer within 15 s");
                        subject.manifest = unknown("no answer within 15 s");
                        subject.daemon_manifest = unknown("no answer within 15 s");
                    })
                    .denied("ecr:GetDownloadUrlForLayer", &by_repository("ecr:GetDownloadUrlForLayer")),
                "no resource-based policy allows",
            )
            .clear("it allows it", healthy().in_another_account(), "the registry did what it was asked")
            .unknown("nobody was asked", healthy().in_another_account().offline(), "--offline"),
        of(DiagnosisId::ExplicitDenyPolicy)
            .found(
                "a service control policy",
                simulated(pushing().denied("ecr:PutImage", &scp), "ecr:PutImage"),
                "with an explicit deny in a service control policy",
            )
            .found(
                "of the request for a token",
                healthy().token_refused(Asked::with_key().refused(
                    "GetAuthorizationToken",
                    400,
                    "AccessDeniedException",
                    "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ecr:GetAuthorizationToken on resource: * with an explicit deny in an identity-based policy",
                )),
                "explicitly denied by",
            )
            .clear("nothing is denied", healthy(), "ECR issued a token")
            .clear(
                "nothing allows it, which is another cause",
                pushing().denied("ecr:PutImage", &by_identity("ecr:PutImage")),
                "ECR issued a token",
            )
            .unknown("nobody was asked", healthy().offline(), "--offline"),
        of(DiagnosisId::LambdaRepoPolicyMissing)
            .found(
                "there is no policy",
                lambda(Seen::Known(None)),
                "does not allow ecr:BatchGetImage to lambda.amazonaws.com",
            )
            .clear("it names Lambda", lambda(Seen::Known(Some(ALLOWS_LAMBDA.to_owned()))), "lets Lambda pull")
            .clear("no function", healthy(), "it is not a Lambda function")
            .unknown(
                "it may not be read",
                lambda(unknown("AccessDeniedException: no message")),
                "AccessDeniedException",
            )
            .unknown(
                "nobody was asked",
                healthy().file("function.json", &function).offline(),
                "--offline",
            ),
    ]
}

fn tokens() -> Vec<Cases> {
    vec![
        of(DiagnosisId::IamMissingGetAuthorizationToken)
            .found(
                "no policy allows it",
                healthy().token_refused(Asked::with_key().refused(
                    "GetAuthorizationToken",
                    400,
                    "AccessDeniedException",
                    "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action",
                )),
                "arn:aws:iam::123456789012:user/ada is not allowed to call ecr:GetAuthorizationToken",
            )
            .clear("a token is issued", healthy(), "ECR issued a token")
            .unknown("nobody was asked", healthy().offline(), "--offline"),
    ]
}
