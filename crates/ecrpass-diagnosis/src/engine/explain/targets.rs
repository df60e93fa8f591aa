//! The host or the image that a line itself says it failed with: what a program says of another one is about that,
//! whichever registry is named near it.

use std::sync::LazyLock;

use super::requests::helps;
use super::texts::Texts;

/// What stands before the host that was looked up or asked, in lower case.
const BEFORE_HOST: [&str; 16] = [
    "getaddrinfo enotfound ",
    "getaddrinfo eai_again ",
    "unknownhostexception: ",
    "could not resolve host: ",
    "couldn't resolve host: ",
    "could not resolve host ",
    "couldn't resolve host ",
    "failed to resolve '",
    "could not resolve '",
    "(host='",
    "dial tcp ",
    "dial tcp: ",
    "connect to ",
    "connecting to ",
    "connection to ",
    "connect econnrefused ",
];

/// What Go says before the name that it looks up.
const LOOKUP: &str = "lookup ";

/// What stands before the URL that was asked, in lower case.
const BEFORE_URL: [&str; 15] = [
    "get ",
    "head ",
    "post ",
    "put ",
    "patch ",
    "delete ",
    "request to ",
    "connect to ",
    "connecting to ",
    "connection to ",
    "from ",
    "for url: ",
    "fetch ",
    "fetching ",
    "unable to access ",
];

/// How a program's lines begin that asks registries of packages, and none of images.
const SPEAKERS: [&str; 2] = ["npm err!", "npm error "];

/// The ends of AWS's names for clusters, databases and caches of the user's own.
const OF_OTHER_SERVICES: [&str; 3] = [".eks.amazonaws.com", ".rds.amazonaws.com", ".cache.amazonaws.com"];

/// Where the API of Kubernetes is on its servers.
const KUBERNETES: [&str; 2] = ["api/v1", "apis/"];

/// Whether a line in lower case names what it failed with, and that is neither ECR's nor on the way there.
pub fn fails_with_another(line: &str) -> bool {
    // The way there: a proxy's name is whatever a company gave it.
    if line.contains("proxy") {
        return false;
    }
    SPEAKERS.iter().any(|speaker| line.contains(speaker))
        || asks_another_url(line)
        || asks_another_host(line)
        || misses_image_of_docker_hub(line)
}

/// Whether a line in lower case tells of a failure that is not ECR's whatever else it names: of a test, of a secret that an
/// ECS task is to have, or of what a Lambda function is given beside its image.
pub fn fails_whatever_it_names(line: &str) -> bool {
    // Lambda's, of a function's other settings.
    const SETTINGS: [&str; 3] =
        ["layers are not supported for functions", "please don't provide handler", "please provide imageuri"];
    const SECRETS: [&str; 2] = ["unable to retrieve secret from asm", "unable to retrieve secrets from ssm"];
    let says = |of: &&str| line.contains(*of);
    is_compared_by_a_test(line) || is_title_of_a_test(line) || SECRETS.iter().chain(&SETTINGS).any(says)
}

/// What pytest says of a test, what it expects, and the values that an assertion compared: what is in them was made by the
/// test, as a rule on purpose.
fn is_compared_by_a_test(line: &str) -> bool {
    const OF_PYTEST: [&str; 3] = ["did not raise <", "pytest.raises(", "::test_"];
    if OF_PYTEST.iter().any(|text| line.contains(text)) {
        return true;
    }
    let Some((before, _)) = line.split_once("+  where ") else { return false };
    let mark = before.trim_end().strip_suffix('e');
    mark.is_some_and(|before| !before.ends_with(|c: char| c.is_ascii_alphanumeric()))
}

/// What jest and its like call a test: `● ECR retention › keeps what does not exist`.
fn is_title_of_a_test(line: &str) -> bool {
    line.split_once(['●', '✓', '✕', '×']).is_some_and(|(_, title)| title.contains(" › "))
}

fn asks_another_url(line: &str) -> bool {
    line.match_indices("://").any(|(at, sign)| {
        let scheme = line.get(..at).unwrap_or_default();
        let Some(before) = scheme.strip_suffix("https").or_else(|| scheme.strip_suffix("http")) else {
            return false;
        };
        let before = before.trim_end_matches(['"', '\'', '\\', '`']);
        let (host, rest) = host_at(line.get(at + sign.len()..).unwrap_or_default());
        let is_asked = BEFORE_URL.iter().any(|verb| before.ends_with(verb));
        let (port, path) = rest.split_once('/').unwrap_or((rest, ""));
        let of_kubernetes = KUBERNETES.iter().any(|api| path.starts_with(api));
        // A mirror of the user's own is asked as registries are, and docker's daemon in its API's versions.
        let is_ours = ["v2", "v1."].iter().any(|start| path.starts_with(start)) || is_of_daemon(host, port);
        let is_spelt_out = host.contains('.') || has_port(port);
        is_asked && !is_ours && (of_kubernetes || is_spelt_out && is_another(host))
    })
}

