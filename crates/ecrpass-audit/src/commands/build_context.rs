//! Logins and keys that an image gets from the directory that it is built in.

use std::ops::Range;

use ecrpass_clients::client::{is_login_directory, is_login_file_name};
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_json::Document;

use crate::credential_path::{self, CredentialPath};
use crate::placeholder::is_placeholder;
use crate::rule::Examined;
use crate::shell::{Command, Word};
use crate::source::{SourceFile, Tree};

/// The shortest id of a key, in bytes.
const SHORTEST_KEY: usize = 16;

/// What `COPY` and `ADD` bring from the directory that the image is built in, or from a text that stands there.
pub fn copied(
    examined: &Examined<'_>,
    sources: &[(String, Range<usize>)],
    target: &str,
    written: Option<&str>,
) -> Option<CredentialPath> {
    if let Some(written) = written {
        let what = credential_path::of(target)?;
        return (what == CredentialPath::Docker && has_login(written)).then_some(what);
    }
    let target_is = credential_path::of(target);
    for (source, _) in sources {
        let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
        // `COPY config.json /root/.docker/` gives it its name.
        let is_directory =
            target.ends_with('/') || target_is == Some(CredentialPath::Docker) && target.ends_with(".docker");
        // Of a directory only what is in it is copied.
        let is_directory = is_directory && !matches!(name, ".docker" | ".aws");
        let joined =
            if is_directory { format!("{}/{name}", target.trim_end_matches('/')) } else { target.to_owned() };
        // What is in a directory comes to lie there itself.
        let of_contents = target_is.filter(|_| is_directory && source.ends_with('/'));
        let at_target = credential_path::of(&joined)
            .or(of_contents)
            .or(target_is.filter(|_| !is_directory || is_credential_name(name)));
        let at_source = credential_path::of(source);
        let Some(what) = at_target.or(at_source) else { continue };
        if what == CredentialPath::AwsSettings || !is_meant(source, &joined, at_target.is_some()) {
            continue;
        }
        match known(examined, source) {
            Some(true) | None => return Some(what),
            Some(false) => {}
        }
    }
    None
}

/// Whether a file of that name may hold logins at all.
fn is_credential_name(name: &str) -> bool {
    matches!(name, ".aws" | "credentials" | ".")
        || is_login_directory(name)
        || is_login_file_name(name)
        || name.ends_with("config.json")
}

/// A project's folder of that name goes somewhere else than to a home.
fn is_meant(source: &str, target: &str, is_at_target: bool) -> bool {
    is_at_target || {
        let last = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
        // The directory as a whole, to anywhere but where it is looked for: a project's own.
        last != ".docker" && last != ".aws" || credential_path::of(target).is_some()
    }
}

/// Whether what is copied holds a login; `None` where it is not in the tree.
fn known(examined: &Examined<'_>, source: &str) -> Option<bool> {
    let source = source.trim_start_matches("./").trim_end_matches('/');
    let directory = examined.file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let beside = if directory.is_empty() { source.to_owned() } else { format!("{directory}/{source}") };
    let file = examined.tree.get(&beside).or_else(|| examined.tree.get(source));
    if let Some(file) = file {
        return Some(holds_login(file));
    }
    let inside: Vec<&SourceFile> =
        [beside, source.to_owned()].iter().flat_map(|path| below(examined.tree, path)).collect();
    if inside.is_empty() { None } else { Some(inside.into_iter().any(holds_login)) }
}

fn below<'a>(tree: &'a Tree, directory: &str) -> Vec<&'a SourceFile> {
    let prefix = format!("{directory}/");
    tree.files().iter().filter(|file| file.path.starts_with(&prefix)).collect()
}

fn holds_login(file: &SourceFile) -> bool {
    has_login(&file.text) || file.text.contains("aws_secret_access_key")
}

/// Whether a text is a configuration with logins; what is none, or is filled in later, has none that is known.
pub fn has_login(text: &str) -> bool {
    let Ok(document) = Document::parse_first(text) else { return text.contains("\"auth\"") };
    let legacy = DockerConfig::read(&document, Format::Legacy);
    let config = DockerConfig::read(&document, Format::Current);
    let has = |config: &DockerConfig| config.auths_in_force().any(|entry| !entry.credentials.is_empty());
    has(&config) || has(&legacy)
}

/// Whether a command stores a key of AWS: one that is filled in, or a text that may be one.
pub fn stores_key(command: &Command) -> bool {
    let is_set =
        command.words.get(1..3).is_some_and(|words| words.iter().map(Word::shown).eq(["configure", "set"]));
    let at = command
        .words
        .iter()
        .position(|word| matches!(word.shown(), "aws_secret_access_key" | "aws_access_key_id"));
    let Some(at) = at.filter(|_| is_set && command.program() == "aws") else { return false };
    // What a variable holds is no text that stands there, whatever it was set to.
    let literal = command.words.get(at + 1).filter(|word| !word.raw.contains(['$', '`']));
    let literal = literal.and_then(|word| word.value.exactly());
    literal.is_none_or(|literal| literal.len() >= SHORTEST_KEY && !is_placeholder(literal))
}
