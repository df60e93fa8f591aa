//! Whether a login stands in a pull secret of Kubernetes. Manifests are often templates, which no YAML parser reads, so
//! this looks at the text.

use std::ops::Range;

use ecrpass_json::Document;

use crate::kind::FileKind;
use crate::source::SourceFile;

/// The fields of a pull secret.
const FIELDS: [&str; 2] = [".dockerconfigjson", ".dockercfg"];

/// The bytes of the field that a piece of a manifest stands in; `None` where it is in no pull secret.
pub fn field(file: &SourceFile, bytes: &Range<usize>) -> Option<Range<usize>> {
    if !matches!(file.kind, FileKind::Kubernetes | FileKind::HelmTemplate) {
        return None;
    }
    let before = file.text.get(..bytes.start)?;
    let behind = file.text.get(bytes.end..)?;
    let start = before.rfind("\n---").map_or(0, |at| at + 1);
    let end = behind.find("\n---").map_or(file.text.len(), |at| bytes.end + at);
    let document = file.text.get(start..end)?;
    if !is_secret(document) {
        return None;
    }
    let front = file.text.get(start..bytes.start)?;
    let (at, name) = FIELDS.iter().filter_map(|name| Some((front.rfind(name)?, name))).max()?;
    // Another resource of a list begins between the two.
    let between = front.get(at..)?;
    let is_other = between.lines().skip(1).any(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        line.starts_with("kind:") || line.starts_with("\"kind\":") || line.starts_with("apiVersion:")
    });
    (!is_other).then_some(start + at..start + at + name.len())
}

/// Whether a document is a Secret, a list that has some, or makes some.
fn is_secret(document: &str) -> bool {
    document.lines().any(|line| {
        let line = line.trim_start().trim_start_matches("- ");
        let kind = line.strip_prefix("kind:").map(|kind| kind.trim().trim_matches(['"', '\'']));
        matches!(kind, Some("Secret" | "List" | "SecretList")) || line.starts_with("secretGenerator:")
    }) || document.contains("\"kind\": \"Secret\"")
        || document.contains("\"kind\":\"Secret\"")
}

/// Whether a text is a configuration that names helpers and has no login.
pub fn has_only_helpers(text: &str, format: ecrpass_clients::docker_config::Format) -> bool {
    let Ok(document) = Document::parse(text) else { return false };
    let config = ecrpass_clients::docker_config::DockerConfig::read(&document, format);
    let has_login = config.auths_in_force().any(|entry| !entry.credentials.is_empty());
    !has_login && (config.creds_store.is_some() || !config.cred_helpers.is_empty())
}
