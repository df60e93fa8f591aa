//! Fields of docker's configuration that nothing here looks at. Their types still decide whether Go reads the file to its
//! end: one wrong value, and docker warns, decodes no `auths` and goes on without a login.
//!
//! Source: docker/cli `cli/config/configfile/file.go`, type `ConfigFile`; the messages were seen in docker 28.2.

use ecrpass_json::document::is_null;
use ecrpass_json::{Member, is_field};

use super::model::ProblemKind;

/// Those that must be strings. `experimental: true` is the one people write.
const STRINGS: [&str; 15] = [
    "configFormat",
    "currentContext",
    "detachKeys",
    "experimental",
    "imagesFormat",
    "networksFormat",
    "nodesFormat",
    "pluginsFormat",
    "psFormat",
    "secretFormat",
    "serviceInspectFormat",
    "servicesFormat",
    "statsFormat",
    "tasksFormat",
    "volumesFormat",
];

/// Those that must be objects of strings.
const STRING_OBJECTS: [&str; 3] = ["HttpHeaders", "aliases", "features"];

/// Those that must be lists of strings.
const STRING_LISTS: [&str; 2] = ["cliPluginsExtraDirs", "pruneFilters"];

/// The fields of a proxy that docker reads; others may be anything.
const PROXY_FIELDS: [&str; 5] = ["httpProxy", "httpsProxy", "noProxy", "ftpProxy", "allProxy"];

/// A value of a type that Go cannot put there: what kind of problem that is, whose value, and what it must be.
pub(super) type Wrong<'a> = (ProblemKind, &'a Member, &'static str);

/// What is wrong with a field, if it is one of these. `null` is left out by Go wherever it stands.
pub(super) fn wrong(member: &Member) -> Vec<Wrong<'_>> {
    let is = |name: &&str| is_field(&member.key, name);
    if STRINGS.iter().any(is) {
        // Not in docker/cli 29.7, still in 28.2.
        let kind =
            if is(&"experimental") { ProblemKind::WrongFormerType } else { ProblemKind::WrongDockerType };
        return string(kind, member).into_iter().collect();
    }
    if STRING_OBJECTS.iter().any(is) {
        return strings(member, |_| true);
    }
    if is(&"plugins") {
        return objects(member, |_| true);
    }
    if is(&"proxies") {
        return objects(member, |key| PROXY_FIELDS.iter().any(|name| is_field(key, name)));
    }
    if STRING_LISTS.iter().any(is) {
        let is_list = member
            .value
            .items()
            .is_some_and(|items| items.iter().all(|item| item.text().is_some() || is_null(item)));
        return if is_list { Vec::new() } else { vec![docker(member, "a list of strings")] };
    }
    Vec::new()
}

fn docker<'a>(member: &'a Member, wanted: &'static str) -> Wrong<'a> {
    (ProblemKind::WrongDockerType, member, wanted)
}

fn string(kind: ProblemKind, member: &Member) -> Option<Wrong<'_>> {
    (member.value.text().is_none() && !is_null(&member.value)).then_some((kind, member, "a string"))
}

/// An object whose members must be strings, as far as they are read.
fn strings(member: &Member, is_read: impl Fn(&str) -> bool) -> Vec<Wrong<'_>> {
    let Some(members) = member.value.members() else { return vec![docker(member, "an object")] };
    let read = members.iter().filter(|inner| is_read(&inner.key));
    read.filter_map(|inner| string(ProblemKind::WrongDockerType, inner)).collect()
}

/// An object of such objects.
fn objects(member: &Member, is_read: impl Fn(&str) -> bool) -> Vec<Wrong<'_>> {
    let Some(members) = member.value.members() else { return vec![docker(member, "an object")] };
    members.iter().filter(|inner| !is_null(&inner.value)).flat_map(|inner| strings(inner, &is_read)).collect()
}

#[cfg(test)]
mod tests {
    use ecrpass_json::Document;

    use super::*;

    fn wrong_in(text: &str) -> Vec<(String, &'static str)> {
        let document = Document::parse(text).unwrap();
        let members = document.root().members().unwrap();
        members.iter().flat_map(wrong).map(|(_, member, wanted)| (member.key.clone(), wanted)).collect()
    }

    #[test]
    fn what_is_inside_counts_too() {
        for (text, key, wanted) in [
            (r#"{"aliases": {"builder": 1}}"#, "builder", "a string"),
            (r#"{"features": {"containerd-snapshotter": true}}"#, "containerd-snapshotter", "a string"),
            (r#"{"HttpHeaders": {"a": []}}"#, "a", "a string"),
            (r#"{"plugins": {"-x-cli-hints": true}}"#, "-x-cli-hints", "an object"),
            (r#"{"plugins": {"-x-cli-hints": {"enabled": true}}}"#, "enabled", "a string"),
            (r#"{"proxies": {"default": {"httpproxy": 1}}}"#, "httpproxy", "a string"),
            (r#"{"proxies": 1}"#, "proxies", "an object"),
            (r#"{"pruneFilters": ["a", 1]}"#, "pruneFilters", "a list of strings"),
            (r#"{"cliPluginsExtraDirs": "/x"}"#, "cliPluginsExtraDirs", "a list of strings"),
            (r#"{"experimental": true}"#, "experimental", "a string"),
        ] {
            assert_eq!(wrong_in(text), [(key.to_owned(), wanted)], "{text}");
        }
        for text in [
            r#"{"aliases": {"builder": "buildx", "a": null}, "pruneFilters": ["a", null], "psFormat": null}"#,
            r#"{"proxies": {"default": {"httpProxy": "http://p:1", "other": 1}, "b": null}}"#,
            r#"{"plugins": {"debug": {"hooks": "exec"}}, "unknownField": 7}"#,
        ] {
            assert_eq!(wrong_in(text), [], "{text}");
        }
    }
}
