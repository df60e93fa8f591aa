//! A plan as people and programs read it, and what became of it.

use std::io;

use ecrpass_repository::describe::describe;
use ecrpass_repository::plan::{Impossible, Plan};
use ecrpass_repository::state::State;
use ecrpass_repository::step::Step;
use ecrpass_repository::wanted::Wanted;
use serde::Serialize;

use crate::render::diff::diff;
use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};

/// A plan and what became of it.
#[derive(Debug, Serialize)]
pub struct Report {
    /// What its actions begin with.
    #[serde(skip)]
    service: &'static str,
    schema: &'static str,
    repository: String,
    /// Whether it was there.
    exists: bool,
    steps: Vec<Row>,
    /// What cannot be changed in place.
    pub impossible: Vec<Impossible>,
    notes: Vec<String>,
    before: String,
    after: String,
    as_wanted: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    action: String,
    summary: String,
    status: Status,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Nothing yet.
    Planned,
    /// It was done.
    Done,
    /// It failed.
    Failed,
}

impl Report {
    /// A plan.
    pub fn new(wanted: &Wanted, before: &State, after: &State, plan: &Plan, is_public: bool) -> Self {
        let service = if is_public { "ecr-public" } else { "ecr" };
        Self {
            service,
            schema: "ecrpass/repository-plan/1",
            repository: wanted.name.clone(),
            exists: before.repository.is_some(),
            steps: plan.steps.iter().map(|step| row(service, step, Status::Planned)).collect(),
            impossible: plan.impossible.clone(),
            notes: plan.notes.clone(),
            before: describe(wanted, before),
            after: describe(wanted, after),
            as_wanted: false,
        }
    }

    /// Notes what became of a step; of one that was not planned at first, too.
    pub fn note(&mut self, step: &Step, done: Status) {
        let action = action(self.service, step);
        let planned = self.steps.iter_mut().find(|row| row.action == action && row.status != Status::Done);
        match planned {
            Some(row) => row.status = done,
            None => self.steps.push(row(self.service, step, done)),
        }
    }

    /// What was planned is there, whoever did it.
    pub fn nothing_is_left(&mut self) {
        for row in &mut self.steps {
            row.status = Status::Done;
        }
    }

    /// Everything has been noted.
    pub fn finish(&mut self) {
        self.as_wanted =
            self.impossible.is_empty() && self.steps.iter().all(|row| row.status == Status::Done);
    }

    /// Whether all is as wanted.
    pub fn is_as_wanted(&self) -> bool {
        self.as_wanted
    }
}

fn action(service: &str, step: &Step) -> String {
    format!("{service}:{}", step.operation())
}

fn row(service: &str, step: &Step, status: Status) -> Row {
    Row { action: action(service, step), summary: step.summary(), status }
}

/// Says what is planned, as a difference.
///
/// # Errors
/// When standard output cannot be written.
pub fn tell_plan(report: &Report, ui: &mut Ui) -> io::Result<()> {
    for one in &report.impossible {
        ui.result(&format!(
            "{} {}: is {}, wanted {}",
            styled(BAD, "✗"),
            styled(STRONG, one.part),
            one.is,
            one.wanted
        ))?;
        ui.result(&format!("  {}.", one.why))?;
        ui.result(&format!("  Next: {}", one.next))?;
    }
    if report.steps.is_empty() {
        return Ok(());
    }
    if !report.exists {
        ui.result(&format!("There is no repository {}.", report.repository))?;
    }
    ui.results(diff(&report.repository, &report.before, &report.after))?;
    ui.result("")?;
    for row in &report.steps {
        ui.result(&format!("  {} {}  {}", styled(DIM, "·"), row.summary, styled(DIM, &row.action)))?;
    }
    for note in &report.notes {
        ui.note(&format!("note: {note}."));
    }
    Ok(())
}

/// Says that a step was done.
///
/// # Errors
/// When standard output cannot be written.
pub fn tell_done(step: &Step, ui: &mut Ui) -> io::Result<()> {
    ui.result(&format!("{} {}", styled(GOOD, "✓"), step.summary()))
}

/// Says what is left to do.
///
/// # Errors
/// When standard output cannot be written.
pub fn tell_end(report: &Report, carried_out: bool, ui: &mut Ui) -> io::Result<()> {
    let is_left = report.steps.iter().any(|row| row.status != Status::Done);
    match (report.steps.is_empty(), is_left) {
        (true, _) if report.impossible.is_empty() => {
            ui.result(&format!("{} {} is as wanted.", styled(GOOD, "✓"), report.repository))
        }
        (false, true) if !carried_out => ui.results(["", "  Next: the same with --yes"]),
        (false, false) if report.impossible.is_empty() => {
            ui.result(&format!("{} is as wanted now.", report.repository))
        }
        _ => Ok(()),
    }
}
