//! `ecrpass trail export`: the events that matter, as lines of JSON.

use std::fs::File;
use std::path::PathBuf;

use ecrpass_core::environment::Environment;
use ecrpass_trail::export::Exporter;

use super::reading::Reading;
use super::show;
use crate::error::CommandError;
use crate::render::ui::Ui;

/// Arguments of `ecrpass trail export`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    reading: Reading,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When nothing could be read, or the file cannot be written.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let what = format!("{} cannot be written", arguments.output.display());
    let unwritten = |error| CommandError::io(&what, error, "name another file with --output");
    let file = File::create(&arguments.output).map_err(&unwritten)?;
    let first = Exporter::new(file, arguments.reading.span());
    let read = arguments.reading.read(environment, &|| first.another(), ui)?;
    if read.tally.trail_files == 0 {
        return Err(show::nothing_read(&read.tally));
    }
    let mut all = first;
    ecrpass_trail::event::Sink::merge(&mut all, read.sink);
    let lines = all.finish().map_err(&unwritten)?;
    ui.result(&format!(
        "{lines} events of {} records written to {}",
        read.tally.records,
        arguments.output.display()
    ))?;
    Ok(())
}
