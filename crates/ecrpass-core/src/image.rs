//! Image references: registry host, repository, tag and digest, as docker and ECR both understand them.
//!
//! Grammar: the distribution project's reference grammar, narrowed by ECR's own rules for repository names
//! (ECR API reference, `CreateRepository`: 2 to 256 characters, lower case).

use std::fmt;

use crate::hex::is_sha256;
use crate::redact::{REDACTED, redact};
use crate::registry::{HostError, Registry};

/// The longest tag ECR and docker both take.
const MAX_TAG: usize = 128;

/// `host/repository[:tag][@digest]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageReference {
    /// The registry host with its port, as written; `None` for a bare name, which means Docker Hub.
    pub host: Option<String>,
    /// The repository, for example `team/app`.
    pub repository: String,
    /// The tag; `None` when none was given (clients then take `latest`, or the digest).
    pub tag: Option<String>,
    /// The digest, for example `sha256:…`.
    pub digest: Option<String>,
}

/// Why a text is no image reference. Each message says what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// Nothing there, often an unset variable.
    #[error("the image reference is empty; was a variable unset?")]
    Empty,
    /// A scheme in front.
    #[error("an image reference has no scheme: write `{0}`")]
    Scheme(String),
    /// White space inside.
    #[error("an image reference contains no white space")]
    WhiteSpace,
    /// Host and nothing behind it.
    #[error("`{0}` is a registry, not an image; add the repository: `{0}/<repository>:<tag>`")]
    HostOnly(String),
    /// Upper case in the repository.
    #[error("repository names are lower case: write `{0}`")]
    UpperCase(String),
    /// A repository name that docker or ECR refuses.
    #[error(
        "`{0}` is not a repository name: letters, digits and single `.`, `_`, `-`, `/` between them, 2 to 256 characters"
    )]
    Repository(String),
    /// A tag that docker or ECR refuses.
    #[error("`{0}` is not a tag: letters, digits, `_`, `.` and `-`, at most 128 characters")]
    Tag(String),
    /// A digest that is none.
    #[error("`{0}` is not a digest: `sha256:` and 64 hexadecimal digits")]
    Digest(String),
}

impl ImageReference {
    /// Reads an image reference.
    ///
    /// # Errors
    /// [`ImageError`], naming what to change.
    pub fn parse(text: &str) -> Result<Self, ImageError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(ImageError::Empty);
        }
        if let Some((_, rest)) = text.split_once("://") {
            return Err(ImageError::Scheme(rest.to_owned()));
        }
        if text.contains(char::is_whitespace) {
            return Err(ImageError::WhiteSpace);
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(check_digest(digest)?)),
            None => (text, None),
        };
        let (host, path) = split_host(rest);
        if host.is_none() && !rest.contains('/') && Registry::parse(rest).is_ok() {
            return Err(ImageError::HostOnly(rest.to_owned()));
        }
        if let (Some(host), "") = (host, path) {
            return Err(ImageError::HostOnly(host.to_owned()));
        }
        let (repository, tag) = match path.rsplit_once(':') {
            Some((repository, tag)) => (repository, Some(check_tag(tag)?)),
            None => (path, None),
        };
        check_repository(repository, text)?;
        Ok(Self { host: host.map(str::to_owned), repository: repository.to_owned(), tag, digest })
    }

    /// The ECR registry the image lives in.
    ///
    /// # Errors
    /// [`HostError`] when the host is not ECR's; a bare name counts as Docker Hub's.
    pub fn registry(&self) -> Result<Registry, HostError> {
        Registry::parse(self.host.as_deref().unwrap_or("docker.io"))
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}/")?;
        }
        f.write_str(&self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// The first component is a host when it has a dot, a colon or an upper-case letter, or is `localhost`.
/// Source: distribution/reference, `splitDockerDomain`.
pub fn split_host(text: &str) -> (Option<&str>, &str) {
    match text.split_once('/') {
        Some((host, path))
            if host == "localhost"
                || host.contains(['.', ':'])
                || host.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (Some(host), path)
        }
        _ => (None, text),
    }
}

/// What was written in the place of an image, as an error may show it. The path is looked at by itself: right behind the
/// host of a registry it would pass for a repository, and what was refused is none.
pub fn shown(text: &str) -> String {
    let text = redact(text.trim());
    match split_host(&text) {
        (Some(host), path) => format!("{host}/{}", redact(path)),
        (None, path) => redact(path).into_owned(),
    }
}

fn check_digest(digest: &str) -> Result<String, ImageError> {
    match digest.split_once(':') {
        Some(("sha256", hex)) if is_sha256(hex) => Ok(digest.to_owned()),
        _ => Err(ImageError::Digest(digest.to_owned())),
    }
}

fn check_tag(tag: &str) -> Result<String, ImageError> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let valid = !tag.is_empty()
        && tag.len() <= MAX_TAG
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-');
    if valid { Ok(tag.to_owned()) } else { Err(ImageError::Tag(tag.to_owned())) }
}

