//! Configurations of container clients that stand in files: as a file of their own, in Secrets and ConfigMaps, in what
//! cloud-init writes.

use std::ops::Range;

use base64::Engine as _;
use ecrpass_clients::client::login_file_at;
use ecrpass_clients::docker_config::Format;
use ecrpass_core::token::BASE64;

use crate::kind::FileKind;
use crate::passage::Passage;
use crate::source::SourceFile;
use crate::yaml::{self, Node};

/// A configuration that stands in a file.
#[derive(Debug)]
pub struct StoredConfig {
    /// Its text and where it stands.
    pub passage: Passage,
    /// Its form.
    pub format: Format,
    /// Who holds it.
    pub holder: Holder,
    /// Its bytes in the file.
    pub bytes: Range<usize>,
    /// Whether it stands there encoded, so that it can only be blamed as a whole.
    pub is_encoded: bool,
}

impl StoredConfig {
    /// Whether it is in the form of `.dockercfg`: entries at the top.
    pub fn is_legacy(&self) -> bool {
        self.format == Format::Legacy
    }
}

/// Who holds a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The file itself.
    File,
    /// A pull secret of this name.
    PullSecret(String),
    /// A ConfigMap, or a Secret of another type, which containers read as a file.
    Mounted,
    /// A file that is written at the first start of a machine.
    Written,
}

/// The configurations of a file; `documents` gives its YAML or JSON.
pub(super) fn of<'a>(file: &SourceFile, documents: &dyn Fn() -> Option<&'a [Node]>) -> Vec<StoredConfig> {
    let mut found = Vec::new();
    match file.kind {
        FileKind::ClientConfig if file.text.len() <= yaml::MAX_TEXT => found.push(StoredConfig {
            passage: Passage::verbatim(file.text.clone(), 0),
            format: of_file(file),
            holder: Holder::File,
            bytes: 0..file.text.len(),
            is_encoded: false,
        }),
        FileKind::Kubernetes if mentions(&file.text) => {
            for document in documents().unwrap_or_default() {
                manifest(document, 0, &mut found);
            }
        }
        FileKind::CloudInit if mentions(&file.text) => {
            for document in documents().unwrap_or_default() {
                document.items_of("write_files").iter().for_each(|entry| written(entry, &mut found));
            }
        }
        _ => {}
    }
    found
}

/// Whether a text may hold a configuration at all.
fn mentions(text: &str) -> bool {
    ["dockerc", "credHelpers", "credsStore", "auths", "config.json"].iter().any(|word| text.contains(word))
}

/// Secrets and ConfigMaps of a manifest, those in lists included.
fn manifest(node: &Node, depth: usize, found: &mut Vec<StoredConfig>) {
    match node.text_of("kind") {
        Some("List" | "SecretList" | "ConfigMapList") if depth < 4 => {
            node.items_of("items").iter().for_each(|item| manifest(item, depth + 1, found));
        }
        Some("Secret") => secret(node, found),
        Some("ConfigMap") => {
            for (key, value) in node.members_of("data") {
                let is_meant = key.text.ends_with("config.json") || key.text == "auth.json";
                if let Some(passage) = value.passage().filter(|passage| is_meant && mentions(passage.text()))
                {
                    found.push(StoredConfig {
                        passage: passage.clone(),
                        format: Format::Current,
                        holder: Holder::Mounted,
                        bytes: value.bytes.clone(),
                        is_encoded: false,
                    });
                }
            }
        }
        _ => {}
    }
}

fn secret(node: &Node, found: &mut Vec<StoredConfig>) {
    let name = node.at(&["metadata", "name"]).and_then(Node::text).unwrap_or_default();
    for (field, is_encoded) in [("stringData", false), ("data", true)] {
        for (key, value) in node.members_of(field) {
            let (format, holder) = match key.text.as_str() {
                ".dockerconfigjson" => (Format::Current, Holder::PullSecret(name.to_owned())),
                ".dockercfg" => (Format::Legacy, Holder::PullSecret(name.to_owned())),
                "config.json" => (Format::Current, Holder::Mounted),
                _ => continue,
            };
            let Some(passage) = value.passage() else { continue };
            let passage = if is_encoded {
                let letters: String = passage.text().split_ascii_whitespace().collect();
                let decoded =
                    BASE64.decode(letters.as_bytes()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let Some(decoded) = decoded else { continue };
                let mut whole = Passage::default();
                whole.push_for(&decoded, &value.bytes);
                whole
            } else {
                passage.clone()
            };
            found.push(StoredConfig { passage, format, holder, bytes: value.bytes.clone(), is_encoded });
        }
    }
}

/// A file that cloud-init writes.
fn written(entry: &Node, found: &mut Vec<StoredConfig>) {
    let Some(path) = entry.text_of("path") else { return };
    let Some(format) = format_of(path) else { return };
    let is_plain = entry.get("encoding").is_none() && entry.get("append").is_none();
    let Some(content) = entry.get("content").filter(|_| is_plain) else { return };
    if let Some(passage) = content.passage() {
        found.push(StoredConfig {
            passage: passage.clone(),
            format,
            holder: Holder::Written,
            bytes: content.bytes.clone(),
            is_encoded: false,
        });
    }
}

/// The form of a client's file, which may be called otherwise than its client's own.
pub(super) fn of_file(file: &SourceFile) -> Format {
    match format_of(&file.path) {
        Some(format) => format,
        None if file.name().ends_with(".dockercfg") => Format::Legacy,
        None => Format::Current,
    }
}

/// The form of the client configuration that a path leads to; `None` for other files.
pub fn format_of(path: &str) -> Option<Format> {
    login_file_at(path).map(|file| file.format)
}
