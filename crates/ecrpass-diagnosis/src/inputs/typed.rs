//! What was typed on the command line: an image, a registry, a URL of one, or a repository's ARN.

use ecrpass_core::Arn;
use ecrpass_core::account::is_account_id;
use ecrpass_core::partition::Partition;
use ecrpass_core::registry::{PUBLIC_HOST, Registry};

use super::error::TargetError;
use super::reference::{Loose, build, loosely, without_credentials};
use super::target::Target;

/// Reads an argument that is no file.
///
/// # Errors
/// [`TargetError`] when it names neither an image nor a registry.
pub fn parse(text: &str) -> Result<Target, TargetError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TargetError::Empty);
    }
    if is_account_id(text) {
        return Err(TargetError::Account(text.to_owned()));
    }
    if text.starts_with("arn:") {
        return arn(text).ok_or_else(|| TargetError::Arn(text.to_owned()));
    }
    let loose = match text.split_once("://") {
        Some((_, rest)) => url(rest),
        None if is_host(without_credentials(text)) => {
            build(without_credentials(text).trim_end_matches('/'), None, None, None, Vec::new())
        }
        None => loosely(text),
    };
    match (loose.host_error, loose.image_error) {
        (Some(error), _) => Err(error.into()),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Ok(loose.target),
    }
}

/// A host alone, with a port of digits or a slash behind it; `redis:7.2` is none.
fn is_host(text: &str) -> bool {
    let text = text.trim_end_matches('/');
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    !text.contains('/')
        && (host == "localhost" || host.contains('.'))
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A URL without its scheme, as clients and error messages show it: `host/v2/team/app/manifests/1`.
fn url(rest: &str) -> Loose {
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = without_credentials(authority);
    let path = path.trim_matches('/');
    let of_api = ["v1", "v2"].iter().find_map(|api| match path.strip_prefix(api)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    });
    let Some(path) = of_api else {
        return if path.is_empty() {
            build(host, None, None, None, Vec::new())
        } else {
            loosely(&format!("{host}/{path}"))
        };
    };
    let manifest = path.rsplit_once("/manifests/");
    let (repository, reference) = match manifest {
        Some((repository, reference)) => (repository, Some(reference)),
        None => {
            let end = ["/tags/", "/blobs/"].iter().find_map(|part| path.find(part)).unwrap_or(path.len());
            (path.get(..end).unwrap_or_default(), None)
        }
    };
    let (digest, tag) = match reference {
        Some(digest) if digest.contains(':') => (Some(digest), None),
        tag => (None, tag),
    };
    build(host, (!repository.is_empty()).then_some(repository), tag, digest, Vec::new())
}

/// `arn:aws:ecr:region:account:repository/name`
fn arn(text: &str) -> Option<Target> {
    let arn = Arn::parse(text)?;
    let repository = arn.repository()?;
    let loose = match arn.service {
        "ecr" => {
            let suffix = Partition::of_region(arn.region)?.dns_suffix();
            let host = format!("{}.dkr.ecr.{}.{suffix}", arn.account, arn.region);
            build(&host, Some(repository), None, None, Vec::new())
        }
        // The ARN has the account, but images are named by the registry's alias.
        "ecr-public" => build(PUBLIC_HOST, None, None, None, Vec::new()),
        _ => return None,
    };
    let is_ecr = matches!(&loose.target.registry, Some(Registry::Private(_) | Registry::Public { .. }));
    (is_ecr && loose.image_error.is_none()).then_some(loose.target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_understood() {
        let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        let digest = format!("sha256:{}", "0".repeat(64));
        for (text, image) in [
            (ecr.to_owned(), ecr.to_owned()),
            (format!("https://{ecr}/"), ecr.to_owned()),
            (format!("https://AWS:pw@{ecr}/v2/"), ecr.to_owned()),
            (format!("https://{ecr}/v2/team/app/manifests/1"), format!("{ecr}/team/app:1")),
            (format!("https://{ecr}/v2/team/app/manifests/{digest}"), format!("{ecr}/team/app@{digest}")),
            (format!("https://{ecr}/v2/team/app/blobs/{digest}"), format!("{ecr}/team/app")),
            (format!("{ecr}/team/app:1"), format!("{ecr}/team/app:1")),
            ("arn:aws:ecr:eu-west-1:123456789012:repository/team/app".to_owned(), format!("{ecr}/team/app")),
            ("public.ecr.aws".to_owned(), "public.ecr.aws".to_owned()),
            ("redis:7.2".to_owned(), "docker.io/library/redis:7.2".to_owned()),
            ("localhost:5000".to_owned(), "localhost:5000".to_owned()),
            ("ghcr.io".to_owned(), "ghcr.io".to_owned()),
        ] {
            assert_eq!(parse(&text).unwrap().to_string(), image, "{text}");
        }
        assert_eq!(
            parse("arn:aws-cn:ecr:cn-north-1:123456789012:repository/a1").unwrap().host,
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn"
        );
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (text, message) in [
            (" ", "the image or registry is empty; was a variable unset?"),
            (
                "123456789012",
                "`123456789012` is an account, not a registry: write `123456789012.dkr.ecr.<region>.amazonaws.com`",
            ),
            (
                "arn:aws:s3:::bucket",
                "`arn:aws:s3:::bucket` is not the ARN of an ECR repository: `arn:aws:ecr:<region>:<account>:repository/<name>`",
            ),
            (
                "12.dkr.ecr.eu-west-1.amazonaws.com",
                "12.dkr.ecr.eu-west-1.amazonaws.com is not a valid Amazon ECR registry host: the account id must be 12 digits without dashes, not `12`",
            ),
            ("my app", "an image reference contains no white space"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), message);
        }
    }
}
