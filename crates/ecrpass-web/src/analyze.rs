//! What is wrong with a pasted text: the findings of `ecrpass explain`, `fix` or `doctor`, and where to mark them.

use ecrpass_clients::client::target;
use ecrpass_clients::docker_config::{DockerConfig, Format};
use ecrpass_clients::repair::{KnownMachine, repair};
use ecrpass_core::redact::redact;
use ecrpass_core::sort::sort_by_key;
use ecrpass_core::visible::visible_json;
use ecrpass_diagnosis::engine::configuration;
use ecrpass_diagnosis::engine::doctor::Examination;
use ecrpass_diagnosis::engine::explain::explain;
use ecrpass_diagnosis::examination::{examine, explain_notice};
use ecrpass_diagnosis::facts::{Bundle, SCHEMA};
use ecrpass_diagnosis::finding::{Finding, Findings};
use ecrpass_diagnosis::input_kind::InputKind;
use ecrpass_json::Document;
use serde::{Deserialize, Serialize};

use crate::compact_deserializer::Compact;
use crate::diff::{Hunk, hunks};
use crate::file;
use crate::marks::{Mark, in_configuration, in_evidence, in_log};
use crate::{json, kind_of, word};

/// What the page shows.
#[derive(Serialize)]
struct Analysis {
    kind: &'static str,
    /// What the command line prints with `--format json`.
    report: Report,
    /// Why a text that should be a bundle is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// Of each finding, the places to mark.
    marks: Vec<Vec<Mark>>,
    /// The same in the quoted lines.
    quoted: Vec<Vec<Option<Mark>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corrected: Option<Corrected>,
    /// The registries a configuration mentions, ECR's first.
    registries: Vec<String>,
}

/// Findings, for a bundle with all that its checks say.
#[derive(Serialize)]
#[serde(untagged)]
enum Report {
    Findings(Findings),
    Examination(Examination),
}

impl Analysis {
    fn new(kind: InputKind, findings: Vec<Finding>) -> Self {
        Self {
            kind: word(kind),
            marks: vec![Vec::new(); findings.len()],
            quoted: in_evidence(&findings),
            report: Report::Findings(Findings::new(findings)),
            problem: None,
            corrected: None,
            registries: Vec::new(),
        }
    }
}

/// A corrected configuration.
#[derive(Serialize)]
struct Corrected {
    /// All of it, with the secrets of other registries.
    text: String,
    /// What changed, with the secrets hidden.
    hunks: Vec<Hunk>,
    /// How many of the findings are fixed in it; they come first.
    changes: usize,
}

/// What is wrong with a text. `kind` is `config`, `dockercfg`, `log`, `bundle`, `policy`, `file`, or anything else to have it
/// seen from the text; `now` is the time in seconds.
pub fn analyze(text: &str, kind: &str, source: &str, now: f64) -> String {
    let chosen = kind;
    let kind = kind_of(kind, text);
    // Most files of a repository are no more than text at first sight.
    if chosen == "file" || kind == InputKind::Log && chosen != "log" && file::is_file(text) {
        return json(&file_of_repository(text, source, now));
    }
    let analysis = match kind {
        // What a policy allows is a question of its own: it takes a task.
        InputKind::Nothing | InputKind::Policy => Analysis::new(kind, Vec::new()),
        InputKind::Log => {
            // An event, a stopped task or an alarm is no log.
            let findings = explain_notice(source, text).unwrap_or_else(|| explain(source, text));
            Analysis { marks: in_log(text, &findings), ..Analysis::new(kind, findings) }
        }
        InputKind::Configuration(format) => configuration(text, format, source, now),
        InputKind::Bundle => bundle(text),
    };
    json(&analysis)
}

/// As `ecrpass audit` sees it.
fn file_of_repository(text: &str, source: &str, now: f64) -> Analysis {
    let file::Audited { findings, fixed, text: new } = file::audited(text, source, seconds(now));
    let corrected = (fixed > 0).then(|| Corrected { hunks: hunks(text, &new), text: new, changes: fixed });
    Analysis {
        kind: "file",
        marks: in_configuration(text, &findings),
        corrected,
        ..Analysis::new(InputKind::Log, findings)
    }
}

/// As `ecrpass fix --config -` sees it: the file may be another machine's.
fn configuration(text: &str, format: Format, source: &str, now: f64) -> Analysis {
    let known = KnownMachine::of_text(seconds(now));
    let (findings, corrected) = match repair(text, format, &known, false) {
        Err(error) => (vec![configuration::invalid(&error, source)], None),
        Ok(repair) => {
            // An empty input stays one.
            let new = if repair.changes.is_empty() { text } else { repair.document.text() };
            let changes = repair.changes.len();
            let corrected = Corrected { text: new.to_owned(), hunks: hunks(text, new), changes };
            (configuration::findings(&repair, source, false).collect(), Some(corrected))
        }
    };
    Analysis {
        marks: in_configuration(text, &findings),
        corrected,
        registries: registries(text, format),
        ..Analysis::new(InputKind::Configuration(format), findings)
    }
}

/// As `ecrpass doctor --replay` sees it.
fn bundle(text: &str) -> Analysis {
    match read_bundle(text) {
        Err(error) => {
            Analysis { problem: Some(error.to_string()), ..Analysis::new(InputKind::Bundle, Vec::new()) }
        }
        Ok(bundle) => {
            let examination = examine(&bundle);
            let analysis = Analysis::new(InputKind::Bundle, examination.findings.clone());
            Analysis { report: Report::Examination(examination), ..analysis }
        }
    }
}

/// [`Bundle::parse`] with less code, and without the place of what is wrong.
fn read_bundle(text: &str) -> Result<Bundle, String> {
    let text = text.trim_start_matches('\u{feff}');
    let mut value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let schema = value.get("schema").and_then(serde_json::Value::as_str).unwrap_or("missing");
    if schema != SCHEMA {
        let schema = redact(schema);
        return Err(format!("its `schema` is `{schema}`, and this page knows `{SCHEMA}`"));
    }
    visible_json(&mut value);
    // A message may quote what stands there.
    Bundle::deserialize(Compact::new(&value)).map_err(|error| redact(&error.to_string()).into_owned())
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

/// A time of JavaScript's, in whole seconds.
#[allow(clippy::cast_possible_truncation)] // saturates
pub(crate) fn seconds(now: f64) -> i64 {
    now as i64
}
