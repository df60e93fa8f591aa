//! Steps that run a shell or print something.

use crate::known::Known;
use crate::passage::Passage;
use crate::pipeline::jenkins::steps::Walk;
use crate::pipeline::jenkins::tree::{Call, Value};
use crate::pipeline::model::Step;
use crate::pipeline::scripts::Run;
use crate::shell::Dialect;

impl Walk<'_> {
    /// `sh '…'`; Jenkins runs it with `-xe`.
    pub(super) fn script(&mut self, call: &Call) {
        let is_echo = matches!(call.method(), "echo" | "println" | "print");
        let argument = call.named("script").or_else(|| call.named("message")).or_else(|| call.at(0));
        let Some(argument) = argument else { return };
        let is_captured = |name: &str| matches!(call.named(name).map(|named| &named.value), Some(Value::Name(flag)) if flag == "true");
        let Some(passage) = text_of(&argument.value) else { return };
        let passage = if is_echo {
            let name = call.bytes.start..call.bytes.start + call.name.len();
            let mut printed = Passage::default();
            printed.push_for("echo \"", &name);
            printed.push(&passage);
            printed.push_for("\"", &(argument.bytes.end.saturating_sub(1)..argument.bytes.end));
            printed
        } else if is_captured("returnStdout") {
            captured_passage(&passage, call)
        } else {
            passage
        };
        let step = self.step(call, &passage);
        self.add(step);
    }

    fn step(&self, call: &Call, passage: &Passage) -> Step {
        let (dialect, traced) = match call.method() {
            "bat" => (Dialect::Cmd, false),
            "powershell" | "pwsh" => (Dialect::PowerShell, false),
            // What is captured stands in an assignment that is not in the script.
            "sh" => (Dialect::Posix, !passage.text().starts_with(CAPTURED)),
            _ => (Dialect::Posix, false),
        };
        let values = &self.around.values;
        let run = Run {
            dialect,
            traced,
            directory: &self.around.directory,
            ..Run::posix(passage, call.bytes.clone())
        };
        let mut step = run.step_with(&values.environment, &|name| values.name(name), self.tree);
        step.shell = Some(call.method().to_owned());
        step
    }

    /// `x = sh(script: '…', returnStdout: true).trim()`: the step, and what the variable then is.
    pub(super) fn captured(&mut self, call: &Call) -> Known {
        let Some(argument) = call.named("script").or_else(|| call.at(0)) else { return Known::Unknown };
        let Some(passage) = text_of(&argument.value) else { return Known::Unknown };
        let step = self.step(call, &captured_passage(&passage, call));
        let script = step.script().map(|script| script.variables.clone()).unwrap_or_default();
        self.add(step);
        script.into_iter().find(|(name, _)| name == CAPTURED).map_or(Known::Unknown, |(_, value)| value)
    }
}

/// The variable that stands for what a step gives back.
const CAPTURED: &str = "RETURNED_BY_SH";

/// A script whose output the pipeline takes: nothing of it goes to the log.
fn captured_passage(passage: &Passage, call: &Call) -> Passage {
    let name = call.bytes.start..call.bytes.start + call.name.len();
    let end = call.bytes.end.saturating_sub(1)..call.bytes.end;
    let mut captured = Passage::default();
    captured.push_for(&format!("{CAPTURED}=$("), &name);
    captured.push(passage);
    captured.push_for("\n)", &end);
    captured
}

/// A text for the shell: strings put together, names as `${name}`.
fn text_of(value: &Value) -> Option<Passage> {
    match value {
        Value::Text { passage, .. } => Some(passage.clone()),
        Value::Sum(parts) => {
            let mut whole = Passage::default();
            let mut place = 0..0;
            for part in parts {
                match part {
                    Value::Text { passage, bytes, .. } => {
                        whole.push(passage);
                        place = bytes.end.saturating_sub(1)..bytes.end;
                    }
                    Value::Name(name) => whole.push_for(&format!("${{{name}}}"), &place),
                    _ => whole.push_for("${unknown}", &place),
                }
            }
            Some(whole)
        }
        _ => None,
    }
}
