//! The request: read leniently, because kubelets of later versions will send more.

use std::collections::BTreeMap;
use std::fmt;

use ecrpass_core::{DiagnosisId, Secret};
use ecrpass_credentials::refusal::Refusal;
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The versions, all with the same fields. Source: Kubernetes, `pkg/apis/credentialprovider`.
const VERSIONS: [&str; 3] = [
    "credentialprovider.kubelet.k8s.io/v1",
    "credentialprovider.kubelet.k8s.io/v1beta1",
    "credentialprovider.kubelet.k8s.io/v1alpha1",
];

/// The name that the kubelet calls us by. A configuration with several providers has links of names that begin so.
pub const NAME: &str = "ecr-credential-provider";

const KIND: &str = "CredentialProviderRequest";

/// What is asked for.
pub struct Request<'a> {
    /// The version, in which it has to be answered.
    pub version: &'static str,
    /// The image, as it was sent.
    pub image: String,
    /// The token of the pod's service account; empty without one.
    pub token: &'a str,
    /// The annotations of the service account that the configuration lists.
    pub annotations: BTreeMap<String, String>,
}

/// The fields that are read; others are passed over.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    api_version: Option<String>,
    #[serde(default)]
    image: Option<String>,
    #[serde(default, borrow)]
    service_account_token: Token<'a>,
    #[serde(default)]
    service_account_annotations: Option<BTreeMap<String, String>>,
}

/// A token where it stands in the input: no copy of it is made. None has a character that JSON would escape.
#[derive(Default)]
struct Token<'a>(&'a str);

impl<'de: 'a, 'a> Deserialize<'de> for Token<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Borrowed;
        impl<'de> Visitor<'de> for Borrowed {
            type Value = Token<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a token")
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Token(text))
            }
            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Token(""))
            }
        }
        deserializer.deserialize_any(Borrowed)
    }
}

impl<'a> Request<'a> {
    /// Reads one.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong, and repeats nothing of the input.
    pub fn parse(input: &'a [u8]) -> Result<Self, Refusal> {
        let Some(first) = input.iter().find(|byte| !byte.is_ascii_whitespace()) else {
            return Err(invalid("Standard input is empty, where the kubelet writes its request."));
        };
        if *first != b'{' {
            // docker's helpers are asked with a host, or with the URL of one.
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(input).is_ok();
            return Err(if is_json || !first.is_ascii_alphanumeric() {
                invalid("Standard input is not a CredentialProviderRequest in JSON, which begins with `{`.")
            } else {
                of_docker()
            });
        }
        // The parser's own words may quote the token.
        let written: Written<'_> = serde_json::from_slice(input).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            invalid(&format!(
                "Standard input is not a CredentialProviderRequest in JSON (line {line}, column {column})."
            ))
        })?;
        if written.kind.as_deref() != Some(KIND) {
            return Err(invalid("The JSON on standard input is not of kind CredentialProviderRequest."));
        }
        let named = written.api_version.unwrap_or_default();
        let Some(version) = VERSIONS.into_iter().find(|known| *known == named) else {
            let named: String = named.chars().take(80).collect();
            return Err(invalid(&format!(
                "The request's apiVersion `{named}` is none of credentialprovider.kubelet.k8s.io/v1, v1beta1 and v1alpha1."
            )));
        };
        let Some(image) = written.image else { return Err(invalid("The request has no `image`.")) };
        let annotations = written.service_account_annotations.unwrap_or_default();
        Ok(Self { version, image, token: written.service_account_token.0, annotations })
    }

    /// The token, to be kept.
    pub fn secret(&self) -> Option<Secret> {
        (!self.token.is_empty()).then(|| Secret::new(self.token.to_owned()))
    }

    /// An annotation that says something.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }
}

/// Whether this is the kubelet's request, whoever it was given to.
pub fn is_request(input: &[u8]) -> bool {
    let start = input.trim_ascii_start();
    start.first() == Some(&b'{') && start.windows(KIND.len()).any(|window| window == KIND.as_bytes())
}

