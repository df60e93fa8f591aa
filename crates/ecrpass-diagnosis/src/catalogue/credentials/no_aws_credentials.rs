//! There are no AWS credentials here: what it looks like, and what fixes it. The page for users is `no_aws_credentials.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::common;
use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, in_ci, own, run};
use crate::check::Stage;
use crate::finding::{Ci, Severity};

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::NoAwsCredentials,
    page: Page::new(include_str!("no_aws_credentials.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["ecr getauthorizationtoken error"]).weight(71),
        says(&["missing authentication token"]).shared().weight(62),
        says(&["missingauthenticationtoken"]).shared().weight(68),
        says(&["could not set registry endpoint credentials"]).about_ecr().weight(74),
        says(&["no ec2 imds role found"]).about_ecr().weight(92),
        says(&["no valid credential sources"]).about_ecr().weight(94),
        says(&["unable to locate credentials"]).shared().weight(95),
        says(&["nocredentialproviders"]).shared().weight(94),
        says(&["nocredentialserror"]).shared().weight(94),
        says(&["could not load credentials from any providers"]).shared().weight(84),
        says(&["credentials could not be loaded"]).shared().weight(84),
        says(&["no valid providers in chain"]).shared().weight(94),
        says(&["partial credentials found"]).shared().weight(92),
        says(&["unable to load credentials from any of the providers"]).shared().weight(94),
        says(&["unable to load aws credentials from any provider"]).shared().weight(94),
        says(&["unable to load aws credentials"]).shared().weight(90),
        says(&["the credential provider was not enabled"]).shared().weight(92),
        says(&["no credentials in the property bag"]).shared().weight(92),
        says(&["no providers in chain provided credentials"]).shared().weight(94),
        says(&["credentialsnotloaded"]).shared().weight(90),
        says(&["aws_access_key_id", "not set"]).shared().weight(91),
        says(&["aws_access_key_id", "is required"]).shared().weight(88),
        says(&["failed to refresh cached credentials"]).about_ecr().weight(76),
        says(&["failed to retrieve credentials"]).about_ecr().weight(74),
        says(&["missing credentials in config"]).shared().weight(94),
        says(&["no credentials provider", "aws"]).shared().weight(88),
        says(&["could not find credentials"]).without(&["matching", "entry with id"]).near(&["aws", "ecr"]).shared().weight(86),
        says(&["credentials not found in native keychain"]).about_ecr().weight(74),
        says(&["you can configure credentials by running \"aws configure\""]).shared().weight(95),
        says(&["you can configure credentials by running \"aws login\""]).shared().weight(95),
    ],
    remedies: &[in_ci(Ci::Github, "assume a role before this step, with `permissions: id-token: write`", "- uses: aws-actions/configure-aws-credentials@v4"), in_ci(Ci::Gitlab, "assume a role with an ID token", "id_tokens: { AWS_TOKEN: { aud: https://gitlab.com } }"), run("give the project's service role the permissions; CodeBuild needs no keys", "aws codebuild batch-get-projects --names \"${CODEBUILD_BUILD_ID%%:*}\" --query 'projects[].serviceRole'").for_ci(Ci::Codebuild), own("see where AWS credentials can come from, and which source is used", Own::Whoami), run("with IAM Identity Center", "aws sso login{profile-option}"), run("with keys", "aws configure"), by_hand("in a pipeline, assume a role through OIDC; on EC2, ECS and EKS, give the instance, task or service account a role")],
    confirm: &[common::WHO_CALLS],
    check: check(Stage::Credentials, |case| case.refused()),
};
