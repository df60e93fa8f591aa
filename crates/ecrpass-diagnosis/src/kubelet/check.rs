//! Checks a `CredentialProviderConfig` as the kubelet would read it, and for what the kubelet never mentions.

mod duration;
mod encoding;
mod files;
mod images;
mod meant;
mod problem;
mod provider;
mod quoted;
mod tokens;
mod typed;

use std::collections::HashMap;

use ecrpass_json::Lines;

pub(super) use self::duration::seconds as duration_seconds;
pub use self::encoding::decode;
pub use self::files::{Binaries, Binary, ConfigFile, Surroundings};
use self::problem::Problems;
use self::provider::Names;
use self::quoted::Hidden;
use self::typed::{Text, text, unknown};
use super::document::{self, Document, Field, Kind, Unreadable, Value};
use super::version::KubeletVersion;
use crate::finding::Finding;

/// The group of the configuration, and of the protocol.
const CONFIG_GROUP: &str = "kubelet.config.k8s.io/";
const PROTOCOL_GROUP: &str = "credentialprovider.kubelet.k8s.io/";

/// The fields of the configuration.
const FIELDS: [&str; 3] = ["apiVersion", "kind", "providers"];

/// What to do with a text that is no configuration at all.
const AGAIN: &str = "write it again: ecrpass kubelet config";

/// Checks files that one kubelet reads together.
pub fn check(files: &[ConfigFile], surroundings: &Surroundings) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut names = HashMap::new();
    for file in files {
        let marked = file.text.strip_prefix('\u{feff}');
        let text = marked.unwrap_or(&file.text);
        let mut problems = Problems::new(text);
        let checker = Checker { surroundings, file: &file.name };
        // Whatever the name ends in: the kubelet looks at the content.
        let hidden = match document::read(text, marked.is_some()) {
            Ok(document) => checker.document(&document, &mut names, &mut problems),
            Err(Unreadable::Wrong(mistake)) => {
                problems.stops(mistake.at, mistake.what, mistake.fix);
                Hidden::Unless
            }
            Err(Unreadable::TooLarge(at, why)) => {
                problems.unknown(
                    at,
                    format!("this is too large to be checked: {why}"),
                    "name fewer registries, by patterns",
                );
                Hidden::Unless
            }
        };
        findings.extend(problems.into_findings(&file.name, &Lines::new(text), &hidden));
    }
    findings.sort_by_key(|finding| finding.severity);
    findings
}

struct Checker<'a> {
    surroundings: &'a Surroundings,
    file: &'a str,
}

impl Checker<'_> {
    fn version(&self) -> KubeletVersion {
        self.surroundings.version.unwrap_or(KubeletVersion::NEWEST)
    }

    /// Checks what the kubelet sees of a text, and says what of it is not to be shown.
    fn document(&self, document: &Document, names: &mut Names, problems: &mut Problems) -> Hidden {
        for mistake in &document.mistakes {
            problems.stops(mistake.at, mistake.what.as_str(), mistake.fix.as_str());
        }
        if let Some(doubt) = &document.doubt {
            problems.unknown(doubt.at, doubt.what.as_str(), doubt.fix.as_str());
        }
        let root = document.root.as_ref().filter(|root| root.kind != Kind::Null);
        if let Some(at) = document.unseen {
            match root {
                Some(_) => problems.risk(
                    at,
                    "the kubelet reads one document from a file, and never sees what is behind this",
                    "give it a file of its own; from Kubernetes 1.34 on, the kubelet also reads a directory of them",
                ),
                None => problems.stops(
                    0,
                    "the first document of the file is empty, and the kubelet reads no other",
                    "remove the `---` in front of the second one, and what is before it",
                ),
            }
        }
        // Talos has it inside of its own.
        let inside = ["machine", "kubelet", "credentialProviderConfig"];
        let of_talos = root.and_then(|root| {
            inside.iter().try_fold(root, |value, name| value.get(name).map(|field| &field.value))
        });
        match of_talos.or(root) {
            Some(config) => self.config(config, names, problems),
            None if document.unseen.is_none() => problems.stops(0, "the file is empty", AGAIN),
            None => {}
        }
        Hidden::of(document, of_talos.or(root))
    }

    fn config(&self, config: &Value, names: &mut Names, problems: &mut Problems) {
        let at = config.span.start;
        if config.fields().is_none() {
            return problems.stops(at, "this is no CredentialProviderConfig", AGAIN);
        }
        let place = config.set("kind").map_or(at, Field::place);
        match text(config, "kind", problems) {
            Text::Is("CredentialProviderConfig") | Text::Wrong => {}
            Text::Is(found) => {
                return problems.stops(
                    place,
                    format!("this is a `{found}`, where the kubelet wants a CredentialProviderConfig"),
                    "give --image-credential-provider-config the right file: kind: CredentialProviderConfig",
                );
            }
            Text::Missing => problems.stops(at, "`kind` is missing", "kind: CredentialProviderConfig"),
        }
        let api = self.api(config, CONFIG_GROUP, problems);
        unknown(config, &FIELDS, "the configuration", problems);
        let providers = config.get("providers");
        let list = providers.and_then(|field| field.value.items()).filter(|list| !list.is_empty());
        let Some(list) = list else {
            let at = providers.map_or(at, |field| field.key.start);
            return problems.stops(
                at,
                "`providers` has no provider",
                "add one: ecrpass kubelet config shows it",
            );
        };
        let checker = provider::Checker {
            surroundings: self.surroundings,
            file: self.file,
            version: self.version(),
            config_api: &api,
        };
        for provider in list {
            checker.check(provider, names, problems, |problems| self.api(provider, PROTOCOL_GROUP, problems));
        }
    }

    /// The version at `apiVersion`; empty where it is none.
    fn api(&self, value: &Value, group: &str, problems: &mut Problems) -> String {
        let version = self.version();
        let right = format!("apiVersion: {group}{}", version.api());
        let at = value.set("apiVersion").map_or(value.span.start, Field::place);
        let text = match text(value, "apiVersion", problems) {
            Text::Wrong => return String::new(),
            Text::Missing => {
                problems.stops(at, "`apiVersion` is missing", right);
                return String::new();
            }
            Text::Is(text) => text,
        };
        let api = text.strip_prefix(group).unwrap_or_default();
        if !["v1", "v1beta1", "v1alpha1"].contains(&api) {
            problems.stops(at, format!("there is no apiVersion `{text}` here"), right);
        } else if !version.reads(api) {
            problems.stops(at, format!("the kubelet of {version} does not know {text}"), right);
        } else if api != "v1" && version >= KubeletVersion::FIRST_V1 {
            let what = format!("`{text}` was replaced by v1 in Kubernetes 1.26");
            let right = format!("apiVersion: {group}v1");
            if group == PROTOCOL_GROUP {
                // Source: cloud-provider-aws#597: the provider answers v1 alone since 1.27.
                let what = format!("{what}; cloud-provider-aws's provider has not answered it since 1.27");
                problems.risk(at, what, right);
            } else {
                // The kubelet converts it, and no provider sees it.
                problems.remark(at, what, right);
            }
        }
        api.to_owned()
    }
}

#[cfg(test)]
mod tests;
