//! Certificates: an own CA, which a client must be told to trust, and a leaf for whatever names are wanted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ConfigBuilder, ServerConfig, WantsVerifier};

/// A certificate authority for tests and demonstrations; its key never leaves the process.
pub struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// Whether what it issues has expired already.
    expired: bool,
}

impl std::fmt::Debug for Ca {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ca")
    }
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A name that no certificate can hold.
    #[error("cannot make a certificate for {names}: {source}")]
    Certificate {
        /// The names wanted.
        names: String,
        /// What the certificate library says.
        source: rcgen::Error,
    },
    /// The TLS library refuses the certificate.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

impl Ca {
    /// A new CA.
    ///
    /// # Errors
    /// [`TlsError`] when the system gives no random numbers.
    pub fn generate() -> Result<Self, TlsError> {
        let wrap = |source| TlsError::Certificate { names: "the local CA".to_owned(), source };
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "ecrpass local CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().map_err(wrap)?;
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, key).map_err(wrap)?, expired: false })
    }

    /// The same, whose certificates for servers have long expired.
    #[must_use]
    pub fn issuing_expired(mut self) -> Self {
        self.expired = true;
        self
    }

    /// The CA's certificate, for clients to trust.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A server's set-up for the names: DNS names, also with `*`, and IP addresses.
    pub(crate) fn server_config(&self, names: &[String]) -> Result<Arc<ServerConfig>, TlsError> {
        let (chain, key) = self.leaf(names)?;
        let mut config = versions()?.with_no_client_auth().with_single_cert(chain, key)?;
        config.alpn_protocols = vec![ALPN.to_vec()];
        Ok(Arc::new(config))
    }

    /// A certificate for the names, with what leads up to this CA, and its key.
    fn leaf(&self, names: &[String]) -> Result<Leaf, TlsError> {
        let wrap = |source| TlsError::Certificate { names: names.join(", "), source };
        let mut params = CertificateParams::new(names.to_vec()).map_err(wrap)?;
        params.distinguished_name.push(DnType::CommonName, "ecrpass local");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        if self.expired {
            params.not_after = rcgen::date_time_ymd(2001, 1, 1);
        }
        let key = KeyPair::generate().map_err(wrap)?;
        let leaf = params.signed_by(&key, &self.issuer).map_err(wrap)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok((vec![leaf.der().clone(), self.issuer.der().clone()], key))
    }
}

/// A chain of certificates, and the key of the first.
type Leaf = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// What is spoken over TLS.
const ALPN: &[u8] = b"http/1.1";

fn versions() -> Result<ConfigBuilder<ServerConfig, WantsVerifier>, TlsError> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    Ok(builder.with_safe_default_protocol_versions()?)
}

/// A server's set-up for the names of whatever region a client asks for; `usual` is that of names without one.
pub(crate) fn by_region(ca: &Arc<Ca>, usual: &str) -> Result<Arc<ServerConfig>, TlsError> {
    let resolver = ByRegion { ca: Arc::clone(ca), usual: usual.to_owned(), made: Mutex::default() };
    // Now, so that a CA that makes none is told of at the start.
    resolver.certificate(usual)?;
    let mut config = versions()?.with_no_client_auth().with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

/// One certificate for each region that was asked for.
struct ByRegion {
    ca: Arc<Ca>,
    usual: String,
    made: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl std::fmt::Debug for ByRegion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ByRegion").field("usual", &self.usual).finish_non_exhaustive()
    }
}

impl ByRegion {
    fn certificate(&self, region: &str) -> Result<Arc<CertifiedKey>, TlsError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(region) {
            return Ok(Arc::clone(known));
        }
        let (chain, key) = self.ca.leaf(&names_for(region))?;
        let key = ring::default_provider().key_provider.load_private_key(key)?;
        let certified = Arc::new(CertifiedKey::new(chain, key));
        made.insert(region.to_owned(), Arc::clone(&certified));
        Ok(certified)
    }
}

impl ResolvesServerCert for ByRegion {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello.server_name().and_then(region_in);
        self.certificate(named.unwrap_or(&self.usual)).ok()
    }
}

/// The region that a host names.
fn region_in(host: &str) -> Option<&str> {
    host.split('.').find(|label| ecrpass_core::Partition::of_region(label).is_some())
}

/// The names a registry and its APIs have in a region: every host form, ECR Public, and loopback.
pub fn names_for(region: &str) -> Vec<String> {
    let partition = ecrpass_core::Partition::of_region(region).unwrap_or(ecrpass_core::Partition::Aws);
    let suffix = partition.dns_suffix();
    let dual = partition.dual_stack_dns_suffix();
    let mut names = vec![
        format!("*.dkr.ecr.{region}.{suffix}"),
        format!("*.dkr.ecr-fips.{region}.{suffix}"),
        format!("api.ecr.{region}.{suffix}"),
        format!("api.ecr-fips.{region}.{suffix}"),
        format!("ecr.{region}.{dual}"),
        format!("ecr-fips.{region}.{dual}"),
        format!("sts.{region}.{suffix}"),
        format!("portal.sso.{region}.{suffix}"),
        format!("oidc.{region}.{suffix}"),
        format!("prod-{region}-starport-layer-bucket.s3.{region}.{suffix}"),
        "sts.amazonaws.com".to_owned(),
        "iam.amazonaws.com".to_owned(),
        "public.ecr.aws".to_owned(),
        "ecr-public.aws.com".to_owned(),
        "api.ecr-public.us-east-1.amazonaws.com".to_owned(),
        "ecr-public.us-east-1.api.aws".to_owned(),
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    if let Some(suffix) = partition.dual_stack_registry_suffix() {
        names.push(format!("*.dkr-ecr.{region}.{suffix}"));
        names.push(format!("*.dkr-ecr-fips.{region}.{suffix}"));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_made_for_names_and_addresses() {
        let ca = Ca::generate().unwrap();
        assert!(ca.pem().starts_with("-----BEGIN CERTIFICATE-----"));
        for region in ["us-east-1", "cn-north-1", "eusc-de-east-1"] {
            ca.server_config(&names_for(region)).unwrap();
        }
    }

    #[test]
    fn a_region_is_read_from_a_host() {
        for (host, region) in [
            ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("prod-cn-north-1-starport-layer-bucket.s3.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("public.ecr.aws", None),
        ] {
            assert_eq!(region_in(host), region, "{host}");
        }
    }

    #[test]
    fn an_impossible_name_is_said() {
        let ca = Ca::generate().unwrap();
        let error = ca.server_config(&["é.example".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("cannot make a certificate for é.example"), "{error}");
    }
}