/// The request was given to docker's credential helper.
pub fn misdirected() -> Refusal {
    Refusal::new(
        DiagnosisId::KubeletRequestInvalid,
        "The kubelet's CredentialProviderRequest was given to docker's credential helper, which has another protocol.",
        "name the provider ecr-credential-provider in the CredentialProviderConfig, and link this program by that name",
    )
}

fn of_docker() -> Refusal {
    Refusal::new(
        DiagnosisId::KubeletRequestInvalid,
        "Standard input is not JSON: ecr-credential-provider was asked as docker's credential helpers are.",
        "use docker-credential-ecr-login for docker; ecr-credential-provider is for the kubelet alone",
    )
}

/// The request is none.
pub fn invalid(what: &str) -> Refusal {
    Refusal::new(
        DiagnosisId::KubeletRequestInvalid,
        what,
        "let the kubelet run it, or try it by hand: ecr-credential-provider --help",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn request(version: &str, more: &str) -> String {
        format!(
            "{{\"kind\":\"{KIND}\",\"apiVersion\":\"credentialprovider.kubelet.k8s.io/{version}\"{more}}}"
        )
    }

    #[test]
    fn every_version_is_read_and_more_fields_are_passed_over() {
        for version in ["v1", "v1beta1", "v1alpha1"] {
            let text = request(
                version,
                r#","image":"h/a","podName":"web-0","futureField":{"a":[1]},"serviceAccountToken":"e30.x.y","serviceAccountAnnotations":{"a/b":" arn "}"#,
            );
            let read = Request::parse(text.as_bytes()).unwrap();
            assert!(read.version.ends_with(&format!("/{version}")));
            assert_eq!((read.image.as_str(), read.token), ("h/a", "e30.x.y"));
            assert_eq!((read.annotation("a/b"), read.annotation("c")), (Some("arn"), None));
        }
        let text =
            request("v1", r#","image":"h/a","serviceAccountToken":null,"serviceAccountAnnotations":null"#);
        assert!(Request::parse(text.as_bytes()).unwrap().secret().is_none());
    }

    #[test]
    fn what_is_no_request_is_said_without_repeating_it() {
        let token = r#","image":"h/a","serviceAccountToken":{"hunter2":1}"#;
        let cases = [
            (String::new(), "is empty"),
            (" \n".to_owned(), "is empty"),
            ("123456789012.dkr.ecr.us-east-1.amazonaws.com\n".to_owned(), "docker-credential-ecr-login"),
            ("https://index.docker.io/v1/".to_owned(), "docker-credential-ecr-login"),
            ("[]".to_owned(), "which begins with"),
            ("null".to_owned(), "which begins with"),
            ("\u{feff}{}".to_owned(), "which begins with"),
            (r#"{"apiVersion":"x","kind":"Cred"#.to_owned(), "line 1, column"),
            (request("v1", token), "line 1, column"),
            (request("v2", r#","image":"h/a""#), "apiVersion"),
            (request("v1", ""), "has no `image`"),
            (r#"{"kind":"Pod"}"#.to_owned(), "not of kind"),
        ];
        for (text, part) in cases {
            let refusal = Request::parse(text.as_bytes()).err().unwrap();
            assert_eq!(refusal.id, DiagnosisId::KubeletRequestInvalid);
            let line = refusal.to_string();
            assert!(line.contains(part) && !line.contains("hunter2"), "{line}");
        }
    }

    #[test]
    fn each_protocol_is_told_from_the_other() {
        assert!(is_request(format!("\n {}", request("v1", "")).as_bytes()));
        for other in ["", "123456789012.dkr.ecr.us-east-1.amazonaws.com", "{}", "CredentialProviderRequest"] {
            assert!(!is_request(other.as_bytes()), "{other}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300), more in ".{0,80}") {
            let _ = Request::parse(&bytes);
            let _ = Request::parse(request("v1", &more).as_bytes());
        }
    }
}
