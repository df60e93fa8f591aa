//! Configurations of clients that scripts write: which helpers they name, and what else is in them.

use ecrpass_clients::client::login_file_at;
use ecrpass_clients::docker_config::Format;
use ecrpass_json::{Document, JsonKind};

use crate::deed::What;
use crate::known::Known;
use crate::shell::{Script, Word, Written};

/// A client's configuration that a script writes.
#[derive(Clone, Debug)]
pub struct ClientFile<'a> {
    /// The file.
    pub written: &'a Written,
    /// The command that writes it, by its index.
    pub command: usize,
    /// Its text, with something in the place of what is not known.
    pub text: String,
    /// Whether parts of it are not known.
    pub is_made: bool,
    /// From which byte on it may have any form: a part that is not known stands there where more than a value fits.
    pub open: usize,
}

/// Client configurations that a script writes with a text of its own.
pub fn client_files(script: &Script) -> Vec<ClientFile<'_>> {
    let mut all = Vec::new();
    for written in &script.written {
        if !is_client_path(&written.path) {
            continue;
        }
        let text = match &written.text {
            Known::Exactly(text) | Known::Made(text) => text,
            Known::OneOf(texts) => match texts.first() {
                Some(text) => text,
                None => continue,
            },
            Known::Unknown => continue,
        };
        let (filled, open) = filled(text);
        let is_made = filled != *text;
        all.push(ClientFile { written, command: written.command, text: filled, is_made, open });
    }
    all
}

/// Whether a path is that of a configuration that has docker's form.
pub fn is_client_path(path: &Word) -> bool {
    // Whatever the variable is, a client reads the file.
    if matches!(path.raw.as_str(), "$REGISTRY_AUTH_FILE" | "${REGISTRY_AUTH_FILE}") {
        return true;
    }
    let written = path.raw.as_str();
    let path = path.shown().replace('\\', "/");
    let is_docker = path.ends_with("config.json")
        && (path.contains(".docker")
            || path.contains("DOCKER_CONFIG")
            || written.contains("DOCKER_CONFIG")
            || path.contains("/docker/")
            || path.contains("helm/registry"));
    let is_clients = |path: &str| login_file_at(path).is_some_and(|file| file.format != Format::Regctl);
    is_docker || is_clients(&path) || path.ends_with(".dockercfg")
}

/// A text with something in the place of each hole, within a JSON text letters, outside of one a value; and from which
/// byte on that may be wrong, as members or nothing may come there.
fn filled(text: &str) -> (String, usize) {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_text = false;
    let mut open = None;
    while let Some(at) = rest.find("${").into_iter().chain(rest.find("$(")).min() {
        let before = rest.get(..at).unwrap_or_default();
        in_text ^= quotes(before) % 2 == 1;
        out.push_str(before);
        let hole = rest.get(at..).unwrap_or_default();
        if !in_text && !out.trim_end().ends_with([':', '[']) {
            open.get_or_insert(out.len());
        }
        out.push_str(if in_text { "X" } else { "null" });
        rest = hole.get(hole_length(hole)..).unwrap_or_default();
    }
    out.push_str(rest);
    let open = open.unwrap_or(out.len());
    (out, open)
}

/// How many quotes of JSON a text has.
fn quotes(text: &str) -> usize {
    let mut is_escaped = false;
    text.chars()
        .filter(|c| {
            let is_quote = *c == '"' && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            is_quote
        })
        .count()
}

fn hole_length(hole: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in hole.char_indices() {
        match c {
            '{' | '(' => depth += 1,
            '}' | ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + c.len_utf8();
                }
            }
            _ => {}
        }
    }
    hole.len()
}

impl ClientFile<'_> {
    /// The configuration, if it is JSON.
    pub fn document(&self) -> Option<Document> {
        Document::parse(&self.text).ok()
    }

    /// The helper for all hosts (`credsStore`).
    pub fn store(&self) -> Option<String> {
        self.document()?
            .root()
            .members()?
            .iter()
            .find(|member| member.key == "credsStore")?
            .value
            .text()
            .map(str::to_owned)
    }

    /// The helpers by host.
    pub fn helpers(&self) -> Vec<(String, String)> {
        let Some(document) = self.document() else { return Vec::new() };
        let members = document.root().members().unwrap_or_default();
        let helpers = members
            .iter()
            .find(|member| member.key == "credHelpers")
            .and_then(|member| member.value.members());
        let helpers = helpers.unwrap_or_default().iter();
        helpers.filter_map(|member| Some((member.key.clone(), member.value.text()?.to_owned()))).collect()
    }

    /// The hosts with logins.
    pub fn logins(&self) -> Vec<String> {
        let Some(document) = self.document() else { return Vec::new() };
        let members = document.root().members().unwrap_or_default();
        let auths =
            members.iter().find(|member| member.key == "auths").and_then(|member| member.value.members());
        let filled = |kind: &JsonKind| matches!(kind, JsonKind::Object(members) if !members.is_empty());
        auths
            .unwrap_or_default()
            .iter()
            .filter(|member| filled(&member.value.kind))
            .map(|member| member.key.clone())
            .collect()
    }
}

/// What the configuration does.
pub(super) fn deed(file: &ClientFile<'_>) -> Option<What> {
    if file.store().is_some_and(|store| store.contains("ecr")) {
        return Some(What::Helper { hosts: Vec::new() });
    }
    let helpers = file.helpers();
    let logins = file.logins();
    if helpers.is_empty() && logins.is_empty() {
        // What could not be read may have anything.
        return file.document().is_none().then_some(What::MayLogIn);
    }
    let hosts: Vec<String> = helpers.into_iter().map(|(host, _)| host).chain(logins).collect();
    // A host that is not known may be any.
    if hosts.iter().any(|host| !host.contains('.')) {
        return Some(What::MayLogIn);
    }
    Some(What::Helper { hosts })
}
