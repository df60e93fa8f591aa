//! What is pulled, and as whom.

use std::time::Duration;

use ecrpass_core::image::shown;
use ecrpass_core::platform::is_platform;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::HostError;
use ecrpass_core::{Arn, ImageReference, Registry};

use crate::labels::Labels;

/// A target: an image, or a registry alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The registry.
    pub registry: Registry,
    /// The image in it.
    pub image: Option<Image>,
    /// The role to pull as.
    pub role: Option<String>,
    /// Which image of a list is wanted.
    pub platform: Option<String>,
    /// From one run to the next, where it differs from that of the others.
    pub interval: Option<Duration>,
}

/// An image in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The repository.
    pub repository: String,
    /// The tag; `latest` where none was named.
    pub tag: String,
    /// The digest, which counts before the tag.
    pub digest: Option<String>,
}

impl Image {
    /// What the registry is asked for.
    pub fn reference(&self) -> &str {
        self.digest.as_deref().unwrap_or(&self.tag)
    }
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The host is not one of ECR's.
    #[error("{0}")]
    Host(#[from] HostError),
    /// It is no image reference.
    #[error("{0}")]
    Image(#[from] ecrpass_core::image::ImageError),
    /// It names no registry.
    #[error("`{0}` names no registry: write <account>.dkr.ecr.<region>.amazonaws.com/{0}")]
    NoHost(String),
    /// It is no role.
    #[error("`{0}` is no role: one looks like arn:aws:iam::123456789012:role/NAME")]
    Role(String),
    /// It is no platform.
    #[error("`{0}` is no platform: write one such as linux/arm64")]
    Platform(String),
}

impl Target {
    /// Reads `host/repository:tag`, also with a digest, or a host alone.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        if !text.contains('/') && !text.contains('@') {
            return match Registry::parse(text) {
                Ok(registry) => Ok(Self::of(registry, None)),
                // A bare name is an image whose host was forgotten.
                Err(HostError::NotEcr { .. }) if !text.contains('.') && !text.is_empty() => {
                    Err(TargetError::NoHost(shown(text)))
                }
                Err(error) => Err(error.into()),
            };
        }
        let reference = ImageReference::parse(text)?;
        if reference.host.is_none() {
            return Err(TargetError::NoHost(shown(text)));
        }
        let registry = reference.registry()?;
        let tag = reference.tag.unwrap_or_else(|| "latest".to_owned());
        let image = Image { repository: reference.repository, tag, digest: reference.digest };
        Ok(Self::of(registry, Some(image)))
    }

    fn of(registry: Registry, image: Option<Image>) -> Self {
        Self { registry, image, role: None, platform: None, interval: None }
    }

    /// The same, pulled as a role.
    ///
    /// # Errors
    /// [`TargetError::Role`] when it is none.
    pub fn pulled_as(mut self, role: Option<String>) -> Result<Self, TargetError> {
        if let Some(role) = &role {
            check_role(role)?;
        }
        self.role = role;
        Ok(self)
    }

    /// What its series are labelled with. A digest is no label: the tag, or nothing, stands for it.
    pub fn labels(&self) -> Labels {
        Labels {
            registry: self.registry.host().to_owned(),
            region: self.registry.region().to_owned(),
            target: self
                .image
                .as_ref()
                .map(|image| format!("{}:{}", image.repository, image.tag))
                .unwrap_or_default(),
        }
    }

    /// The image, or the host of the registry, as it is written.
    pub fn name(&self) -> String {
        let host = self.registry.host();
        match &self.image {
            Some(Image { repository, digest: Some(digest), .. }) => format!("{host}/{repository}@{digest}"),
            Some(Image { repository, tag, .. }) => format!("{host}/{repository}:{tag}"),
            None => host.to_owned(),
        }
    }
}

/// Whether a text is a platform.
///
/// # Errors
/// [`TargetError::Platform`] when it is not.
pub fn check_platform(text: &str) -> Result<(), TargetError> {
    if is_platform(text) { Ok(()) } else { Err(TargetError::Platform(redact(text).into_owned())) }
}

/// Whether a text is the ARN of a role.
///
/// # Errors
/// [`TargetError::Role`] when it is not.
pub fn check_role(text: &str) -> Result<(), TargetError> {
    let is_role = Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.role_name().is_some());
    if is_role { Ok(()) } else { Err(TargetError::Role(text.to_owned())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";

    #[test]
    fn targets_are_read() {
        let target = Target::parse(&format!("{HOST}/team/app:canary")).unwrap();
        let labels = target.labels();
        assert_eq!(
            (labels.registry.as_str(), labels.region.as_str(), labels.target.as_str()),
            (HOST, "eu-west-1", "team/app:canary")
        );
        let bare = Target::parse(&format!("{HOST}/team/app")).unwrap();
        assert_eq!(bare.labels().target, "team/app:latest");
        let registry = Target::parse(HOST).unwrap();
        assert_eq!((registry.name().as_str(), registry.labels().target.as_str()), (HOST, ""));
        let public = Target::parse("public.ecr.aws/docker/library/busybox:latest").unwrap();
        assert_eq!(public.labels().region, "us-east-1");
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = Target::parse(&format!("{HOST}/team/app:v1@{digest}")).unwrap();
        assert_eq!(pinned.labels().target, "team/app:v1");
        assert!(pinned.name().ends_with(&digest));
    }

    #[test]
    fn what_is_no_target_says_why() {
        for (text, why) in [
            ("team/app:canary", "names no registry"),
            ("app", "names no registry"),
            ("docker.io/library/redis:7", "not an Amazon ECR"),
            ("", ""),
            (&format!("{HOST}/Team/app"), "lower case"),
            (&format!("https://{HOST}/team/app"), "no scheme"),
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        assert!(check_role("arn:aws:iam::123456789012:role/deploy").is_ok());
        for text in
            ["deploy", "arn:aws:iam::123456789012:user/me", "arn:aws:sts::123456789012:assumed-role/a/b"]
        {
            assert!(check_role(text).is_err(), "{text}");
        }
    }
}
