//! Policy documents in plain words, in whatever form they are in a file.

use ecrpass_diagnosis::inputs::policies::policies;
use ecrpass_iam::explain::words::{Unneeded, Words, words};
use ecrpass_iam::inputs::Contents;
use ecrpass_iam::source::Source;
use ecrpass_iam::{Document, Task};

use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{BAD, GOOD, STRONG, Ui, styled};

/// All documents of a file, in whatever form AWS's programs print them.
///
/// # Errors
/// [`CommandError::Found`] for a document that is not in order; otherwise when there is none.
pub(super) fn tell(
    source: &str,
    text: &str,
    tasks: &[Task],
    format: Format,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let contents =
        policies(&Source::file(source, text), None, None).map_err(|problem| unreadable(source, &problem))?;
    all(source, &contents, tasks, format, ui)
}

/// The same for a CloudFormation template in YAML; none where the text is none.
pub(super) fn template(
    source: &str,
    text: &str,
    tasks: &[Task],
    format: Format,
    ui: &mut Ui,
) -> Option<Result<(), CommandError>> {
    let contents = policies(&Source::file(source, text), None, None).ok()?;
    (!contents.found.is_empty()).then(|| all(source, &contents, tasks, format, ui))
}

fn unreadable(source: &str, problem: &dyn std::fmt::Display) -> CommandError {
    CommandError::could_not_run(format!("{source}:{problem}."), "give a policy document in JSON")
}

fn all(
    source: &str,
    contents: &Contents,
    tasks: &[Task],
    format: Format,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let mut is_in_order = true;
    let mut json = Vec::new();
    for (index, found) in contents.found.iter().enumerate() {
        let reading = &found.reading;
        let mut problems: Vec<String> =
            reading.problems.iter().map(|problem| format!("{source}:{problem}")).collect();
        let Some(document) = &reading.document else {
            return Err(match reading.problems.first() {
                Some(problem) => unreadable(source, problem),
                None => unreadable(source, &" no policy document"),
            });
        };
        let words = words(document, found.layer, tasks);
        problems.extend(words.problems.iter().map(|problem| format!("{source}:{problem}")));
        is_in_order &= problems.is_empty() && words.unneeded.is_empty() && words.missing.is_empty();
        match format {
            Format::Json => json.push(document_json(&words, &problems)),
            Format::Text => {
                if index > 0 {
                    ui.result("")?;
                }
                document_text(document, &words, &problems, tasks, ui)?;
            }
        }
    }
    if contents.found.is_empty() {
        return Err(unreadable(source, &" there is no policy document in it"));
    }
    if format == Format::Json {
        let tasks: Vec<&str> = tasks.iter().map(|task| task.id()).collect();
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
