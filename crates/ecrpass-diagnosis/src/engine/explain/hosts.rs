//! Registry hosts and image references in a line of a log.

use std::sync::LazyLock;

use super::texts::Texts;

/// The texts after which an image reference stands, in lower case.
const BEFORE_IMAGE: [&str; 25] = [
    "refers to repository [",
    "refers to a repository [",
    "failed to pull image \"",
    "failed to pull `",
    "back-off pulling image \"",
    "pulling image \"",
    "pushing image ",
    "failed to resolve reference \"",
    "failed to pull and unpack image \"",
    "pull access denied for ",
    "push permission for \"",
    "error parsing image name \"docker://",
    "docker push ",
    "docker pull ",
    "reading manifest ",
    "load metadata for ",
    "unauthorized for ",
    "trying to pull ",
    "writing to ",
    "pull-check transport for ",
    // Of a Dockerfile's step, of manifests, of tools for artifacts.
    " : from ",
    "] from ",
    "image: ",
    "oci://",
    "docker://",
];

/// What logs in, after which the registry's host stands, perhaps behind options.
const LOGINS: [&str; 6] =
    ["docker login ", "podman login ", "buildah login ", "skopeo login ", "registry login ", "oras login "];

/// What clients say before the host that they log in to.
const LOGGING_IN: [&str; 5] =
    ["logging into ", "logging in to ", "logging in at ", "authenticating with ", "login attempt to "];

/// The hosts a line names as a registry: of `https://HOST/v2/` and of image references, without what follows.
pub fn hosts(line: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    let end_of = |text: &str| text.find(['/', '"', ' ', ']', ',', '\\', '\'', '`']).unwrap_or(text.len());
    for (at, _) in line.match_indices("://") {
        let Some(rest) = line.get(at + 3..) else { continue };
        let end = end_of(rest);
        let path = rest.get(end..).unwrap_or_default();
        if path.starts_with("/v2/") || path.starts_with("/v1/") || path.starts_with("/v2\"") {
            found.extend(rest.get(..end));
        }
    }
    static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::new(BEFORE_IMAGE));
    for (at, _) in TEXTS.found(line) {
        let Some(rest) = line.get(at.end..) else { continue };
        let end = end_of(rest);
        // Without a slash it is a repository of Docker Hub's, or no image at all.
        if rest.get(end..).unwrap_or_default().starts_with('/') {
            found.extend(rest.get(..end).filter(|host| host.contains(['.', ':'])));
        }
    }
    if line.contains("manifest") || line.contains("blob") || line.contains("layer") {
        found.extend(named_after_what(line));
    }
    if line.contains("image") || line.contains("pull") || line.contains("push") {
        for host in quoted(line) {
            if !found.contains(&host) {
                found.push(host);
            }
        }
    }
    found
}

/// The hosts that a line tells of a login to.
pub fn login_hosts(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for login in LOGINS {
        for (at, _) in line.match_indices(login) {
            let mut words = line.get(at + login.len()..).unwrap_or_default().split_whitespace();
            while let Some(word) = words.next().filter(|word| !["|", "&&", ";", "<"].contains(word)) {
                if ["-u", "-p", "--username", "--password"].contains(&word) {
                    words.next();
                } else if !word.starts_with('-') {
                    found.extend(host_of(word));
                }
            }
        }
    }
    for saying in LOGGING_IN {
        let words = line.match_indices(saying).filter_map(|(at, _)| line.get(at + saying.len()..));
        found.extend(words.filter_map(|rest| host_of(rest.split_whitespace().next()?)));
    }
    found
}

/// Whether a line names a registry and does not spell it out: a CI system masked it, or a script has it in a variable.
pub fn hides_registry(line: &str) -> bool {
    const BEFORE: [&str; 8] = [
        "refers to repository [",
        "docker push ",
        "docker pull ",
        "podman push ",
        "podman pull ",
        "failed to pull image \"",
        "pull access denied for ",
        "login attempt to https://",
    ];
    let is_hidden = |text: &str| text.trim_start_matches(['"', '\'']).starts_with(['*', '$', '<', '{', '%']);
    let login = LOGINS.iter().any(|login| line.contains(login));
    BEFORE.iter().any(|before| {
        line.match_indices(before).any(|(at, _)| line.get(at + before.len()..).is_some_and(is_hidden))
    }) || login && line.split_whitespace().next_back().is_some_and(is_hidden)
}

