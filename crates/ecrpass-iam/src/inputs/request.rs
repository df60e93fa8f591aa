//! A request in a file: `{"principal": …, "action": …, "resource": …, "context": {…}}`, whose context is complete: a key
//! that is not there does not exist. In place of `action` there may be `actions` or `task`.

use ecrpass_json::{JsonKind, Value};

use super::json::{get, items};
use crate::context::{Context, Values};
use crate::document::{Problem, ProblemKind};
use crate::source::Source;

/// What a file asks. What it leaves out is asked for elsewhere.
#[derive(Clone, Debug)]
pub struct RequestFile {
    /// Who.
    pub principal: Option<String>,
    /// What.
    pub actions: Vec<String>,
    /// What, as the name of a task.
    pub task: Option<String>,
    /// On what.
    pub resource: Option<String>,
    /// The keys; complete.
    pub context: Context,
}

/// Reads a request out of a file's outermost value, or out of its `request`.
pub(super) fn take(source: &Source, root: &Value) -> Result<RequestFile, Problem> {
    let problem = |at: &Value, element: &str, expected: &'static str| Problem {
        position: source.position(at.span.start),
        kind: ProblemKind::WrongType { element: element.to_owned(), expected, found: at.kind_name() },
    };
    let object = get(root, "request").unwrap_or(root);
    if object.members().is_none() {
        return Err(problem(object, "a request", "an object"));
    }
    let text = |key: &str| match get(object, key) {
        None => Ok(None),
        Some(value) => match (&value.kind, value.text()) {
            (JsonKind::Null, _) => Ok(None),
            (_, Some(text)) => Ok(Some(text.to_owned())),
            _ => Err(problem(value, key, "a string")),
        },
    };
    let mut actions = Vec::new();
    for value in ["action", "actions"].into_iter().filter_map(|key| get(object, key)) {
        for each in items(value).unwrap_or(std::slice::from_ref(value)) {
            let action = each.text().ok_or_else(|| problem(each, "an action", "a string"))?;
            actions.push(action.to_owned());
        }
    }
    let mut context = Context::complete();
    if let Some(value) = get(object, "context").filter(|value| !matches!(value.kind, JsonKind::Null)) {
        let members = value.members().ok_or_else(|| problem(value, "context", "an object"))?;
        for member in members {
            let scalar = |value: &Value| scalar(source, value);
            context = match (&member.value.kind, items(&member.value)) {
                (JsonKind::Null, _) => context.without(&member.key),
                (_, Some(values)) => {
                    let read: Option<Vec<String>> = values.iter().map(scalar).collect();
                    let read =
                        read.ok_or_else(|| problem(&member.value, &member.key, "a list of strings"))?;
                    context.with(&member.key, Values::of(&member.key, read))
                }
                _ => {
                    let expected = "a string, a number, a boolean or a list of them";
                    let read =
                        scalar(&member.value).ok_or_else(|| problem(&member.value, &member.key, expected))?;
                    context.with(&member.key, Values::one_of(&member.key, &read))
                }
            };
        }
    }
    Ok(RequestFile {
        principal: text("principal")?,
        actions,
        task: text("task")?,
        resource: text("resource")?,
        context,
    })
}

fn scalar(source: &Source, value: &Value) -> Option<String> {
    match &value.kind {
        JsonKind::String(text) => Some(text.to_string()),
        JsonKind::Bool | JsonKind::Number => source.text().get(value.span.clone()).map(str::to_owned),
        _ => None,
    }
}
