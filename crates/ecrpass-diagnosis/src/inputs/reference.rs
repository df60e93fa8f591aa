//! Image references as files hold them: whatever stands there becomes a target, and what is odd about it a note.

use ecrpass_core::image::{ImageError, ImageReference, split_host};
use ecrpass_core::registry::{HostError, Registry};

use super::puller::Puller;
use super::target::Target;

/// Where a bare name lives.
const DOCKER_HUB: &str = "docker.io";

/// A target, and what is wrong with it.
pub struct Loose {
    pub target: Target,
    pub host_error: Option<HostError>,
    pub image_error: Option<ImageError>,
}

/// Reads an image reference, however it looks.
pub fn loosely(text: &str) -> Loose {
    let mut notes = Vec::new();
    let mut text = text.trim();
    if let Some((_, rest)) = text.split_once("://") {
        text = rest;
        notes.push("an image reference does not begin with a scheme such as https://".to_owned());
    }
    let (rest, digest) = match text.rsplit_once('@') {
        Some((rest, digest)) if digest.starts_with("sha") && !digest.contains('/') => (rest, Some(digest)),
        _ => (text, None),
    };
    let clean = without_credentials(rest);
    if clean.len() < rest.len() {
        notes.push(
            "docker does not accept a user and password in an image reference; they were removed here"
                .to_owned(),
        );
    }
    if clean.is_empty() || clean.starts_with('/') {
        // The variable in front was not set.
        let (path, tag) = tagged(clean.trim_start_matches('/'));
        return build("", Some(path), tag, digest, notes);
    }
    let (host, path) = split_host(clean);
    let bare = clean.split(':').next().unwrap_or_default();
    if host.is_none() && !matches!(Registry::parse(bare), Err(HostError::NotEcr { .. })) {
        return build(bare, None, None, None, notes);
    }
    let (path, tag) = tagged(path);
    build(host.unwrap_or(DOCKER_HUB), Some(path), tag, digest, notes)
}

/// A target from its parts. Docker Hub has several names, and `library/` in front of its own images.
pub fn build(
    host: &str,
    path: Option<&str>,
    tag: Option<&str>,
    digest: Option<&str>,
    notes: Vec<String>,
) -> Loose {
    let (registry, host_error) = match Registry::parse(host) {
        Ok(registry) => (Some(registry), None),
        Err(error @ HostError::Malformed { .. }) => (None, Some(error)),
        Err(HostError::NotEcr { .. }) => (None, None),
    };
    let host = match host {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => DOCKER_HUB,
        host => host,
    };
    let repository = path.map(|path| match path {
        path if host == DOCKER_HUB && !path.contains('/') && !path.is_empty() => format!("library/{path}"),
        path => path.to_owned(),
    });
    let mut target = Target {
        host: host.to_owned(),
        registry,
        repository,
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
        place: None,
        platform: None,
        pushes: false,
        puller: Puller::Client,
        notes,
    };
    let image_error = ImageReference::parse(&target.to_string()).err().filter(|error| match error {
        ImageError::HostOnly(_) => target.repository.is_some(),
        // Other registries take what ECR does not.
        ImageError::Repository(name) => target.registry.is_some() || name.is_empty() || name.starts_with('/'),
        _ => target.repository.is_some(),
    });
    target.notes.extend(host_error.as_ref().map(ToString::to_string));
    target.notes.extend(image_error.as_ref().map(ToString::to_string));
    Loose { target, host_error, image_error }
}

fn tagged(path: &str) -> (&str, Option<&str>) {
    path.rsplit_once(':').map_or((path, None), |(path, tag)| (path, Some(tag)))
}

/// Without `user:password@`: whatever stands before the last `@`, since a password may hold one too.
pub fn without_credentials(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_stands_there_becomes_a_target() {
        let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        for (text, image, is_ecr, notes) in [
            ("alpine", "docker.io/library/alpine".to_owned(), false, 0),
            ("team/app:1", "docker.io/team/app:1".to_owned(), false, 0),
            ("index.docker.io/alpine", "docker.io/library/alpine".to_owned(), false, 0),
            (&format!("{ecr}/a/b:1"), format!("{ecr}/a/b:1"), true, 0),
            (&format!("https://{ecr}/a/b:1"), format!("{ecr}/a/b:1"), true, 1),
            (&format!("AWS:se/cr@et@{ecr}/a/b:1"), format!("{ecr}/a/b:1"), true, 1),
            (&format!("{ecr}:1"), ecr.to_owned(), true, 0),
            (&format!("{ecr}/"), format!("{ecr}/"), true, 1),
            (&format!("{ecr}/App"), format!("{ecr}/App"), true, 1),
            (
                "12.dkr.ecr.eu-west-1.amazonaws.com/app",
                "12.dkr.ecr.eu-west-1.amazonaws.com/app".to_owned(),
                false,
                1,
            ),
        ] {
            let target = loosely(text).target;
            assert_eq!(target.to_string(), image, "{text}");
            assert_eq!(
                (target.registry.is_some(), target.notes.len()),
                (is_ecr, notes),
                "{text} {:?}",
                target.notes
            );
        }
        let digest = format!("sha256:{}", "a".repeat(64));
        let target = loosely(&format!("{ecr}/app:1@{digest}")).target;
        assert_eq!((target.tag.as_deref(), target.digest), (Some("1"), Some(digest)));
    }
}
