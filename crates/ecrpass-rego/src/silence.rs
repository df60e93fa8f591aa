//! Policies that find nothing because they cannot: conftest passes them over without a word.

use std::collections::BTreeSet;

use crate::engine::Module;
use crate::question::{Answers, Question, Wish};
use crate::rule_name::Purpose;

/// What the person who wrote the policies should know.
pub(crate) fn notes(question: &Question, modules: &[Module], answers: &Answers) -> Vec<String> {
    let mut notes = Vec::new();
    let reports =
        |module: &&Module| module.rules.iter().any(|rule| matches!(rule.purpose, Purpose::Report(_)));
    let is_asked = |module: &&Module| match &question.wish {
        Wish::Packages(names) => names.contains(&module.package),
        Wish::AllPackages | Wish::Verify => true,
    };
    let asked: Vec<&Module> = modules.iter().filter(is_asked).filter(reports).collect();
    let others: BTreeSet<&str> = modules
        .iter()
        .filter(|module| !is_asked(module))
        .filter(reports)
        .map(|module| module.package.as_str())
        .collect();
    for package in others {
        notes.push(format!(
            "the rules of package `{package}` were not asked; --namespace {package} asks them"
        ));
    }
    if asked.is_empty() {
        let files: BTreeSet<&str> = modules.iter().map(|module| module.path.as_str()).collect();
        let files = files.into_iter().collect::<Vec<_>>().join(", ");
        notes.push(match files.as_str() {
            "" => "there are no policies: files that end in .rego".to_owned(),
            files => format!("no rule was asked: none is named deny, violation or warn there ({files})"),
        });
        return notes;
    }
    if question.inputs.is_empty() {
        notes.push("no configuration was found that policies could be asked about".to_owned());
        return notes;
    }
    let known = if question.is_combined { BTreeSet::new() } else { top_names(question) };
    for module in asked {
        let has_answer = answers.answers.iter().any(|answer| answer.policy == module.path);
        let Some(policy) = question.policies.iter().find(|policy| policy.path == module.path) else {
            continue;
        };
        let Wanted { names: wanted, asks_otherwise } = input_names(&policy.text);
        // One that also asks without a name (`input[i].Cmd`, `walk(input, …)`) may look at anything; and yet of a list
        // nothing can be had by a name.
        let may_find =
            asks_otherwise && !question.is_combined || wanted.iter().any(|name| known.contains(name));
        if has_answer || wanted.is_empty() || may_find {
            continue;
        }
        let names = wanted.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        notes.push(match question.is_combined {
            true if asks_otherwise => format!(
                "in {} nothing is found by what asks for {names} of a document: with --combine `input` is the list of all",
                module.path
            ),
            true => format!(
                "{} can find nothing here: it asks for {names} of a document, and with --combine `input` is the list of all",
                module.path
            ),
            false => format!(
                "{} can find nothing here: it asks for {names} of a document, which none of {} has",
                module.path,
                question.inputs.len()
            ),
        });
    }
    notes
}

/// The names at the top of all documents.
fn top_names(question: &Question) -> BTreeSet<&str> {
    let objects = question.inputs.iter().filter_map(|input| input.value.as_object());
    objects.flat_map(|object| object.keys().map(String::as_str)).collect()
}

/// What a policy asks of a document.
#[derive(Debug, Default)]
struct Wanted<'a> {
    /// By name: `input.x`, `input["x"]`.
    names: BTreeSet<&'a str>,
    /// Whether it also asks without a name.
    asks_otherwise: bool,
}

fn input_names(text: &str) -> Wanted<'_> {
    const WORD: &str = "input";
    let mut wanted = Wanted::default();
    for line in text.lines() {
        let code = line.split('#').next().unwrap_or_default();
        for (at, _) in code.match_indices(WORD) {
            let before = code.get(..at).unwrap_or_default().chars().next_back();
            if before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '"') {
                continue;
            }
            let rest = code.get(at + WORD.len()..).unwrap_or_default();
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let name = match rest.strip_prefix('.') {
                Some(rest) => rest.get(..rest.find(|c| !is_name(c)).unwrap_or(rest.len())),
                None => rest.strip_prefix("[\"").and_then(|rest| rest.split('"').next()),
            };
            match name {
                Some(name) if !name.is_empty() => {
                    wanted.names.insert(name);
                }
                // `input_x` is another word; in a test `with input as` gives a document.
                _ if rest.starts_with(is_name) || rest.trim_start().starts_with("as ") => {}
                _ => wanted.asks_otherwise = true,
            }
        }
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_asked_for_are_known() {
        let of = |text: &str| {
            let wanted = input_names(text);
            let names = wanted.names.into_iter().collect::<Vec<_>>().join(" ");
            if wanted.asks_otherwise { format!("{names}…") } else { names }
        };
        assert_eq!(of("x := input.auths[_]\ny := input[\"a-b\"].c # input.z\n"), "a-b auths");
        assert_eq!(
            of("input_x := data.input.y\nt if deny with input as {\"q\": 1}\ninput.kind == \"x\""),
            "kind"
        );
        assert_eq!(of("input[i].Cmd == \"run\"\ninput.x"), "x…");
        assert_eq!(of("walk(input, [p, v])"), "…");
    }
}
