//! Manifests and lists of them, as far as platforms and layers go. Source: OCI image specification, `manifest.md` and
//! `image-index.md`.

use ecrpass_core::platform::{normal, runs};
use serde_json::Value;

/// The manifests clients take.
pub const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, \
     application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// What lists of manifests are called.
const LISTS: [&str; 2] =
    ["application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"];

/// A piece of an image, by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The digest.
    pub digest: String,
    /// The size in bytes, where it is said.
    pub size: Option<u64>,
}

/// What stands in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manifest {
    /// A list of one manifest for each platform.
    Index {
        /// The platforms, in the list's order.
        platforms: Vec<String>,
        /// The digest of the first one that is an image's.
        first: Option<String>,
    },
    /// One image, chart or other artifact.
    Image {
        /// Its configuration.
        config: Option<Piece>,
        /// Its layers.
        layers: Vec<Piece>,
    },
}

impl Manifest {
    /// Reads a manifest; what is missing in it is empty.
    pub fn parse(body: &[u8]) -> Self {
        let value: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some(list) = value.get("manifests").and_then(Value::as_array) {
            // Attestations are listed under an architecture that none has.
            let architecture = |one: &Value| {
                one.pointer("/platform/architecture").and_then(Value::as_str).map(str::to_owned)
            };
            let images: Vec<&Value> =
                list.iter().filter(|one| architecture(one).as_deref() != Some("unknown")).collect();
            let mut platforms: Vec<String> =
                images.iter().filter_map(|one| platform(one.get("platform")?)).collect();
            platforms.dedup();
            return Self::Index { platforms, first: images.first().and_then(|one| text(one, "digest")) };
        }
        let layers = value.get("layers").and_then(Value::as_array);
        Self::Image {
            config: value.get("config").and_then(piece),
            layers: layers.into_iter().flatten().filter_map(piece).collect(),
        }
    }
}

/// The digest of what is for a platform in a list; without a platform, or where none fits, nothing.
pub fn image_for(list: &[u8], wanted: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(list).ok()?;
    let images = value.get("manifests")?.as_array()?;
    let of_platform = |one: &&Value| one.get("platform").and_then(platform);
    // The very same first: an older one runs as well.
    let exact = images.iter().find(|one| of_platform(one).as_deref() == Some(&normal(wanted)));
    let fitting =
        || images.iter().find(|one| of_platform(one).is_some_and(|platform| runs(&platform, wanted)));
    text(exact.or_else(fitting)?, "digest")
}

/// The digests of the lists in a list that do not say which platform they are for.
pub fn lists_in(list: &[u8]) -> Vec<String> {
    let value: Value = serde_json::from_slice(list).unwrap_or_default();
    let all = value.get("manifests").and_then(Value::as_array).into_iter().flatten();
    let is_list = |one: &&Value| {
        let kind = one.get("mediaType").and_then(Value::as_str);
        kind.is_some_and(|kind| LISTS.contains(&kind)) && one.get("platform").and_then(platform).is_none()
    };
    all.filter(is_list).filter_map(|one| text(one, "digest")).collect()
}

/// Whether it is a manifest or a list of them at all.
pub fn is_manifest(body: &[u8]) -> bool {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    ["manifests", "layers", "fsLayers", "config", "blobs"].iter().any(|name| value.get(name).is_some())
}

/// The media type a manifest gives itself.
pub fn media_type(body: &[u8]) -> Option<String> {
    text(&serde_json::from_slice(body).ok()?, "mediaType")
}

/// The platform in an image's configuration; charts and other artifacts have none.
pub fn platform_of_config(body: &[u8]) -> Option<String> {
    platform(&serde_json::from_slice(body).ok()?)
}

/// `linux/arm64/v8` of `{"os": …, "architecture": …, "variant": …}`, in its common form.
fn platform(value: &Value) -> Option<String> {
    let architecture = text(value, "architecture").filter(|name| !name.is_empty())?;
    let os = text(value, "os").unwrap_or_default();
    let variant = text(value, "variant").filter(|variant| !variant.is_empty());
    Some(normal(&match variant {
        Some(variant) => format!("{os}/{architecture}/{variant}"),
        None => format!("{os}/{architecture}"),
    }))
}

fn piece(value: &Value) -> Option<Piece> {
    Some(Piece { digest: text(value, "digest")?, size: value.get("size").and_then(Value::as_u64) })
}

fn text(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_name_platforms_and_no_attestations() {
        let list = br#"{"manifests":[
            {"digest":"sha256:x","platform":{"os":"unknown","architecture":"unknown"}},
            {"digest":"sha256:a","platform":{"os":"linux","architecture":"amd64"}},
            {"digest":"sha256:b","platform":{"os":"linux","architecture":"arm64","variant":"v8"}},
            {"digest":"sha256:c"}]}"#;
        assert_eq!(
            Manifest::parse(list),
            Manifest::Index {
                platforms: vec!["linux/amd64".to_owned(), "linux/arm64".to_owned()],
                first: Some("sha256:a".to_owned()),
            }
        );
    }

    #[test]
    fn an_image_is_picked_by_platform() {
        let list = br#"{"manifests":[
            {"digest":"sha256:v6","platform":{"os":"linux","architecture":"arm","variant":"v6"}},
            {"digest":"sha256:v7","platform":{"os":"linux","architecture":"arm","variant":"v7"}},
            {"digest":"sha256:a","platform":{"os":"linux","architecture":"amd64"}}]}"#;
        for (platform, digest) in [
            ("linux/amd64", Some("sha256:a")),
            ("linux/arm/v7", Some("sha256:v7")),
            ("linux/arm64", Some("sha256:v6")),
            ("windows/amd64", None),
        ] {
            assert_eq!(image_for(list, platform).as_deref(), digest, "{platform}");
        }
        assert_eq!(image_for(b"no JSON", "linux/amd64"), None);
        assert!(is_manifest(list) && is_manifest(br#"{"layers":[]}"#));
        assert!(!is_manifest(b"<html>") && !is_manifest(b"[]") && !is_manifest(b"{}"));
    }

    #[test]
    fn images_name_layers() {
        let image = br#"{"mediaType":"m","config":{"digest":"sha256:c","size":2},
            "layers":[{"digest":"sha256:l","size":9},{"size":1}]}"#;
        let Manifest::Image { config, layers } = Manifest::parse(image) else { panic!() };
        assert_eq!(config.map(|piece| piece.digest).as_deref(), Some("sha256:c"));
        assert_eq!(layers, [Piece { digest: "sha256:l".to_owned(), size: Some(9) }]);
        assert_eq!(media_type(image).as_deref(), Some("m"));
        assert_eq!(Manifest::parse(b"no JSON"), Manifest::Image { config: None, layers: Vec::new() });
    }

    #[test]
    fn configurations_of_images_alone_have_a_platform() {
        let config = br#"{"os":"linux","architecture":"arm64","variant":"v8"}"#;
        assert_eq!(platform_of_config(config).as_deref(), Some("linux/arm64"));
        assert_eq!(platform_of_config(b"{}"), None);
    }
}
