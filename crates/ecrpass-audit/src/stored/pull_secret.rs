//! Whether a login stands in a pull secret of Kubernetes. Manifests are often templates, which no YAML parser reads, so
//! this looks at the text.

use std::ops::Range;

use ecrpass_json::Document;

use crate::hit::PullSecret;
use crate::kind::FileKind;
use crate::source::SourceFile;
use crate::yaml::Node;

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

/// The pull secret that a field stands in, as its manifest names it; `None` where that is a template's to say.
pub fn named(documents: &[Node], field: &Range<usize>) -> Option<PullSecret> {
    let inside = |node: &&Node| node.bytes.start <= field.start && field.end <= node.bytes.end;
    let document = documents.iter().find(inside)?;
    // Of a list, one of its items.
    let manifest = document.items_of("items").iter().find(inside).unwrap_or(document);
    let name = |key: &str| {
        let text = manifest.at(&["metadata", key])?.text()?;
        let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        (!text.is_empty() && text.chars().all(is_name) && !text.starts_with('-')).then(|| text.to_owned())
    };
    let is_secret = manifest.text_of("kind") == Some("Secret");
    Some(PullSecret { name: name("name").filter(|_| is_secret)?, namespace: name("namespace") })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_the_name_of_its_manifest() {
        let named = |text: &str| {
            let at = text.find(".dockerconfigjson").unwrap();
            let field = at..at + ".dockerconfigjson".len();
            let found = named(&crate::yaml::read_partly(text).0, &field)?;
            Some(format!("{} in {}", found.name, found.namespace.as_deref().unwrap_or("?")))
        };
        let secret = "kind: Secret\nmetadata: {name: regcred}\ndata: {.dockerconfigjson: e30=}\n";
        assert_eq!(named(secret).as_deref(), Some("regcred in ?"));
        assert_eq!(named(&secret.replace("regcred", "a.b-1, namespace: ci")).as_deref(), Some("a.b-1 in ci"));
        let two = format!("kind: Secret\nmetadata: {{name: other}}\n---\n{secret}");
        assert_eq!(named(&two).as_deref(), Some("regcred in ?"));
        let list = "kind: List\nitems:\n- kind: Secret\n  metadata: {name: one}\n- kind: Secret\n  metadata: {name: two}\n  data: {.dockerconfigjson: e30=}\n";
        assert_eq!(named(list).as_deref(), Some("two in ?"));
        let json = "{\"kind\": \"Secret\", \"metadata\": {\"name\": \"j\"}, \"data\": {\".dockerconfigjson\": \"e30=\"}}";
        assert_eq!(named(json).as_deref(), Some("j in ?"));
        for unknown in ["$NAME", "-x", "\"{{ .Values.x }}\"", "A", "\"\""] {
            assert_eq!(named(&secret.replace("regcred", unknown)), None, "{unknown}");
        }
        assert_eq!(named(&secret.replace("Secret", "ConfigMap")), None);
    }
}
