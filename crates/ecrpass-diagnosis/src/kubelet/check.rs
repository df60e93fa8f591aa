//! Checks a `CredentialProviderConfig` as the kubelet would read it, and for what the kubelet never mentions.

mod address;
mod duration;
mod fields;
mod images;
mod problem;
mod tokens;
mod written;

use std::collections::{BTreeMap, HashMap};

use ecrpass_json::Lines;

pub(super) use self::duration::seconds as duration_seconds;
use self::fields::{strings, unknown};
use self::problem::Problems;
use self::written::{Written, documents};
use super::names::PROVIDER;
use super::version::KubeletVersion;
use crate::finding::Finding;
use crate::inputs::tree::{self, Node};

/// The group of the configuration, and of the protocol.
const CONFIG_GROUP: &str = "kubelet.config.k8s.io/";
const PROTOCOL_GROUP: &str = "credentialprovider.kubelet.k8s.io/";

/// The fields of the configuration and of a provider.
const FIELDS: [&str; 3] = ["apiVersion", "kind", "providers"];
const PROVIDER_FIELDS: [&str; 7] =
    ["apiVersion", "args", "defaultCacheDuration", "env", "matchImages", "name", "tokenAttributes"];

/// The longest time that an ECR token lives, in seconds: an answer may leave its own out.
const LONGEST: f64 = 12.0 * 3600.0;

/// A file, as the kubelet is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// What is known besides the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surroundings {
    /// The kubelet's version; the newest where it is not known.
    pub version: Option<KubeletVersion>,
    /// The programs in its directory, where that was looked at.
    pub binaries: Option<Binaries>,
}

/// The programs in the directory of `--image-credential-provider-bin-dir`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Binaries {
    /// The directory.
    pub directory: String,
    /// Its files.
    pub files: BTreeMap<String, Binary>,
}

/// A file in that directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// A program.
    Program,
    /// Nobody may run it.
    NotExecutable,
    /// A program that others than its owner may replace, and that the kubelet runs as root.
    WritableByOthers,
}

