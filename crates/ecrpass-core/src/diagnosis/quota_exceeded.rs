//! # A quota of ECR is used up
//!
//! The registry takes no more images in this repository, no more repositories, or an image or a layer is too large.
//!
//! ## Why it happens
//!
//! No lifecycle policy removes old images; the image is built of too many layers or chunks; a layer is larger than
//! 52,000 MiB. The latter two limits are not adjustable.
//!
//! ## Meanwhile
//!
//! Pulls work; every push of a new image to this repository fails.

use super::{Diagnosis, Severity, Stage, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "quota-exceeded",
    severity: Severity::Error,
    signatures: &[
        says(&["maximum allowed number of"]).about_ecr().weight(96),
        says(&["maximum allowed number of", "in registry with id"]).weight(97),
        says(&["exceeds the maximum allowed"]).about_ecr().weight(96),
        says(&["limit on number of layers per image exceeded"]).weight(97),
        says(&["limitexceededexception"]).about_ecr().weight(95),
        says(&["limitexceededexception", "repositor"]).weight(96),
        says(&["limitexceededexception", "image"]).weight(95),
        says(&["maximum number of images"]).about_ecr().weight(93),
        says(&["maximum number of repositories"]).weight(95),
        says(&["exceeds the quota"]).about_ecr().weight(90),
        says(&["quota", "exceeded"]).about_ecr().weight(90),
        says(&["exceeds the maximum", "layer"]).about_ecr().weight(91),
        says(&["toomanytagsexception"]).about_ecr().weight(85),
        says(&["the maximum limit of"]).about_ecr().weight(88),
    ],
    remedies: &[
        run(
            "see what a lifecycle policy would delete, before setting it: deleted images do not come back, also those deployed by digest",
            "aws ecr start-lifecycle-policy-preview --region {region} --repository-name {repository} --lifecycle-policy-text '{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"untagged\",\"countType\":\"sinceImagePushed\",\"countUnit\":\"days\",\"countNumber\":14},\"action\":{\"type\":\"expire\"}}]}' && aws ecr get-lifecycle-policy-preview --region {region} --repository-name {repository}",
        ),
        run(
            "set it; it replaces the one there is",
            "aws ecr put-lifecycle-policy --region {region} --repository-name {repository} --lifecycle-policy-text '{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"untagged\",\"countType\":\"sinceImagePushed\",\"countUnit\":\"days\",\"countNumber\":14},\"action\":{\"type\":\"expire\"}}]}'",
        ),
        run(
            "or ask for more",
            "aws service-quotas request-service-quota-increase --service-code ecr --region {region} --quota-code <code> --desired-value <number>",
        ),
    ],
    decide: "aws service-quotas list-service-quotas --service-code ecr --region {region} --query 'Quotas[].[QuotaName,Value,QuotaCode,Adjustable]'",
    check: check(Stage::Repository, |case| case.said_or("quota-exceeded", case.allowed_or_unknown())),
};
