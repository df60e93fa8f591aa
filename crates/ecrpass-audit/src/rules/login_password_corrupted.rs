//! A password that goes through a pseudo-terminal or Windows PowerShell's pipe, which both change it.

use std::ops::Range;

use ecrpass_core::DiagnosisId;
use ecrpass_diagnosis::finding::Severity;

use crate::commands::{Scripted, fixing, scripts, spot, windows_powershell};
use crate::deeds::password;
use crate::edit::FileEdit;
use crate::hit::Hit;
use crate::rule::{Examined, Rule};
use crate::shell::{Command, Output, Word};

/// `login-password-corrupted`
pub static RULE: Rule = Rule { id: DiagnosisId::LoginPasswordCorrupted, look };

fn look(examined: &Examined<'_>) -> Vec<Hit> {
    let mut hits = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for (index, command) in scripted.commands() {
            if password::fetch(command).is_none() || matches!(command.output, Output::Log | Output::Discarded)
            {
                continue;
            }
            if let Some(option) = terminal(command) {
                let at_command = spot(examined, command.bytes.clone(), "its output gets carriage returns");
                let at_option = spot(examined, option.clone(), "a terminal");
                // A function's, which is called more than once.
                if let Some(known) = hits.iter_mut().find(|hit: &&mut Hit| hit.spots.contains(&at_option)) {
                    known.spots.push(at_command);
                    continue;
                }
                let spots = vec![at_command, at_option];
                let title = "the password goes through a pseudo-terminal, which adds carriage returns";
                // A function's other calls may want the terminal.
                let is_functions =
                    command.words.first().is_some_and(|program| program.bytes.end < command.bytes.start);
                let edit = edit(examined, &option).filter(|_| !is_functions);
                hits.push(Hit::new(Severity::Warning, title, spots).with_edit(edit));
            } else if is_native(command)
                && feeds_login(scripted, index)
                && windows_powershell::runs(examined, scripted)
            {
                let spots = vec![spot(examined, command.bytes.clone(), "re-encoded on its way")];
                let title = "the password goes through Windows PowerShell's pipe, which re-encodes it";
                let advice = "cmd /c \"aws ecr get-login-password --region <region> | docker login --username AWS --password-stdin <host>\"";
                hits.push(
                    Hit::new(Severity::Warning, title, spots).with_advice("Let cmd.exe do the pipe", advice),
                );
            }
        }
    }
    hits
}

/// The option that asks for a terminal, in the command or in what runs it.
fn terminal(command: &Command) -> Option<Range<usize>> {
    let is_option = |word: &&Word| {
        let raw = word.raw.as_str();
        matches!(raw, "--tty" | "-tt" | "--tty=true")
            || raw.starts_with('-')
                && !raw.starts_with("--")
                && raw.len() <= 5
                && raw.contains('t')
                && raw.bytes().skip(1).all(|byte| b"itd".contains(&byte))
    };
    let runs = |words: &[Word]| -> Option<Range<usize>> {
        let image = words.iter().position(|word| word.is("run") || word.is("exec"))?;
        // Behind the image options are the command's own.
        let own = words.iter().skip(image).take_while(|word| !word.is("ecr") && !word.is("ecr-public"));
        own.clone().find(is_option).map(|word| word.bytes.clone())
    };
    let program = command.program();
    if matches!(program, "docker" | "podman" | "nerdctl" | "finch") {
        return runs(&command.words);
    }
    let first = command.wrappers.first()?;
    match first.shown().rsplit('/').next() {
        Some("docker" | "podman" | "nerdctl" | "kubectl" | "oc" | "docker-compose") => {
            runs(&command.wrappers)
        }
        Some("ssh") => of_ssh(&command.wrappers).find(is_option).map(|word| word.bytes.clone()),
        _ => None,
    }
}

/// The options of ssh itself, in front of the host, without the values of those that take one.
fn of_ssh(words: &[Word]) -> impl Iterator<Item = &Word> {
    let takes_value = |word: &Word| {
        let mut letters = word.raw.bytes().skip(1);
        let last = letters.next_back();
        letters.next().is_none() && last.is_some_and(|last| b"BbcDEeFIiJLlmOopQRSWw".contains(&last))
    };
    let mut is_value = false;
    let own = words.iter().skip(1).take_while(move |word| {
        let was_value = std::mem::replace(&mut is_value, false);
        is_value = !was_value && takes_value(word);
        was_value || word.raw.starts_with('-')
    });
    own.filter(|word| word.raw.starts_with('-'))
}

/// Whether a program prints it, and not PowerShell itself.
fn is_native(command: &Command) -> bool {
    command.program() == "aws"
}

fn feeds_login(scripted: &Scripted<'_>, index: usize) -> bool {
    let Some(Output::Pipe(reader)) =
        scripted.script.commands.get(index).map(|command| command.output.clone())
    else {
        return false;
    };
    scripted.script.commands.get(reader).is_some_and(|reader| crate::deeds::login::login(reader).is_some())
}

/// The terminal taken away: `-it` becomes `-i`, `-t` goes.
fn edit(examined: &Examined<'_>, option: &Range<usize>) -> Option<FileEdit> {
    let written = fixing::line_of(examined.file, option)?;
    let without = written.replace('t', "");
    let replacement = if written.starts_with("--") || without.trim_matches('-').is_empty() {
        // The blank before it goes too.
        let before = examined.file.text.get(..option.start)?;
        let start = option.start - usize::from(before.ends_with(' '));
        fixing::replace(start..option.end, "")
    } else {
        fixing::replace(option.clone(), without)
    };
    Some(fixing::safe("Leave the terminal out", vec![replacement]))
}
