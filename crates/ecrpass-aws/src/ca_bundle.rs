//! `AWS_CA_BUNDLE`: the certificates it adds, checked before the TLS stack sees them, which would panic on them.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::refusal::Refusal;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The largest bundle read, in bytes.
const MAX_BUNDLE: u64 = 16 * 1024 * 1024;

/// Reads a PEM file of CA certificates.
///
/// # Errors
/// `tls-ca-untrusted` when the file cannot be read, holds no certificate, or one that cannot be used.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let refuse = |what: String| {
        Refusal::new(
            DiagnosisId::TlsCaUntrusted,
            format!("AWS_CA_BUNDLE names {}, {what}.", path.display()),
            "point AWS_CA_BUNDLE at a PEM file of CA certificates, or unset it",
        )
    };
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BUNDLE).read_to_end(&mut pem))
        .map_err(|error| refuse(format!("which cannot be read: {error}")))?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refuse(format!("which is not valid PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(refuse("which holds no certificate".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store
            .add(certificate)
            .map_err(|error| refuse(format!("which holds an unusable certificate: {error}")))?;
    }
    Ok(pem)
}
