//! Fixes: what to do about a finding, as data; programs read them as `summary`, `command`, `automatic`, `applied`.

use ecrpass_core::CommandLine;
use ecrpass_core::environment::OperatingSystem;
use serde::{Deserialize, Serialize};

use super::own_command::OwnCommand;

/// Something to do about a finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "Contract", into = "Contract")]
pub struct Fix {
    /// What it does.
    pub summary: String,
    /// Who may do it.
    pub applicability: Applicability,
    /// How it is done.
    pub action: Action,
    /// Whether it has been done.
    pub applied: bool,
    /// Whether it only shows something, and fixes nothing.
    pub looks: bool,
}

/// Who may do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// `ecrpass fix` and `doctor --fix` do it without asking: nothing that works now stops working.
    Safe,
    /// It is shown, and run only by somebody who wants that.
    Unsafe,
    /// Somebody has to do it by hand.
    Manual,
}

/// How a fix is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// By one of our own commands.
    Ecrpass(OwnCommand),
    /// By a command.
    Run(CommandLine),
    /// By a text that a file has to have.
    Edit(Edit),
    /// By lines that were made for this one place in a file.
    Lines(String),
    /// By what the summary says.
    Advice,
    /// By a command that was read from another run's findings: it is shown as it stands there, and never run.
    Reported(String),
}

/// A text that a file has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The kind of file, for people.
    pub file: &'static str,
    /// The text.
    pub text: CommandLine,
}

impl Fix {
    /// A command that somebody runs.
    pub fn run(summary: impl Into<String>, command: CommandLine) -> Self {
        Self::new(summary, Applicability::Unsafe, Action::Run(command))
    }

    /// A command of ours that somebody runs.
    pub fn own(summary: impl Into<String>, command: OwnCommand) -> Self {
        Self::new(summary, Applicability::Unsafe, Action::Ecrpass(command))
    }

    /// A command of ours that needs no asking.
    pub fn automatic(summary: impl Into<String>, command: OwnCommand) -> Self {
        Self::new(summary, Applicability::Safe, Action::Ecrpass(command))
    }

    /// Something to do by hand.
    pub fn by_hand(summary: impl Into<String>) -> Self {
        Self::new(summary, Applicability::Manual, Action::Advice)
    }

    /// A fix that has not been applied.
    pub fn new(summary: impl Into<String>, applicability: Applicability, action: Action) -> Self {
        let looks = matches!(&action, Action::Ecrpass(command) if command.looks());
        Self { summary: summary.into(), applicability, action, applied: false, looks }
    }

    /// The same fix, its command written for the shell of that system.
    #[must_use]
    pub fn on(mut self, system: OperatingSystem) -> Self {
        if let Action::Run(command) = self.action {
            self.action = Action::Run(command.on(system));
        }
        self
    }

    /// The command or text that does it, as it is printed.
    pub fn command(&self) -> Option<String> {
        match &self.action {
            Action::Ecrpass(command) => Some(command.command_line().to_string()),
            Action::Run(command) => Some(command.to_string()),
            // What a file has to have is no shell's.
            Action::Edit(edit) => Some(edit.text.posix()),
            Action::Advice => None,
            Action::Lines(text) | Action::Reported(text) => Some(text.clone()),
        }
    }
}

/// The form that programs read.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Fix", description = "Something to do about it."))]
struct Contract {
    /// What it does.
    summary: String,
    /// The command that does it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    command: Option<String>,
    /// Whether `ecrpass fix` does it without asking.
    automatic: bool,
    /// Whether it has been done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    applied: bool,
}

impl From<Fix> for Contract {
    fn from(fix: Fix) -> Self {
        Self {
            command: fix.command(),
            summary: fix.summary,
            automatic: fix.applicability == Applicability::Safe,
            applied: fix.applied,
        }
    }
}

impl From<Contract> for Fix {
    fn from(read: Contract) -> Self {
        let applicability = match (&read.command, read.automatic) {
            (_, true) => Applicability::Safe,
            (Some(_), false) => Applicability::Unsafe,
            (None, false) => Applicability::Manual,
        };
        let action = read.command.map_or(Action::Advice, Action::Reported);
        Self { summary: read.summary, applicability, action, applied: read.applied, looks: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_read_what_they_always_read() {
        let fix = Fix::automatic("do it", OwnCommand::Status);
        let text = r#"{"summary":"do it","command":"ecrpass status","automatic":true}"#;
        assert_eq!(serde_json::to_string(&fix).unwrap(), text);
        let read: Fix = serde_json::from_str(text).unwrap();
        // What was read is shown, and is no command of ours.
        assert_eq!(read.action, Action::Reported("ecrpass status".to_owned()));
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        let by_hand = serde_json::to_string(&Fix::by_hand("think")).unwrap();
        assert_eq!(by_hand, r#"{"summary":"think","automatic":false}"#);
    }
}
