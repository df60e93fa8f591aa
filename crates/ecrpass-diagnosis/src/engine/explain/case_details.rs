//! What the lines of a log say of the user's own case.

use std::sync::LazyLock;

use ecrpass_core::partition::Partition;
use ecrpass_core::{Arn, Registry};
use ecrpass_iam::denial;

use super::ecr_images::ecr_images;
use super::texts::Texts;
use crate::finding::{Denial, Details, Place, keep};

/// Takes from a line what is not known yet.
pub fn learn(details: &mut Details, line: &str) {
    if let Some(name) = between(line, "repository with name '", "'") {
        keep(&mut details.repository, name);
    }
    for image in ecr_images(line) {
        if let Ok(registry) = Registry::parse(image.host) {
            keep(&mut details.host, registry.host());
            keep(&mut details.region, registry.region());
            if let Some(account) = registry.account() {
                keep(&mut details.account, account);
            }
        }
        if !image.public {
            keep(&mut details.account, image.account);
            keep(&mut details.region, image.region);
        }
        if details.repository.as_deref().is_none_or(|known| known == image.repository) {
            keep(&mut details.repository, image.repository);
            keep(&mut details.tag, image.tag);
        }
    }
    if let Some(denied) = denial::parse(line) {
        if details.principal.is_none() {
            details.denial = Some(Denial::of(&denied));
        }
        keep(&mut details.principal, denied.principal);
        keep(&mut details.action, denied.action);
        if let Some(arn) = denied.resource.and_then(Arn::parse) {
            keep(&mut details.region, arn.region);
            keep(&mut details.account, arn.account);
            keep(&mut details.repository, arn.repository().unwrap_or_default());
        }
    }
    if let Some(account) = between(line, "registry with id '", "'") {
        keep(&mut details.account, account);
    }
    for (before, after) in
        [("profile (", ")"), ("--profile ", " "), ("--profile=", " "), ("profile \"", "\"")]
    {
        if let Some(profile) = between(line, before, after) {
            keep(&mut details.profile, profile);
        }
    }
    if let Some(profile) = between(line, "AWS_PROFILE=", " ") {
        keep(&mut details.profile, profile.trim_matches(['"', '\'', ';', ',']));
    }
    for (before, after) in [
        ("prod-", "-starport-layer-bucket"),
        ("api.ecr.", ".amazonaws"),
        ("--region ", " "),
        ("ecr.", ".amazonaws"),
    ] {
        if let Some(region) =
            between(line, before, after).filter(|region| Partition::of_region(region).is_some())
        {
            keep(&mut details.region, region);
        }
    }
    for before in
        ["request id: ", "RequestID: ", "Request ID: ", "RequestId: ", "requestID\":\"", "<RequestId>"]
    {
        if let Some(id) = between(line, before, " ") {
            keep(&mut details.request_id, id.split([',', '"', '<', ')', ';']).next().unwrap_or_default());
        }
    }
    learn_of_pod(details, line);
    if details.ci.is_none() {
        static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::new(CI.map(|(text, _)| text)));
        details.ci = TEXTS.first(line).and_then(|row| CI.get(row)).map(|(_, ci)| (*ci).to_owned());
    }
    if details.client.is_none() || details.place.is_none() {
        let line = line.to_ascii_lowercase();
        if details.client.is_none() {
            details.client = client(&line).map(str::to_owned);
        }
        if details.place.is_none() {
            static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::new(PLACES.map(|(text, _)| text)));
            let place = TEXTS.first(&line).and_then(|row| PLACES.get(row));
            details.place = place.map(|(_, place)| place.id().to_owned());
        }
    }
}

/// The pod, its namespace and its pull secret, as the kubelet and kubectl name them.
fn learn_of_pod(details: &mut Details, line: &str) {
    let name = |text: &str| {
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        text.get(..text.find(|c| !is_name(c)).unwrap_or(text.len())).unwrap_or_default().to_owned()
    };
    for before in ["pod=\"", "Successfully assigned ", "pods=[\""] {
        if let Some((namespace, pod)) = between(line, before, " ").and_then(|text| text.split_once('/')) {
            keep(&mut details.namespace, &name(namespace));
            keep(&mut details.pod, &name(pod));
        }
    }
    for (before, after) in [
        ("Unable to retrieve some image pull secrets (", ")"),
        ("create secret docker-registry ", " "),
        ("pull secret \"", "\""),
    ] {
        if let Some(secret) = between(line, before, after) {
            keep(&mut details.secret, &name(secret));
        }
    }
    if line.contains("kubectl") {
        for before in ["--namespace ", "--namespace=", " -n "] {
            if let Some(namespace) = between(line, before, " ") {
                keep(&mut details.namespace, &name(namespace));
            }
        }
    }
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(before)?;
    rest.split(after).next()
}

