//! AWS does not know this access key: what it looks like, and what fixes it. The page for users is `invalid_access_key.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, by_hand, confirm_by, look, own};
use crate::check::Stage;
use crate::finding::Severity;

/// What shows that there is a session token as well.
const SESSION_TOKEN: [&str; 2] = ["aws_session_token", "aws_security_token"];

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::InvalidAccessKey,
    page: Page::new(include_str!("invalid_access_key.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["unrecognizedclientexception"]).unless_near(&SESSION_TOKEN).shared().weight(93),
        says(&["the security token included in the request is invalid"])
            .unless_near(&SESSION_TOKEN)
            .shared()
            .weight(93),
        says(&["invalidclienttokenid"]).unless_near(&SESSION_TOKEN).shared().weight(94),
        // The key may be good, and the token another's.
        says(&["unrecognizedclientexception"]).shared().weight(87),
        says(&["the security token included in the request is invalid"]).shared().weight(87),
        says(&["invalidclienttokenid"]).shared().weight(87),
        says(&["the aws access key id you provided does not exist"]).shared().weight(94),
        says(&["invalidaccesskeyid"]).shared().weight(92),
        says(&["signaturedoesnotmatch"])
            .without(&["signature expired", "not yet current"])
            .shared()
            .weight(91),
        says(&["the request signature we calculated does not match"]).shared().weight(91),
        says(&["invalidsignatureexception"])
            .without(&["signature expired", "not yet current"])
            .shared()
            .weight(90),
        says(&["incompletesignature"]).shared().weight(90),
        says(&["authorization header requires"]).near(&["credential"]).shared().weight(88),
    ],
    remedies: &[
        own("see which access key is used, and where it comes from", Own::Whoami),
        look("test it", "aws sts get-caller-identity"),
        by_hand("replace the access key, or add the session token that belongs to it"),
    ],
    confirm: &[confirm_by(Own::Whoami)],
    check: check(Stage::Credentials, |case| case.without_keys_in_variables(case.refused())),
};
