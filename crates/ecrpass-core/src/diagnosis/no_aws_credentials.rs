//! # There are no AWS credentials here
//!
//! A token for ECR is fetched with AWS credentials, and the tool found none: no environment variables, no profile,
//! no role of the machine, the container or the pod.
//!
//! ## Why it happens
//!
//! The variables are set in another shell or step; the profile is in another user's home; `AWS_PROFILE` is not
//! passed on by `sudo`; the pod has no service account with a role; the instance has no instance profile.

use super::{Diagnosis, Severity, Stage, by_hand, check, in_ci, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "no-aws-credentials",
    severity: Severity::Error,
    signatures: &[
        says(&["could not set registry endpoint credentials"]).about_ecr().weight(74),
        says(&["no ec2 imds role found"]).about_ecr().weight(92),
        says(&["no valid credential sources"]).about_ecr().weight(94),
        says(&["unable to locate credentials"]).not_another().weight(95),
        says(&["nocredentialproviders"]).not_another().weight(94),
        says(&["nocredentialserror"]).not_another().weight(94),
        says(&["could not load credentials from any providers"]).not_another().weight(90),
        says(&["credentials could not be loaded"]).not_another().weight(90),
        says(&["no valid providers in chain"]).not_another().weight(94),
        says(&["partial credentials found"]).not_another().weight(92),
        says(&["unable to load credentials from any of the providers"]).not_another().weight(94),
        says(&["unable to load aws credentials from any provider"]).not_another().weight(94),
        says(&["unable to load aws credentials"]).not_another().weight(90),
        says(&["the credential provider was not enabled"]).not_another().weight(92),
        says(&["no credentials in the property bag"]).not_another().weight(92),
        says(&["no providers in chain provided credentials"]).not_another().weight(94),
        says(&["credentialsnotloaded"]).not_another().weight(90),
        says(&["aws_access_key_id", "not set"]).not_another().weight(91),
        says(&["aws_access_key_id", "is required"]).not_another().weight(88),
        says(&["failed to refresh cached credentials"]).about_ecr().weight(76),
        says(&["failed to retrieve credentials"]).about_ecr().weight(74),
        says(&["missing credentials in config"]).not_another().weight(94),
        says(&["no credentials provider", "aws"]).not_another().weight(88),
        says(&["could not find credentials"]).near(&["aws", "ecr"]).not_another().weight(86),
        says(&["credentials not found in native keychain"]).about_ecr().weight(74),
        says(&["you can configure credentials by running \"aws configure\""]).not_another().weight(95),
        says(&["you can configure credentials by running \"aws login\""]).not_another().weight(95),
    ],
    remedies: &[
        in_ci(
            "github",
            "take on a role before this step, with `permissions: id-token: write`",
            "- uses: aws-actions/configure-aws-credentials@v4",
        ),
        in_ci(
            "gitlab",
            "take on a role with an ID token",
            "id_tokens: { AWS_TOKEN: { aud: https://gitlab.com } }",
        ),
        in_ci(
            "codebuild",
            "give the project's service role the rights; no keys are needed there",
            "aws codebuild batch-get-projects --names <project> --query 'projects[].serviceRole'",
        ),
        run("see every place they may come from, and which one wins", "ecrpass whoami"),
        run("with IAM Identity Center", "aws sso login --profile {profile}"),
        run("with keys", "aws configure"),
        by_hand(
            "in a pipeline, take on a role through OIDC; on EC2, ECS and EKS, give the instance, task or service account a role",
        ),
    ],
    decide: "aws sts get-caller-identity",
    check: check(Stage::Credentials, |case| case.refused_as("no-aws-credentials")),
};
