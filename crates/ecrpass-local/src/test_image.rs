//! Tiny images made in memory: one layer with one text file, valid for docker, podman, skopeo and the registry; and
//! indexes that hold one for each of several platforms.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::random;

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A piece of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// What it is.
    pub media_type: &'static str,
    /// `sha256:…`.
    pub digest: String,
    /// The bytes.
    pub data: Bytes,
}

impl Blob {
    fn new(media_type: &'static str, data: Vec<u8>) -> Self {
        Self { media_type, digest: random::sha256_digest(&data), data: data.into() }
    }

    fn descriptor(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": self.digest, "size": self.data.len()})
    }
}

/// An OCI image with a single file, `/hello.txt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TinyImage {
    architecture: String,
    layer: Blob,
    config: Blob,
    manifest: Blob,
}

/// An index of images for several platforms, as a multi-platform build pushes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TinyIndex {
    images: Vec<TinyImage>,
    manifest: Blob,
}

impl TinyIndex {
    /// An index of these images.
    pub fn new(images: &[TinyImage]) -> Self {
        let manifests: Vec<Value> = images
            .iter()
            .map(|image| {
                let mut descriptor = image.manifest.descriptor();
                if let Some(descriptor) = descriptor.as_object_mut() {
                    let platform = json!({"architecture": image.architecture, "os": "linux"});
                    descriptor.insert("platform".to_owned(), platform);
                }
                descriptor
            })
            .collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        let manifest = Blob::new(INDEX, manifest.to_string().into_bytes());
        Self { images: images.to_vec(), manifest }
    }

    /// An index of these indexes, which says nothing of their platforms; they have to be in a repository before it.
    pub fn of_indexes(indexes: &[Self]) -> Self {
        let manifests: Vec<Value> = indexes.iter().map(|index| index.manifest.descriptor()).collect();
        let manifest = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests});
        let images = indexes.iter().flat_map(|index| index.images.clone()).collect();
        Self { images, manifest: Blob::new(INDEX, manifest.to_string().into_bytes()) }
    }

    /// What has to be in a repository before the index.
    pub fn images(&self) -> &[TinyImage] {
        &self.images
    }

    /// The index; its digest is what a tag points at.
    pub fn manifest(&self) -> &Blob {
        &self.manifest
    }
}

impl TinyImage {
    /// An image for this machine whose file holds `text`; the same text makes the same image.
    pub fn new(text: &str) -> Self {
        let architecture = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        Self::for_architecture(text, architecture)
    }

    /// An image for `amd64`, `arm64` or whatever else images are for.
    pub fn for_architecture(text: &str, architecture: &str) -> Self {
        let layer = Blob::new(LAYER, tar(&[("hello.txt", text.as_bytes())]));
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "created": "2026-01-01T00:00:00Z",
            "config": {"Cmd": ["/hello.txt"], "Labels": {"org.opencontainers.image.title": "ecrpass"}},
            "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
            "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "ecrpass"}],
        });
        let config = Blob::new(CONFIG, config.to_string().into_bytes());
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor(),
            "layers": [layer.descriptor()],
        });
        let manifest = Blob::new(MANIFEST, manifest.to_string().into_bytes());
        Self { architecture: architecture.to_owned(), layer, config, manifest }
    }

    /// What it is for: `amd64`, `arm64`.
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// What has to be in a repository before the manifest: the layer and the configuration.
    pub fn blobs(&self) -> [&Blob; 2] {
        [&self.layer, &self.config]
    }

    /// The manifest; its digest is the image's.
    pub fn manifest(&self) -> &Blob {
        &self.manifest
    }

    /// An archive for `docker load` or `skopeo copy docker-archive:…`, with the image under `reference`
    /// (`repository:tag`).
    pub fn docker_archive(&self, reference: &str) -> Vec<u8> {
        let hex = |blob: &Blob| blob.digest.trim_start_matches("sha256:").to_owned();
        let layer_path = format!("{}/layer.tar", hex(&self.layer));
        let config_path = format!("{}.json", hex(&self.config));
        let list = json!([{"Config": config_path, "RepoTags": [reference], "Layers": [layer_path]}]);
        tar(&[
            (&config_path, &self.config.data),
            (&layer_path, &self.layer.data),
            ("manifest.json", list.to_string().as_bytes()),
        ])
    }
}

/// A POSIX ustar archive of regular files.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, data) in files {
        archive.extend_from_slice(&header(name, data.len()));
        archive.extend_from_slice(data);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// The block before a file: fields of fixed widths, each padded with zero bytes.
fn header(name: &str, size: usize) -> Vec<u8> {
    // 2026-01-01, so that the digest does not depend on the day.
    let modified = 1_767_225_600;
    // While the checksum is computed, its own field counts as blanks.
    let blank = header_with(name, size, modified, "        ");
    let sum: u32 = blank.iter().map(|&byte| u32::from(byte)).sum();
    header_with(name, size, modified, &format!("{sum:06o}\0 "))
}

fn header_with(name: &str, size: usize, modified: u64, checksum: &str) -> Vec<u8> {
    let fields = [
        (name, 100),
        ("0000644", 8),
        ("0000000", 8),
        ("0000000", 8),
        (&format!("{size:011o}"), 12),
        (&format!("{modified:011o}"), 12),
        (checksum, 8),
        // An ordinary file, that is a link to nothing.
        ("0", 1),
        ("", 100),
        ("ustar", 6),
        ("00", 2),
    ];
    let mut header = Vec::with_capacity(512);
    let mut end = 0;
    for (text, width) in fields {
        header.extend(text.bytes().take(width));
        end += width;
        header.resize(end, 0);
    }
    header.resize(512, 0);
    header
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_same_text_makes_the_same_image() {
        assert_eq!(TinyImage::new("a"), TinyImage::new("a"));
        assert_ne!(TinyImage::new("a").manifest(), TinyImage::new("b").manifest());
        let image = TinyImage::new("hello");
        let manifest: Value = serde_json::from_slice(&image.manifest().data).unwrap();
        let [layer, config] = image.blobs();
        assert_eq!(manifest["layers"][0]["digest"], layer.digest.as_str());
        assert_eq!(manifest["layers"][0]["size"], layer.data.len());
        assert_eq!(manifest["config"]["digest"], config.digest.as_str());
        let config: Value = serde_json::from_slice(&config.data).unwrap();
        assert_eq!(config["rootfs"]["diff_ids"][0], layer.digest.as_str());
    }

    #[test]
    fn tar_reads_the_archive() {
        let archive = TinyImage::new("hello from a tiny image\n").docker_archive("team/app:v1");
        let mut tar = Command::new("tar")
            .arg("-tvf")
            .arg("-")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        tar.stdin.take().unwrap().write_all(&archive).unwrap();
        let output = tar.wait_with_output().unwrap();
        assert!(output.status.success());
        let listing = String::from_utf8(output.stdout).unwrap();
        assert!(listing.contains("manifest.json") && listing.contains("layer.tar"), "{listing}");
    }
}
