//! Which files are missing to answer why: IAM's changes are in us-east-1, those of the organisation in its management
//! account, those of a repository in its owner's trail.

use std::collections::BTreeSet;

use crate::evidence::Evidence;
use crate::report::{Incident, Lack, Signal};

/// Where IAM and Organizations write their records in AWS's commercial partition. Source: CloudTrail User Guide, "Global
/// service events".
const GLOBAL: &str = "us-east-1";

/// The files that would say more about incidents without a cause.
pub fn lacks(incidents: &[Incident], evidence: &Evidence) -> Vec<Lack> {
    let mut lacks = BTreeSet::new();
    for incident in incidents.iter().filter(|incident| incident.signal == Signal::Errors) {
        if incident
            .causes
            .iter()
            .any(|cause| cause.confidence != ecrpass_diagnosis::finding::Confidence::Possible)
        {
            continue;
        }
        let global = match incident.region.as_str() {
            region if region.starts_with("cn-") => "cn-north-1",
            region if region.starts_with("us-gov-") => "us-gov-west-1",
            _ => GLOBAL,
        };
        let account = &incident.account;
        let layer = incident.layer.unwrap_or_default();
        let is_denied = incident.error.as_deref().is_some_and(crate::failure::is_denial);
        if layer.contains("control policy") {
            if !evidence.has(None, None, "organizations.amazonaws.com") {
                lacks.insert(Lack {
                    files: format!("{global} of the organisation's management account"),
                    why: "what changed in its service control policies".to_owned(),
                });
            }
        } else if layer == "resource-based policy" {
            let registry = incident.registry.as_ref().unwrap_or(account);
            if !evidence.has(Some(registry), Some(&incident.region), "ecr.amazonaws.com") {
                lacks.insert(Lack {
                    files: format!("{} of account {registry}", incident.region),
                    why: "what changed in the policies of its repositories".to_owned(),
                });
            }
        } else if layer == "VPC endpoint policy" {
            if !evidence.has(Some(account), Some(&incident.region), "ec2.amazonaws.com") {
                lacks.insert(Lack {
                    files: format!("{} of account {account}", incident.region),
                    why: "what changed at its VPC endpoints".to_owned(),
                });
            }
        } else if is_denied && !evidence.has(Some(account), Some(global), "iam.amazonaws.com") {
            lacks.insert(Lack {
                files: format!("{global} of account {account}"),
                why: "what changed in its roles, users and policies: IAM is logged there, whatever the region of the call"
                    .to_owned(),
            });
        }
    }
    lacks.into_iter().collect()
}
