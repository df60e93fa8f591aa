//! The same questions for engines that have the records already: SQL, and CloudWatch's Logs Insights.
//!
//! Every query begins with the same columns, made in each engine's way, so that the questions are the same text
//! everywhere. `tests/` compares what DuckDB answers with what `trail` does.

mod columns;
mod engine;
mod insights;
mod questions;
mod tables;
mod target;

pub use engine::Engine;
pub use questions::Question;
pub use target::{Target, table_name};

/// What makes the table, where the engine needs one.
pub fn definition(engine: Engine, target: &Target) -> Option<String> {
    match engine {
        Engine::Athena => Some(tables::athena(target)),
        Engine::Trino => Some(tables::trino(target)),
        Engine::DuckDb | Engine::ClickHouse | Engine::LogsInsights | Engine::Lake | Engine::SecurityLake => {
            None
        }
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
        script.push_str(&format!(
            "\n\n{comment} {}\n{}{end}\n",
            question.asks(),
            query(engine, question, target)
        ));
    }
    script
}

/// What is looked for where files are read as they lie, and how records may lie in them.
const FILES: &str = "It reads *.json, *.ndjson and *.jsonl, as they are or as .gz or .zst: CloudTrail's lists, a record or a list on each line, what `aws cloudtrail lookup-events` printed, EventBridge's `detail`.";

/// What `trail` reads and these do not.
const LEFT_OUT: &str = "It leaves out files of other names, CSV, exports and subscriptions of CloudWatch Logs, UTF-16 and byte order marks: `ecrpass trail export` makes lines of them (docs/trail.md).";

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
            FILES,
            LEFT_OUT,
            "A text of more than 64 MB, or one that is no JSON, ends the query with its file's name.",
        ],
        Engine::ClickHouse => &[
            "ClickHouse 23.8 or later, or clickhouse-local: s3() or file() read the files where they lie.",
            FILES,
            LEFT_OUT,
        ],
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
