//! No AWS region is set: what it looks like, and what fixes it. The page for users is `region_not_set.md`.

use ecrpass_core::DiagnosisId;

use crate::catalogue::entry::{Diagnosis, Page, says};
use crate::catalogue::remedy::{Own, confirm, own, run};
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::RegionNotSet,
    page: Page::new(include_str!("region_not_set.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["you must specify a region"]).not_another().weight(96),
        says(&["service \"api.ecr\", region \"\""]).weight(97),
        says(&["service \"ecr\", region \"\""]).weight(97),
        says(&["missingregion"]).not_another().weight(96),
        says(&["could not find region configuration"]).not_another().weight(96),
        says(&["an aws region is required, but was not found"]).not_another().weight(96),
        says(&["invalid configuration: missing region"]).not_another().weight(95),
        says(&["missing region in config"]).not_another().weight(95),
        says(&["region is missing"]).not_another().weight(94),
        says(&["configerror: missing region"]).not_another().weight(95),
        says(&["noregionerror"]).not_another().weight(95),
        says(&["unable to find a region via the region provider chain"]).not_another().weight(96),
        says(&["unable to load region from any of the providers"]).not_another().weight(96),
        says(&["input required and not supplied: aws-region"]).not_another().weight(96),
        says(&["region must be specified"]).not_another().weight(90),
        says(&["expected one argument"]).near(&["--region"]).about_ecr().weight(91),
        says(&["api.ecr..amazonaws.com"]).not_another().weight(97),
        says(&["argument --region: expected one argument"]).not_another().weight(96),
        says(&["failed to resolve service endpoint", "region"]).not_another().weight(90),
    ],
    remedies: &[
        run(
            "set both: AWS CLI 1 reads AWS_DEFAULT_REGION, some SDKs read AWS_REGION",
            "export AWS_REGION={region} AWS_DEFAULT_REGION={region}",
        ),
        own("or use the credential helper, which takes the region from the registry's host", Own::Setup),
    ],
    confirm: &[confirm("aws configure list")],
    check: None,
};