/// What shows a CI system.
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

/// What shows that a program in a cluster or a service acts, and no person on a machine.
const PLACES: [(&str, Place); 12] = [
    ("argocd-image-updater", Place::ImageUpdater),
    ("image_alias=", Place::ImageUpdater),
    ("argocd", Place::ArgoCd),
    ("argo-cd", Place::ArgoCd),
    ("image-reflector-controller", Place::Flux),
    ("imagerepository", Place::Flux),
    ("source-controller", Place::Flux),
    ("helmrepository", Place::Flux),
    ("watchtower", Place::Watchtower),
    ("running with gitlab-runner", Place::GitlabRunner),
    ("with gitlab-runner", Place::GitlabRunner),
    ("apprunner", Place::AppRunner),
];

/// What shows a client, in lower case, the most telling first.
const CLIENTS: [(&str, &str); 30] = [
    // The first docker-compose: a Python program, which logs in as docker-py does.
    ("docker-compose version 1.", "docker-py"),
    ("docker-compose 1.", "docker-py"),
    ("compose/cli/", "docker-py"),
    ("compose.cli.", "docker-py"),
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
    ("oras ", "oras"),
    ("regctl", "regclient"),
    ("regsync", "regclient"),
    ("go-containerregistry", "crane"),
    ("docker.errors", "docker-py"),
    ("containerd[", "containerd"),
    ("kaniko", "kaniko"),
    ("helm ", "helm"),
];

/// The client that a line in lower case shows.
fn client(line: &str) -> Option<&'static str> {
    static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::new(CLIENTS.map(|(text, _)| text)));
    TEXTS.first(line).and_then(|row| CLIENTS.get(row)).map(|(_, client)| *client)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_compose_is_told_from_the_second() {
        for (line, expected) in [
            ("docker-compose version 1.29.2, build 5becea4c", Some("docker-py")),
            (
                "file \"/usr/lib/python3/dist-packages/compose/cli/main.py\", line 81, in main",
                Some("docker-py"),
            ),
            ("docker-compose version v2.27.0", Some("compose")),
            ("docker compose pull", Some("compose")),
        ] {
            assert_eq!(client(line), expected, "{line}");
        }
    }

    #[test]
    fn a_line_tells_of_the_case_and_puts_no_words_into_a_shell() {
        let mut details = Details::default();
        learn(
            &mut details,
            "pull access denied for 123456789012.dkr.ecr.us-east-1.amazonaws.com/a/b:1, denied",
        );
        assert_eq!(details.host.as_deref(), Some("123456789012.dkr.ecr.us-east-1.amazonaws.com"));
        assert_eq!((details.repository.as_deref(), details.tag.as_deref()), (Some("a/b"), Some("1")));
        let mut details = Details::default();
        learn(&mut details, "$ AWS_PROFILE='corp' aws ecr get-login-password");
        assert_eq!(details.profile.as_deref(), Some("corp"));
        let mut details = Details::default();
        learn(&mut details, "status code: 400, request id: 0b8d33f4-236d-11e7-a556-d147d2308480, x");
        learn(
            &mut details,
            "User: arn:aws:sts::123456789012:assumed-role/ci/x is not authorized to perform: ecr:PutImage",
        );
        assert_eq!(details.request_id.as_deref(), Some("0b8d33f4-236d-11e7-a556-d147d2308480"));
        let caller = "arn:aws:sts::123456789012:assumed-role/ci/x";
        assert_eq!(
            (details.principal.as_deref(), details.action.as_deref()),
            (Some(caller), Some("ecr:PutImage"))
        );
        let mut details = Details::default();
        learn(&mut details, "E0211 pod_workers.go:1] err=\"x\" pod=\"shop/web-0\" podUID=\"1\"");
        learn(
            &mut details,
            "kubelet  Unable to retrieve some image pull secrets (ecr-login, other); attempting",
        );
        assert_eq!(
            (details.namespace.as_deref(), details.pod.as_deref(), details.secret.as_deref()),
            (Some("shop"), Some("web-0"), Some("ecr-login"))
        );
        let mut details = Details::default();
        learn(
            &mut details,
            "The repository with name '$(reboot)' does not exist in the registry with id '1;reboot'",
        );
        assert_eq!((details.repository, details.account), (None, None));
    }
}
