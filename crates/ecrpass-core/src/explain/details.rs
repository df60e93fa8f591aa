//! What a log says of the user's own case: host, repository, principal and so on, to fill into the fixes.

use serde::{Deserialize, Serialize};

use crate::Registry;
use crate::access_denied;
use crate::partition::Partition;

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

/// Finds ECR hosts, and what is asked of them, in a line.
pub fn ecr_images(line: &str) -> Vec<EcrImage<'_>> {
    let mut found: Vec<EcrImage<'_>> = Vec::new();
    let mut from = 0;
    while let Some((at, name)) = next_host(line, from) {
        let start = host_start(line, at);
        let end = at + host_length(line.get(at..).unwrap_or_default());
        from = end.max(at + name.len());
        let Some(host) = line.get(start..end) else { break };
        let host = host.trim_end_matches(['.', '-']);
        let public = name == PUBLIC;
        let (account, region) = if public { ("", "us-east-1") } else { parts(host) };
        let (repository, tag) = path(line.get(end..).unwrap_or_default());
        let image = EcrImage { host, account, region, repository, tag, public };
        if !found.contains(&image) {
            found.push(image);
        }
    }
    found
}

const PUBLIC: &str = "public.ecr.aws";
const NAMES: [&str; 6] = [".dkr.ecr.", ".dkr.ecr-fips.", ".dkr-ecr.", ".dkr-ecr-fips.", PUBLIC, "dkr.ecr."];

fn next_host(line: &str, from: usize) -> Option<(usize, &'static str)> {
    let rest = line.get(from..)?;
    NAMES.into_iter().filter_map(|name| Some((rest.find(name)? + from, name))).min_by_key(|(at, _)| *at)
}

/// Where the host begins: the account may be masked.
fn host_start(line: &str, at: usize) -> usize {
    let before = line.get(..at).unwrap_or_default();
    let is_host = |c: char| c.is_ascii_alphanumeric() || "-_*<>${}[]".contains(c);
    let start = before.char_indices().rev().take_while(|(_, c)| is_host(*c)).last();
    let start = start.map_or(at, |(start, _)| start);
    // An opening bracket belongs to the text around it, unless it is closed before the host goes on.
    let text = before.get(start..).unwrap_or_default();
    let opened = text.rfind('[').filter(|open| !text.get(*open..).unwrap_or_default().contains(']'));
    start + opened.map_or(0, |open| open + 1)
}

fn host_length(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || ".-_*<>${}".contains(c))).unwrap_or(text.len())
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

