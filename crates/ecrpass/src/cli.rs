//! The command line: what all commands share, the help that explains it, and what is said about a wrong one.

pub mod plugin;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use ecrpass_core::redact::redact;
use ecrpass_core::visible::visible;

use crate::commands::Command;
use crate::error::CommandError;
use crate::render::out::{self, Stream};
use crate::render::paint::clap_styles;
use crate::render::ui::Ui;

/// How wide help and errors are.
const WIDTH: usize = 100;

/// How much of a wrong argument is repeated, in characters.
const REPEATED: usize = 200;

/// Ends Amazon ECR login failures: finds the cause and fixes it.
#[derive(Debug, Parser)]
#[command(
    version,
    bin_name = "ecrpass", // not what it was called by
    max_term_width = WIDTH,
    after_help = "Exit status: 0 nothing wrong, 1 problems found or the action refused, 2 usage, 3 could not run.\n`--version --verbose` also says what it was built from, and which formats it writes.\n\nNew here? `ecrpass demo` shows it all in two minutes, without an AWS account."
)]
pub struct Cli {
    /// Print only results and errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Replace account ids, names in ARNs, and hosts with stand-ins, the same each time
    #[arg(long, global = true)]
    pub mask_accounts: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The definition of all commands, for what is made of it.
pub fn definition() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

/// Reads the arguments.
///
/// # Errors
/// The exit status, when help or the version was asked for, or the arguments are wrong; it has been said then.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if version::is_asked(&arguments) {
        let mut ui = Ui::new(false, false);
        let said = ui.results(version::lines());
        return Err(
            said.map_or_else(|error| CommandError::from(error).report(&mut ui), |()| ExitCode::SUCCESS)
        );
    }
    Cli::try_parse_from(&arguments).map_err(|error| {
        // What clap repeats of them is to be seen, and not too much of it: it reads them again as they are shown.
        say(&Cli::try_parse_from(arguments.iter().map(shown)).err().unwrap_or(error))
    })
}

/// An argument as it may be repeated.
fn shown(argument: &OsString) -> String {
    // A password in an address, say, that was given to the wrong option.
    let text = redact(&argument.to_string_lossy()).into_owned();
    let text = visible(&text);
    match text.char_indices().nth(REPEATED) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

fn say(error: &clap::Error) -> ExitCode {
    let is_result = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let stream = if is_result { Stream::Output } else { Stream::Error };
    let text = error.render().ansi().to_string();
    // Where what may be shown is right, and what was given is not.
    let text = if is_result { text } else { redact(&text).into_owned() };
    // Help is as wide as the terminal already; a value's own error is not.
    let lines = text.lines().flat_map(|line| if is_result { vec![line.to_owned()] } else { wrapped(line) });
    match out::lines(stream, lines.map(|line| clap_styles(&line)), &|text: &str| text.to_owned()) {
        Err(failed) if is_result => CommandError::from(failed).report(&mut Ui::new(false, false)),
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}

/// A line of readable length, and what is left of it below.
fn wrapped(line: &str) -> Vec<String> {
    let indent = line.len() - line.trim_start().len() + 2;
    let indent = " ".repeat(indent);
    let options = textwrap::Options::new(WIDTH).subsequent_indent(&indent);
    textwrap::wrap(line, options).into_iter().map(|line| line.into_owned()).collect()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_password_of_an_argument_is_repeated() {
        for words in [
            ["ecrpass", "doctor", "--format", "https://u:SECRET@h/"],
            ["ecrpass", "doctor", "--format=https://u:SECRET@h/", "x"],
            ["ecrpass", "resolve", "--client", "https://u:SECRET@h/"],
            ["ecrpass", "doctor", "--as", "https://u:SECRET@h/"],
            ["ecrpass", "local", "--fault", "https://u:SECRET@h/"],
            ["ecrpass", "https://h/?Signature=SECRET", "", ""],
        ] {
            let error =
                Cli::try_parse_from(words.iter().map(|word| shown(&OsString::from(word)))).unwrap_err();
            let text = error.render().to_string();
            assert!(!text.contains("SECRET") && text.contains("[redacted]"), "{text}");
        }
    }

    #[test]
    fn what_is_repeated_of_an_argument_can_be_seen_and_is_short() {
        let argument = OsString::from(format!("a\n::error::\u{1b}[31m{}", "x".repeat(70_000)));
        let text = shown(&argument);
        assert!(text.starts_with("a ::error::\u{fffd}[31mxxx") && text.ends_with('…'), "{text}");
        assert_eq!(text.chars().count(), REPEATED + 1);
    }
}
