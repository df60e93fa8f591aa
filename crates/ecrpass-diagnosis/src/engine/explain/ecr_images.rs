//! The images and hosts of ECR's in a line of a log.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// An image, or only a host, of ECR's in a line, as far as it is spelt out; parts may be masked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EcrImage<'a> {
    /// The host.
    pub host: &'a str,
    /// The account, or what stands in its place.
    pub account: &'a str,
    /// The region, or what stands in its place.
    pub region: &'a str,
    /// The repository; empty when there is none.
    pub repository: &'a str,
    /// The tag or digest; empty when there is none.
    pub tag: &'a str,
    /// Whether it is ECR Public's.
    pub public: bool,
}

/// The prefixes under which pull-through caches are set up as a rule. Source: ECR's console, "Create pull through cache
/// rule", and its User Guide.
pub const PULL_THROUGH: [&str; 9] = [
    "ecr-public/",
    "docker-hub/",
    "dockerhub/",
    "quay/",
    "kubernetes/",
    "k8s/",
    "github/",
    "ghcr/",
    "gitlab/",
];

/// Finds ECR hosts, and what is asked of them, in a line.
pub fn ecr_images(line: &str) -> Vec<EcrImage<'_>> {
    let mut found: Vec<EcrImage<'_>> = Vec::new();
    let mut names = Names::of(line);
    // Where the path ends that was read last: a host within it has a path that ends there, too.
    let mut path_end = 0;
    let mut from = 0;
    while let Some((at, name)) = names.next(from).filter(|_| found.len() < MOST) {
        let start = host_start(line, at);
        let end = at + host_length(line.get(at..).unwrap_or_default());
        from = end.max(at + name.len());
        let Some(host) = line.get(start..end) else { break };
        // `HOST-REPOSITORY-TAG` is how some controllers name what they keep of an image.
        let host = host.find(".amazonaws.com-").and_then(|dash| host.get(..dash + 14)).unwrap_or(host);
        let host = host.trim_end_matches(['.', '-']);
        let public = name == PUBLIC;
        let (account, region) = if public { ("", "us-east-1") } else { parts(host) };
        let end = end + port_length(line.get(end..).unwrap_or_default());
        let rest = line.get(end..).unwrap_or_default().strip_prefix('/');
        if rest.is_some() && path_end <= end {
            path_end = end + 1 + path_length(rest.unwrap_or_default());
        }
        let (repository, tag) = rest.and_then(|_| line.get(end + 1..path_end)).map_or(("", ""), path);
        let image = EcrImage { host, account, region, repository, tag, public };
        if !found.contains(&image) {
            found.push(image);
        }
    }
    found
}

/// A line in lower case, with nothing in place of the names of its repositories: they are no words of a message. A few
/// names say what an image is for, and stay.
pub fn without_names(line: &str) -> String {
    const TELLING: [&str; 2] = ["pause", "cache"];
    let mut lower = line.to_ascii_lowercase();
    for image in ecr_images(line) {
        let name = image.repository.to_ascii_lowercase();
        if name.len() > 2 && !TELLING.iter().any(|telling| name.contains(telling)) {
            let blank: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() { '_' } else { c }).collect();
            lower = lower.replace(&format!("/{name}"), &format!("/{blank}"));
        }
    }
    lower
}

/// How many are looked for in a line.
const MOST: usize = 32;

const PUBLIC: &str = "public.ecr.aws";
const NAMES: [&str; 6] = [".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr.", ".dkr-ecr-fips.", PUBLIC, "dkr.ecr."];

/// Where in a line each of the names comes next: what is not there is looked for once.
struct Names<'a> {
    line: &'a str,
    next: [Option<usize>; NAMES.len()],
}

/// What looks for each of the names: made once, as it takes longer than to look through a line.
static FINDERS: LazyLock<[Finder<'static>; NAMES.len()]> = LazyLock::new(|| NAMES.map(Finder::new));

impl<'a> Names<'a> {
    fn of(line: &'a str) -> Self {
        Self { line, next: FINDERS.each_ref().map(|name| name.find(line.as_bytes())) }
    }

    /// The first name from a place on, which is no earlier one than before.
    fn next(&mut self, from: usize) -> Option<(usize, &'static str)> {
        for (next, name) in self.next.iter_mut().zip(FINDERS.iter()) {
            if next.is_some_and(|at| at < from) {
                *next = self.line.get(from..).and_then(|rest| name.find(rest.as_bytes())).map(|at| at + from);
            }
        }
        let found = self.next.iter().zip(NAMES).filter_map(|(next, name)| Some(((*next)?, name)));
        found.min_by_key(|(at, _)| *at)
    }
}

/// Where the host begins: the account may be masked.
fn host_start(line: &str, at: usize) -> usize {
    let before = line.get(..at).unwrap_or_default();
    let is_host = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '*' | '<' | '>' | '$' | '{' | '}' | '[' | ']')
    };
    let start = before.char_indices().rev().take_while(|(_, c)| is_host(*c)).last();
    let start = start.map_or(at, |(start, _)| start);
    // An opening bracket belongs to the text around it, unless it is closed before the host goes on.
    let text = before.get(start..).unwrap_or_default();
    let opened = text.rfind('[').filter(|open| !text.get(*open..).unwrap_or_default().contains(']'));
    start + opened.map_or(0, |open| open + 1)
}

