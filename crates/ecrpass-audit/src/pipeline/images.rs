//! Images whose containers begin with an empty home and no credential helper.

use crate::known::Known;

/// Names of such images, without registry and tag; `*` for all of an owner.
const PLAIN: [&str; 38] = [
    "docker",
    "docker/compose",
    "docker/buildx-bin",
    "alpine",
    "ubuntu",
    "debian",
    "fedora",
    "centos",
    "amazonlinux",
    "busybox",
    "python",
    "node",
    "golang",
    "ruby",
    "php",
    "openjdk",
    "eclipse-temurin",
    "maven",
    "gradle",
    "rust",
    "amazon/aws-cli",
    "aws-cli/aws-cli",
    "buildah/stable",
    "podman/stable",
    "skopeo/stable",
    "containers/buildah",
    "containers/podman",
    "containers/skopeo",
    "cimg/*",
    "circleci/*",
    "atlassian/default-image",
    "atlassian/pipelines-awscli",
    "gitlab-org/cloud-deploy/aws-base",
    "hashicorp/terraform",
    "alpine/k8s",
    "alpine/helm",
    "bitnami/kubectl",
    "library/docker",
];

/// Whether an image is surely such a one.
pub fn is_plain(image: &Known) -> bool {
    let mut alternatives = image.alternatives().peekable();
    alternatives.peek().is_some() && alternatives.all(is_plain_name)
}

fn is_plain_name(image: &str) -> bool {
    let end = crate::known::find_outside_holes(image, &['@']).unwrap_or(image.len());
    let name = image.get(..end).unwrap_or(image);
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    let name = match name.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) => rest,
        _ => name,
    };
    let name = name.strip_prefix("docker/library/").or_else(|| name.strip_prefix("library/")).unwrap_or(name);
    PLAIN.iter().any(|plain| match plain.strip_suffix('*') {
        Some(owner) => name.starts_with(owner),
        None => name == *plain,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_known_images_are_plain() {
        let is = |image: &str| is_plain(&Known::one_of([image.to_owned()]));
        for image in [
            "docker:27-dind",
            "quay.io/buildah/stable:v1.37",
            "cimg/aws:2024.03",
            "public.ecr.aws/docker/library/docker:27",
            "docker:${DOCKER_VERSION}",
            "registry.gitlab.com/gitlab-org/cloud-deploy/aws-base:latest",
        ] {
            assert!(is(image), "{image}");
        }
        for image in [
            "registry.example.com/ci/docker:1",
            "gcr.io/kaniko-project/executor:debug",
            "${CI_IMAGE}",
            "acme/docker",
        ] {
            assert!(!is(image), "{image}");
        }
    }
}
