//! # The AWS profile does not exist for this process, or cannot be read
//!
//! A profile is named (`AWS_PROFILE`, `--profile`, the tool's settings), and the configuration this process reads
//! has none of that name, or one the tool does not understand.
//!
//! ## Why it happens
//!
//! Another `HOME` under `sudo` and in containers; `AWS_PROFILE` exported empty; `[name]` in place of `[profile
//! name]` in `~/.aws/config`; SSO sessions with a tool older than those.

use super::{Diagnosis, Severity, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "aws-profile-invalid",
    severity: Severity::Error,
    signatures: &[
        says(&["no aws profile named"]).weight(96),
        says(&["the config profile (", "could not be found"]).weight(97),
        says(&["config profile", "could not be found"]).weight(95),
        says(&["failed to get shared config profile"]).weight(96),
        says(&["is configured to use sso but is missing required configuration"]).weight(97),
        says(&["profilenotfound"]).weight(95),
        says(&["could not find profile"]).weight(92),
        says(&["unable to parse config file"]).weight(94),
        says(&["failed to load shared config file"]).weight(92),
        says(&["failed to load shared configuration", "profile"]).weight(92),
        says(&["profile", "could not be found in shared credentials file"]).weight(95),
        says(&["profile", "not found in shared config"]).weight(94),
        says(&["could not resolve credentials using profile"]).weight(93),
        says(&["sso-session", "does not exist"]).weight(93),
        says(&["missing required configuration", "sso_"]).weight(94),
        says(&["source_profile", "does not exist"]).weight(93),
        says(&["infinite loop in credential configuration"]).weight(92),
        says(&["partial credentials", "profile"]).weight(85),
        says(&["profile file cannot be null"]).weight(80),
        says(&["unable to load credentials", "profile"]).weight(72),
        says(&["profile", "not defined"]).near(&["aws"]).about_ecr().weight(85),
    ],
    remedies: &[
        run("see which profiles this process knows", "aws configure list-profiles"),
        run("drop an empty or wrong name", "unset AWS_PROFILE"),
    ],
    decide: "aws configure list",
};
