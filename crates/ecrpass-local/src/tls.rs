//! Certificates: an own CA, which a client must be told to trust, and a leaf for whatever names are wanted.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

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
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone(), self.issuer.der().clone()], key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
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
    fn an_impossible_name_is_said() {
        let ca = Ca::generate().unwrap();
        let error = ca.server_config(&["é.example".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("cannot make a certificate for é.example"), "{error}");
    }
}
