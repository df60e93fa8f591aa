//! Who wants to do what: from the arguments, or from a file.

use std::collections::BTreeMap;
use std::path::Path;

use ecrpass_core::Arn;
use ecrpass_core::redact::redact;
use ecrpass_iam::actions::{Scope, permission};
use ecrpass_iam::context::{Context, Values};
use ecrpass_iam::inputs::{self, Contents, RequestFile};
use ecrpass_iam::possible::{self, Impossible};
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
    /// What was taken for granted, or put in another way.
    pub(super) remarks: Vec<String>,
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
    let wrong = Wrong { is_in_file: file.is_some() };
    let principal = Principal::parse(named.trim()).ok_or_else(|| {
        wrong.error(
            format!("`{}` is neither the ARN of a principal nor a service.", redact(&named)),
            "name one like arn:aws:iam::123456789012:role/ci or lambda.amazonaws.com",
        )
    })?;
    let (actions, task) = actions(arguments, file.as_ref())?;
    let (resource, remark) = resource(arguments, file.as_ref(), &principal, &actions, wrong)?;
    let impossible = actions.iter().filter_map(|action| possible::request(action, &resource).err());
    // What stands in a file may be thought up, to see what a policy says of it.
    let mut remarks: Vec<String> = if wrong.is_in_file {
        impossible.map(|why| redact(&format!("{why}: nobody can make this request")).into_owned()).collect()
    } else if let Some(why) = impossible.into_iter().next() {
        return Err(self::impossible(&why));
    } else {
        Vec::new()
    };
    remarks.dedup();
    remarks.extend(actions.iter().filter_map(|action| other_permission(action)).chain(remark));
    let is_complete = file.is_some();
    let context = match file {
        Some(file) => file.context,
        None => context(arguments)?,
    };
    let case = Case { principal, actions, resource, context, is_complete };
    Ok(Asked { case, task, beside, remarks })
}

fn missing(what: &str, next: &str) -> CommandError {
    CommandError::usage(format!("It is not said {what}."), format!("add {next}"))
}

/// What is wrong with a question, which is the command line's fault or the file's.
#[derive(Clone, Copy)]
struct Wrong {
    is_in_file: bool,
}

impl Wrong {
    fn error(self, what: String, next: impl Into<String>) -> CommandError {
        if self.is_in_file {
            CommandError::could_not_run(what, next)
        } else {
            CommandError::usage(what, next)
        }
    }
}

/// What nobody can ask, in the command line.
fn impossible(why: &Impossible) -> CommandError {
    CommandError::usage(format!("{}.", redact(&why.to_string())), redact(&why.next()))
}

/// An operation that is judged by another's action.
fn other_permission(operation: &str) -> Option<String> {
    let action = permission(operation);
    (action != operation).then(|| {
        format!("{} has no permission of its own: policies are asked for {action}", redact(operation))
    })
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

/// What is acted on, with a word about what is not known of it; where no action acts on anything, it need not be said.
fn resource(
    arguments: &Arguments,
    file: Option<&RequestFile>,
    principal: &Principal,
    actions: &[String],
    wrong: Wrong,
) -> Result<(String, Option<String>), CommandError> {
    let acts_on_nothing = actions.iter().all(|action| task::scope(action) == Some(Scope::Everything));
    let named = arguments.resource.as_ref().or_else(|| file?.resource.as_ref());
    match named {
        Some(text) => {
            let text = text.trim();
            let arn = case::resource(text, principal).map_err(|error| {
                let what = format!("`{}` is no resource: {error}.", redact(text));
                wrong.error(what, "name an ARN, an image of ECR, or *")
            })?;
            // An alias stands for an account, and only ECR Public knows for which.
            let is_guessed = arn != text && Arn::parse(&arn).is_some_and(|arn| arn.service == "ecr-public");
            let remark = (is_guessed && !acts_on_nothing).then(|| {
                format!("{} is taken for a repository of the caller's own account: if its alias is another's, name the ARN", redact(text))
            });
            Ok((arn, remark))
        }
        None if acts_on_nothing => Ok(("*".to_owned(), None)),
        None => Err(missing("on what", "--resource ARN or --resource IMAGE")),
    }
}

/// The keys that are given.
///
/// # Errors
/// When one cannot have that value, or is said not to be there as well.
fn context(arguments: &Arguments) -> Result<Context, CommandError> {
    let mut keys: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for (key, value) in &arguments.context {
        let entry = keys.entry(key.to_ascii_lowercase()).or_insert_with(|| (key.clone(), Vec::new()));
        entry.1.push(value.clone());
    }
    let mut context = Context::partial();
    for (key, values) in keys.into_values() {
        possible::value(&key, &values).map_err(|why| impossible(&why))?;
        if arguments.absent.iter().any(|absent| absent.eq_ignore_ascii_case(&key)) {
            let what = format!("{} is given, and said to be absent.", redact(&key));
            return Err(CommandError::usage(what, "leave one of the two out"));
        }
        let values = match values.as_slice() {
            [one] => Values::one_of(&key, one),
            _ => Values::Several(values),
        };
        context = context.with(&key, values);
    }
    Ok(arguments.absent.iter().fold(context, |context, key| context.without(key)))
}
