//! # The temporary AWS credentials have expired
//!
//! The credentials come with a session that is over. A new token for ECR cannot be fetched with them; tokens
//! fetched before may work on, at most until their own end.
//!
//! ## Why it happens
//!
//! Credentials of a role or of SSO live between 15 minutes and 12 hours, and copies of them (in the environment, in
//! `~/.aws/credentials`, in CI) are not renewed.

use super::{Diagnosis, Severity, Stage, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "expired-session-token",
    severity: Severity::Error,
    signatures: &[
        says(&["the security token included in the request is expired"])
            .unless_near(&["dynamodb", "calling the scan", "sqs", "s3client", "secretsmanager", "kinesis"])
            .not_another()
            .weight(95),
        says(&["expiredtokenexception"])
            .unless_near(&["dynamodb", "sqs", "secretsmanager", "kinesis"])
            .not_another()
            .weight(94),
        says(&["(expiredtoken)"])
            .unless_near(&[
                "dynamodb",
                "calling the listobjects",
                "calling the getobject",
                "calling the putobject",
            ])
            .not_another()
            .weight(94),
        says(&["expiredtoken:"]).unless_near(&["dynamodb", "s3.amazonaws"]).not_another().weight(93),
        says(&["the provided token has expired"])
            .unless_near(&[
                "dynamodb",
                "calling the listobjects",
                "calling the getobject",
                "calling the putobject",
            ])
            .not_another()
            .weight(92),
        says(&["session token", "expired"]).about_ecr().weight(88),
        says(&["token is expired"]).near(&["assumerole"]).about_ecr().weight(85),
        says(&["\"errorcode\":\"expiredtoken"]).not_another().weight(93),
        says(&["credentials", "have expired"]).near(&["aws", "ecr"]).about_ecr().weight(88),
    ],
    remedies: &[
        run(
            "remove copies left in the environment",
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
        ),
        run("begin a new session", "aws sso login --profile {profile}"),
        run("see which credentials are used, and where they come from", "ecrpass whoami"),
    ],
    decide: "aws sts get-caller-identity",
    check: check(Stage::Credentials, |case| case.refused_as("expired-session-token")),
};
