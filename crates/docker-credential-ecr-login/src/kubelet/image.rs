//! The image that the kubelet asks about: the host as it is spelled, and the repository.

use ecrpass_core::DiagnosisId;
use ecrpass_core::image::ImageReference;
use ecrpass_core::registry::{MAX_SERVER_URL, Registry, is_host};
use ecrpass_credentials::refusal::Refusal;

/// An image, as far as credentials depend on it.
#[derive(Debug)]
pub struct Image<'a> {
    /// Host and port as they are spelled.
    pub authority: &'a str,
    whole: &'a str,
}

impl<'a> Image<'a> {
    /// Takes an image apart.
    ///
    /// # Errors
    /// A [`Refusal`] for what no kubelet would pull.
    pub fn parse(whole: &'a str) -> Result<Self, Refusal> {
        if whole.is_empty() {
            return Err(malformed("The request names no image."));
        }
        if whole.len() > MAX_SERVER_URL {
            return Err(malformed("The image of the request is longer than any can be."));
        }
        if !whole.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(malformed(
                "The image of the request holds white space, control characters or letters that are not ASCII.",
            ));
        }
        let authority = whole.split('/').next().unwrap_or_default();
        let authority = authority.split_once("@sha256:").map_or(authority, |(host, _)| host);
        // What stands there instead may be a password.
        if whole.contains("://") || !is_host(authority) {
            return Err(malformed("The image of the request does not begin with a registry's host."));
        }
        Ok(Self { authority, whole })
    }

    /// What a session may do that pulls this image's repository and nothing else.
    ///
    /// # Errors
    /// A [`Refusal`] when no repository is named, or by a name that could mean several.
    pub fn pull_policy(&self, registry: &Registry) -> Result<String, Refusal> {
        let image = ImageReference::parse(self.whole)
            .map_err(|error| malformed(&format!("The image of the request names no repository: {error}.")))?;
        let arn = registry.repository_arn(&image.repository).unwrap_or_default();
        Ok(format!(
            "{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"ecr:GetAuthorizationToken\",\"Resource\":\"*\"}},{{\"Effect\":\"Allow\",\"Action\":[\"ecr:BatchCheckLayerAvailability\",\"ecr:BatchGetImage\",\"ecr:BatchImportUpstreamImage\",\"ecr:GetDownloadUrlForLayer\"],\"Resource\":\"{arn}\"}}]}}"
        ))
    }
}

fn malformed(what: &str) -> Refusal {
    Refusal::new(
        DiagnosisId::MalformedImageReference,
        what,
        "correct `image` of the pod: kubectl get pods -A -o custom-columns=NS:.metadata.namespace,POD:.metadata.name,IMAGES:.spec.containers[*].image",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOST: &str = "123456789012.dkr.ecr.us-west-2.amazonaws.com";

    #[test]
    fn the_host_is_kept_as_it_is_spelled() {
        let digest = format!("@sha256:{}", "a".repeat(64));
        for (image, authority) in [
            (format!("{HOST}/team/app"), HOST),
            (HOST.to_owned(), HOST),
            (format!("{HOST}/team/app:1.4{digest}"), HOST),
            (format!("{HOST}{digest}"), HOST),
            (format!("{HOST}/public.ecr.aws/nginx/nginx"), HOST),
            ("LOCALHOST:5000/app".to_owned(), "LOCALHOST:5000"),
        ] {
            assert_eq!(Image::parse(&image).unwrap().authority, authority, "{image}");
        }
        for image in ["", "foobar  ", "a\0b", "h/a\nb", "https://h/a", "/app", "user:hunter2@h/app", "ü/app"]
        {
            let refusal = Image::parse(image).unwrap_err();
            assert_eq!(refusal.id, DiagnosisId::MalformedImageReference, "{image:?}");
            assert!(!refusal.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_policy_is_for_one_repository() {
        let registry = Registry::parse(HOST).unwrap();
        let image = format!("{HOST}/team/app:1");
        let policy = Image::parse(&image).unwrap().pull_policy(&registry).unwrap();
        let policy: serde_json::Value = serde_json::from_str(&policy).unwrap();
        assert_eq!(
            policy["Statement"][1]["Resource"],
            "arn:aws:ecr:us-west-2:123456789012:repository/team/app"
        );
        for image in
            [HOST.to_owned(), format!("{HOST}/team/*"), format!("{HOST}/te?m"), format!("{HOST}/a\",\"b")]
        {
            assert!(Image::parse(&image).unwrap().pull_policy(&registry).is_err(), "{image}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered_and_a_host_is_its_beginning(text in any::<String>()) {
            if let Ok(image) = Image::parse(&text) {
                prop_assert!(text.starts_with(image.authority) && is_host(image.authority));
            }
        }
    }
}
