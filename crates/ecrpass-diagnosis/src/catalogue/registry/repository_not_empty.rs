//! A repository that holds images is not deleted: what it looks like, and what helps. The page for users is `repository_not_empty.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{by_hand, confirm};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::RepositoryNotEmpty,
    page: Page::new(include_str!("repository_not_empty.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["repositorynotemptyexception"]).weight(98),
        says(&["ecr repository", "not empty, consider using force_delete"]).weight(98),
        says(&["the repository with name", "cannot be deleted because it still contains images"]).weight(98),
    ],
    remedies: &[
        by_hand("see first what in the plan replaces the repository: undoing that edit keeps repository and images"),
        by_hand("to delete it with all images, which nobody can undo: Terraform `force_delete = true`, applied before the run that destroys; CloudFormation `EmptyOnDelete: true`; the AWS CLI's `delete-repository --force`"),
    ],
    confirm: &[confirm("aws ecr list-images --region {region} --registry-id {account} --repository-name {repository} --max-items 5").private(), confirm("aws ecr-public describe-images --region us-east-1 --repository-name {repository} --max-items 5").public()],
    check: None,
};
