//! The registry somebody means who writes a host, a URL or an image reference.

use ecrpass_core::image::ImageReference;
use ecrpass_core::registry::{PUBLIC_HOST, Registry, authority};
use ecrpass_core::{Arn, Partition};

/// Host and repository of what a user wrote; `None` when there is no host in it.
pub fn target(text: &str) -> Option<(String, Option<String>)> {
    let text = text.trim();
    if let Some(arn) = Arn::parse(text) {
        let repository = arn.repository()?.to_owned();
        let host = match arn.service {
            "ecr" => {
                let suffix = Partition::of_region(arn.region)?.dns_suffix();
                format!("{}.dkr.ecr.{}.{suffix}", arn.account, arn.region)
            }
            _ => PUBLIC_HOST.to_owned(),
        };
        return Some((Registry::parse(&host).ok()?.host().to_owned(), Some(repository)));
    }
    // docker takes a name without a host for one of Docker Hub's.
    if !text.contains("://") && is_of_docker_hub(text) {
        let image = ImageReference::parse(&format!("{DOCKER_HUB}/{text}")).ok()?;
        let name = image.repository;
        let name = if name.contains('/') { name } else { format!("library/{name}") };
        return Some((DOCKER_HUB.to_owned(), Some(name)));
    }
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let path = host.split_once('/').map_or("", |(_, path)| path);
    // No client sends a password that stands in a reference; nor is it to be shown.
    let authority = authority(text);
    if authority.is_empty() || authority.contains(char::is_whitespace) {
        return None;
    }
    let repository = (!path.is_empty())
        .then(|| match ImageReference::parse(host) {
            Ok(image) => image.repository,
            Err(_) => path.to_owned(),
        })
        .filter(|repository| !repository.is_empty());
    // Hosts are compared byte by byte by every client; only what ECR's are for certain is put right.
    let host = match Registry::parse(authority) {
        Ok(registry) if !authority.contains(':') => registry.host().to_owned(),
        _ => authority.to_owned(),
    };
    Some((host, repository))
}

/// Where names without a host are.
const DOCKER_HUB: &str = "docker.io";

/// Whether a name has no host in front. Source: distribution/reference `normalize.go#splitDockerDomain`; what has no
/// path, and a dot or a port in it, is meant as a host here.
fn is_of_docker_hub(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or(text);
    let is_port = |text: &str| text.len() >= 2 && text.bytes().all(|b| b.is_ascii_digit());
    let is_host = first == "localhost"
        || first.contains(['.', '@'])
        || first.bytes().any(|b| b.is_ascii_uppercase())
        || match first.split_once(':') {
            Some((_, rest)) => first.len() < text.len() || is_port(rest),
            None => false,
        };
    !first.is_empty() && !is_host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_urls_and_images_name_a_registry() {
        let host = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
        for (text, repository) in [
            (host.to_owned(), None),
            (format!(" https://{host}/ "), None),
            (
                format!("{}/team/app:1", host.to_ascii_uppercase().replace("AMAZONAWS", "amazonaws")),
                Some("team/app"),
            ),
        ] {
            assert_eq!(target(&text), Some((host.to_owned(), repository.map(str::to_owned))), "{text}");
        }
        assert_eq!(target("u:p@h.example:5000/x"), Some(("h.example:5000".to_owned(), Some("x".to_owned()))));
        assert_eq!(target(" "), None);
        for (text, host, repository) in [
            ("nginx", "docker.io", "library/nginx"),
            ("app:1", "docker.io", "library/app"),
            ("ada/app:1", "docker.io", "ada/app"),
            ("localhost/app", "localhost", "app"),
            ("registry:5000/app", "registry:5000", "app"),
            ("arn:aws:ecr:us-east-1:123456789012:repository/team/app", host, "team/app"),
            (
                "arn:aws-cn:ecr:cn-north-1:123456789012:repository/a",
                "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn",
                "a",
            ),
            ("arn:aws:ecr-public::123456789012:repository/a", "public.ecr.aws", "a"),
        ] {
            assert_eq!(target(text), Some((host.to_owned(), Some(repository.to_owned()))), "{text}");
        }
        assert_eq!(target("localhost:4510"), Some(("localhost:4510".to_owned(), None)));
        assert_eq!(target("arn:aws:iam::123456789012:role/x"), None);
    }
}