/// Repository and tag of what follows a host, in an image reference or in a URL of the registry API.
fn path(rest: &str) -> (&str, &str) {
    let Some(path) = rest.strip_prefix('/') else { return ("", "") };
    let end = path
        .find(|c: char| {
            c.is_whitespace() || ['"', '\'', '`', ',', ')', '(', '\\', '|', ';', '?'].contains(&c)
        })
        .unwrap_or(path.len());
    let path = path.get(..end).unwrap_or_default();
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

/// What is known of the case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Details {
    /// The registry's host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The account of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The region of the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The tag or digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The ARN of the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// The action that was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The AWS profile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// AWS's name for the request, which its support asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The CI system whose log it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ci: Option<String>,
    /// The client's name, as `ecrpass resolve` knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

impl Details {
    /// Takes from a line what is not known yet.
    pub fn learn(&mut self, line: &str) {
        if let Some(name) = between(line, "repository with name '", "'") {
            keep(&mut self.repository, name);
        }
        for image in ecr_images(line) {
            if let Ok(registry) = Registry::parse(image.host) {
                keep(&mut self.host, registry.host());
                keep(&mut self.region, registry.region());
                if let Some(account) = registry.account() {
                    keep(&mut self.account, account);
                }
            }
            if !image.public {
                keep(&mut self.account, image.account);
                keep(&mut self.region, image.region);
            }
            if self.repository.as_deref().is_none_or(|known| known == image.repository) {
                keep(&mut self.repository, image.repository);
                keep(&mut self.tag, image.tag);
            }
        }
        if let Some(denied) = access_denied::parse(line) {
            keep(&mut self.principal, denied.principal);
            keep(&mut self.action, denied.action);
            let mut arn = denied.resource.unwrap_or_default().split(':');
            if let (Some(region), Some(account), Some(repository)) = (arn.nth(3), arn.next(), arn.next()) {
                keep(&mut self.region, region);
                keep(&mut self.account, account);
                keep(&mut self.repository, repository.strip_prefix("repository/").unwrap_or_default());
            }
        }
        if let Some(account) = between(line, "registry with id '", "'") {
            keep(&mut self.account, account);
        }
        for (before, after) in
            [("profile (", ")"), ("--profile ", " "), ("--profile=", " "), ("profile \"", "\"")]
        {
            if let Some(profile) = between(line, before, after) {
                keep(&mut self.profile, profile);
            }
        }
        for (before, after) in [("api.ecr.", ".amazonaws"), ("--region ", " "), ("ecr.", ".amazonaws")] {
            if let Some(region) =
                between(line, before, after).filter(|region| Partition::of_region(region).is_some())
            {
                keep(&mut self.region, region);
            }
        }
        for before in
            ["request id: ", "RequestID: ", "Request ID: ", "RequestId: ", "requestID\":\"", "<RequestId>"]
        {
            if let Some(id) = between(line, before, " ") {
                keep(&mut self.request_id, id.split([',', '"', '<', ')', ';']).next().unwrap_or_default());
            }
        }
        if self.ci.is_none() {
            self.ci = CI.iter().find(|(text, _)| line.contains(text)).map(|(_, ci)| (*ci).to_owned());
        }
        if self.client.is_none() {
            self.client = client(&line.to_ascii_lowercase()).map(str::to_owned);
        }
    }

    /// A text with its placeholders filled in, or turned into what the user has to fill in.
    pub fn fill(&self, template: &str) -> String {
        let host = self.host.clone().unwrap_or_else(|| {
            let account = self.account.as_deref().unwrap_or("<account>");
            format!("{account}.dkr.ecr.{}.amazonaws.com", self.region.as_deref().unwrap_or("<region>"))
        });
        let values = [
            ("{host}", Some(host)),
            ("{account}", self.account.clone()),
            ("{region}", self.region.clone()),
            ("{repository}", self.repository.clone()),
            ("{tag}", self.tag.clone()),
            ("{caller}", self.principal.as_deref().map(caller)),
            ("{role}", self.principal.as_deref().and_then(role)),
            ("{action}", self.action.clone()),
            ("{profile}", self.profile.clone()),
            ("{client}", Some(self.client.as_deref().unwrap_or("docker").to_owned())),
        ];
        let mut text = template.to_owned();
        for (name, value) in values {
            if text.contains(name) {
                let unknown = format!("<{}>", name.trim_matches(['{', '}']));
                text = text.replace(name, &value.unwrap_or(unknown));
            }
        }
        text
    }
}

/// The role in the ARN of a caller.
fn role(principal: &str) -> Option<String> {
    let (_, rest) = principal.split_once(":assumed-role/").or_else(|| principal.split_once(":role/"))?;
    rest.split('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The caller as policies name it: the role behind a session. Source: IAM User Guide, "AWS JSON policy elements:
/// Principal"; `iam simulate-principal-policy` takes no sessions either.
pub fn caller(principal: &str) -> String {
    match principal.split_once(":sts::").zip(role(principal)) {
        Some(((partition, rest), role)) => {
            let account = rest.split(':').next().unwrap_or_default();
            format!("{partition}:iam::{account}:role/{role}")
        }
        None => principal.to_owned(),
    }
}

/// A value that may stand in a command: a log must not put words into a shell.
pub fn safe(value: &str) -> Option<String> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "._/:@+-".contains(c);
    (!value.is_empty() && value.len() <= 512 && value.chars().all(is_safe) && !value.starts_with('-'))
        .then(|| value.to_owned())
}

fn keep(field: &mut Option<String>, value: &str) {
    if field.is_none() {
        *field = safe(value);
    }
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(before)?;
    rest.split(after).next()
}

/// What betrays a CI system.
const CI: [(&str, &str); 19] = [
    ("##[group]", "github"),
    ("::error ", "github"),
    ("::error::", "github"),
    ("Run aws-actions/", "github"),
    ("Run docker/", "github"),
    ("/home/runner/work", "github"),
    ("GITHUB_", "github"),
    ("section_start:", "gitlab"),
    ("Running with gitlab-runner", "gitlab"),
    ("ERROR: Job failed: exit code", "gitlab"),
    ("ERROR: Job failed: failed to pull image", "gitlab"),
    ("CI_JOB_", "gitlab"),
    ("CI_COMMIT_", "gitlab"),
    ("[Pipeline]", "jenkins"),
    ("Finished: FAILURE", "jenkins"),
    ("[Container] 20", "codebuild"),
    ("CODEBUILD_", "codebuild"),
    ("CIRCLE_", "circleci"),
    ("Exited with code exit status", "circleci"),
];

/// What betrays a client, in lower case, the most telling first.
const CLIENTS: [(&str, &str); 19] = [
    ("kubelet", "kubelet"),
    ("imagepullbackoff", "kubelet"),
    ("errimagepull", "kubelet"),
    ("/kaniko/executor", "kaniko"),
    ("error checking push permissions", "kaniko"),
    ("podman", "podman"),
    ("skopeo", "skopeo"),
    ("buildah", "buildah"),
    ("cannotpull", "ecs-agent"),
    ("resourceinitializationerror", "ecs-agent"),
    ("buildx", "buildx"),
    ("failed to solve", "buildx"),
    ("docker-compose", "compose"),
    ("docker compose", "compose"),
    ("testcontainers", "testcontainers-java"),
    ("com.google.cloud.tools.jib", "jib"),
    ("nerdctl", "nerdctl"),
    ("crane ", "crane"),
    ("helm ", "helm"),
];

fn client(line: &str) -> Option<&'static str> {
    CLIENTS.iter().find(|(text, _)| line.contains(text)).map(|(_, client)| *client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_taken_apart() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        for (line, repository, tag) in [
            (format!("The push refers to repository [{host}/team/app]"), "team/app", ""),
            (format!("Failed to pull image \"{host}/app:1.2\": x"), "app", "1.2"),
            (format!("Get https://{host}/v2/app/manifests/latest: no"), "app", "latest"),
            (format!("HEAD request to https://{host}/v2/a/b/blobs/sha256:00: 403"), "a/b", ""),
            (format!("{host}/app:v1@sha256:abc"), "app", "sha256:abc"),
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
        let masked = ecr_images("[***.dkr.ecr.us-east-1.amazonaws.com/my-app]");
        assert_eq!(
            (masked[0].account, masked[0].region, masked[0].repository),
            ("***", "us-east-1", "my-app")
        );
        let masked = ecr_images("for \"[MASKED].dkr.ecr.us-east-1.amazonaws.com/x\"");
        assert_eq!(masked[0].account, "[MASKED]");
    }

    #[test]
    fn commands_are_filled_in_and_nothing_else_gets_into_them() {
        let mut details = Details::default();
        details.learn("pull access denied for 123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b:1, denied");
        assert_eq!(
            details.fill("x {host}/{repository} {caller}"),
            "x 123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b <caller>"
        );
        let mut details = Details::default();
        details.learn("status code: 400, request id: 0b8d33f4-236d-11e7-a556-d147d2308480, x");
        details.learn(
            "User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:PutImage",
        );
        assert_eq!(details.request_id.as_deref(), Some("0b8d33f4-236d-11e7-a556-d147d2308480"));
        assert_eq!(details.fill("{caller} {role}"), "arn:aws:iam::123456789012:role/ci ci");
        let mut details = Details::default();
        details
            .learn("The repository with name '$(reboot)' does not exist in the registry with id '1;reboot'");
        assert_eq!(details.fill("{repository} {account}"), "<repository> <account>");
    }
}
