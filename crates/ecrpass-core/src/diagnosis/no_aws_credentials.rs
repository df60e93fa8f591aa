//! # There are no AWS credentials here
//!
//! A token for ECR is fetched with AWS credentials, and the tool found none: no environment variables, no profile,
//! no role of the machine, the container or the pod.
//!
//! ## Why it happens
//!
//! The variables are set in another shell or step; the profile is in another user's home; `AWS_PROFILE` is not
//! passed on by `sudo`; the pod has no service account with a role; the instance has no instance profile.

use super::{Diagnosis, Severity, by_hand, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "no-aws-credentials",
    severity: Severity::Error,
    signatures: &[
        says(&["no ec2 imds role found"]).about_ecr().weight(92),
        says(&["no valid credential sources"]).about_ecr().weight(94),
        says(&["unable to locate credentials"]).weight(95),
        says(&["nocredentialproviders"]).weight(94),
        says(&["nocredentialserror"]).weight(94),
        says(&["could not load credentials from any providers"]).weight(90),
        says(&["credentials could not be loaded"]).weight(90),
        says(&["no valid providers in chain"]).weight(94),
        says(&["partial credentials found"]).weight(92),
        says(&["unable to load credentials from any of the providers"]).weight(94),
        says(&["unable to load aws credentials from any provider"]).weight(94),
        says(&["unable to load aws credentials"]).weight(90),
        says(&["the credential provider was not enabled"]).weight(92),
        says(&["no credentials in the property bag"]).weight(92),
        says(&["no providers in chain provided credentials"]).weight(94),
        says(&["credentialsnotloaded"]).weight(90),
        says(&["aws_access_key_id", "not set"]).weight(91),
        says(&["aws_access_key_id", "is required"]).weight(88),
        says(&["failed to refresh cached credentials"]).about_ecr().weight(76),
        says(&["failed to retrieve credentials"]).about_ecr().weight(74),
        says(&["missing credentials in config"]).weight(94),
        says(&["no credentials provider", "aws"]).weight(88),
        says(&["could not find credentials"]).near(&["aws", "ecr"]).weight(86),
        says(&["credentials not found in native keychain"]).about_ecr().weight(74),
        says(&["you can configure credentials by running \"aws configure\""]).weight(95),
        says(&["you can configure credentials by running \"aws login\""]).weight(95),
    ],
    remedies: &[
        run("see every place that was looked at, and what was there", "aws configure list"),
        run("with IAM Identity Center", "aws sso login --profile {profile}"),
        run("with keys", "aws configure"),
        by_hand(
            "in a pipeline, take on a role through OIDC; on EC2, ECS and EKS, give the instance, task or service account a role",
        ),
    ],
    decide: "aws sts get-caller-identity",
};
