//! AWS's own managed policies for ECR, as they stood when they were last looked at. AWS changes them without notice, so
//! each has its version and date.
//!
//! Source: IAM `GetPolicyVersion`, through the copies in moto 5.2.5 (`moto/iam/aws_managed_policies.py`).

use ecrpass_core::Arn;

use crate::document::{self, Reading};

/// A managed policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ManagedPolicy {
    /// Its name.
    pub name: &'static str,
    /// What stands in front of its name in its ARN.
    path: &'static str,
    /// The version that is built in.
    pub version: &'static str,
    /// The day that version was made.
    pub date: &'static str,
    text: &'static str,
}

/// All of them, by name.
pub const MANAGED: [ManagedPolicy; 9] = [
    ManagedPolicy {
        name: "AWSAppRunnerServicePolicyForECRAccess",
        path: "service-role/",
        version: "v1",
        date: "2021-05-14",
        text: include_str!("managed/AWSAppRunnerServicePolicyForECRAccess.json"),
    },
    ManagedPolicy {
        name: "AmazonEC2ContainerRegistryFullAccess",
        path: "",
        version: "v3",
        date: "2020-12-05",
        text: include_str!("managed/AmazonEC2ContainerRegistryFullAccess.json"),
    },
    ManagedPolicy {
        name: "AmazonEC2ContainerRegistryPowerUser",
        path: "",
        version: "v3",
        date: "2019-12-10",
        text: include_str!("managed/AmazonEC2ContainerRegistryPowerUser.json"),
    },
    ManagedPolicy {
        name: "AmazonEC2ContainerRegistryPullOnly",
        path: "",
        version: "v1",
        date: "2024-10-04",
        text: include_str!("managed/AmazonEC2ContainerRegistryPullOnly.json"),
    },
    ManagedPolicy {
        name: "AmazonEC2ContainerRegistryReadOnly",
        path: "",
        version: "v3",
        date: "2019-12-10",
        text: include_str!("managed/AmazonEC2ContainerRegistryReadOnly.json"),
    },
    ManagedPolicy {
        name: "AmazonECSTaskExecutionRolePolicy",
        path: "service-role/",
        version: "v1",
        date: "2017-11-16",
        text: include_str!("managed/AmazonECSTaskExecutionRolePolicy.json"),
    },
    ManagedPolicy {
        name: "AmazonElasticContainerRegistryPublicFullAccess",
        path: "",
        version: "v1",
        date: "2020-12-01",
        text: include_str!("managed/AmazonElasticContainerRegistryPublicFullAccess.json"),
    },
    ManagedPolicy {
        name: "AmazonElasticContainerRegistryPublicPowerUser",
        path: "",
        version: "v1",
        date: "2020-12-01",
        text: include_str!("managed/AmazonElasticContainerRegistryPublicPowerUser.json"),
    },
    ManagedPolicy {
        name: "AmazonElasticContainerRegistryPublicReadOnly",
        path: "",
        version: "v1",
        date: "2020-12-01",
        text: include_str!("managed/AmazonElasticContainerRegistryPublicReadOnly.json"),
    },
];

impl ManagedPolicy {
    /// The policy of a name, with its path or without, or of an ARN of it in any partition.
    pub fn named(name: &str) -> Option<Self> {
        let arn = ecrpass_core::Arn::parse(name).filter(|arn| (arn.service, arn.account) == ("iam", "aws"));
        MANAGED.into_iter().find(|policy| match &arn {
            Some(arn) => arn.resource.strip_prefix("policy/") == Some(&policy.whole_name()),
            None => policy.name == name || policy.whole_name() == name,
        })
    }

    /// Its name with its path: `service-role/AmazonECSTaskExecutionRolePolicy`.
    fn whole_name(&self) -> String {
        format!("{}{}", self.path, self.name)
    }

    /// What it is called in a verdict: `AmazonEC2ContainerRegistryPullOnly (v1 of 2024-10-04)`.
    pub fn title(&self) -> String {
        format!("{} ({} of {})", self.name, self.version, self.date)
    }

    /// Its document.
    pub fn read(&self) -> Reading {
        let arn = format!("arn:aws:iam::aws:policy/{}", self.whole_name());
        document::read(&self.title(), self.text).of_policy(&arn)
    }
}

impl Reading {
    /// The same of the managed policy with that ARN: what is in the account `aws` is AWS's own.
    #[must_use]
    pub fn of_policy(mut self, arn: &str) -> Self {
        let is_of_aws = Arn::parse(arn).is_some_and(|arn| arn.service == "iam" && arn.account == "aws");
        if let Some(document) = &mut self.document {
            document.is_of_aws = is_of_aws;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::check;
    use crate::layer::Layer;

    #[test]
    fn every_policy_is_sound_and_found_by_name_and_arn() {
        for policy in MANAGED {
            let document = policy.read().accepted().unwrap();
            assert_eq!(check(&document, Layer::Identity), [], "{}", policy.name);
            for partition in ["aws", "aws-cn"] {
                let arn = format!("arn:{partition}:iam::aws:policy/{}{}", policy.path, policy.name);
                assert_eq!(ManagedPolicy::named(&arn), Some(policy));
            }
            assert_eq!(ManagedPolicy::named(policy.name), Some(policy));
            assert_eq!(ManagedPolicy::named(&policy.whole_name()), Some(policy));
            assert_eq!(policy.date.len(), 10);
        }
        assert_eq!(ManagedPolicy::named("AdministratorAccess"), None);
        assert_eq!(
            ManagedPolicy::named("arn:aws:iam::111122223333:policy/AmazonEC2ContainerRegistryReadOnly"),
            None
        );
        assert!(MANAGED.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
