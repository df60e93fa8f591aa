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
        says(&["you must specify a region"]).shared().weight(96),
        says(&["service \"api.ecr\", region \"\""]).weight(97),
        says(&["service \"ecr\", region \"\""]).weight(97),
        says(&["missingregion"]).shared().weight(96),
        says(&["could not find region configuration"]).shared().weight(96),
        says(&["an aws region is required, but was not found"]).shared().weight(96),
        says(&["invalid configuration: missing region"]).shared().weight(95),
        says(&["missing region in config"]).shared().weight(95),
        // A client that does not know the hosts of this partition finds no region in them.
        says(&["region is missing"]).unless_near(&[".amazonaws.eu", "eusc-"]).shared().weight(94),
        says(&["configerror: missing region"]).shared().weight(95),
        says(&["noregionerror"]).shared().weight(95),
        says(&["unable to find a region via the region provider chain"]).shared().weight(96),
        says(&["unable to load region from any of the providers"]).shared().weight(96),
        says(&["input required and not supplied: aws-region"]).shared().weight(96),
        says(&["region must be specified"]).shared().weight(90),
        says(&["expected one argument"]).near(&["--region"]).about_ecr().weight(91),
        says(&["api.ecr..amazonaws.com"]).shared().weight(97),
        says(&["argument --region: expected one argument"]).shared().weight(96),
        says(&["failed to resolve service endpoint", "region"]).shared().weight(90),
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
