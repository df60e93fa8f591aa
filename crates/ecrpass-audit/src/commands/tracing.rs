//! Shell scripts whose commands are printed because of another file: that runs them with `bash -x`, sources them where
//! `set -x` is in force, or is sourced by them and switches it on.

use crate::deeds::password;
use crate::kind::FileKind;
use crate::named;
use crate::passage::Passage;
use crate::pipeline::Pipeline;
use crate::rule::Examined;
use crate::shell::{self, Command, Dialect, Output, Script, Word};
use crate::source::SourceFile;

/// The most files that are asked.
const MOST: usize = 64;

/// How deep functions that call each other are followed.
const DEEPEST: usize = 4;

/// The script of a file as others have it run, if one of them has its commands printed.
pub fn by_others(examined: &Examined<'_>) -> Option<Script> {
    let fetches = ["get-login-password", "get-authorization-token"];
    if examined.file.kind != FileKind::Shell || !fetches.iter().any(|text| examined.file.text.contains(text))
    {
        return None;
    }
    let read = |traced| {
        let passage = Passage::verbatim(examined.file.text.as_str(), 0);
        shell::read(&passage, Dialect::Posix, &|_| None, traced)
    };
    if is_run_with_trace(examined) {
        return Some(read(true));
    }
    let calls = traced_calls(examined);
    let mut script = read(true);
    let names = called(&script, calls);
    if !names.is_empty() {
        for command in &mut script.commands {
            // What stands in no function runs where it is sourced.
            command.traced &=
                names.iter().any(|name| *name == command.function.as_deref().unwrap_or_default());
        }
        return Some(script);
    }
    let mut script = read(false);
    trace_behind_sources(examined, &mut script).then_some(script)
}

/// The functions that print the ECR password for whoever calls them, of the scripts that a file sources.
pub fn fetching(examined: &Examined<'_>) -> Vec<String> {
    if examined.file.kind != FileKind::Shell {
        return Vec::new();
    }
    let named = named::by(examined.file);
    let sourced = named.iter().filter_map(|named| {
        named
            .paths
            .iter()
            .filter(|path| **path != examined.file.path)
            .find_map(|path| examined.models.other(path))
    });
    let mut all = Vec::new();
    for models in sourced.filter(|models| models.file().kind == FileKind::Shell) {
        for script in models.scripts().iter().map(|placed| &placed.script) {
            let fetches = |command: &Command| {
                matches!(command.output, Output::Caller | Output::Log) && password::fetch(command).is_some()
            };
            let functions = script.functions.iter().filter(|function| {
                script.commands.get(function.commands.clone()).is_some_and(|body| body.iter().any(fetches))
            });
            all.extend(functions.map(|function| function.name.clone()));
        }
    }
    all.truncate(MOST);
    all
}

/// Whether a word is the output of one of these functions, alone or behind the user.
pub fn has_output_of(word: &Word, functions: &[String]) -> bool {
    let is_called = |text: &str| {
        let output = text.strip_prefix("AWS:").unwrap_or(text).strip_prefix("$(");
        let name = output.and_then(|output| output.trim_start().split([' ', ')', '|', ';']).next());
        name.is_some_and(|name| functions.iter().any(|function| function == name))
    };
    !functions.is_empty() && word.value.alternatives().any(is_called)
}

/// Whether a file of the tree runs this script with `bash -x`.
fn is_run_with_trace(examined: &Examined<'_>) -> bool {
    let name = examined.file.name();
    let traces = |line: &str| {
        let Some((before, _)) = line.split_once(name) else { return false };
        let mut words = before.split_whitespace().rev().skip_while(|word| !word.starts_with('-')).peekable();
        let has_option = words.next().is_some_and(|option| !option.starts_with("--") && option.contains('x'));
        has_option
            && words.next().is_some_and(|program| program.ends_with("sh"))
            && !before.trim_start().starts_with('#')
    };
    let named = |file: &&SourceFile| file.kind != FileKind::Document && file.text.contains(name);
    examined.tree.files().iter().filter(named).take(MOST).any(|file| file.text.lines().any(traces))
}

