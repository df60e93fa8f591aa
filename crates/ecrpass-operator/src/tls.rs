//! The one place where the operator's TLS is chosen: rustls with ring, for the API server. AWS's client brings its own.

/// Chooses it. A second call changes nothing.
pub fn install() {
    // An error says that it was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
