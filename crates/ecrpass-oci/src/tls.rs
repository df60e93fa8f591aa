//! Whom plain requests trust: the CAs of this machine, and further ones from files. Files are read within bounds, and one
//! that cannot be read adds nobody: the request then fails for want of trust, which is said where it is made.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ecrpass_system::bounded;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The largest file of CAs that is read, in bytes.
const MAX_FILE: usize = 16 * 1024 * 1024;

/// How long a pipe in its place may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// TLS with a provider of its own, so that no request depends on what else the process has set up. `more_roots` are files
/// in PEM.
pub(crate) fn trusting(more_roots: &[&Path]) -> TlsConfig {
    let mut roots: Vec<CertificateDer<'static>> = system_roots();
    for path in more_roots {
        if let Ok(pem) = bounded::read(path, MAX_FILE, PATIENCE) {
            roots.extend(CertificateDer::pem_slice_iter(&pem).flatten());
        }
    }
    let roots = roots.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(roots)))
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build()
}

/// The CAs that this machine trusts. The file that may replace them is read without bound, so only one within it is.
fn system_roots() -> Vec<CertificateDer<'static>> {
    let is_bounded = std::env::var_os("SSL_CERT_FILE").is_none_or(|path| {
        std::fs::metadata(path).map_or(true, |metadata| bounded::is_within(&metadata, MAX_FILE))
    });
    if is_bounded { rustls_native_certs::load_native_certs().certs } else { Vec::new() }
}