fn host_length(text: &str) -> usize {
    let is_host = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*' | '<' | '>' | '$' | '{' | '}')
    };
    text.find(|c: char| !is_host(c)).unwrap_or(text.len())
}

/// How long the port is that a text begins with; none where no path follows it.
fn port_length(text: &str) -> usize {
    let Some(port) = text.strip_prefix(':') else { return 0 };
    let digits = port.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && port.get(digits..).is_some_and(|rest| rest.starts_with('/')) { 1 + digits } else { 0 }
}

/// Account and region of a host that may be masked.
fn parts(host: &str) -> (&str, &str) {
    let Some((account, rest)) = host.split_once(".dkr.ecr").or_else(|| host.split_once(".dkr-ecr")) else {
        let rest = host.strip_prefix("dkr.ecr.").unwrap_or_default();
        return ("", rest.split('.').next().unwrap_or_default());
    };
    let rest = rest.trim_start_matches("-fips").trim_start_matches('.');
    (account, rest.split('.').next().unwrap_or_default())
}

/// How long the path is that a text begins with.
fn path_length(text: &str) -> usize {
    let is_end = |c: char| {
        matches!(c, '"' | '\'' | '`' | ',' | ')' | '(' | '\\' | '|' | ';' | '?') || c.is_whitespace()
    };
    text.find(is_end).unwrap_or(text.len())
}

/// Repository and tag of the path behind a host, in an image reference or in a URL of the registry API.
fn path(path: &str) -> (&str, &str) {
    if let Some(api) = path.strip_prefix("v2/").or_else(|| path.strip_prefix("v2")) {
        for verb in ["/manifests/", "/blobs/", "/tags/", "/referrers/"] {
            if let Some((repository, tag)) = api.split_once(verb) {
                let tag = if verb == "/manifests/" { tag.trim_end_matches([':', ']', '.']) } else { "" };
                return (repository, tag);
            }
        }
        return (api.trim_end_matches([':', '/']), "");
    }
    let path = path.trim_end_matches([':', ']', '.', '}']);
    match path.split_once('@') {
        Some((name, digest)) => (name.split(':').next().unwrap_or_default(), digest),
        None => path.split_once(':').unwrap_or((path, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_repositories_are_no_words() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        assert_eq!(
            without_names(&format!("GET https://{host}/v2/shop/Gradle-8/manifests/1: Denied")),
            format!("get https://{host}/v2/____/______-_/manifests/1: denied")
        );
        for line in
            [format!("failed to pull image \"{host}/eks/pause:3.5\""), "docker.io/library/gradle".to_owned()]
        {
            assert_eq!(without_names(&line), line);
        }
    }

    #[test]
    fn images_are_taken_apart() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        for (line, repository, tag) in [
            (format!("The push refers to repository [{host}/team/app]"), "team/app", ""),
            (format!("Failed to pull image \"{host}/app:1.2\": x"), "app", "1.2"),
            (format!("Get https://{host}/v2/app/manifests/latest: no"), "app", "latest"),
            (format!("HEAD request to https://{host}/v2/a/b/blobs/sha256:00: 403"), "a/b", ""),
            (format!("{host}/app:v1@sha256:abc"), "app", "sha256:abc"),
            (format!("pulling {host}:443/team/app:1: denied"), "team/app", "1"),
            (format!("{host}/v2/: denied"), "", ""),
            (format!("for {host}, repository"), "", ""),
        ] {
            let images = ecr_images(&line);
            assert_eq!(images.len(), 1, "{line}");
            assert_eq!(
                (images[0].host, images[0].repository, images[0].tag),
                (host, repository, tag),
                "{line}"
            );
        }
        // A host in the path of another one has the rest of that path.
        let within = format!("{host}/{host}/app:1 and {host}/x, {host}");
        let read: Vec<_> = ecr_images(&within).iter().map(|image| (image.repository, image.tag)).collect();
        assert_eq!(read, [(&*format!("{host}/app"), "1"), ("app", "1"), ("x", ""), ("", "")]);
        let named = ecr_images("\"name\": \"MYID.dkr.ecr.us-east-1.amazonaws.com-REPO-latest\"");
        assert_eq!((named[0].host, named[0].region), ("MYID.dkr.ecr.us-east-1.amazonaws.com", "us-east-1"));
        let masked = ecr_images("[***.dkr.ecr.us-east-1.amazonaws.com/my-app]");
        assert_eq!(
            (masked[0].account, masked[0].region, masked[0].repository),
            ("***", "us-east-1", "my-app")
        );
        let masked = ecr_images("for \"[MASKED].dkr.ecr.us-east-1.amazonaws.com/x\"");
        assert_eq!(masked[0].account, "[MASKED]");
    }
}