/// Checks files that one kubelet reads together.
pub fn check(files: &[ConfigFile], surroundings: &Surroundings) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Which file has a provider of that name.
    let mut names = HashMap::new();
    for file in files {
        let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
        let mut problems = Problems::of(text);
        let checker = Checker { surroundings, file: &file.name };
        checker.text(text, &mut names, &mut problems);
        let lines = Lines::new(text);
        findings.extend(problems.into_findings(&file.name, &lines));
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

    fn text(&self, text: &str, names: &mut HashMap<String, String>, problems: &mut Problems<'_>) {
        let right = "correct it, or write it again: ecrpass kubelet config";
        // Whatever the name ends in: the kubelet looks at the content.
        if text.trim_start().starts_with('{')
            && let Err(error) = ecrpass_json::parse(text)
        {
            let what =
                format!("what begins with `{{` is JSON for the kubelet, and this is not: {}", error.message);
            return problems.stops(error.offset, what, right);
        }
        let (first, next) = documents(text);
        match tree::read("", first) {
            Ok(documents) => self.document(documents.first(), names, problems),
            Err(error) => {
                problems.stops(error.at, format!("it is neither YAML nor JSON: {}", error.message), right);
            }
        }
        if let Some(next) = next {
            problems.risk(
                next,
                "the kubelet reads one document from a file, and does not read this one",
                "give it a file of its own; from Kubernetes 1.34 on, the kubelet also reads a directory of them",
            );
        }
    }

    fn document(
        &self,
        first: Option<&Node>,
        names: &mut HashMap<String, String>,
        problems: &mut Problems<'_>,
    ) {
        let Some(first) = first else {
            return problems.stops(0, "the file is empty", "write it again: ecrpass kubelet config");
        };
        // Talos has it inside of its own.
        let inside = first.at(&["machine", "kubelet", "credentialProviderConfig"]);
        self.config(inside.unwrap_or(first), names, problems);
    }

    fn config(&self, config: &Node, names: &mut HashMap<String, String>, problems: &mut Problems<'_>) {
        if config.members().is_none() {
            return problems.stops(
                config.at,
                "this is no CredentialProviderConfig",
                "write it again: ecrpass kubelet config",
            );
        }
        match config.get("kind") {
            Some(kind) if kind.text() == Some("CredentialProviderConfig") => {}
            Some(kind) => {
                let found = kind.text().unwrap_or_default();
                return problems.stops(
                    kind.at,
                    format!("this is a `{found}`, where the kubelet wants a CredentialProviderConfig"),
                    "give --image-credential-provider-config the right file: kind: CredentialProviderConfig",
                );
            }
            None => problems.stops(config.at, "`kind` is missing", "kind: CredentialProviderConfig"),
        }
        let api = self.api(config, CONFIG_GROUP, config.at, problems);
        unknown(config, &FIELDS, "the configuration", problems);
        let providers = config.get("providers");
        let Some(list) = providers.and_then(Node::items).filter(|list| !list.is_empty()) else {
            let at = providers.map_or(config.at, |node| node.at);
            return problems.stops(
                at,
                "`providers` has no provider",
                "add one: ecrpass kubelet config shows it",
            );
        };
        for provider in list {
            self.provider(provider, &api, names, problems);
        }
    }

    /// The version at `apiVersion`; empty where it is none.
    fn api(&self, node: &Node, group: &str, at: usize, problems: &mut Problems<'_>) -> String {
        let version = self.version();
        let right = format!("apiVersion: {group}{}", version.api());
        let Some(field) = node.get("apiVersion") else {
            problems.stops(at, "`apiVersion` is missing", right);
            return String::new();
        };
        let text = field.text().unwrap_or_default();
        let api = text.strip_prefix(group).unwrap_or_default();
        if !["v1", "v1beta1", "v1alpha1"].contains(&api) {
            problems.stops(field.at, format!("there is no apiVersion `{text}` here"), right);
        } else if !version.reads(api) {
            problems.stops(field.at, format!("the kubelet of {version} does not know {text}"), right);
        } else if api != "v1" && version >= KubeletVersion::FIRST_V1 {
            // The kubelet still converts it. Source: cloud-provider-aws#597: the provider itself answers v1 alone since 1.27.
            problems.risk(
                field.at,
                format!(
                    "{text} was replaced by v1 in Kubernetes 1.26; cloud-provider-aws's provider has not answered it since 1.27"
                ),
                format!("apiVersion: {group}v1"),
            );
        }
        api.to_owned()
    }

    fn provider(
        &self,
        provider: &Node,
        config_api: &str,
        names: &mut HashMap<String, String>,
        problems: &mut Problems<'_>,
    ) {
        if provider.members().is_none() {
            return problems.stops(
                provider.at,
                "a provider is a mapping with `name`",
                "name: ecr-credential-provider",
            );
        }
        unknown(provider, &PROVIDER_FIELDS, "a provider", problems);
        let name = self.name(provider, names, problems);
        let is_ecr = name.contains("ecr");
        images::check(provider, is_ecr, problems);
        duration(provider, is_ecr, problems);
        let api = self.api(provider, PROTOCOL_GROUP, provider.at, problems);
        let args = strings(provider, "args", problems);
        if name.contains("docker-credential") && args.first().map(String::as_str) != Some("kubelet") {
            let at = provider.get("name").map_or(provider.at, |node| node.at);
            problems.never(
                at,
                format!("`{name}` is docker's credential helper, which has another protocol"),
                format!(
                    "name: {PROVIDER}, and link the program by that name; or args: [\"kubelet\"] for ours"
                ),
            );
        }
        environment(provider, problems);
        if let Some(tokens) = provider.get("tokenAttributes").filter(|tokens| !tokens.is_null()) {
            tokens::check(tokens, self.version(), config_api, &api, problems);
        }
    }

    fn name(
        &self,
        provider: &Node,
        names: &mut HashMap<String, String>,
        problems: &mut Problems<'_>,
    ) -> String {
        let Some(field) =
            provider.get("name").filter(|node| node.text().is_some_and(|name| !name.is_empty()))
        else {
            problems.stops(provider.at, "a provider has no `name`", format!("name: {PROVIDER}"));
            return String::new();
        };
        problems.wants_text(field);
        let name = field.text().unwrap_or_default().to_owned();
        if name.contains(['/', ' ']) || name == "." || name == ".." {
            problems.stops(
                field.at,
                format!("`{name}` is no name of a file: no `/`, no space, not `.` or `..`"),
                format!(
                    "name: {}",
                    name.rsplit(['/', ' '])
                        .find(|part| !part.trim_matches('.').is_empty())
                        .unwrap_or(PROVIDER)
                ),
            );
            return name;
        }
        if let Some(other) = names.insert(name.clone(), self.file.to_owned()) {
            let other = if other == self.file { String::new() } else { format!(" in {other}") };
            problems.stops(
                field.at,
                format!("there is a provider `{name}` already{other}"),
                "one name is one entry: link the program by a second name for a second one",
            );
        }
        self.program(&name, field.at, problems);
        name
    }

    fn program(&self, name: &str, at: usize, problems: &mut Problems<'_>) {
        let Some(binaries) = &self.surroundings.binaries else { return };
        let path = format!("{}/{name}", binaries.directory.trim_end_matches('/'));
        let found = binaries.files.get(name).or_else(|| binaries.files.get(&format!("{name}.exe")));
        match found {
            Some(Binary::Program) => {}
            Some(Binary::NotExecutable) => {
                problems.stops(at, format!("{path} cannot be executed"), format!("chmod 755 {path}"));
            }
            Some(Binary::WritableByOthers) => problems.risk(
                at,
                format!("the kubelet runs {path} as root, and others than its owner may replace it"),
                format!("chown root:root {path} && chmod 755 {path}"),
            ),
            None => {
                let near =
                    ecrpass_credentials::aws_config::closest(name, binaries.files.keys().map(String::as_str));
                let fix = match near {
                    Some(near) => {
                        format!("name: {near}, which is there; or put the provider there as {path}")
                    }
                    None => format!("put the provider there as {path}"),
                };
                problems.stops(at, format!("there is no {path}"), fix);
            }
        }
    }
}

