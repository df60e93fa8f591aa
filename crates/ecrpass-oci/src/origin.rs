//! Scheme, host and port, and which address belongs to a registry's own.

use std::net::IpAddr;

use ecrpass_core::Registry;
use ecrpass_core::redact::redact;
use ureq::http::Uri;

/// Where a registry answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: Scheme,
    /// In lower case, without brackets.
    host: String,
    port: u16,
    /// As it was written, for addresses and the `Host` header.
    authority: String,
}

/// How it is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Origin {
    /// A registry behind TLS; `host` may name a port. `None` when that is no host.
    pub fn https(host: &str) -> Option<Self> {
        Self::of_url(&format!("https://{host}/"))
    }

    /// A registry that speaks plain HTTP, as one on loopback does.
    pub fn http(host: &str) -> Option<Self> {
        Self::of_url(&format!("http://{host}/"))
    }

    /// The origin of an address; `None` when it is no address of a host, or holds a user or a password.
    pub fn of_url(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let scheme = match uri.scheme_str()? {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            _ => return None,
        };
        let port = authority.port_u16().unwrap_or(match scheme {
            Scheme::Https => 443,
            Scheme::Http => 80,
        });
        let host = authority.host().trim_matches(['[', ']']).to_ascii_lowercase();
        (!host.is_empty()).then(|| Self { scheme, host, port, authority: authority.as_str().to_owned() })
    }

    /// The host, without a port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host, with its port where one was named.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Host and port, as the resolver takes them.
    pub fn host_and_port(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The host, if it is an address itself.
    pub fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// The address of a path here.
    pub fn url(&self, path: &str) -> String {
        let scheme = if self.scheme == Scheme::Https { "https" } else { "http" };
        format!("{scheme}://{}{path}", self.authority)
    }

    /// Whether what is sent there is read by nobody else on the way, or was not secret before.
    pub fn is_as_safe_as(&self, other: &Self) -> bool {
        self.scheme == Scheme::Https || other.scheme == Scheme::Http
    }

    /// Whether both are one server.
    pub fn is_same_server(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host == other.host && self.port == other.port
    }

    /// Whether the credentials of this registry may go to that address for a token: it is the registry's own, or both
    /// are ECR Public, which answers under several names.
    pub fn may_exchange_at(&self, realm: &Self) -> bool {
        let is_public = |origin: &Self| {
            origin.port == 443 && Registry::parse(&origin.host).is_ok_and(|registry| registry.is_public())
        };
        realm.is_as_safe_as(self) && (self.is_same_server(realm) || is_public(self) && is_public(realm))
    }

    /// An address from a `Location` header, which may be a path alone.
    pub fn resolve(&self, location: &str) -> String {
        if location.starts_with('/') && !location.starts_with("//") {
            self.url(location)
        } else {
            location.to_owned()
        }
    }
}

/// An address with more parameters in its query.
pub fn with_query(url: &str, parameters: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    let separator = match url.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{url}{separator}{}", query.finish())
}

/// An address as it may be shown: scheme and host, since paths and queries may be signed.
pub fn shown(url: &str) -> String {
    let shown = match Origin::of_url(url) {
        Some(origin) => origin.url(""),
        None => "an address that is none".to_owned(),
    };
    redact(&shown).chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Origin {
        Origin::of_url(url).unwrap()
    }

    #[test]
    fn credentials_go_to_the_registry_itself_only() {
        let ecr = Origin::https("123456789012.dkr.ecr.us-east-1.amazonaws.com").unwrap();
        assert!(
            ecr.may_exchange_at(&origin("https://123456789012.DKR.ecr.us-east-1.amazonaws.com:443/token"))
        );
        for elsewhere in [
            "https://evil.example/token",
            "https://127.0.0.1/token",
            "https://169.254.169.254/",
            "https://123456789012.dkr.ecr.us-east-1.amazonaws.com:8443/",
            "http://123456789012.dkr.ecr.us-east-1.amazonaws.com/",
            "https://123456789012.dkr.ecr.us-east-1.amazonaws.com.evil.example/",
            "https://public.ecr.aws/token/",
        ] {
            assert!(!ecr.may_exchange_at(&origin(elsewhere)), "{elsewhere}");
        }
        let public = Origin::https("public.ecr.aws").unwrap();
        assert!(public.may_exchange_at(&origin("https://public.ecr.aws/token/")));
        assert!(!public.may_exchange_at(&origin("https://public.ecr.aws:444/token/")));
    }

    #[test]
    fn what_looks_like_another_host_is_none() {
        assert_eq!(Origin::of_url("https://registry@evil.example/"), None);
        assert_eq!(Origin::of_url("//evil.example/"), None);
        assert_eq!(Origin::of_url("ftp://h/"), None);
        assert_eq!(Origin::https(""), None);
        assert_eq!(origin("http://[::1]:5000/").host_and_port(), "[::1]:5000");
        assert_eq!(origin("http://h/").host_and_port(), "h:80");
        let here = origin("https://h/");
        assert_eq!(here.resolve("/v2/x"), "https://h/v2/x");
        assert_eq!(here.resolve("//evil.example/x"), "//evil.example/x");
    }

    #[test]
    fn parameters_are_added_to_a_query() {
        assert_eq!(with_query("https://h/t", &[("digest", "sha256:a b")]), "https://h/t?digest=sha256%3Aa+b");
        assert_eq!(with_query("https://h/t?x=1", &[("y", "2")]), "https://h/t?x=1&y=2");
        assert_eq!(with_query("https://h/t?", &[("y", "2")]), "https://h/t?y=2");
    }
}
