//! Documents as `ecrpass policy` prints them, and the names it knows.

use std::io;

use ecrpass_iam::Task;
use ecrpass_iam::generate::Draft;
use ecrpass_iam::generate::format::json::{self, Json};
use ecrpass_iam::task::TASKS;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::render::ui::{STRONG, Ui, styled};

/// The names of all tasks.
pub fn task_names() -> String {
    TASKS.map(Task::id).join(", ")
}

/// A task by its name, for clap.
pub fn parse_task(text: &str) -> Result<Task, String> {
    Task::from_id(text).ok_or_else(|| format!("there is no such task; known are {}", task_names()))
}

/// A value whose members stay in their order.
pub struct Ordered<'a>(pub &'a Json);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Json::Text(text) => serializer.serialize_str(text),
            Json::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Ordered(item))?;
                }
                list.end()
            }
            Json::Object(members) => {
                let mut object = serializer.serialize_map(Some(members.len()))?;
                for (key, member) in members {
                    object.serialize_entry(key, &Ordered(member))?;
                }
                object.end()
            }
        }
    }
}

/// A document as programs read it, with where it belongs.
pub struct Labelled<'a> {
    /// The document.
    pub draft: &'a Draft,
    /// Whether it is all that has to be there, or statements to be added to what is.
    pub is_whole: bool,
}

impl Serialize for Labelled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { draft, is_whole } = self;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry("for", draft.kind.id())?;
        object.serialize_entry("title", &draft.title())?;
        object.serialize_entry("name", &draft.name)?;
        if let Some(account) = &draft.account {
            object.serialize_entry("account", account)?;
        }
        if let Some(region) = &draft.region {
            object.serialize_entry("region", region)?;
        }
        if *is_whole || draft.is_added() {
            object.serialize_entry("command", &draft.attach_command().to_string())?;
        }
        object.serialize_entry("notes", &draft.notes)?;
        object.serialize_entry("policy", &Ordered(&json::value(draft)))?;
        object.end()
    }
}

/// One document alone is the result, so that it can go into a file; what is to be known about it is by the way.
pub fn alone(draft: &Draft, ui: &mut Ui) -> io::Result<()> {
    ui.note(&format!("The {}.", draft.title()));
    ui.results(json::document(draft).lines())?;
    ui.notes(draft.notes.iter().map(|note| format!("note: {note}")));
    ui.note(&format!("Next: save it as {}, then {}", draft.file_name(), draft.attach_command()));
    Ok(())
}

/// Several documents, each below its title.
pub fn all(drafts: &[Draft], ui: &mut Ui) -> io::Result<()> {
    for (index, draft) in drafts.iter().enumerate() {
        if index > 0 {
            ui.result("")?;
        }
        ui.result(&styled(STRONG, &format!("{}. The {}", index + 1, draft.title())))?;
        ui.results(draft.notes.iter().map(|note| format!("   note: {note}")))?;
        ui.results(json::document(draft).lines().map(|line| format!("   {line}")))?;
        ui.result(&format!("   Next: save it as {}, then {}", draft.file_name(), draft.attach_command()))?;
    }
    Ok(())
}

/// Statements to be added to what is there, and the command where it adds them.
pub fn additions(drafts: &[Draft], ui: &mut Ui) -> io::Result<()> {
    for draft in drafts {
        ui.result("")?;
        if draft.is_added() {
            ui.result(&styled(STRONG, &format!("A further {}:", draft.title())))?;
            ui.results(json::document(draft).lines().map(|line| format!("   {line}")))?;
            ui.result(&format!(
                "   Next: save it as {}, then {}",
                draft.file_name(),
                draft.attach_command()
            ))?;
        } else {
            ui.result(&styled(STRONG, &format!("To be added to the {}:", draft.title())))?;
            for statement in &draft.statements {
                let text = json::text(&json::statement(statement));
                ui.results(text.lines().map(|line| format!("   {line}")))?;
            }
        }
    }
    Ok(())
}
