//! What a fault can happen to: a service, or an operation of one. One that does not exist is refused: a test whose fault
//! never happens would say that all is well.

use crate::calls::matches_target;
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

/// Whether a fault of that name changes an answer there.
fn changes(fault: &str, service: &str, operation: &str) -> bool {
    let is_api = ["ecr", "ecr-public", "sts", "iam", "organizations", "ec2"].contains(&service);
    let is_registry = ["registry", "public-registry"].contains(&service);
    // It only authenticates, so that no policy denies it.
    let is_ping = is_registry && operation == "Ping";
    let is_token = operation == "GetAuthorizationToken";
    match fault {
        "deny" => !is_ping,
        "vpc-endpoint-deny" => {
            is_api || service == "bucket" || is_registry && !is_ping && operation != "Token"
        }
        "expired-session" => service != "imds" || operation == "GetCredentials",
        "expired-tokens" => is_token || operation == "Token",
        "no-tokens" | "broken-tokens" | "endless-tokens" => is_token,
        "identity-provider" => operation == "AssumeRoleWithWebIdentity",
        "hop-limit" => operation == "PutToken",
        "no-role" => {
            service == "container" || service == "imds" && ["GetRole", "GetCredentials"].contains(&operation)
        }
        _ => true,
    }
}

/// Every operation of a service.
fn all_operations(service: &'static str) -> impl Iterator<Item = &'static str> {
    operations(service).iter().flat_map(|part| part.iter().copied())
}

/// Whether a fault of that name does anything to a target that there is.
pub(crate) fn does_something(fault: &str, target: &str) -> bool {
    SERVICES.iter().any(|service| {
        all_operations(service)
            .any(|operation| matches_target(target, service, operation) && changes(fault, service, operation))
    })
}

/// Where a fault of that name does something, for a message.
pub(crate) fn places(fault: &str) -> String {
    let of_service = |service: &&'static str| {
        let (does, does_not): (Vec<_>, Vec<_>) =
            all_operations(service).partition(|operation| changes(fault, service, operation));
        match (does.as_slice(), does_not.as_slice()) {
            ([], _) => None,
            (_, []) => Some((*service).to_owned()),
            (does, does_not) if does.len() > does_not.len() => {
                Some(format!("{service} (but not {})", does_not.join(", ")))
            }
            (does, _) => {
                let named: Vec<String> =
                    does.iter().map(|operation| format!("{service}:{operation}")).collect();
                Some(named.join(", "))
            }
        }
    };
    SERVICES.iter().filter_map(of_service).collect::<Vec<_>>().join(", ")
}

/// The services, for a message.
pub(crate) fn services() -> String {
    SERVICES.join(", ")
}

/// The operations of the service in `service:operation`, for a message; `None` where that is none.
pub(crate) fn operations_of(target: &str) -> Option<String> {
    let (service, _) = target.split_once(':')?;
    let service = SERVICES.into_iter().find(|known| *known == service)?;
    let all: Vec<&str> = all_operations(service).collect();
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
        for (fault, target, expected) in [
            ("deny", "registry:Ping", false),
            ("deny", "Ping", false),
            ("deny", "registry", true),
            ("deny", "*", true),
            ("throttle", "registry:Ping", true),
            ("vpc-endpoint-deny", "imds", false),
            ("expired-session", "imds:PutToken", false),
            ("no-tokens", "registry", false),
            ("no-tokens", "ecr", true),
            ("hop-limit", "sts", false),
            ("no-role", "imds", true),
        ] {
            assert_eq!(does_something(fault, target), expected, "{fault}:{target}");
        }
        assert_eq!(places("identity-provider"), "sts:AssumeRoleWithWebIdentity");
        assert_eq!(places("throttle"), services());
        assert!(places("deny").contains("registry (but not Ping)"), "{}", places("deny"));
        for service in SERVICES {
            assert!(!operations(service).is_empty(), "{service}");
        }
    }
}
