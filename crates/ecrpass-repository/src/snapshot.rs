//! Images as `aws ecr describe-images` prints them.

use std::collections::BTreeMap;

use ecrpass_core::time::{EpochSeconds, parse_rfc3339};
use serde_json::Value;

use crate::lifecycle::Image;

/// What an answer holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The account of the registry.
    pub account: Option<String>,
    /// The repository.
    pub repository: Option<String>,
    /// The images; which index lists which is not in it.
    pub images: Vec<Image>,
}

/// Reads an answer.
///
/// # Errors
/// Why it is none.
pub fn read(text: &str) -> Result<Snapshot, String> {
    let answer: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let details = answer.get("imageDetails").unwrap_or(&answer);
    let details = details.as_array().ok_or("it has no `imageDetails`")?;
    let mut snapshot = Snapshot::default();
    let mut images: BTreeMap<String, Image> = BTreeMap::new();
    for (index, details) in details.iter().enumerate() {
        let image = image(details)
            .ok_or_else(|| format!("image {} has no digest or no time of its push", index + 1))?;
        let text = |name: &str| details[name].as_str().map(str::to_owned);
        snapshot.account = snapshot.account.or_else(|| text("registryId"));
        snapshot.repository = snapshot.repository.or_else(|| text("repositoryName"));
        images.insert(image.digest.clone(), image);
    }
    snapshot.images = images.into_values().collect();
    Ok(snapshot)
}

fn image(details: &Value) -> Option<Image> {
    let text = |name: &str| details[name].as_str().map(str::to_owned);
    let at = |name: &str| time(&details[name]);
    let tags = details["imageTags"].as_array().into_iter().flatten();
    Some(Image {
        digest: text("imageDigest")?,
        tags: tags.filter_map(|tag| tag.as_str().map(str::to_owned)).collect(),
        pushed_at: at("imagePushedAt")?,
        pulled_at: at("lastRecordedPullTime"),
        archived_at: at("lastArchivedAt"),
        activated_at: at("lastActivatedAt"),
        archived: details["imageStatus"] == "ARCHIVED",
        size: details["imageSizeInBytes"].as_u64().unwrap_or(0),
        media_type: text("imageManifestMediaType").unwrap_or_default(),
        listed_by: Vec::new(),
        subject: text("subjectManifestDigest"),
    })
}

/// Version 2 of the AWS CLI writes RFC 3339, version 1 seconds.
fn time(value: &Value) -> Option<EpochSeconds> {
    match value {
        Value::Number(seconds) => seconds.as_f64().map(|seconds| seconds as i64),
        Value::String(text) => parse_rfc3339(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_both_versions_are_read() {
        let text = r#"{"imageDetails":[
            {"registryId":"123456789012","repositoryName":"app","imageDigest":"sha256:a","imageTags":["v1"],"imagePushedAt":"2025-09-06T08:28:19.123000+02:00","lastRecordedPullTime":1757147299.5},
            {"imageDigest":"sha256:b","imagePushedAt":1757147299,"imageStatus":"ARCHIVED"}]}"#;
        let snapshot = read(text).unwrap();
        assert_eq!(snapshot.account.as_deref(), Some("123456789012"));
        assert_eq!(snapshot.images[0].pushed_at, 1_757_140_099);
        assert_eq!(snapshot.images[0].pulled_at, Some(1_757_147_299));
        assert!(snapshot.images[1].archived && snapshot.images[1].tags.is_empty());
        for text in ["", "{}", r#"{"imageDetails":[{"imageDigest":"sha256:a"}]}"#, "[1]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
