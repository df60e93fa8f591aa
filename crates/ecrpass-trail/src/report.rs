//! The answers, as programs read them: `ecrpass/trail/1`.

pub mod charts;
pub mod csv;
pub mod html;
mod reading;
pub mod text;

use ecrpass_diagnosis::finding::Confidence;
use serde::Serialize;

/// The name of the JSON format.
pub const SCHEMA: &str = "ecrpass/trail/1";

/// All answers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The format.
    pub schema: &'static str,
    /// When the first record is of.
    pub from: Option<String>,
    /// When the last record is of: of what came then nothing is known.
    pub until: Option<String>,
    /// How much there was.
    pub totals: Totals,
    /// Where nothing is as it was asked for: what there is instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_match: Option<String>,
    /// Who fails, with what, since when, and why; the latest to begin first.
    pub incidents: Vec<Incident>,
    /// The most calls within a second, where there were many.
    pub peaks: Vec<PeakRow>,
    /// Keys that never expire, and were used.
    pub long_lived_keys: Vec<LongLivedKey>,
    /// Every call that failed, by principal, code and hour.
    pub errors: Vec<ErrorRow>,
    /// Files that are missing, and what they would tell.
    pub lacks: Vec<Lack>,
    /// What no trail shows.
    pub cannot_show: &'static [&'static str],
    /// What was not read.
    pub skipped: Vec<SkippedRow>,
    /// What makes the answers less than exact.
    pub warnings: Vec<String>,
}

/// How much there was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Files that were looked at.
    pub files: u64,
    /// Records in them, copies included.
    pub records: u64,
    /// Records without their copies; none where there were too many to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unique_records: Option<u64>,
    /// Calls of ECR, each once.
    pub ecr_events: u64,
    /// Those that failed.
    pub ecr_errors: u64,
    /// Records of network activity.
    pub network_activity: u64,
    /// Lines that could not be read.
    pub bad_lines: u64,
    /// Calls whose time cannot be read.
    pub bad_times: u64,
    /// The accounts with records.
    pub accounts: Vec<String>,
    /// The regions with records.
    pub regions: Vec<String>,
}

/// What shows an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Signal {
    /// Calls are refused.
    Errors,
    /// Calls are refused because there are too many.
    Throttling,
    /// Calls have stopped after a change.
    Silence,
    /// Tokens are fetched from where they never were.
    UnusualSource,
}

/// Something that went wrong for somebody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// The cause's name in the catalogue; none where it has none.
    pub id: Option<&'static str>,
    /// What shows it.
    pub signal: Signal,
    /// Who fails.
    pub principal: String,
    /// With what.
    pub error: Option<String>,
    /// At which calls.
    pub events: Vec<String>,
    /// The first record.
    pub first: Record,
    /// Whether it may have begun before the first record: what was earlier is not known.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub or_earlier: bool,
    /// When last.
    pub last: Option<String>,
    /// How often.
    pub count: u64,
    /// From when on they are counted, where it began before the time that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted_from: Option<String>,
    /// The account of the caller.
    pub account: String,
    /// The region that was asked.
    pub region: String,
    /// The repository, where it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The account of the registry, where it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registry: Option<String>,
    /// Where the same repository works.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub works_in: Option<String>,
    /// The kind of policy that said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<&'static str>,
    /// The policy that said no, where AWS names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_arn: Option<String>,
    /// What the first record says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When a principal that fell silent was seen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<String>,
    /// From where, where that is what is unusual.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// For whom an identity provider vouched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<String>,
    /// When it was over, and by what; none while it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// The changes that explain it, the best first.
    pub causes: Vec<Cause>,
    /// Changes that explain how it came to be so many, and not why it fails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Cause>,
    /// What was seen that makes it one, in words.
    pub why: String,
    /// How many calls failed in each part of the time, for a chart.
    #[serde(skip)]
    pub chart: Vec<u64>,
}

impl Incident {
    /// An incident of which only this is known.
    pub(crate) fn new(signal: Signal, principal: &str, first: Record) -> Self {
        Self {
            id: None,
            signal,
            principal: principal.to_owned(),
            error: None,
            events: Vec::new(),
            first,
            or_earlier: false,
            last: None,
            count: 0,
            counted_from: None,
            account: String::new(),
            region: String::new(),
            repository: None,
            registry: None,
            works_in: None,
            layer: None,
            policy_arn: None,
            message: None,
            last_seen: None,
            source: None,
            subjects: Vec::new(),
            ended: None,
            causes: Vec::new(),
            context: Vec::new(),
            why: String::new(),
            chart: Vec::new(),
        }
    }
}

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    /// When.
    pub time: String,
    /// Its id.
    pub event_id: Option<String>,
}

/// From where somebody called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The address.
    pub address: String,
    /// The programs.
    pub agents: Vec<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
}

/// The end of an incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ended {
    /// When the call first succeeded again.
    pub time: String,
    /// The change that did it, where one is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Cause>,
}

/// A change, and what it has to do with an incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cause {
    /// The record's id.
    pub event_id: String,
    /// The call.
    pub event: String,
    /// When.
    pub time: String,
    /// How sure it is.
    pub confidence: Confidence,
    /// What was changed.
    pub object: String,
    /// Who changed it.
    pub by: String,
    /// In which account.
    pub account: String,
    /// Why it counts.
    pub why: String,
    /// The command that shows whether it is so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirm: Option<String>,
}

/// The most calls within a second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PeakRow {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The call.
    pub api: String,
    /// How many.
    pub peak_per_second: u64,
    /// In which second first.
    pub at: String,
    /// How many the default quota allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_per_second: Option<u64>,
    /// Its code in Service Quotas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_code: Option<&'static str>,
}

/// A key that never expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LongLivedKey {
    /// Whose.
    pub principal: String,
    /// The key; none where a user was seen only through the registry, which hides it.
    pub access_key_id: Option<String>,
    /// How often it was used.
    pub calls: u64,
    /// When first, in these records.
    pub first: String,
    /// When last.
    pub last: String,
}

/// Calls that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorRow {
    /// Who called.
    pub principal: String,
    /// The code.
    pub error: String,
    /// The hour.
    pub hour: String,
    /// How many.
    pub count: u64,
}

/// Files that are missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Lack {
    /// Which.
    pub files: String,
    /// What they would tell.
    pub why: String,
}

/// What was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedRow {
    /// Why, by name.
    pub kind: String,
    /// How often.
    pub count: u64,
    /// Where first.
    pub first: String,
    /// Why, in words.
    pub why: String,
}
