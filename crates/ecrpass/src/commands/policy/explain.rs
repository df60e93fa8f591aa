//! `ecrpass policy explain`: a denial, or a document, in plain words.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::Duration;

use ecrpass_iam::explain::words::{Unneeded, Words, words};
use ecrpass_iam::explain::{Explanation, Found, Said, explain, find};
use ecrpass_iam::inputs;
use ecrpass_iam::source::Source;
use ecrpass_iam::{Document, Task};
use ecrpass_system::bounded;
use serde::Serialize;

use super::texts::{self, Labelled, parse_task, task_names};
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{BAD, GOOD, STRONG, Ui, styled};
use crate::system::standard_input::standard_input_for;

/// Arguments of `ecrpass policy explain`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A denial may be a bare message, an error of a program, lines of a log, or JSON. AWS alone can decode an encoded message: what `aws sts decode-authorization-message` prints is understood, too.\n\nExit status: 0 for a document in order, 1 for a denial, or for a document that is wrong or does not fit the task, 3 when there is neither."
)]
pub struct Arguments {
    /// The denial's text, or a file with it or with a policy document; - or nothing is standard input
    #[arg(value_name = "TEXT|FILE")]
    pub input: Option<String>,
    /// Say what of the document this task does not need
    #[arg(long = "task", value_name = "TASK", value_parser = parse_task, help = format!("Say what of the document these tasks do not need: {}", task_names()))]
    pub tasks: Vec<Task>,
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
pub fn run(arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let (source, text) = input(arguments.input.as_deref(), ui)?;
    let is_json = text.trim_start().starts_with(['{', '[', '\u{feff}']);
    // A document may speak of denials in the names of its statements.
    let found = if is_json && text.contains("\"Statement\"") { Vec::new() } else { find(&text) };
    if !found.is_empty() {
        denials(&found, arguments.format, ui)?;
        return Err(CommandError::Found);
    }
    if is_json {
        return documents(&source, &text, arguments, ui);
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

fn denials(found: &[Found], format: Format, ui: &mut Ui) -> Result<(), CommandError> {
    if format == Format::Json {
        let denials = found.iter().map(Denial::of).collect();
        ui.json(&Denials { schema: "ecrpass/denials/1", denials })?;
        return Ok(());
    }
    for (index, one) in found.iter().enumerate() {
        if index > 0 {
            ui.result("")?;
        }
        match one {
            Found::Denied(said) => denial(said, &explain(said), ui)?,
            Found::Encoded(message) => {
                ui.result("AWS has encoded this denial: it says nothing before it is decoded.")?;
                ui.result(&format!("  Next: {} | ecrpass policy explain -", decode(message)))?;
                ui.result("  That takes sts:DecodeAuthorizationMessage.")?;
            }
            Found::Bare(operation) => {
                let what = operation.as_deref().unwrap_or("the call");
                ui.result(&format!("AWS denied {what} without saying who was denied, or why."))?;
                ui.result("  Next: ecrpass doctor IMAGE, which asks for the reason")?;
            }
        }
    }
    Ok(())
}

fn decode(message: &str) -> String {
    format!(
        "aws sts decode-authorization-message --encoded-message {message} --query DecodedMessage --output text"
    )
}

fn denial(said: &Said, explanation: &Explanation, ui: &mut Ui) -> Result<(), CommandError> {
    let line = |label: &str, text: &str| format!("  {}{text}", styled(STRONG, &format!("{label:<10}")));
    ui.result(&styled(BAD.bold(), &format!("{} was denied {}", capital(&explanation.who), said.action)))?;
    ui.result(&line("what", &explanation.what))?;
    ui.result(&line("on", &explanation.resource))?;
    ui.result(&line("decides", &explanation.decides))?;
    if let Some(owner) = &explanation.owner {
        ui.result(&line("owner", owner))?;
    }
    if let Some(policy) = &said.policy_arn {
        ui.result(&line("policy", policy))?;
    }
    for (index, step) in explanation.steps.iter().enumerate() {
        ui.result(&line(if index == 0 { "change" } else { "" }, step))?;
    }
    texts::additions(&explanation.drafts, ui)?;
    if let Some(command) = &explanation.command {
        let task = explanation.task.map(Task::title).unwrap_or_default();
        ui.result("")?;
        ui.result(&format!("  All that it takes to {task}: {command}"))?;
    }
    Ok(())
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", letters.as_str())
}

#[derive(Serialize)]
struct Denials<'a> {
    schema: &'static str,
    denials: Vec<Denial<'a>>,
}

/// A denial, for programs.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Denial<'a> {
    /// One with its details.
    Denied {
        principal: &'a str,
        action: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        resource: Option<&'a str>,
        /// The kind of policy that decides, as AWS names it.
        #[serde(skip_serializing_if = "Option::is_none")]
        decides: Option<&'static str>,
        explicit: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        policy: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        owner: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        task: Option<&'static str>,
        steps: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        command: Option<String>,
        documents: Vec<Attached>,
    },
    /// One that AWS alone can decode.
    Encoded { command: String },
    /// One without details.
    Bare {
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<&'a str>,
    },
}

/// A document of an explanation.
struct Attached(ecrpass_iam::generate::Draft);

impl Serialize for Attached {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Labelled { draft: &self.0, is_whole: false }.serialize(serializer)
    }
}