fn duration(provider: &Node, is_ecr: bool, problems: &mut Problems<'_>) {
    let right = "defaultCacheDuration: \"1h\"";
    let Some(field) = provider.get("defaultCacheDuration") else {
        return problems.stops(provider.at, "`defaultCacheDuration` is missing", right);
    };
    let text = field.text().unwrap_or_default();
    if problems.written(field) == Written::Number {
        let what = format!("`{text}` is no duration like 1h or 30m, but a number without quotes");
        return problems.stops(field.at, what, right);
    }
    match duration::seconds(text) {
        None => problems.stops(field.at, format!("`{text}` is no duration, like 1h or 30m"), right),
        Some(seconds) if seconds < 0.0 => {
            problems.stops(field.at, format!("`{text}` is before now"), right);
        }
        Some(seconds) if is_ecr && seconds > LONGEST => problems.risk(
            field.at,
            format!("`{text}` is longer than any token of ECR lives, which is 12 hours"),
            right,
        ),
        Some(_) => {}
    }
}

fn environment(provider: &Node, problems: &mut Problems<'_>) {
    let Some(env) = provider.get("env").filter(|env| !env.is_null()) else { return };
    let Some(variables) = env.items() else {
        return problems.stops(
            env.at,
            "`env` is a list of names and values",
            "env: [{name: AWS_PROFILE, value: ecr}]",
        );
    };
    for variable in variables {
        if variable.text().is_some() || variable.items().is_some() {
            problems.stops(
                variable.at,
                "a variable is a name and a value",
                "{name: AWS_PROFILE, value: ecr}",
            );
            continue;
        }
        unknown(variable, &["name", "value"], "a variable", problems);
        for field in ["name", "value"].iter().filter_map(|field| variable.get(field)) {
            match field.text() {
                Some(_) => problems.wants_text(field),
                None if field.is_null() => {}
                None => problems.stops(field.at, "name and value of a variable are texts", "value: \"…\""),
            }
        }
        if variable.text_of("name").unwrap_or_default().is_empty() {
            problems.risk(variable.at, "a variable has no `name`", "name: AWS_PROFILE");
        }
    }
}

#[cfg(test)]
mod tests;
