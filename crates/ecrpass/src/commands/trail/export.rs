//! `ecrpass trail export`: the events that matter, as lines of JSON.

use std::path::PathBuf;

use ecrpass_core::environment::Environment;
use ecrpass_trail::export::Exporter;

use super::reading::Reading;
use super::show;
use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::named_output::{Access, NamedOutput};

/// Arguments of `ecrpass trail export`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    reading: Reading,
    /// The file to write; - is standard output
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When nothing could be read, or the file cannot be written.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let output = NamedOutput::prepare(&arguments.output, Access::Umask)?;
    output.refuse_inputs(arguments.reading.paths())?;
    let draft = output.begin()?;
    let first = Exporter::new(draft.writer()?, arguments.reading.span());
    let read = arguments.reading.read(environment, &|| first.another(), ui)?;
    if read.tally.is_unread() {
        return Err(show::nothing_read(&read.tally));
    }
    let mut all = first;
    ecrpass_trail::event::Sink::merge(&mut all, read.sink);
    let lines = all.finish().map_err(|error| output.failed(error))?;
    output.put(draft, ui)?;
    let said = format!("{lines} events of {} records written to", read.tally.records);
    match output.is_standard() {
        true => ui.note(&format!("{said} standard output")),
        false => ui.result(&format!("{said} {}", arguments.output.display()))?,
    }
    Ok(())
}
