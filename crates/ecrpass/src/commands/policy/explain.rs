//! `ecrpass policy explain`: a denial, or a document, in plain words.

mod denials;
mod documents;
mod proof;

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use ecrpass_core::environment::Environment;
use ecrpass_iam::Task;
use ecrpass_iam::explain::find;
use ecrpass_system::bounded;

use self::proof::Collector;
use super::texts::{parse_task, task_names};
use crate::collect::registry_session::Place;
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::Ui;
use crate::system::standard_input::standard_input_for;

/// Arguments of `ecrpass policy explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A denial may be a bare message, an error of a program, lines of a log, or JSON. Only AWS can decode an encoded message: the output of `aws sts decode-authorization-message` is understood as well, and --collect has the message decoded.\n\nWith --collect, every policy of the caller is read, as by `ecrpass policy collect`; the statement that decides is shown in its document, and the smallest change is proven by evaluating the request with it. What may not be read is named.\n\nExample:\n  ecrpass policy explain --collect error.log\n\nExit status: 0 for a correct document, 1 for a denial, or for a document that is wrong or does not fit the task, 3 when there is neither."
)]
pub struct Arguments {
    /// The denial's text, or a file with it or with a policy document; - or nothing is standard input
    #[arg(value_name = "TEXT|FILE")]
    pub input: Option<String>,
    /// Say what of the document this task does not need
    #[arg(long = "task", value_name = "TASK", value_parser = parse_task, help = format!("Say what of the document these tasks do not need: {}", task_names()))]
    pub tasks: Vec<Task>,
    /// Read the caller's policies from AWS, show the statement that decides, and prove the change
    #[arg(long, conflicts_with = "tasks")]
    pub collect: bool,
    #[command(flatten)]
    place: Place,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// The most that is read, in bytes.
const MAX: usize = 16 << 20;

/// How long a file may keep us waiting.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] for a denial, and for a document that is not in order.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let (source, text) = input(arguments.input.as_deref(), ui)?;
    let is_json = text.trim_start().starts_with(['{', '[', '\u{feff}']);
    // A document may speak of denials in the names of its statements.
    let found = if is_json && text.contains("\"Statement\"") { Vec::new() } else { find(&text) };
    if !found.is_empty() {
        let collector = arguments.collect.then_some(Collector { place: &arguments.place, environment });
        denials::tell(found, collector.as_ref(), arguments.format, ui)?;
        return Err(CommandError::Found);
    }
    if arguments.collect {
        return Err(CommandError::could_not_run(
            "That text holds no denial by AWS, so there is nothing to look for.",
            "give the whole message, from `User: arn:…` to its end",
        ));
    }
    if is_json {
        return documents::tell(&source, &text, &arguments.tasks, arguments.format, ui);
    }
    if let Some(ended) = documents::template(&source, &text, &arguments.tasks, arguments.format, ui) {
        return ended;
    }
    Err(CommandError::could_not_run(
        "That text holds neither a denial by AWS nor a policy document.",
        "give the whole message, from `User: arn:…` to its end, or explain the log: ecrpass explain FILE",
    ))
}

/// The text, and what to call it.
fn input(argument: Option<&str>, ui: &mut Ui) -> Result<(String, String), CommandError> {
    let argument = argument.unwrap_or("-");
    if argument == "-" {
        if io::stdin().is_terminal() {
            ui.note("Paste the message or the document, then press Ctrl-D.");
        }
        let text = standard_input_for("a denial or a policy document")?;
        return Ok(("stdin".to_owned(), text.to_string()));
    }
    let path = Path::new(argument);
    // A message is no file's name: it has blanks, and is long.
    let is_file = argument.len() < 1024 && path.exists();
    if !is_file
        && !argument.contains("User: ")
        && !argument.contains(char::is_whitespace)
        && !argument.starts_with('{')
    {
        return Err(CommandError::could_not_run(
            format!("There is no file {argument}."),
            "name a file, give the message in quotes, or - for standard input",
        ));
    }
    if !is_file {
        return Ok(("argument".to_owned(), argument.to_owned()));
    }
    let bytes = bounded::read(path, MAX, PATIENCE).map_err(|error| {
        CommandError::could_not_run(format!("{argument} cannot be read: {error}."), "check the file")
    })?;
    let text = String::from_utf8(bytes).map_err(|_| {
        CommandError::could_not_run(format!("{argument} is not in UTF-8."), "write it in UTF-8")
    })?;
    Ok((argument.to_owned(), text))
}
