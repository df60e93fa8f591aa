//! What can be told only when all of a script was read: who calls a function and with what, and what is written to files.

use std::collections::HashMap;

use super::calls;
use super::cursor::rest;
use super::model::{Command, Dialect, FunctionBody, Output, Script, Word, Written};
use super::state::State;
use super::variables::joined;
use crate::known::Known;
use crate::passage::Passage;

/// The most calls of a function that are looked at.
const CALLS: usize = 16;

pub(super) fn finish(state: State<'_>) -> Script {
    let State { mut commands, variables, functions, documents, .. } = state;
    let mut calls: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, command) in commands.iter().enumerate() {
        if functions.contains_key(command.program()) {
            let calls = calls.entry(command.program().to_owned()).or_default();
            if calls.len() < CALLS {
                calls.push(index);
            }
        }
    }
    let mut names: Vec<(&String, usize)> =
        functions.iter().map(|(name, function)| (name, function.commands.start)).collect();
    // Who calls another one stands behind it, and what it hands on is known first.
    names.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(other.0)));
    for (name, _) in names {
        let calls = calls.get(name).map(Vec::as_slice).unwrap_or_default();
        let output = output_of_calls(&commands, calls);
        let arguments = calls::arguments(&commands, calls);
        let of_function = |(_, command): &(usize, &mut Command)| command.function.as_ref() == Some(name);
        for (index, command) in commands.iter_mut().enumerate().filter(of_function) {
            // A function that calls itself does not read itself.
            let is_own = matches!(output, Output::Pipe(other) | Output::Argument(other) if other == index);
            if command.output == Output::Log && !is_own {
                command.output = output.clone();
            }
            let assigned = command.assignments.iter_mut().map(|(_, word)| word);
            for word in command
                .words
                .iter_mut()
                .chain(assigned)
                .chain(command.here.as_mut())
                .chain(command.input.as_mut())
            {
                calls::put_in(word, &arguments);
            }
        }
    }
    let variables = variables.into_set();
    let written = written(&commands, &documents);
    let mut functions: Vec<FunctionBody> = functions
        .into_iter()
        .map(|(name, function)| FunctionBody { name, commands: function.commands })
        .collect();
    functions.sort_by(|one, other| {
        one.commands.start.cmp(&other.commands.start).then_with(|| one.name.cmp(&other.name))
    });
    Script { dialect: Dialect::Posix, commands, written, functions, variables }
}

/// Where the output of a function goes.
fn output_of_calls(commands: &[Command], calls: &[usize]) -> Output {
    let mut outputs = calls.iter().filter_map(|call| commands.get(*call)).map(|call| &call.output);
    let Some(first) = outputs.next() else { return Output::Caller };
    if *first != Output::Log {
        return first.clone();
    }
    outputs.find(|output| **output != Output::Log).unwrap_or(first).clone()
}

/// Files that are written with a text of the script.
fn written(commands: &[Command], documents: &[(usize, Passage)]) -> Vec<Written> {
    let mut all = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        let Some(text) = printed(command) else { continue };
        let paths: Vec<Word> = match &command.output {
            Output::File(path) => vec![path.clone()],
            Output::Pipe(reader) => commands.get(*reader).map(files_of_tee).unwrap_or_default(),
            _ if command.program() == "tee" => files_of_tee(command),
            _ => continue,
        };
        let passage =
            documents.iter().find(|(reader, _)| *reader == index).map(|(_, passage)| passage.clone());
        all.extend(paths.into_iter().map(|path| Written {
            path,
            text: text.clone(),
            passage: passage.clone(),
            command: index,
            script: None,
        }));
    }
    all
}

fn files_of_tee(command: &Command) -> Vec<Word> {
    if command.program() != "tee" {
        return Vec::new();
    }
    command.words.iter().skip(1).filter(|word| !word.raw.starts_with('-')).cloned().collect()
}

/// What a command prints, if that stands in the script.
fn printed(command: &Command) -> Option<Known> {
    let arguments = command.words.get(1..)?;
    match command.program() {
        "echo" => {
            let words = arguments
                .iter()
                .skip_while(|word| matches!(word.raw.as_str(), "-n" | "-e" | "-E" | "-ne" | "-en"));
            let mut parts: Vec<(String, Known)> = Vec::new();
            for word in words {
                if !parts.is_empty() {
                    parts.push((String::new(), Known::Exactly(" ".to_owned())));
                }
                parts.push((word.raw.clone(), word.value.clone()));
            }
            (!parts.is_empty()).then(|| joined(&parts))
        }
        "printf" => {
            let (format, values) = arguments.split_first()?;
            Some(formatted(format.shown(), values))
        }
        "jq" => {
            let is_new =
                |word: &Word| matches!(word.raw.as_str(), "-n" | "--null-input" | "-nr" | "-rn" | "-nc");
            let [options @ .., filter] = arguments else { return None };
            (!options.is_empty() && options.iter().any(is_new))
                .then(|| constructed(filter.value.exactly()?).map(Known::Exactly))?
        }
        "cat" | "tee" => command.here.as_ref().map(|here| here.value.clone()),
        _ => None,
    }
}

/// The JSON that a filter of jq constructs which is nothing but that: names of members need no quotes there.
fn constructed(filter: &str) -> Option<String> {
    let mut json = String::with_capacity(filter.len() + 8);
    for (nth, part) in filter.split('"').enumerate() {
        if nth > 0 {
            json.push('"');
        }
        if nth % 2 == 1 {
            // An escape may end the text or put something in.
            json.push_str(Some(part).filter(|part| !part.contains('\\'))?);
            continue;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !part.chars().all(|c| is_name(c) || c.is_whitespace() || "{}[]:,".contains(c)) {
            return None;
        }
        for piece in part.split_inclusive(|c: char| !is_name(c)) {
            let name = piece.trim_end_matches(|c: char| !is_name(c));
            let is_member = !name.is_empty() && piece.len() > name.len() && piece.ends_with(':');
            match is_member {
                true => json.push_str(&format!("\"{name}\":")),
                false => json.push_str(piece),
            }
        }
    }
    Some(json)
}

/// What `printf` makes.
fn formatted(format: &str, values: &[Word]) -> Known {
    let mut parts: Vec<(String, Known)> = Vec::new();
    let mut values = values.iter();
    let mut at = 0;
    let mut literal = String::new();
    while let Some(c) = rest(format, at).chars().next() {
        at += c.len_utf8();
        let next = rest(format, at).chars().next();
        match (c, next) {
            ('\\', Some(next)) => {
                at += next.len_utf8();
                match next {
                    'n' => literal.push('\n'),
                    't' => literal.push('\t'),
                    'r' => literal.push('\r'),
                    other => literal.push(other),
                }
            }
            ('%', Some('%')) => {
                at += 1;
                literal.push('%');
            }
            ('%', Some('s' | 'b' | 'd')) => {
                at += 1;
                parts.push((String::new(), Known::Exactly(std::mem::take(&mut literal))));
                if let Some(word) = values.next() {
                    parts.push((word.raw.clone(), word.value.clone()));
                }
            }
            _ => literal.push(c),
        }
    }
    parts.push((String::new(), Known::Exactly(literal)));
    joined(&parts)
}
