//! What a fault can happen to: a service, or an operation of one. One that does not exist is refused: a test whose fault
//! never happens would say that all is well.

use crate::operations::{
    EC2, ECR, ECR_PUBLIC, IAM_READS, IAM_SIMULATIONS, ORGANIZATIONS, PUBLIC_REPOSITORIES, REGISTRY,
    REGISTRY_SETTINGS, STS,
};

/// The services, as the call log names them.
const SERVICES: [&str; 13] = [
    "ecr",
    "ecr-public",
    "sts",
    "iam",
    "organizations",
    "ec2",
    "imds",
    "container",
    "sso",
    "sso-oidc",
    "registry",
    "public-registry",
    "bucket",
];

/// The operations of a service, in the parts they are listed in; nothing for what is no service.
fn operations(service: &str) -> &'static [&'static [&'static str]] {
    match service {
        "ecr" => &[ECR, REGISTRY_SETTINGS],
        "ecr-public" => &[ECR_PUBLIC, PUBLIC_REPOSITORIES],
        "sts" => &[STS],
        "iam" => &[IAM_SIMULATIONS, IAM_READS],
        "organizations" => &[ORGANIZATIONS],
        "ec2" => &[EC2],
        "imds" => &[&["PutToken", "GetRole", "GetCredentials", "GetMetadata"]],
        "container" => &[&["GetCredentials"]],
        "sso" => &[&["GetRoleCredentials"]],
        "sso-oidc" => &[&["CreateToken"]],
        "registry" => &[REGISTRY],
        "public-registry" => &[REGISTRY, &["Token"]],
        "bucket" => &[&["GetObject"]],
        _ => &[],
    }
}

/// Whether there is something of that name: a service, an operation, `service:operation`, or `*` for everything.
pub(crate) fn is_target(target: &str) -> bool {
    let has =
        |service: &str, operation: &str| operations(service).iter().any(|part| part.contains(&operation));
    match target.split_once(':') {
        Some((service, operation)) => has(service, operation),
        None => {
            target == "*" || SERVICES.contains(&target) || SERVICES.iter().any(|service| has(service, target))
        }
    }
}

/// The services, for a message.
pub(crate) fn services() -> String {
    SERVICES.join(", ")
}

/// The operations of the service in `service:operation`, for a message; `None` where that is none.
pub(crate) fn operations_of(target: &str) -> Option<String> {
    let (service, _) = target.split_once(':')?;
    let all: Vec<&str> = operations(service).iter().flat_map(|part| part.iter().copied()).collect();
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_operations_are_known() {
        for target in [
            "*",
            "ecr",
            "bucket",
            "GetAuthorizationToken",
            "sts:AssumeRole",
            "registry:GetBlob",
            "public-registry:Token",
            "SimulateCustomPolicy",
            "ecr-public:DescribeRepositories",
        ] {
            assert!(is_target(target), "{target}");
        }
        for target in [
            "nonsense",
            "",
            "ecr:",
            ":GetBlob",
            "s3:GetObject",
            "getblob",
            "ECR",
            "GetBlobs",
            "ecr:Ping",
            "registry:Token",
        ] {
            assert!(!is_target(target), "{target}");
        }
        for service in SERVICES {
            assert!(!operations(service).is_empty(), "{service}");
        }
    }
}