/// The functions that are called while `set -x` is in force, by the file itself and by scripts and steps that source it; an
/// empty name for the file as a whole.
fn traced_calls(examined: &Examined<'_>) -> Vec<String> {
    let (file, name) = (examined.file, examined.file.name());
    let mut all = Vec::new();
    for placed in examined.models.scripts() {
        all.extend(traced_in(&placed.script).filter(|command| !is_source(command)).map(called_name));
    }
    let asked = |other: &&SourceFile| {
        let may_source = matches!(other.kind, FileKind::Shell | FileKind::Pipeline(_));
        may_source && other.path != file.path && other.text.contains(name)
    };
    for other in examined.tree.files().iter().filter(asked).take(MOST) {
        let Some(models) = examined.models.other(&other.path) else { continue };
        let own = models.scripts().iter().map(|placed| &placed.script);
        let is_sourced = named::by(other).iter().any(|named| {
            named.paths.iter().find(|path| examined.tree.get(path).is_some()) == Some(&file.path)
        });
        let steps = models.pipeline().map(Pipeline::scripts).unwrap_or_default();
        let of_steps = steps.into_iter().filter(|(job, step, _)| !job.is_off && !step.is_off);
        let of_steps = of_steps.map(|(_, _, script)| script).filter(|script| sources(script, file));
        for script in own.filter(|_| is_sourced).chain(of_steps) {
            for command in traced_in(script) {
                if !is_source(command) {
                    all.push(called_name(command));
                } else if command.words.iter().any(|word| word.raw.contains(name)) {
                    all.push(String::new());
                }
            }
        }
    }
    all
}

/// The commands of a script that are printed.
fn traced_in(script: &Script) -> impl Iterator<Item = &Command> {
    let is_named = |command: &Command| !command.program().is_empty() || is_source(command);
    script.commands.iter().filter(move |command| command.traced && !command.is_off && is_named(command))
}

fn called_name(command: &Command) -> String {
    command.program().to_owned()
}

/// Whether a step's script sources a file, by its path from the root.
fn sources(script: &Script, file: &SourceFile) -> bool {
    let is_path = |word: &Word| word.raw.trim_start_matches("./") == file.path;
    script.commands.iter().any(|command| is_source(command) && command.words.iter().any(is_path))
}

/// These functions, and those of the script that they call.
fn called(script: &Script, mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names.dedup();
    names.retain(|name| name.is_empty() || script.functions.iter().any(|function| function.name == *name));
    for _ in 0..DEEPEST {
        let is_called = |name: &String| {
            script.commands.iter().any(|command| {
                command.program() == name
                    && names.iter().any(|caller| *caller == command.function.as_deref().unwrap_or_default())
            })
        };
        let more: Vec<String> = script
            .functions
            .iter()
            .map(|function| &function.name)
            .filter(|name| !names.contains(name) && is_called(name))
            .cloned()
            .collect();
        if more.is_empty() {
            break;
        }
        names.extend(more);
    }
    names
}

/// Marks what stands behind a file that is sourced and leaves `set -x` on, up to a `set +x`; whether there is any.
fn trace_behind_sources(examined: &Examined<'_>, script: &mut Script) -> bool {
    let tracing: Vec<&str> = named::by(examined.file)
        .iter()
        .filter_map(|named| named.paths.iter().find_map(|path| examined.models.other(path)))
        .filter(|models| models.file().kind == FileKind::Shell && leaves_trace_on(models.scripts()))
        .map(|models| models.file().name())
        .collect();
    let mut is_on = false;
    if tracing.is_empty() {
        return false;
    }
    let mut is_any = false;
    for command in &mut script.commands {
        if is_source(command) && !command.is_conditional && command.function.is_none() {
            is_on |= tracing.iter().any(|name| command.words.iter().any(|word| word.raw.contains(name)));
        }
        is_on &= sets_trace(command) != Some(false);
        command.traced |= is_on;
        is_any |= is_on;
    }
    is_any
}

/// Whether a script ends with `set -x` surely in force.
fn leaves_trace_on(scripts: &[crate::scripts::Placed]) -> bool {
    let mut is_on = false;
    let commands = scripts.iter().flat_map(|placed| &placed.script.commands);
    for command in commands.filter(|command| !command.is_off && command.function.is_none()) {
        match sets_trace(command) {
            Some(true) => is_on |= !command.is_conditional,
            Some(false) => is_on = false,
            None => {}
        }
    }
    is_on
}

/// Whether a command switches it on, or off.
fn sets_trace(command: &Command) -> Option<bool> {
    if command.program() != "set" {
        return None;
    }
    let options = command.words.iter().skip(1).map(|word| word.raw.as_str());
    let by_name = options.clone().zip(options.clone().skip(1)).find(|(_, name)| *name == "xtrace");
    if let Some((option, _)) = by_name {
        return Some(option.starts_with('-'));
    }
    let letters = |option: &&str| option.starts_with(['-', '+']) && option.contains('x');
    options.clone().find(letters).map(|option| option.starts_with('-'))
}

fn is_source(command: &Command) -> bool {
    matches!(command.program(), "source" | ".") || command.words.first().is_some_and(|word| word.is("."))
}