fn check_repository(name: &str, whole: &str) -> Result<(), ImageError> {
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        // In lower case a secret would not be known for one any more, nor without what stands in front, nor right behind a
        // registry's host.
        let name = if redact(whole) == whole { redact(name) } else { REDACTED.into() };
        return Err(ImageError::UpperCase(name.to_ascii_lowercase()));
    }
    let valid = (2..=256).contains(&name.len()) && name.split('/').all(is_component);
    if valid { Ok(()) } else { Err(ImageError::Repository(name.to_owned())) }
}

/// Runs of letters and digits, joined by `.`, `_`, `__` or any number of `-`.
fn is_component(component: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let between = |text: &str| matches!(text, "." | "_" | "__") || text.bytes().all(|b| b == b'-');
    component.starts_with(alphanumeric)
        && component.ends_with(alphanumeric)
        // Two letters with nothing between them leave an empty text, which is well.
        && component.split(alphanumeric).all(between)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_in_the_place_of_a_repository_comes_back_in_no_form() {
        const SECRET: &str = "wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool";
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        for text in [SECRET.to_owned(), format!("{host}/{SECRET}"), format!("{host}/{SECRET}:1")] {
            let said = format!("{} {}", ImageReference::parse(&text).unwrap_err(), shown(&text));
            let said = said.to_ascii_lowercase();
            assert!(!said.contains("k7baepfjbd0kh8") && !said.contains("wju8"), "{said}");
        }
        assert_eq!(shown(&format!("{host}/Team/App:1")), format!("{host}/Team/App:1"));
        assert_eq!(shown("team/app"), "team/app");
    }

    #[test]
    fn references_are_taken_apart() {
        let digest = format!("sha256:{}", "a".repeat(64));
        for (text, host, repository, tag, with_digest) in [
            ("alpine", None, "alpine", None, false),
            ("team/app:1.2", None, "team/app", Some("1.2"), false),
            ("localhost/app", Some("localhost"), "app", None, false),
            ("localhost:5000/app:x", Some("localhost:5000"), "app", Some("x"), false),
            (
                "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app:v1",
                Some("123456789012.dkr.ecr.us-east-1.amazonaws.com"),
                "team/app",
                Some("v1"),
                false,
            ),
            (
                "public.ecr.aws/docker/library/alpine",
                Some("public.ecr.aws"),
                "docker/library/alpine",
                None,
                false,
            ),
            ("ghcr.io/a__b/c---d.e_f:T@", Some("ghcr.io"), "a__b/c---d.e_f", Some("T"), true),
        ] {
            let text = if with_digest { format!("{text}{digest}") } else { text.to_owned() };
            let image = ImageReference::parse(&text).unwrap();
            assert_eq!(
                (image.host.as_deref(), image.repository.as_str(), image.tag.as_deref()),
                (host, repository, tag),
                "{text}"
            );
            assert_eq!(image.digest.is_some(), with_digest);
            assert_eq!(image.to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        for (text, message) in [
            (String::new(), "the image reference is empty; was a variable unset?".to_owned()),
            (format!("https://{host}/app"), format!("an image reference has no scheme: write `{host}/app`")),
            (
                host.to_owned(),
                format!(
                    "`{host}` is a registry, not an image; add the repository: `{host}/<repository>:<tag>`"
                ),
            ),
            (
                format!("{host}/"),
                format!(
                    "`{host}` is a registry, not an image; add the repository: `{host}/<repository>:<tag>`"
                ),
            ),
            (
                format!("{host}/{}:1", "wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool"),
                "repository names are lower case: write `[redacted]`".to_owned(),
            ),
            (
                "wJU8JZpDE0iGXlD6gNCF/K7baEPFjbD0kH8/Oool".to_owned(),
                "repository names are lower case: write `[redacted]`".to_owned(),
            ),
            (format!("{host}/Team/App:1"), "repository names are lower case: write `team/app`".to_owned()),
            (
                format!("{host}/app:"),
                "`` is not a tag: letters, digits, `_`, `.` and `-`, at most 128 characters".to_owned(),
            ),
            (
                format!("{host}/app@sha256:12"),
                "`sha256:12` is not a digest: `sha256:` and 64 hexadecimal digits".to_owned(),
            ),
            (format!("{host}/my app"), "an image reference contains no white space".to_owned()),
        ] {
            assert_eq!(ImageReference::parse(&text).unwrap_err().to_string(), message);
        }
        for name in ["a..b", "-a", "a-", "a___b", "a//b", "a", "a/_b"] {
            assert_eq!(
                ImageReference::parse(&format!("{host}/{name}")),
                Err(ImageError::Repository(name.to_owned()))
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_what_parses_prints_back(text in "[a-zA-Z0-9./:@_ -]{0,60}") {
            if let Ok(image) = ImageReference::parse(&text) {
                prop_assert_eq!(image.to_string(), text.trim());
            }
        }
    }
}
