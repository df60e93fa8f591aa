//! # AWS does not know this access key
//!
//! The access key id or the session token is not one of this partition: deleted, deactivated, misspelt, of another
//! partition (China, GovCloud), or temporary and used without its session token; or the region is an opt-in region
//! that this account has not enabled.
//!
//! ## Why it happens
//!
//! An old key in the environment or in `~/.aws/credentials` comes before the right one; a key id that begins with
//! `ASIA` needs its session token.

use super::{Diagnosis, Severity, Stage, by_hand, check, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "invalid-access-key",
    severity: Severity::Error,
    signatures: &[
        says(&["unrecognizedclientexception"])
            .unless_near(&["cognito", "dynamodb", "kinesis", "bedrock", "secretsmanager"])
            .not_another()
            .weight(93),
        says(&["the security token included in the request is invalid"])
            .unless_near(&["cognito", "dynamodb", "kinesis", "bedrock", "secretsmanager"])
            .not_another()
            .weight(93),
        says(&["invalidclienttokenid"])
            .unless_near(&["cognito", "dynamodb", "kinesis", "bedrock", "secretsmanager"])
            .not_another()
            .weight(94),
        says(&["the aws access key id you provided does not exist"]).not_another().weight(94),
        says(&["invalidaccesskeyid"]).not_another().weight(92),
        says(&["signaturedoesnotmatch"]).not_another().weight(91),
        says(&["the request signature we calculated does not match"]).not_another().weight(91),
        says(&["invalidsignatureexception"])
            .without(&["signature expired", "not yet current"])
            .not_another()
            .weight(90),
        says(&["incompletesignature"]).not_another().weight(90),
        says(&["authorization header requires"]).near(&["credential"]).not_another().weight(88),
    ],
    remedies: &[
        run("see which key is used, and from where", "ecrpass whoami"),
        run("test it", "aws sts get-caller-identity"),
        by_hand("replace the key, or add the session token that belongs to it"),
    ],
    decide: "ecrpass whoami",
    check: check(Stage::Credentials, |case| case.refused_as("invalid-access-key")),
};
