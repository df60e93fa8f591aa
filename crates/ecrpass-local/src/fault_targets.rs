//! What a fault can happen to: a service, or an operation of one.

/// The services, as the call log names them.
const SERVICES: [&str; 11] = [
    "ecr",
    "ecr-public",
    "sts",
    "iam",
    "imds",
    "container",
    "sso",
    "sso-oidc",
    "registry",
    "public-registry",
    "bucket",
];

/// Whether there may be something of that name: a service, an operation, `service:operation`, or `*` for everything.
pub(crate) fn is_target(target: &str) -> bool {
    match target.split_once(':') {
        Some((service, operation)) => SERVICES.contains(&service) && is_operation(operation),
        None => target == "*" || SERVICES.contains(&target) || is_operation(target),
    }
}

/// Whether it is written as AWS writes the names of operations.
fn is_operation(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_alphanumeric())
        && name.contains(|c: char| c.is_ascii_lowercase())
}

/// The services, for a message.
pub(crate) fn services() -> String {
    SERVICES.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_and_operations_are_known() {
        for target in ["*", "ecr", "bucket", "GetAuthorizationToken", "sts:AssumeRole", "registry:GetBlob"] {
            assert!(is_target(target), "{target}");
        }
        for target in ["nonsense", "", "ecr:", ":GetBlob", "s3:GetObject", "getblob", "ECR"] {
            assert!(!is_target(target), "{target}");
        }
    }
}
