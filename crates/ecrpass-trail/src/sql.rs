//! The same questions for engines that have the records already: SQL, and CloudWatch's Logs Insights.
//!
//! Every query begins with the same columns, made in each engine's way, so that the questions are the same text
//! everywhere. `tests/` compares what DuckDB answers with what `trail` does.

mod columns;
mod insights;
mod questions;
mod tables;

pub use questions::Question;

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Amazon Athena, over the trail's bucket.
    Athena,
    /// Trino, over the trail's bucket.
    Trino,
    /// DuckDB, over files here or in the bucket.
    DuckDb,
    /// ClickHouse, likewise.
    ClickHouse,
    /// CloudWatch Logs Insights, over the trail's log group.
    LogsInsights,
    /// CloudTrail Lake.
    Lake,
    /// Amazon Security Lake, by Athena.
    SecurityLake,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Self; 7] = [
        Self::Athena,
        Self::Trino,
        Self::DuckDb,
        Self::ClickHouse,
        Self::LogsInsights,
        Self::Lake,
        Self::SecurityLake,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Athena => "athena",
            Self::Trino => "trino",
            Self::DuckDb => "duckdb",
            Self::ClickHouse => "clickhouse",
            Self::LogsInsights => "logs-insights",
            Self::Lake => "lake",
            Self::SecurityLake => "security-lake",
        }
    }

    /// How a line of comment begins.
    fn comment(self) -> &'static str {
        match self {
            Self::LogsInsights => "#",
            _ => "--",
        }
    }
}

/// Where the records are.
#[derive(Clone, Debug)]
pub struct Target {
    /// What is in front of `AWSLogs/`: `s3://bucket` or `s3://bucket/prefix`; for DuckDB and ClickHouse also a directory.
    pub location: String,
    /// The organisation, whose id is in the paths of its trail.
    pub organization: Option<String>,
    /// The accounts.
    pub accounts: Vec<String>,
    /// The regions. Without us-east-1 there is no change of IAM.
    pub regions: Vec<String>,
    /// The first day: `2026-01-01`.
    pub since: String,
    /// The table; of Lake the event data store's id.
    pub table: Option<String>,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            location: "s3://YOUR-TRAIL-BUCKET".to_owned(),
            organization: None,
            accounts: vec!["123456789012".to_owned()],
            regions: vec!["us-east-1".to_owned(), "eu-west-1".to_owned()],
            since: "2026-01-01".to_owned(),
            table: None,
        }
    }
}

impl Target {
    /// The name of the table, as it is written in a query.
    fn table(&self, engine: Engine) -> String {
        let default = match engine {
            Engine::Athena => "cloudtrail_logs",
            Engine::Trino => "hive.default.cloudtrail_files",
            Engine::DuckDb | Engine::ClickHouse | Engine::LogsInsights => "cloudtrail",
            Engine::Lake => "00000000-0000-4000-8000-000000000000",
            Engine::SecurityLake => "amazon_security_lake_table_us_east_1_cloud_trail_mgmt_2_0",
        };
        let name = self.table.as_deref().unwrap_or(default);
        // A name has no quotes to close; Lake's ids begin with a digit and have dashes.
        let safe: String =
            name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).collect();
        match safe.contains('-') && engine != Engine::Lake {
            true => format!("\"{safe}\""),
            false => safe,
        }
    }

    /// The path of the trail's folders, before the account.
    fn root(&self) -> String {
        let organization = self.organization.as_ref().map(|id| format!("{id}/")).unwrap_or_default();
        format!("{}/AWSLogs/{organization}", self.location.trim_end_matches('/'))
    }
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    let safe: String = text.chars().filter(|c| !c.is_control()).collect();
    format!("'{}'", safe.replace('\'', "''"))
}

/// What makes the table, where the engine needs one.
pub fn definition(engine: Engine, target: &Target) -> Option<String> {
    match engine {
        Engine::Athena => Some(tables::athena(target)),
        Engine::Trino => Some(tables::trino(target)),
        Engine::DuckDb => Some(tables::duckdb()),
        Engine::ClickHouse | Engine::LogsInsights | Engine::Lake | Engine::SecurityLake => None,
    }
}

/// One question.
pub fn query(engine: Engine, question: Question, target: &Target) -> String {
    match engine {
        Engine::LogsInsights => insights::query(question),
        _ => format!("with events as (\n{}\n)\n{}", columns::events(engine, target), question.sql()),
    }
}

/// The definition and all questions, with what each asks.
pub fn script(engine: Engine, target: &Target) -> String {
    let comment = engine.comment();
    let mut parts = Vec::new();
    for note in notes(engine) {
        parts.push(format!("{comment} {note}"));
    }
    let mut script = parts.join("\n");
    if let Some(definition) = definition(engine, target) {
        script.push_str(&format!("\n\n{definition}\n"));
    }
    let end = if engine == Engine::LogsInsights { "" } else { ";" };
    for question in Question::ALL {
        script.push_str(&format!("\n\n{comment} {}\n{}{end}\n", question.asks(), query(engine, question, target)));
    }
    script
}

fn notes(engine: Engine) -> &'static [&'static str] {
    match engine {
        Engine::Athena => &[
            "Amazon Athena. Partitions are projected: nothing to load, and only the days that are asked for are read.",
            "Changes of IAM are in us-east-1, those of the organisation in its management account: keep both in the lists.",
        ],
        Engine::Trino => &[
            "Trino with the Hive connector (or Glue). A file of CloudTrail is one line with one list of records.",
            "The catalogue and the schema are in the table's name; hive.text.max-line-length bounds the size of a file.",
        ],
        Engine::DuckDb => &[
            "DuckDB 1.1 or later. Files are read as texts: read_json would build a value of each and takes ten times as long.",
            "On the NDJSON of `ecrpass trail export` `read_json` is quick as well: docs/trail.md.",
        ],
        Engine::ClickHouse => &["ClickHouse 23.8 or later, or clickhouse-local: s3() or file() read the files where they lie."],
        Engine::LogsInsights => &[
            "CloudWatch Logs Insights: choose the trail's log group and the time, and run one query at a time.",
            "Calls are counted by record: of a call across accounts each account's log group has one.",
        ],
        Engine::Lake => &[
            "CloudTrail Lake, closed to new customers since 31 May 2026. The table is the event data store's id.",
        ],
        Engine::SecurityLake => &[
            "Amazon Security Lake (OCSF, source version 2), by Athena. `unmapped` has what OCSF has no place for.",
        ],
    }
}

#[cfg(test)]
mod tests;
