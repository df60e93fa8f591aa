//! Denials in plain words, with the proof where the caller's policies were read.

use std::collections::BTreeSet;

use ecrpass_iam::Task;
use ecrpass_iam::explain::{Explanation, Found, Said, decode_command, explain};
use serde::Serialize;

use super::proof::{Collector, Proof};
use crate::commands::policy::texts::{self, Labelled};
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{BAD, STRONG, Ui, styled};

/// How many denials of one text are proven: each takes tens of calls.
const MOST_PROVEN: usize = 5;

/// Something that was found, and what was looked up about it.
struct Looked {
    found: Found,
    proof: Option<Result<Proof, CommandError>>,
}

/// Says what every denial means.
///
/// # Errors
/// When nothing can be printed.
pub(super) fn tell(
    found: Vec<Found>,
    collector: Option<&Collector<'_>>,
    format: Format,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let looked = look(found, collector, ui);
    if format == Format::Json {
        let denials = looked.iter().map(Denial::of).collect();
        ui.json(&Denials { schema: "ecrpass/denials/1", denials })?;
        return Ok(());
    }
    // What was in the way of one denial's proof was in the way of all: it is said once.
    let mut told = BTreeSet::new();
    for (index, one) in looked.iter().enumerate() {
        if index > 0 {
            ui.result("")?;
        }
        match &one.found {
            Found::Denied(said) => denial(said, &explain(said), one.proof.as_ref(), &mut told, ui)?,
            Found::Encoded(message) => {
                ui.result("AWS has encoded this denial: it says nothing before it is decoded.")?;
                ui.result(&format!("  Next: {} | ecrpass policy explain -", decode_command(message)))?;
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

/// Has encoded messages decoded, and the policies read that decide.
fn look(found: Vec<Found>, collector: Option<&Collector<'_>>, ui: &mut Ui) -> Vec<Looked> {
    let Some(collector) = collector else {
        return found.into_iter().map(|found| Looked { found, proof: None }).collect();
    };
    let mut left = MOST_PROVEN;
    let mut looked = Vec::new();
    for one in found {
        let found = match &one {
            Found::Encoded(message) => collector.decoded(message, ui).unwrap_or(one),
            _ => one,
        };
        let proof = match &found {
            Found::Denied(said) if left > 0 => {
                left -= 1;
                Some(collector.prove(said, ui))
            }
            _ => None,
        };
        looked.push(Looked { found, proof });
    }
    looked
}

fn denial(
    said: &Said,
    explanation: &Explanation,
    proof: Option<&Result<Proof, CommandError>>,
    told: &mut BTreeSet<String>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
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
    let mut is_proven = false;
    match proof {
        Some(Ok(proof)) => {
            is_proven = proof.proven.is_some();
            ui.result("")?;
            ui.results(proof.lines(said, told))?;
        }
        Some(Err(why)) if told.insert(why.to_string()) => {
            ui.note("note: the caller's policies could not be read, so nothing is proven:");
            why.say(ui);
        }
        Some(Err(_)) | None => {}
    }
    if !is_proven {
        texts::additions(&explanation.drafts, ui)?;
    }
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
    Denied(Box<Details<'a>>),
    /// One that AWS alone can decode.
    Encoded { command: String },
    /// One without details.
    Bare {
        #[serde(skip_serializing_if = "Option::is_none")]
        operation: Option<&'a str>,
    },
}

/// The details of a denial.
#[derive(Serialize)]
struct Details<'a> {
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
    /// What the policies say that were collected.
    #[serde(skip_serializing_if = "Option::is_none")]
    collected: Option<serde_json::Value>,
    /// Why none were.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_collected: Option<String>,
}

/// A document of an explanation.
struct Attached(ecrpass_iam::generate::Draft);

impl Serialize for Attached {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Labelled { draft: &self.0, is_whole: false }.serialize(serializer)
    }
}

impl<'a> Denial<'a> {
    fn of(one: &'a Looked) -> Self {
        match &one.found {
            Found::Denied(said) => {
                let explanation = explain(said);
                Self::Denied(Box::new(Details {
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
                    collected: one.proof.as_ref().and_then(|proof| Some(proof.as_ref().ok()?.json(said))),
                    not_collected: one
                        .proof
                        .as_ref()
                        .and_then(|proof| Some(proof.as_ref().err()?.to_string())),
                }))
            }
            Found::Encoded(message) => Self::Encoded { command: decode_command(message).to_string() },
            Found::Bare(operation) => Self::Bare { operation: operation.as_deref() },
        }
    }
}