impl<'a> Denial<'a> {
    fn of(found: &'a Found) -> Self {
        match found {
            Found::Denied(said) => {
                let explanation = explain(said);
                Self::Denied {
                    principal: &said.principal,
                    action: &said.action,
                    resource: said.resource.as_deref(),
                    decides: said.reason.policy().map(ecrpass_iam::PolicyKind::aws_name),
                    explicit: said.reason.is_explicit(),
                    policy: said.policy_arn.as_deref(),
                    owner: explanation.owner,
                    task: explanation.task.map(Task::id),
                    steps: explanation.steps,
                    command: explanation.command.map(|command| command.to_string()),
                    documents: explanation.drafts.into_iter().map(Attached).collect(),
                }
            }
            Found::Encoded(message) => Self::Encoded { command: decode(message) },
            Found::Bare(operation) => Self::Bare { operation: operation.as_deref() },
        }
    }
}

/// All documents of a file, in whatever form AWS's programs print them.
fn documents(source: &str, text: &str, arguments: &Arguments, ui: &mut Ui) -> Result<(), CommandError> {
    let unreadable = |problem: &dyn std::fmt::Display| {
        CommandError::could_not_run(format!("{source}:{problem}."), "give a policy document in JSON")
    };
    let contents = inputs::read(&Source::file(source, text), None).map_err(|problem| unreadable(&problem))?;
    let mut is_in_order = true;
    let mut json = Vec::new();
    for (index, found) in contents.found.iter().enumerate() {
        let reading = &found.reading;
        let mut problems: Vec<String> =
            reading.problems.iter().map(|problem| format!("{source}:{problem}")).collect();
        let Some(document) = &reading.document else {
            return Err(match reading.problems.first() {
                Some(problem) => unreadable(problem),
                None => unreadable(&" no policy document"),
            });
        };
        let words = words(document, found.layer, &arguments.tasks);
        problems.extend(words.problems.iter().map(|problem| format!("{source}:{problem}")));
        is_in_order &= problems.is_empty() && words.unneeded.is_empty() && words.missing.is_empty();
        match arguments.format {
            Format::Json => json.push(document_json(&words, &problems)),
            Format::Text => {
                if index > 0 {
                    ui.result("")?;
                }
                document_text(document, &words, &problems, &arguments.tasks, ui)?;
            }
        }
    }
    if contents.found.is_empty() {
        return Err(unreadable(&" there is no policy document in it"));
    }
    if arguments.format == Format::Json {
        let tasks: Vec<&str> = arguments.tasks.iter().map(|task| task.id()).collect();
        ui.json(&serde_json::json!({"schema": "ecrpass/policy-words/1", "tasks": tasks, "documents": json}))?;
    }
    if is_in_order { Ok(()) } else { Err(CommandError::Found) }
}

fn document_text(
    document: &Document,
    words: &Words,
    problems: &[String],
    tasks: &[Task],
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let kind = words.layer.policy_kind().aws_name();
    ui.result(&styled(STRONG, &format!("{}: {} {kind}", document.name(), article(kind))))?;
    for statement in &words.statements {
        let sid = statement.sid.as_ref().map(|sid| format!(" {sid}")).unwrap_or_default();
        ui.result(&format!("  {}{sid} {}", statement.position.line, statement.summary))?;
        ui.results(statement.actions.iter().map(|action| format!("      {action}")))?;
    }
    if !words.tasks.is_empty() {
        let names: Vec<&str> = words.tasks.iter().map(|task| task.id()).collect();
        ui.result(&format!("All actions of these tasks are in it: {}.", names.join(", ")))?;
    }
    for problem in problems {
        ui.result(&format!("{} {problem}", styled(BAD, "problem")))?;
    }
    if tasks.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = tasks.iter().map(|task| task.id()).collect();
    let names = names.join(", ");
    for unneeded in &words.unneeded {
        ui.result(&format!("{} {}", styled(BAD, "not needed"), surplus(document, unneeded, &names)))?;
    }
    for missing in &words.missing {
        ui.result(&format!("{} {missing} for {names}", styled(BAD, "missing")))?;
    }
    if words.unneeded.is_empty() && words.missing.is_empty() {
        ui.result(&format!("{} It has the actions of {names}, and no others.", styled(GOOD, "✓")))?;
    } else {
        ui.result(&format!(
            "  Next: ecrpass policy generate {} --repository IMAGE",
            names.replace(", ", " ")
        ))?;
    }
    Ok(())
}

fn surplus(document: &Document, unneeded: &Unneeded, tasks: &str) -> String {
    let place = format!("{}:{}", document.name(), unneeded.position);
    let among = match unneeded.examples.as_slice() {
        [] => String::new(),
        examples => format!(", among them {}", examples.join(", ")),
    };
    match unneeded.counts {
        Some((all, over)) => {
            format!("{place} {}: {over} of its {all} actions for {tasks}{among}", unneeded.action)
        }
        None => format!("{place} {} for {tasks}", unneeded.action),
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}

fn document_json(words: &Words, problems: &[String]) -> serde_json::Value {
    let ids = |tasks: &[Task]| tasks.iter().map(|task| task.id()).collect::<Vec<_>>();
    serde_json::json!({
        "kind": words.layer.id(),
        "statements": words.statements.iter().map(|statement| serde_json::json!({
            "line": statement.position.line,
            "sid": statement.sid,
            "summary": statement.summary,
            "actions": statement.actions,
        })).collect::<Vec<_>>(),
        "allows": ids(&words.tasks),
        "not_needed": words.unneeded.iter().map(|unneeded| serde_json::json!({
            "line": unneeded.position.line,
            "action": unneeded.action,
            "of": unneeded.counts.map(|(all, _)| all),
            "surplus": unneeded.counts.map(|(_, over)| over),
            "examples": unneeded.examples,
        })).collect::<Vec<_>>(),
        "missing": words.missing,
        "problems": problems,
    })
}
