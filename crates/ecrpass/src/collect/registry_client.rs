//! The client that registries are asked with.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_oci::Http;
use ecrpass_system::directory;

/// What trusts what docker trusts for a registry. Source: docker docs, "Verify repository client with certificates".
pub(super) fn http(host: &str, deadline: Duration) -> Http {
    let certificates = Path::new("/etc/docker/certs.d").join(host);
    let files: Vec<PathBuf> = directory::entries(&certificates)
        .unwrap_or_default()
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "crt"))
        .collect();
    Http::new(&files.iter().map(PathBuf::as_path).collect::<Vec<_>>(), deadline)
}