fn asks_another_host(line: &str) -> bool {
    // In sentences about anything a name of one word is none of a host's, unless a port follows.
    let is_host = |text: &str| {
        let (host, rest) = host_at(text);
        let is_name = !host.ends_with('.') && (host.contains('.') || has_port(rest));
        is_name && is_another(host) && !is_of_daemon(host, rest)
    };
    // Go's words end as no sentence does.
    let is_looked_up = |text: &str| {
        let (host, rest) = host_at(text);
        let is_name = host.contains('.') || rest.starts_with(" on ") || rest.starts_with(": no such host");
        is_name && is_another(host) && !is_of_daemon(host, rest)
    };
    static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::new(BEFORE_HOST));
    TEXTS.found(line).filter_map(|(at, _)| line.get(at.end..)).any(is_host)
        || line.match_indices(LOOKUP).filter_map(|(at, _)| line.get(at + LOOKUP.len()..)).any(is_looked_up)
}

/// The host that a text begins with, and what follows it.
fn host_at(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches(['"', '\'', '`']);
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-._".contains(c))).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn has_port(rest: &str) -> bool {
    rest.strip_prefix(':').is_some_and(|port| port.starts_with(|c: char| c.is_ascii_digit()))
}

/// Whether a host is known to be none that a login, a pull or a push asks. Addresses tell nothing, and one that begins
/// as a registry's does is a registry's, spelt wrongly.
fn is_another(host: &str) -> bool {
    let is_account = |label: &str| label.len() == 12 && label.bytes().all(|byte| byte.is_ascii_digit());
    host.contains(|c: char| c.is_ascii_alphabetic())
        && host != "localhost"
        && (!host.contains("amazonaws") || OF_OTHER_SERVICES.iter().any(|end| host.ends_with(end)))
        && !host.ends_with(".aws")
        && !host.starts_with("docs.")
        && !helps(host)
        && !host.split('.').next().is_some_and(is_account)
}

/// Whether that is docker's daemon, which runs in a container of that name beside a job, or listens on its own ports.
fn is_of_daemon(host: &str, rest: &str) -> bool {
    host == "docker"
        || host.starts_with("docker.")
        || [":2375", ":2376"].iter().any(|port| rest.starts_with(port))
}

/// A reference without a host is one of Docker Hub's: docker prints those of ECR with theirs.
fn misses_image_of_docker_hub(line: &str) -> bool {
    let Some((image, _)) =
        line.split_once("manifest for ").and_then(|(_, rest)| rest.split_once(" not found"))
    else {
        return false;
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._/:@".contains(c);
    let names_host =
        image.split_once('/').is_some_and(|(first, _)| first.contains(['.', ':']) || first == "localhost");
    !image.is_empty() && image.chars().all(is_name) && !names_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_with_another_host_or_image_is_about_that() {
        for line in [
            "#7 npm err! request to https://registry.npmjs.org/a failed, reason: getaddrinfo enotfound registry.npmjs.org",
            "#7 12.1 npm err! code enotfound",
            "dial tcp: lookup abc.gr7.me-central-1.eks.amazonaws.com on 10.0.0.2:53: no such host",
            "error: getaddrinfo eai_again registry.yarnpkg.com",
            "java.net.unknownhostexception: kafka-0.kafka",
            "get \"https://prometheus:9090/api\": context deadline exceeded",
            "502 bad gateway from https://app.corp.example",
            "requests.exceptions.httperror: 502 server error: bad gateway for url: https://app.corp.example/x",
            "dial tcp: lookup db.corp.example on 10.0.0.2:53: no such host",
            "dial tcp: lookup redis: no such host",
            "dial tcp: lookup redis on 10.0.0.2:53: server misbehaving",
            "connecting to redis:6379: i/o timeout",
            "could not resolve host: github.com",
            "error: get \"https://10.96.0.1:443/api/v1/namespaces\": x509: certificate signed by unknown authority",
            "httpsconnectionpool(host='files.pythonhosted.org', port=443): read timed out.",
            "error response from daemon: manifest for redis:99 not found: manifest unknown: manifest unknown",
            "manifest for team/app:1 not found: manifest unknown",
        ] {
            assert!(fails_with_another(line), "{line}");
        }
    }

    #[test]
    fn what_is_on_the_way_to_ecr_is_not_another() {
        for line in [
            "dial tcp: lookup 123456789012.dkr.ecr.us-east-1.amazonaws.com: no such host",
            "dial tcp: lookup 123456789012.dkr.ecr.us-east-1.example: no such host",
            "proxyconnect tcp: dial tcp: lookup squid.corp.example: no such host",
            "getaddrinfo enotfound sts.eu-west-1.amazonaws.com",
            "getaddrinfo enotfound",
            "dial tcp 10.0.0.7:443: i/o timeout",
            "dial tcp: lookup docker on 10.0.0.2:53: no such host",
            "post \"http://docker:2375/v1.24/auth\": dial tcp: lookup docker on 10.0.0.2:53: no such host",
            "get \"http://169.254.170.2/v2/credentials\": timeout",
            "get \"https://d1.cloudfront.net/a\": timeout",
            "get https://registry/v2/: eof",
            "get \"http://localhost:5000/v2/\": connection refused",
            "dns lookup failed: server misbehaving",
            "cannot connect to the docker daemon. is it running?",
            "failed to connect to registry: i/o timeout",
            "see https://www.example.com/help",
            "manifest for 123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1 not found",
            "manifest for $image not found",
            "manifest for localhost/app:1 not found",
        ] {
            assert!(!fails_with_another(line), "{line}");
        }
    }
}
