//! The AWS profile does not exist for this process, or cannot be read: what it looks like, and what fixes it. The page for users is `aws_profile_invalid.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, confirm_by, look, run};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::AwsProfileInvalid,
    page: Page::new(include_str!("aws_profile_invalid.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["no aws profile named"]).shared().weight(96),
        says(&["the config profile (", "could not be found"]).shared().weight(97),
        says(&["config profile", "could not be found"]).shared().weight(95),
        says(&["failed to get shared config profile"]).shared().weight(96),
        says(&["is configured to use sso but is missing required configuration"]).shared().weight(97),
        says(&["profilenotfound"]).shared().weight(95),
        says(&["could not find profile"]).shared().weight(92),
        says(&["unable to parse config file"]).shared().weight(94),
        says(&["failed to load shared config file"]).shared().weight(92),
        says(&["failed to load shared configuration", "profile"]).shared().weight(92),
        says(&["profile", "could not be found in shared credentials file"]).shared().weight(95),
        says(&["profile", "not found in shared config"]).shared().weight(94),
        says(&["could not resolve credentials using profile"]).shared().weight(93),
        says(&["sso-session", "does not exist"]).shared().weight(93),
        says(&["missing required configuration", "sso_"]).shared().weight(94),
        says(&["source_profile", "does not exist"]).shared().weight(93),
        says(&["infinite loop in credential configuration"]).shared().weight(92),
        says(&["partial credentials", "profile"]).shared().weight(85),
        says(&["profile file cannot be null"]).shared().weight(80),
        says(&["unable to load credentials", "profile"]).shared().weight(72),
        says(&["profile", "not defined"]).near(&["aws"]).about_ecr().weight(85),
    ],
    remedies: &[
        look("see which profiles there are", "grep -n '^\\[' ~/.aws/config ~/.aws/credentials"),
        by_hand(
            "if the command names the profile (`--profile`), correct the name there, or leave the option out",
        ),
        run("if the variable names it, unset an empty or wrong name", "unset AWS_PROFILE"),
    ],
    confirm: &[confirm_by(Own::Whoami)],
    check: check(Stage::Credentials, |case| case.refused()),
};
