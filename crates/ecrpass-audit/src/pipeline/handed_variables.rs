//! The variables that a script hands on to later steps by a file of the runner's: `$GITHUB_ENV`, `$BASH_ENV`.

use crate::known::Known;
use crate::shell::{Output, Script, Word};

/// The variables that a script writes to a file that the CI system reads: `echo "NAME=value" >> "$GITHUB_ENV"`,
/// `echo 'export NAME=value' >> $BASH_ENV`.
pub fn written_to(script: &Script, file: &str) -> Vec<(String, Known)> {
    let mut all = Vec::new();
    for command in script.commands.iter().filter(|command| !command.is_off) {
        let Output::File(target) = &command.output else { continue };
        if !names_file(target, file) || !matches!(command.program(), "echo" | "printf") {
            continue;
        }
        let words: Vec<&Word> =
            command.words.iter().skip(1).filter(|word| !word.raw.starts_with('-')).collect();
        let values = words.iter().map(|word| &word.value).collect::<Vec<_>>();
        let space = Known::Exactly(" ".to_owned());
        let text = Known::concat(values.iter().enumerate().flat_map(|(index, value)| {
            let gap = (index > 0).then_some(&space);
            gap.into_iter().chain([*value])
        }));
        for line in lines(&text) {
            let name =
                line.alternatives().next().and_then(|line| assignment(line)).map(|(name, _)| name.to_owned());
            if let Some(name) = name {
                all.push((
                    name,
                    line.map(|line| assignment(line).map_or("${?}", |(_, value)| value).to_owned()),
                ));
            }
        }
    }
    all
}

/// Whether a word names a file of the runner: `$GITHUB_ENV`, `"${GITHUB_ENV}"`, `$env:GITHUB_ENV`.
fn names_file(word: &Word, file: &str) -> bool {
    word.raw.contains(file) || word.shown().contains(file)
}

/// `export NAME=value`
fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let is_name = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(is_name)).then(|| (name, value.trim_matches(['"', '\''])))
}

/// The lines of a text that is known as one; several alternatives stay as they are.
fn lines(value: &Known) -> Vec<Known> {
    match value {
        Known::Exactly(text) | Known::Made(text) => text
            .split(['\n'])
            .flat_map(|line| line.split("\\n"))
            .map(|line| Known::one_of([line.to_owned()]))
            .collect(),
        other => vec![other.clone()],
    }
}
