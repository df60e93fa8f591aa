//! An ECR quota is exceeded: what it looks like, and what fixes it. The page for users is `quota_exceeded.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look, run};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::QuotaExceeded,
    page: Page::new(include_str!("quota_exceeded.md")),
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
        // A namespace's quota is Kubernetes' own.
        says(&["quota", "exceeded"]).about_ecr().without(&["is forbidden: exceeded quota"]).weight(90),
        says(&["exceeds the maximum", "layer"]).about_ecr().weight(91),
        says(&["toomanytagsexception"]).about_ecr().weight(85),
        says(&["the maximum limit of"]).about_ecr().weight(88),
    ],
    remedies: &[look("see what a lifecycle policy would delete before you set it: deleted images cannot be restored, not even those deployed by digest", "aws ecr start-lifecycle-policy-preview --region {region} --repository-name {repository} --lifecycle-policy-text '{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"untagged\",\"countType\":\"sinceImagePushed\",\"countUnit\":\"days\",\"countNumber\":14},\"action\":{\"type\":\"expire\"}}]}' && aws ecr get-lifecycle-policy-preview --region {region} --repository-name {repository}").private(), run("set it; this replaces the current lifecycle policy", "aws ecr put-lifecycle-policy --region {region} --repository-name {repository} --lifecycle-policy-text '{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"untagged\",\"countType\":\"sinceImagePushed\",\"countUnit\":\"days\",\"countNumber\":14},\"action\":{\"type\":\"expire\"}}]}'").private(), by_hand("delete what is not needed, or request a higher quota: `aws service-quotas request-service-quota-increase`, with the code of the quota")],
    confirm: &[confirm("aws service-quotas list-service-quotas --service-code ecr --region {region} --query 'Quotas[].[QuotaName,Value,QuotaCode,Adjustable]'").private(), confirm("aws service-quotas list-service-quotas --service-code ecr-public --region us-east-1 --query 'Quotas[].[QuotaName,Value,QuotaCode,Adjustable]'").public()],
    check: check(Stage::Repository, |case| case.said_or(case.allowed_or_unknown())),
};
