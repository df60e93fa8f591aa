//! The certificate is for another name: what it looks like, and what fixes it. The page for users is `tls_certificate_wrong_name.md`.

use ecrpass_core::DiagnosisId;
use ecrpass_credentials::aws_call::NetworkFailure;

use crate::catalogue::entry::{Diagnosis, Page, check, says};
use crate::catalogue::remedy::{by_hand, confirm, look};
use crate::check::Stage;
use crate::finding::Severity;

pub static DIAGNOSIS: Diagnosis = Diagnosis {
    id: DiagnosisId::TlsCertificateWrongName,
    page: Page::new(include_str!("tls_certificate_wrong_name.md")),
    severity: Severity::Error,
    signatures: &[
        says(&["x509: certificate is valid for"]).about_ecr().weight(96),
        says(&["x509: certificate is valid for"]).shared().weight(60),
        says(&["certificate is not valid for any names", "want to match"]).about_ecr().weight(94),
        says(&["doesn't match either of"]).about_ecr().weight(94),
        says(&["hostname", "doesn't match"]).about_ecr().weight(93),
        says(&["hostname mismatch"]).about_ecr().weight(94),
        says(&["err_tls_cert_altname_invalid"]).about_ecr().weight(96),
        says(&["does not match certificate's altnames"]).about_ecr().weight(96),
        says(&["no subject alternative", "found"]).about_ecr().weight(93),
        says(&["no alternative certificate subject name matches"]).about_ecr().weight(95),
        says(&["ssl: certificate subject name", "does not match"]).about_ecr().weight(95),
        says(&["notvalidforname"]).about_ecr().weight(95),
        says(&["certificate not valid for name"]).about_ecr().weight(95),
        says(&["x509: certificate relies on legacy common name"]).about_ecr().weight(90),
        says(&["x509: cannot validate certificate for"]).about_ecr().weight(88),
    ],
    remedies: &[
        look("see whose certificate it is, and from which address it comes", "getent hosts {host}; openssl s_client -connect {host}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -ext subjectAltName"),
        by_hand("if the address is private, look at the interface endpoints: `ecr.dkr` and `ecr.api` have different certificates, and a private zone or /etc/hosts must not send one name to the other's").private(),
        by_hand("if the certificate is a proxy's, exclude the host there, or set `NO_PROXY`"),
        by_hand("add no CA, and do not turn verification off: whoever answers is not the registry"),
    ],
    confirm: &[confirm("openssl s_client -connect {host}:443 -servername {host} </dev/null 2>/dev/null | openssl x509 -noout -subject -ext subjectAltName")],
    check: check(Stage::Api, |case| case.network_failure(&[NetworkFailure::TlsName])),
};
