//! An image as far as a lifecycle policy looks at it.

use ecrpass_core::time::EpochSeconds;
use serde::Serialize;

/// An image in a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Its digest.
    pub digest: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was pushed.
    pub pushed_at: EpochSeconds,
    /// When it was last pulled, as ECR recorded it (once a day).
    pub pulled_at: Option<EpochSeconds>,
    /// When it was last moved to the archive.
    pub archived_at: Option<EpochSeconds>,
    /// When it was last brought back from the archive.
    pub activated_at: Option<EpochSeconds>,
    /// Whether it is in the archive now, where nobody can pull it.
    pub archived: bool,
    /// Its size.
    pub size: u64,
    /// The media type of its manifest.
    pub media_type: String,
    /// The digests of the indexes in the repository that list it.
    pub listed_by: Vec<String>,
    /// The digest of the image it belongs to: a signature, an SBOM.
    pub subject: Option<String>,
}

impl Image {
    /// What rules of age and number go by: an image that came back from the archive is as old as that.
    pub fn age_from(&self) -> EpochSeconds {
        self.activated_at.unwrap_or(self.pushed_at)
    }

    /// What rules about the last pull go by.
    pub fn used_at(&self) -> EpochSeconds {
        match (self.pulled_at, self.activated_at) {
            (Some(pulled), Some(activated)) => pulled.max(activated),
            (Some(at), None) | (None, Some(at)) => at,
            (None, None) => self.pushed_at,
        }
    }

    /// Whether it is an index: a list of images for platforms.
    pub fn is_index(&self) -> bool {
        self.media_type.contains("image.index") || self.media_type.contains("manifest.list")
    }
}
