//! # A quota of ECR is used up
//!
//! The registry takes no more images in this repository, no more repositories, or the image has more layers than
//! ECR allows.
//!
//! ## Why it happens
//!
//! No lifecycle policy removes old images; an image is built of more than 4,200 layers or chunks.

use super::{Diagnosis, Severity, run, says};

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
            "remove old images by a policy",
            "aws ecr put-lifecycle-policy --region {region} --repository-name {repository} --lifecycle-policy-text '{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"untagged\",\"countType\":\"sinceImagePushed\",\"countUnit\":\"days\",\"countNumber\":14},\"action\":{\"type\":\"expire\"}}]}'",
        ),
        run(
            "or ask for more",
            "aws service-quotas list-service-quotas --service-code ecr --region {region} --query 'Quotas[].[QuotaName,Value]'",
        ),
    ],
    decide: "aws service-quotas list-service-quotas --service-code ecr --region {region} --query 'Quotas[].[QuotaName,Value]'",
};
