//! ECR Public only hands out logins in us-east-1: what it looks like, and what fixes it. The page for users is `public_ecr_wrong_region.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{Own, confirm, own, run};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::PublicEcrWrongRegion,
    page: Page::new(include_str!("public_ecr_wrong_region.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["command is only supported in us-east-1"]).weight(97),
        says(&["unsupportedcommandexception"]).about_ecr().weight(94),
        says(&["api.ecr-public.", "enotfound"]).without(&["api.ecr-public.us-east-1"]).weight(97),
        says(&["api.ecr-public.", "no such host"]).without(&["api.ecr-public.us-east-1"]).weight(97),
        says(&["api.ecr-public.", "could not connect to the endpoint url"])
            .without(&["api.ecr-public.us-east-1"])
            .weight(97),
        says(&["could not connect to the endpoint url", "ecr-public"])
            .without(&["api.ecr-public.us-east-1"])
            .weight(96),
        says(&["api.ecr-public.", "not resolve"]).without(&["api.ecr-public.us-east-1"]).weight(96),
        says(&["api.ecr-public.", "name or service not known"])
            .without(&["api.ecr-public.us-east-1"])
            .weight(96),
        says(&["api.ecr-public.", "inaccessible host"]).without(&["api.ecr-public.us-east-1"]).weight(96),
    ],
    remedies: &[
        run("use us-east-1", "{login}").at_ecr_public(),
        own("or use the credential helper", Own::Setup).at_ecr_public(),
    ],
    confirm: &[confirm("aws ecr-public get-login-password --region us-east-1 > /dev/null").at_ecr_public()],
    check: check(Stage::Token, |case| case.refused()),
};
