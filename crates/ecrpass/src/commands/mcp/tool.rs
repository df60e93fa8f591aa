//! A tool as an assistant sees it, and the command that is behind it.

use rmcp::model::{JsonObject, Tool as Listed, ToolAnnotations};
use serde_json::{Value, json};

use super::given::Given;
use super::job::Job;
use super::paths::Paths;

/// What an answer may use.
pub(super) struct Bounds {
    /// The files.
    pub(super) paths: Paths,
    /// Whether nobody may be asked over the network.
    pub(super) offline: bool,
}

/// A tool.
pub(super) struct Tool {
    /// Its name in the protocol.
    pub(super) name: &'static str,
    /// Its name for people.
    pub(super) title: &'static str,
    /// What it is for, and when to use it.
    pub(super) description: &'static str,
    /// Whether it asks others than this machine.
    pub(super) asks_others: bool,
    /// Its arguments, by name: JSON Schemas.
    pub(super) arguments: fn() -> Value,
    /// Those it cannot do without.
    pub(super) required: &'static [&'static str],
    /// The command that answers.
    pub(super) plan: fn(&mut Given, &Bounds) -> Result<Job, String>,
}

impl Tool {
    /// As it is listed.
    pub(super) fn listed(&self) -> Listed {
        let schema = json!({
            "type": "object",
            "properties": (self.arguments)(),
            "required": self.required,
            "additionalProperties": false,
        });
        let schema: JsonObject = schema.as_object().cloned().unwrap_or_default();
        let hints =
            ToolAnnotations::with_title(self.title).read_only(true).destructive(false).idempotent(true);
        let hints = hints.open_world(self.asks_others);
        Listed::new(self.name, self.description, schema).with_title(self.title).with_annotations(hints)
    }

    /// The command that answers a call.
    ///
    /// # Errors
    /// What is wrong with its arguments, and what to do, for the assistant.
    pub(super) fn job(&self, arguments: JsonObject, bounds: &Bounds) -> Result<Job, String> {
        self.understood(arguments, bounds).map_err(|why| match why.contains("Next: ") {
            true => why,
            false => format!("{why}. Next: give what the tool's schema describes"),
        })
    }

    fn understood(&self, arguments: JsonObject, bounds: &Bounds) -> Result<Job, String> {
        let is_missing = |name: &&&str| arguments.get(**name).is_none_or(Value::is_null);
        if let Some(missing) = self.required.iter().find(is_missing) {
            return Err(format!("`{missing}` is missing"));
        }
        let mut given = Given::new(arguments);
        let job = (self.plan)(&mut given, bounds)?;
        given.nothing_else()?;
        Ok(job)
    }
}
