//! Whom a line says was asked over HTTP: what another host answered says nothing about ECR.

/// The services of AWS that no login, pull or push asks.
const OTHER_SERVICES: [&str; 14] = [
    "autoscaling",
    "cloudformation",
    "dynamodb",
    "ec2",
    "eks",
    "elasticloadbalancing",
    "iam",
    "lambda",
    "logs",
    "monitoring",
    "rds",
    "route53",
    "sns",
    "sqs",
];

/// Where images' layers, single sign-on and the identities of jobs come from.
const HELPS: [&str; 4] = ["cloudfront.net", "awsapps.com", "amazon.com", "githubusercontent.com"];

/// Whether a line in lower case tells of a request to a host that has nothing to do with ECR.
pub fn asks_another(line: &str) -> bool {
    let Some(host) = asked(line) else { return false };
    let is_name = host.contains('.')
        && !host.contains(['*', '$', '<', '{', '%'])
        && host.chars().any(|c| c.is_ascii_alphabetic());
    if host.contains(".amazonaws.com") {
        return host.split('.').next().is_some_and(|service| OTHER_SERVICES.contains(&service));
    }
    is_name && !helps(host)
}

/// Whether a host is none of ECR's, and needed by it all the same.
pub fn helps(host: &str) -> bool {
    HELPS.iter().any(|help| host.ends_with(help))
}

/// Whether a line in lower case is a request and nothing else, behind what its log puts before each line: the one that the
/// line above it failed with, as Google's HTTP client for Java prints it.
pub fn is_request_alone(line: &str) -> bool {
    let said = line.rsplit("] ").next().unwrap_or(line).trim();
    let url = METHODS.iter().find_map(|method| said.strip_prefix(method));
    url.is_some_and(|url| url.contains("://") && !url.contains(' '))
}

/// How requests begin that ask for something or change it.
const METHODS: [&str; 5] = ["get ", "head ", "post ", "put ", "patch "];

/// The host of a request, as in `get "https://host/path"`.
fn asked(line: &str) -> Option<&str> {
    METHODS.iter().find_map(|method| {
        line.match_indices(method).find_map(|(at, _)| {
            let url = line.get(at + method.len()..)?.trim_start_matches(['"', '\'', '\\']);
            let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
            // A docker daemon's.
            let is_daemons = [":2375", ":2376", "/v1."].iter().any(|sign| rest.contains(sign));
            rest.split(['/', ':', '"', '\'', '?', ' ', '\\']).next().filter(|_| !is_daemons)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_alone_is_told_from_a_sentence_with_one() {
        for line in [
            "get https://registry-1.docker.io/v2/library/redis/manifests/7",
            "[error] get https://registry-1.docker.io/v2/library/redis/manifests/7",
            "[2024-03-08t12:26:06.779z] [error]   put https://host/v2/a/manifests/1 ",
        ] {
            assert!(is_request_alone(line), "{line}");
        }
        for line in [
            "get https://registry-1.docker.io/v2/: unauthorized: x",
            "failed to get https://registry-1.docker.io/v2/",
            "get the image",
            "get ",
            "",
        ] {
            assert!(!is_request_alone(line), "{line}");
        }
    }

    #[test]
    fn a_request_to_another_host_is_seen() {
        for line in [
            "npm err! 404 not found - get https://registry.npmjs.org/@a/b",
            "post \"https://ec2.us-east-1.amazonaws.com/\": x509: certificate signed by unknown authority",
            "caused by: post https://ec2.us-east-1.amazonaws.com/: eof",
        ] {
            assert!(asks_another(line), "{line}");
        }
        for line in [
            "get https://sts.us-east-1.amazonaws.com/: eof",
            "get https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/a: 403",
            "get \"http://169.254.170.2/v2/credentials\": timeout",
            "get \"https://d1.cloudfront.net/a\": timeout",
            "get https://<registry>/v2/: eof",
            "get https://registry/v2/: eof",
            "see https://docs.docker.com/go/buildx/",
            "get \"http://%2fvar%2frun%2fdocker.sock/v1.45/info\": connect: permission denied",
            "post \"http://docker.example:2375/v1.24/auth\": dial tcp: no such host",
            "get ",
        ] {
            assert!(!asks_another(line), "{line}");
        }
    }
}
