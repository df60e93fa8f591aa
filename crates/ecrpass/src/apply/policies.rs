//! A team's own policies, asked in a process of their own: they come from anywhere, and must neither take the machine
//! nor this process with them.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use ecrpass_audit::elsewhere::FoundElsewhere;
use ecrpass_audit::evidence::Masks;
use ecrpass_audit::source::SourceFile;
use ecrpass_core::Secret;
use ecrpass_diagnosis::finding::Finding;
use ecrpass_rego::findings;
use ecrpass_rego::input::{self, Form};
use ecrpass_rego::job;
use ecrpass_rego::question::{Answers, PATIENCE, Question, Wish};
use ecrpass_system::program::{self, ProcessError};

use crate::apply::audit::Looked;
use crate::collect::policy_files::PolicyFiles;
use crate::error::CommandError;
use crate::render::findings::{ForPeople, print};
use crate::render::format::FindingsFormat;
use crate::render::report;
use crate::render::ui::Ui;
use crate::system::own_program;

/// The command that asks, in the other process.
pub const WORKER: &str = "ask-policies";

/// How long all policies together may take.
const ALL_PATIENCE: Duration = Duration::from_secs(120);

/// How much memory they may take, in bytes.
pub const MAX_MEMORY: u64 = 1 << 30;

/// The most that they are asked about, in bytes.
pub const MAX_QUESTION: u64 = 64 << 20;

/// The most that they may answer, in bytes.
const MAX_ANSWER: usize = 64 << 20;

/// Asks policies about the configurations of a tree.
///
/// # Errors
/// When they cannot be asked: that is no clean tree.
pub fn ask_about(
    looked: &Looked<'_>,
    files: &PolicyFiles,
    wish: &Wish,
    is_combined: bool,
    ui: &mut Ui,
) -> Result<Vec<FoundElsewhere>, CommandError> {
    let is_asked = |path: &str| looked.only.is_none_or(|only| only.contains(path));
    let is_left_out = |file: &&SourceFile| {
        file.text.len() > input::LARGEST && Form::of(&file.path).is_some() && is_asked(&file.path)
    };
    for file in looked.tree.files().iter().filter(is_left_out) {
        ui.note(&format!("note: policies were not asked about {}, which is too large.", file.path));
    }
    let question = Question {
        policies: files.policies.clone(),
        data: files.data.clone(),
        inputs: input::of_tree(looked.tree, &is_asked, &toml),
        is_combined,
        wish: wish.clone(),
        now: looked.tree.now,
        patience: PATIENCE,
    };
    let answers = ask(&question)?;
    tell(&answers, ui);
    let (mut found, mut masks) = (Vec::new(), Masks::default());
    for answer in &answers.answers {
        let finding = findings::finding(answer, looked.tree, &files.policies, &mut masks);
        let Some(mut finding) = finding else { continue };
        let path = answer.file.as_deref().unwrap_or_default();
        if let Some(severity) = looked.settings.severity_elsewhere(path, finding.severity) {
            finding.severity = severity;
            found.push(elsewhere(finding, answer.file.as_deref()));
        }
    }
    found.sort_by_cached_key(|found| findings::order(&found.finding));
    Ok(found)
}

/// A policy's finding as a baseline knows it: by what it says and what stands there, wherever that moves.
fn elsewhere(finding: Finding, file: Option<&str>) -> FoundElsewhere {
    let place = finding.evidence.first();
    let what: String = place.map(|place| place.text.split_whitespace().collect()).unwrap_or_default();
    let line = place.and_then(|place| place.line);
    FoundElsewhere {
        path: place.map(|place| place.source.clone()).unwrap_or_default(),
        what: Secret::new(format!("{}\n{what}", finding.title)),
        places: file.zip(line).map(|(file, line)| (file.to_owned(), line..=line)).into_iter().collect(),
        finding,
    }
}

/// Runs the policies' own tests.
///
/// # Errors
/// [`CommandError::Found`] when one does not hold, or when they cannot be run.
pub fn verify(
    files: &PolicyFiles,
    format: FindingsFormat,
    now: i64,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let question = Question {
        policies: files.policies.clone(),
        data: files.data.clone(),
        inputs: Vec::new(),
        is_combined: false,
        wish: Wish::Verify,
        now,
        patience: PATIENCE,
    };
    let answers = ask(&question)?;
    tell(&answers, ui);
    let tree = ecrpass_audit::source::Tree::default();
    let failed: Vec<Finding> = answers
        .answers
        .iter()
        .filter_map(|answer| findings::finding(answer, &tree, &files.policies, &mut Masks::default()))
        .collect();
    let (count, fails) = (answers.asked, failed.len());
    let nothing = match count {
        1 => "The one test holds.".to_owned(),
        _ => format!("All {count} tests hold."),
    };
    print(failed, format, ForPeople { list: report::audited, nothing: &nothing, note: "" }, ui)?;
    if fails == 0 {
        return Ok(());
    }
    ui.note(&format!("{fails} of {count} tests do not hold."));
    Err(CommandError::Found)
}

fn tell(answers: &Answers, ui: &mut Ui) {
    for print in &answers.prints {
        ui.note(print);
    }
    for note in &answers.notes {
        ui.note(&format!("warning: {}.", note.trim_end_matches('.')));
    }
    if answers.excepted > 0 {
        ui.note(&format!("note: the policies' own exceptions left {} out.", answers.excepted));
    }
}

/// TOML as a value; none if it is damaged.
fn toml(text: &str) -> Option<serde_json::Value> {
    toml::from_str::<toml::Value>(text).ok().and_then(|value| serde_json::to_value(value).ok())
}

fn ask(question: &Question) -> Result<Answers, CommandError> {
    let mut command = own_program::command()?;
    command.arg(WORKER).env_clear();
    let text = job::question_text(question);
    if text.len() as u64 > MAX_QUESTION {
        return Err(CommandError::could_not_run(
            format!("The configurations are larger than {} MB together.", MAX_QUESTION >> 20),
            "name a part of them: `ecrpass audit --policy DIR PATH`",
        ));
    }
    let end = Instant::now() + ALL_PATIENCE;
    let finished =
        program::run(&mut command, text.as_bytes(), MAX_ANSWER, end).map_err(|error| match error {
            ProcessError::TooSlow => failed(&format!("took longer than {} s", ALL_PATIENCE.as_secs())),
            ProcessError::TooMuch(_) => failed("answered with more than can be read"),
            error => failed(&format!("could not be asked: {error}")),
        })?;
    let answer = String::from_utf8_lossy(&finished.stdout);
    match job::answers(&answer) {
        Some(Ok(answers)) => Ok(answers),
        Some(Err(error)) => Err(CommandError::could_not_run(
            format!("{error}."),
            "correct the policy; docs/audit.md says what policies can do",
        )),
        None => Err(failed(&ending(finished.status))),
    }
}

/// How the other process ended that gave no answer.
fn ending(status: ExitStatus) -> String {
    format!("needed more than {} MB of memory, or broke off ({status})", MAX_MEMORY >> 20)
}

fn failed(what: &str) -> CommandError {
    CommandError::could_not_run(
        format!("The policies {what}."),
        "look for a rule that makes large values or loops over all pairs",
    )
}
