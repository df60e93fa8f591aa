//! Why a local ECR does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::tls::TlsError;

/// Why a local ECR does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken or not this machine's.
    #[error("cannot listen on {address}: {source}; choose another port, or 0 for any free one")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: io::Error,
    },
    /// The storage directory is not usable.
    #[error("cannot use {} as storage: {source}", path.display())]
    Storage {
        /// The directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// No threads.
    #[error("cannot start the server's threads: {0}")]
    Threads(io::Error),
    /// No certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A setting that makes no sense.
    #[error("{0}")]
    Setting(String),
}
