//! Who wants to do what: from the arguments, or from a file.

use std::collections::BTreeMap;
use std::path::Path;

use ecrpass_core::redact::redact;
use ecrpass_iam::context::{Context, Values};
use ecrpass_iam::inputs::{self, Contents, RequestFile};
use ecrpass_iam::source::Source;
use ecrpass_iam::{Case, Principal, Task, case, task};

use super::arguments::Arguments;
use super::load;
use crate::error::CommandError;

/// What was asked.
pub(super) struct Asked {
    pub(super) case: Case,
    /// The task, where one was named.
    pub(super) task: Option<Task>,
    /// The policies that stand beside the request in its file.
    pub(super) beside: Option<(Source, Contents)>,
}

/// Understands what is asked.
///
/// # Errors
/// When something is missing, or no such thing.
pub(super) fn ask(arguments: &Arguments) -> Result<Asked, CommandError> {
    let (file, beside) = match &arguments.request {
        Some(path) => {
            let source = load::source(path)?;
            let (request, contents) =
                inputs::read_request(&source).map_err(|problem| load::invalid(&source, &problem))?;
            (Some(request), Some((source, contents)))
        }
        None => (None, None),
    };
    let collected = collected_principal(arguments)?;
    let beside_principal = beside.as_ref().and_then(|(_, contents)| contents.principal.clone());
    let named = arguments
        .principal
        .clone()
        .or_else(|| file.as_ref()?.principal.clone())
        .or(beside_principal)
        .or(collected)
        .ok_or_else(|| missing("who asks", "--principal ARN"))?;
    let principal = Principal::parse(named.trim()).ok_or_else(|| {
        CommandError::could_not_run(
            format!("`{}` is neither the ARN of a principal nor a service.", redact(&named)),
            "name one like arn:aws:iam::123456789012:role/ci or lambda.amazonaws.com",
        )
    })?;
    let (actions, task) = actions(arguments, file.as_ref())?;
    let resource = resource(arguments, file.as_ref(), &principal, &actions)?;
    let is_complete = file.is_some();
    let context = match file {
        Some(file) => file.context,
        None => context(arguments),
    };
    Ok(Asked { case: Case { principal, actions, resource, context, is_complete }, task, beside })
}

fn missing(what: &str, next: &str) -> CommandError {
    CommandError::could_not_run(format!("It is not said {what}."), format!("add {next}"))
}

/// The principal of a file of collected policies, whose policies they are.
fn collected_principal(arguments: &Arguments) -> Result<Option<String>, CommandError> {
    if arguments.principal.is_some() {
        return Ok(None);
    }
    let is_file = |path: &&std::path::PathBuf| path.as_path() != Path::new("-");
    for path in arguments.policies.iter().filter(is_file) {
        let source = load::source(path)?;
        let contents = inputs::read(&source, None).map_err(|problem| load::invalid(&source, &problem))?;
        if contents.principal.is_some() {
            return Ok(contents.principal);
        }
    }
    Ok(None)
}

fn actions(
    arguments: &Arguments,
    file: Option<&RequestFile>,
) -> Result<(Vec<String>, Option<Task>), CommandError> {
    if !arguments.actions.is_empty() {
        return Ok((arguments.actions.clone(), None));
    }
    let of_file = file.and_then(|file| file.task.as_deref());
    let task = match (arguments.task, of_file) {
        (Some(task), _) => Some(task),
        (None, Some(id)) => Some(Task::from_id(id).ok_or_else(|| {
            CommandError::could_not_run(
                format!("There is no task `{}`.", redact(id)),
                "see --help for the tasks",
            )
        })?),
        (None, None) => None,
    };
    if let Some(task) = task {
        return Ok((task.actions().into_iter().map(str::to_owned).collect(), Some(task)));
    }
    match file.map(|file| file.actions.clone()).filter(|actions| !actions.is_empty()) {
        Some(actions) => Ok((actions, None)),
        None => Err(missing("what is to be done", "--task TASK or --action ACTION")),
    }
}

/// What is acted on; where no action acts on anything, it need not be said.
fn resource(
    arguments: &Arguments,
    file: Option<&RequestFile>,
    principal: &Principal,
    actions: &[String],
) -> Result<String, CommandError> {
    let named = arguments.resource.as_ref().or_else(|| file?.resource.as_ref());
    match named {
        Some(text) => case::resource(text.trim(), principal).map_err(|error| {
            CommandError::could_not_run(
                format!("`{}` is no resource: {error}.", redact(text)),
                "name an ARN, an image of ECR, or *",
            )
        }),
        None if actions
            .iter()
            .all(|action| task::scope(action) == Some(ecrpass_iam::actions::Scope::Everything)) =>
        {
            Ok("*".to_owned())
        }
        None => Err(missing("on what", "--resource ARN or --resource IMAGE")),
    }
}

fn context(arguments: &Arguments) -> Context {
    let mut keys: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for (key, value) in &arguments.context {
        let entry = keys.entry(key.to_ascii_lowercase()).or_insert_with(|| (key.clone(), Vec::new()));
        entry.1.push(value.clone());
    }
    let mut context = Context::partial();
    for (key, values) in keys.into_values() {
        let values = match values.as_slice() {
            [one] => Values::one_of(&key, one),
            _ => Values::Several(values),
        };
        context = context.with(&key, values);
    }
    arguments.absent.iter().fold(context, |context, key| context.without(key))
}
