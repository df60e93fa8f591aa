//! Passwords that scripts hand to later steps of a pipeline.

use std::ops::Range;

use crate::commands::printing::is_masked;
use crate::commands::{Scripted, scripts};
use crate::deeds::password;
use crate::rule::Examined;
use crate::shell::{Command, Output, Word};

/// Files whose lines become variables or outputs of later steps.
const FILES: [&str; 6] =
    ["GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STATE", "BASH_ENV", "$(results.", "${{ results."];

/// The commands that do so.
pub fn by_scripts(examined: &Examined<'_>) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    for scripted in scripts(examined) {
        for (index, command) in scripted.commands() {
            let is_github = |path: &Word| path.shown().contains("GITHUB_");
            let Some(how) = passes_on(&scripted, index, command) else { continue };
            let is_hidden = match how {
                How::File(path) => is_github(path) && is_masked(&scripted, index),
                How::Message => is_masked(&scripted, index),
                How::Store => false,
            };
            if !is_hidden {
                all.push(command.bytes.clone());
            }
        }
    }
    all
}

enum How<'a> {
    /// Into an environment file.
    File(&'a Word),
    /// By a message to the system.
    Message,
    /// Into the system's own store.
    Store,
}

fn passes_on<'a>(scripted: &Scripted<'a>, index: usize, command: &'a Command) -> Option<How<'a>> {
    let is_file = |path: &&Word| FILES.iter().any(|name| path.shown().contains(name));
    if let Output::File(path) = &command.output
        && is_file(&path)
    {
        return password::of_output(scripted.script, index).map(|_| How::File(path));
    }
    if command.program() == "tee"
        && let Some(path) = command.words.iter().skip(1).find(is_file)
    {
        return password::of_input(scripted.script, index).map(|_| How::File(path));
    }
    let has_password = command.words.iter().any(|word| password::in_word(word).is_some());
    if !has_password {
        return None;
    }
    let says = |mark: &str| command.words.iter().any(|word| word.raw.contains(mark));
    if says("##vso[task.setvariable") || says("##vso[task.setVariable") {
        let secret = ["issecret=true", "isSecret=true"].iter().any(|mark| says(mark));
        return (!secret).then_some(How::Message);
    }
    if says("::set-output") || says("::save-state") || says("##teamcity[setParameter") {
        return Some(How::Message);
    }
    let is_store = matches!(command.program(), "buildkite-agent")
        && command.words.iter().any(|word| word.is("meta-data"));
    is_store.then_some(How::Store)
}
