//! `ecrpass trail`: who fails at ECR since when, and the change just before it, from CloudTrail.

mod export;
mod reading;
mod show;
mod sql;
mod when;

use clap::Subcommand;
use ecrpass_core::environment::Environment;
use ecrpass_trail::accumulator::Accumulator;
use ecrpass_trail::answers::{self, answer};

use self::reading::Reading;
use crate::error::CommandError;
use crate::render::format::TrailFormat;
use crate::render::ui::Ui;

/// Arguments of `ecrpass trail`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Examples:
  ecrpass trail s3://my-trail/AWSLogs/ --since 24h
  aws cloudtrail lookup-events | ecrpass trail -
  ecrpass trail ./AWSLogs --principal node-role --format html > report.html

Files are recognized by their content: CloudTrail's own files, gzip or zstd, lines of JSON, lookup-events, EventBridge, CloudWatch Logs, CSV from Athena and Lake. What cannot be read is counted. Changes in IAM are in the files for us-east-1, those in the organization in the files of its management account: give these as well. docs/trail.md says what no trail shows.

Exit status: 0 when there is no incident, 1 when there is one, 3 when nothing could be read."
)]
pub struct Arguments {
    /// Something else than to answer
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    reading: Reading,
    /// Only for this principal: its ARN or a session's, its name, or a pattern with * for one of these
    #[arg(long, value_name = "PRINCIPAL")]
    principal: Option<String>,
    /// Only for this repository, and who uses it
    #[arg(long, value_name = "NAME")]
    repository: Option<String>,
    /// How to print the answers
    #[arg(long, value_enum, default_value_t)]
    format: TrailFormat,
    /// The table that --format csv prints
    #[arg(long, value_enum, default_value_t)]
    table: show::Table,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints the same questions as SQL for an engine that has the records
    Sql(sql::Arguments),
    /// Writes the relevant events as lines of JSON
    Export(export::Arguments),
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when there are incidents.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    match &arguments.command {
        Some(Command::Sql(arguments)) => sql::run(arguments, ui),
        Some(Command::Export(arguments)) => export::run(arguments, environment, ui),
        None => tell(arguments, environment, ui),
    }
}

fn tell(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let span = arguments.reading.span();
    let read = arguments.reading.read(environment, &|| Accumulator::of(span), ui)?;
    let wanted =
        answers::Wanted { principal: arguments.principal.clone(), repository: arguments.repository.clone() };
    let mut report = answer(read.sink.finish(), &wanted);
    report.add_reading(&read.tally, read.late);
    let is_nothing = read.tally.is_unread();
    // Programs get an answer in any case; for people an error says it better.
    if !is_nothing || arguments.format != TrailFormat::Text {
        show::show(&report, arguments.format, arguments.table, ui)?;
    }
    show::notes(&report, &read.tally, arguments.format, ui);
    if is_nothing {
        return Err(show::nothing_read(&read.tally));
    }
    if report.incidents.is_empty() { Ok(()) } else { Err(CommandError::Found) }
}
