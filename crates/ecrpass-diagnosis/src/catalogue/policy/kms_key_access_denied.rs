//! The key that the image is encrypted with may not be used: what it looks like, and what fixes it. The page for users is `kms_key_access_denied.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::{Case, CheckOutcome, Stage, clear, found, unknown};
use crate::facts::RegistryResponse;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::KmsKeyAccessDenied,
    page: Page::new(include_str!("kms_key_access_denied.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["kmsaccessdeniedexception", "image"]).weight(97),
        says(&["can't decrypt the container image"]).weight(97),
        says(&["kms access is denied", "image"]).weight(96),
        says(&["kmsexception", "calling the batchgetimage"]).weight(95),
        says(&["kmsexception", "calling the getdownloadurlforlayer"]).weight(95),
        says(&["kmsexception", "ecr"]).not_another().weight(91),
        says(&["kmsdisabledexception", "image"]).weight(93),
        says(&["kmsinvalidstateexception", "image"]).weight(93),
        says(&["kmsnotfoundexception", "image"]).weight(93),
        says(&["not authorized to perform: kms:"]).about_ecr().without(&["environment variables", "secretsmanager", "ssm:"]).near(&["dkr.ecr", "repository", "ecr:", "arn:aws:ecr", "starport"]).weight(91),
        says(&["ciphertext refers to a customer master key that does not exist"]).about_ecr().weight(93),
        says(&["starport-layer-bucket", "kms"]).weight(97),
        says(&["error parsing http 403 response body", "kms"]).about_ecr().weight(96),
    ],
    remedies: &[
        look("see which key the repository is encrypted with", "aws ecr describe-repositories --region {region} --repository-names {repository} --query 'repositories[].encryptionConfiguration'").private(),
        by_hand("let the key's policy allow `kms:Decrypt` and `kms:DescribeKey` to whoever pulls, through ECR; for a Lambda function to the identity that updates it, and see that ECR's grants on the key were not revoked"),
        by_hand("if the key is disabled or to be deleted, enable it again: without it the layers cannot be read by anybody"),
    ],
    confirm: &[confirm("aws ecr describe-repositories --region {region} --repository-names {repository} --query 'repositories[].encryptionConfiguration'").private(), common::WHO_CALLS],
    check: check(Stage::Layers, examine),
};

fn examine(case: &Case<'_>) -> CheckOutcome {
    let layer = case.subject.layer.known();
    match case.key_refused() {
        Some(words) => found("a layer", words).outcome(),
        None if layer.is_some_and(RegistryResponse::is_success) => clear("a layer can be read"),
        None => case.said_or(unknown("no layer was read")),
    }
}
