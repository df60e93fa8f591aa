//! The registry somebody means who writes a host, a URL or an image reference.

use ecrpass_core::image::ImageReference;
use ecrpass_core::registry::{Registry, authority};

/// Host and repository of what a user wrote; `None` when there is no host in it.
pub fn target(text: &str) -> Option<(String, Option<String>)> {
    let text = text.trim();
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
    }
}
