//! What is wrong with a pasted text: the findings of `ecrpass explain` or `fix`, and where to mark them.

use ecrpass_clients::client::target;
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_clients::repair::{KnownMachine, repair};
use ecrpass_core::sort::sort_by_key;
use ecrpass_diagnosis::engine::configuration;
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::examination::explain_notice;
use ecrpass_diagnosis::input_kind::InputKind;
use ecrpass_json::Document;

use crate::analysis::{Analysis, Corrected};
use crate::marks::{in_configuration, in_log};
use crate::{json, kind_of, other_page, seconds, word};

/// What is wrong with a text. `kind` is `config`, `dockercfg`, `log`, `policy`, or anything else to have it seen from the
/// text; `now` is the time in seconds.
pub fn analyze(text: &str, kind: &str, source: &str, now: f64) -> String {
    let is_chosen = !kind.is_empty();
    let kind = kind_of(kind, text);
    let mut analysis = match kind {
        // What a policy allows is a question of its own: it takes a task.
        InputKind::Nothing | InputKind::Policy => Analysis::new(word(kind), Vec::new()),
        InputKind::Log => log(text, source),
        InputKind::Configuration(format) => configuration(text, format, source, now),
        // The other page reads bundles.
        InputKind::Bundle => Analysis { other_page: Some("bundle"), ..Analysis::new("other", Vec::new()) },
    };
    if !is_chosen && kind == InputKind::Log {
        analysis.other_page = other_page::of_audit(text);
    }
    json(&analysis)
}

/// As `ecrpass explain` sees it.
fn log(text: &str, source: &str) -> Analysis {
    // An event, a stopped task or an alarm is no log.
    let notice = explain_notice(source, text);
    let kind = if notice.is_some() { "notice" } else { word(InputKind::Log) };
    let findings = notice.unwrap_or_else(|| explain(source, text));
    Analysis { marks: in_log(text, source, &findings), ..Analysis::new(kind, findings) }
}

/// As `ecrpass fix --config -` sees it: the file may be another machine's.
fn configuration(text: &str, format: Format, source: &str, now: f64) -> Analysis {
    let known = KnownMachine::of_text(seconds(now));
    let (findings, corrected) = match repair(text, format, &known, false) {
        Err(error) => (vec![configuration::invalid(&error, source)], None),
        Ok(repair) => {
            // An empty input stays one.
            let new = if repair.changes.is_empty() { text } else { repair.document.text() };
            let name = if format == Format::Legacy { ".dockercfg" } else { "config.json" };
            let corrected = Corrected::of(text, new.to_owned(), name, repair.changes.len());
            (configuration::findings(&repair, source, false).collect(), Some(corrected))
        }
    };
    Analysis {
        marks: in_configuration(text, &findings),
        corrected,
        registries: registries(text, format),
        ..Analysis::new(word(InputKind::Configuration(format)), findings)
    }
}

/// The registries under `auths` and `credHelpers`, as they are written in image references.
fn registries(text: &str, format: Format) -> Vec<String> {
    let Ok(document) = Document::parse_first(text) else { return Vec::new() };
    let config = DockerConfig::read(&document, format);
    let helpers = config.cred_helpers.iter().map(|entry| &entry.key);
    let keys = config.auths.iter().map(|entry| &entry.key).chain(helpers);
    let mut hosts: Vec<String> = keys.filter_map(|key| target(key).map(|(host, _)| host)).collect();
    sort_by_key(&mut hosts, |host| ecrpass_core::Registry::parse(host).is_err());
    let mut seen = std::collections::HashSet::new();
    hosts.retain(|host| seen.insert(host.clone()));
    hosts
}
