//! `AWS_CA_BUNDLE`: the certificates it adds, checked before the TLS stack sees them, which would panic on them.

use std::path::Path;
use std::time::Duration;

use ecrpass_core::DiagnosisId;
use ecrpass_core::environment::Environment;
use ecrpass_credentials::refusal::{NextStep, Refusal};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use ecrpass_system::bounded;

/// The largest bundle read, in bytes.
const MAX_BUNDLE: usize = 16 * 1024 * 1024;

/// How long a pipe in its place may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Checks the file that replaces the system's CAs: the TLS stack reads it without bound, and trusts nobody where it holds
/// no certificate.
///
/// # Errors
/// `tls-ca-untrusted` when it is no regular file within bounds, or holds no certificate.
pub(crate) fn check_system_file(environment: &dyn Environment) -> Result<(), Refusal> {
    let Some(path) = environment.nonempty_var("SSL_CERT_FILE") else { return Ok(()) };
    let refuse = |what: &str| {
        Refusal::new(
            DiagnosisId::TlsCaUntrusted,
            format!("SSL_CERT_FILE names {path}, which {what}."),
            NextStep::CorrectCaVariable { variable: "SSL_CERT_FILE".to_owned() },
        )
    };
    // One that is not there is passed over by the TLS stack, too.
    let Ok(metadata) = std::fs::metadata(&path) else { return Ok(()) };
    if !bounded::is_within(&metadata, MAX_BUNDLE) {
        return Err(refuse("is not a file of at most 16 MiB"));
    }
    let pem = bounded::read(Path::new(&path), MAX_BUNDLE, PATIENCE)
        .map_err(|error| refuse(&format!("cannot be read: {error}")))?;
    let holds_one = CertificateDer::pem_slice_iter(&pem).any(|certificate| certificate.is_ok());
    // A directory of certificates counts beside it.
    if !holds_one && environment.nonempty_var("SSL_CERT_DIR").is_none() {
        return Err(refuse("contains no certificate"));
    }
    Ok(())
}

/// Reads a PEM file of CA certificates.
///
/// # Errors
/// `tls-ca-untrusted` when the file cannot be read, holds no certificate, or one that cannot be used.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    let refuse = |what: String| {
        Refusal::new(
            DiagnosisId::TlsCaUntrusted,
            format!("AWS_CA_BUNDLE names {}, {what}.", path.display()),
            NextStep::CorrectCaVariable { variable: "AWS_CA_BUNDLE".to_owned() },
        )
    };
    let pem = bounded::read(path, MAX_BUNDLE, PATIENCE)
        .map_err(|error| refuse(format!("which cannot be read: {error}")))?;
    let certificates = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| refuse(format!("which is not valid PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(refuse("which contains no certificate".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store
            .add(certificate)
            .map_err(|error| refuse(format!("which contains an unusable certificate: {error}")))?;
    }
    Ok(pem)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // a test's way of failing

    use std::fs;

    use ecrpass_core::environment::EnvironmentInMemory;

    use super::*;

    /// Of nobody: 32 bytes that are no certificate in what looks like one.
    const PEM: &str = "-----BEGIN CERTIFICATE-----\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n-----END CERTIFICATE-----\n";

    fn judged(file: &Path, directory: Option<&str>) -> Result<(), String> {
        let mut environment = EnvironmentInMemory::default();
        environment.variables.insert("SSL_CERT_FILE".to_owned(), file.display().to_string());
        environment.variables.extend(directory.map(|path| ("SSL_CERT_DIR".to_owned(), path.to_owned())));
        check_system_file(&environment).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_file_of_cas_has_to_hold_one() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("cas.pem");
        assert_eq!(judged(&file, None), Ok(()), "one that is absent is passed over");
        fs::write(&file, "[{\"a\": ".repeat(1000)).unwrap();
        let why = judged(&file, None).unwrap_err();
        assert!(why.contains("cas.pem, which contains no certificate"), "{why}");
        assert_eq!(judged(&file, Some("/etc/ssl/certs")), Ok(()), "the directory has them");
        fs::write(&file, PEM).unwrap();
        assert_eq!(judged(&file, None), Ok(()));
        let why = judged(home.path(), None).unwrap_err();
        assert!(why.contains("is not a file of at most 16 MiB"), "{why}");
        fs::File::create(&file).unwrap().set_len(MAX_BUNDLE as u64 + 1).unwrap();
        let why = judged(&file, None).unwrap_err();
        assert!(why.contains("is not a file of at most 16 MiB"), "{why}");
    }
}
