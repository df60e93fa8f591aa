//! Headers that several operations of the registry answer with.

use hyper::header::HeaderName;

/// The digest of what was asked for.
pub(super) const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");
