//! `ecrpass trail sql`: the same questions for an engine that has the records.

use ecrpass_trail::sql::{self, Engine, Question, Target};

use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass trail sql`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The engine
    #[arg(value_name = "ENGINE", value_parser = engine)]
    engine: Engine,
    /// What is in front of AWSLogs/: s3://bucket or s3://bucket/prefix; for duckdb and clickhouse also a directory
    #[arg(long, value_name = "PLACE")]
    location: Option<String>,
    /// The organisation, whose id is in the paths of its trail
    #[arg(long, value_name = "ID")]
    organization: Option<String>,
    /// The accounts
    #[arg(long = "account", value_name = "ID", value_delimiter = ',')]
    accounts: Vec<String>,
    /// The regions; changes of IAM are in us-east-1
    #[arg(long = "region", value_name = "REGION", value_delimiter = ',')]
    regions: Vec<String>,
    /// The first day, 2026-01-01
    #[arg(long, value_name = "DAY")]
    since: Option<String>,
    /// The table; of Lake the id of the event data store
    #[arg(long, value_name = "NAME", value_parser = table)]
    table: Option<String>,
    /// One question alone, to be run as it is
    #[arg(long, value_name = "QUESTION", value_parser = question)]
    question: Option<Question>,
}

/// An engine by its name, for clap.
fn engine(name: &str) -> Result<Engine, String> {
    let known = Engine::ALL.into_iter().find(|engine| engine.name() == name);
    known.ok_or_else(|| format!("known are {}", Engine::ALL.map(Engine::name).join(", ")))
}

/// A question by its name, for clap.
fn question(name: &str) -> Result<Question, String> {
    let known = Question::ALL.into_iter().find(|question| question.name() == name);
    known.ok_or_else(|| format!("known are {}", Question::ALL.map(Question::name).join(", ")))
}

/// A table's name, for clap: another one than what was given would be somebody else's table.
fn table(name: &str) -> Result<String, String> {
    sql::table_name(name).map(str::to_owned).ok_or_else(|| {
        "a table's name has letters, digits, `_`, `-` and dots, as in catalog.schema.table".to_owned()
    })
}

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let default = Target::default();
    let several = |given: &[String], default: Vec<String>| match given.is_empty() {
        true => default,
        false => given.to_vec(),
    };
    let target = Target {
        location: arguments.location.clone().unwrap_or(default.location),
        organization: arguments.organization.clone(),
        accounts: several(&arguments.accounts, default.accounts),
        regions: several(&arguments.regions, default.regions),
        since: arguments.since.clone().unwrap_or(default.since),
        table: arguments.table.clone(),
    };
    let text = match arguments.question {
        Some(question) => sql::query(arguments.engine, question, &target),
        None => sql::script(arguments.engine, &target),
    };
    ui.results(text.lines())?;
    Ok(())
}
