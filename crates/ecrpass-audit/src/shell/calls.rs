//! What calls hand to functions: the values of `$1`, `$@` and their like in the commands of a function.

use super::model::{Command, Script, Word};
use crate::known::Known;

/// The most values and the longest one that a word becomes.
const VALUES: usize = 16;
const LONGEST: usize = 8192;

/// The arguments of calls.
pub(super) fn arguments(commands: &[Command], calls: &[usize]) -> Vec<Vec<Known>> {
    let calls = calls.iter().filter_map(|call| commands.get(*call));
    calls.map(|call| call.words.iter().skip(1).map(|word| word.value.clone()).collect()).collect()
}

/// Puts the arguments of calls that stand in other scripts into the commands of functions that have none in their own.
pub(super) fn put_in_from_outside(script: &mut Script, calls_of: &dyn Fn(&str) -> Vec<Vec<Known>>) {
    for function in &script.functions {
        let is_called = script.commands.iter().any(|command| command.program() == function.name);
        let calls = if is_called { Vec::new() } else { calls_of(&function.name) };
        let commands = script.commands.get_mut(function.commands.clone()).filter(|_| !calls.is_empty());
        for command in commands.into_iter().flatten() {
            let assigned = command.assignments.iter_mut().map(|(_, word)| word);
            let words = command.words.iter_mut().chain(assigned).chain(command.here.as_mut());
            words.for_each(|word| put_in(word, &calls));
        }
    }
}

/// Puts the arguments of a function's calls into a word: what it is at any of them.
pub(super) fn put_in(word: &mut Word, calls: &[Vec<Known>]) {
    if !word.value.alternatives().any(|text| text.contains("${")) {
        return;
    }
    // `"$@"` itself is as many words as there are arguments; a variable of a loop over them is one.
    let is_all = ["$@", "$*", "${@", "${*"].iter().any(|all| word.raw.contains(all));
    let mut values: Vec<String> = Vec::new();
    for call in calls {
        for text in word.value.alternatives() {
            let Some(more) = filled(text, call, is_all) else { return };
            values.extend(more);
            if values.len() > 4 * VALUES {
                return;
            }
        }
    }
    let value = Known::one_of(values);
    if value.alternatives().count() <= VALUES && !value.is_unknown() {
        word.value = value;
    }
}

/// The texts that one becomes at a call; `None` if these are too many or too long.
fn filled(text: &str, call: &[Known], is_all: bool) -> Option<Vec<String>> {
    let mut texts = vec![String::new()];
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        texts.iter_mut().for_each(|text| text.push_str(before));
        rest = behind;
        let inside = behind.split_once('}').filter(|(inside, _)| inside.len() <= 160);
        let given = inside.and_then(|(inside, after)| Some((values(inside, call, is_all)?, after)));
        let Some((given, after)) = given else {
            texts.iter_mut().for_each(|text| text.push_str("${"));
            continue;
        };
        if texts.len() * given.len() > VALUES {
            return None;
        }
        texts =
            texts.iter().flat_map(|text| given.iter().map(move |value| format!("{text}{value}"))).collect();
        if texts.iter().any(|text| text.len() > LONGEST) {
            return None;
        }
        rest = after;
    }
    texts.iter_mut().for_each(|text| text.push_str(rest));
    Some(texts)
}

/// The values of `1`, `1:-default`, `@` or `@:2` at a call, as far as it has them.
fn values<'a>(name: &'a str, call: &'a [Known], is_all: bool) -> Option<Vec<&'a str>> {
    let (name, default) = name.split_once(":-").map_or((name, None), |(name, text)| (name, Some(text)));
    if let Some(default) = default
        && name.parse::<usize>().is_ok_and(|number| number > call.len())
    {
        return Some(vec![default]);
    }
    let from = match name {
        "@" | "*" => Some(0),
        _ => name.strip_prefix("@:").and_then(|from| from.parse::<usize>().ok()?.checked_sub(1)),
    };
    let given: &[Known] = match from {
        Some(from) => call.get(from..).filter(|given| !is_all || given.len() == 1)?,
        None => {
            let nth = name.parse::<usize>().ok()?.checked_sub(1)?;
            call.get(nth..nth.checked_add(1)?)?
        }
    };
    let known = !given.is_empty() && given.iter().all(|value| !value.is_unknown());
    known.then(|| given.iter().flat_map(Known::alternatives).collect())
}