/// The host that a word is or begins with, as a URL does.
fn host_of(word: &str) -> Option<&str> {
    let word = word.trim_matches(['"', '\'', '`', ',', '.', ':', ';']);
    let word = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://")).unwrap_or(word);
    word.split('/').next().filter(|host| is_host(host))
}

/// The hosts of references with a tag or a digest in quotation marks: ``Failed to pull `HOST/a/b:1` ``.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    ['"', '`', '\''].into_iter().flat_map(move |mark| {
        line.split(mark).skip(1).step_by(2).filter_map(|text| {
            let (host, path) = text.split_once('/')?;
            let is_reference = path.contains([':', '@']) && !path.contains([' ', '\\']);
            (is_reference && is_host(host)).then_some(host)
        })
    })
}

/// Whether a text is put together as the names of hosts on the internet are.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, ""));
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.rsplit_once('.')
        .is_some_and(|(_, last)| last.len() > 1 && last.bytes().all(|b| b.is_ascii_alphabetic()))
        && name.split('.').all(is_label)
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// The hosts of what is read from, or written to, an image: `uploading manifest 1.2 to HOST/a/b: …`.
fn named_after_what(line: &str) -> impl Iterator<Item = &str> {
    [" to ", " in "].into_iter().flat_map(move |before| {
        line.match_indices(before).filter_map(move |(at, _)| {
            let word = line.get(at + before.len()..)?.split(' ').next()?;
            word.split_once('/').map(|(host, _)| host).filter(|host| is_host(host))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found() {
        for (line, expected) in [
            ("get \"https://h.example/v2/\": denied", &["h.example"][..]),
            ("get https://h.example/other", &[]),
            ("the push refers to repository [h.example:5000/a/b]", &["h.example:5000"]),
            ("failed to pull image \"a/b:1\"", &[]),
            ("uploading manifest 1 to h.example/a/b: denied", &["h.example"]),
            ("layer upload to /v2/a/blobs/uploads/ in h.example: denied", &[]),
            ("writing layer to ./a/b", &[]),
            ("failed to pull `h.example/a/b:1`: unauthorized", &["h.example"]),
            ("image 'h.example:5000/a@sha256:00' is not there", &["h.example:5000"]),
            ("pushed by \"github.com/a/b\" from './a.sh/b:1'", &[]),
            (
                "failed to pull image \"h.example/b:1\": failed to resolve reference \"h.example/b:1\"",
                &["h.example", "h.example"],
            ),
        ] {
            assert_eq!(hosts(line), expected, "{line}");
        }
    }

    #[test]
    fn a_registry_may_be_hidden() {
        for line in [
            "the push refers to repository [***/web]",
            "docker push $repo/web:1",
            "docker push \"${registry}/web\"",
            "docker login --username aws --password-stdin $registry",
            "login attempt to https://***/v2/ failed",
        ] {
            assert!(hides_registry(line), "{line}");
        }
        for line in ["docker push web", "docker login -u ada -p $password h.example", "echo $registry"] {
            assert!(!hides_registry(line), "{line}");
        }
    }

    #[test]
    fn hosts_of_logins_are_found() {
        for (line, expected) in [
            ("$ docker login h.example -u ada", &["h.example"][..]),
            ("docker login -u ada.smith --password-stdin https://h.example/v2/", &["h.example"]),
            ("helm registry login h.example:5000", &["h.example:5000"]),
            ("logging into h.example...", &["h.example"]),
            ("error: logging into \"h.example\": invalid username/password", &["h.example"]),
            ("docker login --username aws --password-stdin $registry", &[]),
            ("docker login -u ada -p secret", &[]),
            ("docker login --help | less f.txt", &[]),
        ] {
            assert_eq!(login_hosts(line), expected, "{line}");
        }
    }
}
