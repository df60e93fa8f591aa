//! # No AWS region is set
//!
//! The tool has to know which region's ECR to ask, and found none.
//!
//! ## Why it happens
//!
//! Neither `AWS_REGION` nor `AWS_DEFAULT_REGION` nor a region in the profile is set for this process; an empty
//! variable in the command line counts too.

use super::{Diagnosis, Severity, run, says};

pub(super) static DIAGNOSIS: Diagnosis = Diagnosis {
    slug: "region-not-set",
    severity: Severity::Error,
    signatures: &[
        says(&["you must specify a region"]).weight(96),
        says(&["missingregion"]).weight(96),
        says(&["could not find region configuration"]).weight(96),
        says(&["an aws region is required, but was not found"]).weight(96),
        says(&["invalid configuration: missing region"]).weight(95),
        says(&["missing region in config"]).weight(95),
        says(&["region is missing"]).weight(94),
        says(&["configerror: missing region"]).weight(95),
        says(&["noregionerror"]).weight(95),
        says(&["unable to find a region via the region provider chain"]).weight(96),
        says(&["unable to load region from any of the providers"]).weight(96),
        says(&["input required and not supplied: aws-region"]).weight(96),
        says(&["region must be specified"]).weight(90),
        says(&["expected one argument"]).near(&["--region"]).about_ecr().weight(91),
        says(&["api.ecr..amazonaws.com"]).weight(97),
        says(&["argument --region: expected one argument"]).weight(96),
        says(&["failed to resolve service endpoint", "region"]).weight(90),
    ],
    remedies: &[
        run("set it", "export AWS_REGION=<region>"),
        run("or do without: the helper takes the region from the registry's host", "ecrpass setup {host}"),
    ],
    decide: "aws configure get region",
};
