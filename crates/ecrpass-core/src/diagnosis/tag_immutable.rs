//! # The tag exists and may not be overwritten
//!
//! The repository is set to immutable tags, and the tag is taken. Pushing the same image again under it is refused
//! too.
//!
//! ## Why it happens
//!
//! A job runs twice for the same version, or a tag like `latest` is used in an immutable repository.

use super::{Diagnosis, Severity, by_hand, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "tag-immutable",
    severity: Severity::Error,
    signatures: &[
        says(&["tag is immutable"]).weight(97),
        says(&["imagetagalreadyexistsexception"]).weight(97),
        says(&["already exists", "repository and cannot be overwritten"]).weight(97),
        says(&["cannot be overwritten because the repository is immutable"]).weight(97),
        says(&["tag_invalid", "immutable"]).weight(96),
        says(&["imagealreadyexistsexception"]).weight(91),
        says(&["image tag", "already exists", "immutable"]).weight(96),
    ],
    remedies: &[
        by_hand("push under a new tag"),
        run(
            "or allow overwriting",
            "aws ecr put-image-tag-mutability --region {region} --repository-name {repository} --image-tag-mutability MUTABLE",
        ),
    ],
    decide: "aws ecr describe-repositories --region {region} --repository-names {repository} --query 'repositories[].imageTagMutability'",
};
