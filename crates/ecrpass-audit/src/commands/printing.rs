//! Scripts whose purpose is to print a password for a caller, and values that a CI system was told to mask.

use crate::commands::Scripted;
use crate::deeds::password;
use crate::shell::{Output, Script};

/// Programs that only prepare or choose.
const PREPARING: [&str; 16] = [
    "set", "export", "cd", "[", "[[", "test", ":", "local", "exit", "return", "shift", "true", "source", ".",
    "readonly", "trap",
];

/// Whether a script does nothing but print the password: helpers of docker and the kubelet, `ext:` scripts of Argo CD's
/// image updater.
pub fn is_printer(script: &Script, index: usize) -> bool {
    let is_other = |(other, command): (usize, &crate::shell::Command)| {
        let program = command.program();
        let is_part = matches!(command.output, Output::Pipe(_) | Output::Variable(_) | Output::Argument(_));
        other != index && !is_part && !command.words.is_empty() && !PREPARING.contains(&program)
    };
    let others =
        script.commands.iter().enumerate().filter(|(other, command)| is_other((*other, command))).count();
    let is_last = script
        .commands
        .iter()
        .enumerate()
        .skip(index + 1)
        .all(|(_, command)| PREPARING.contains(&command.program()) || command.words.is_empty());
    others == 0 && is_last
}

/// Whether the script masks a password before that command.
pub fn is_masked(scripted: &Scripted<'_>, index: usize) -> bool {
    scripted.script.commands.iter().take(index).any(|command| {
        let text = command.words.iter().map(|word| word.raw.as_str());
        let masks = text.clone().any(|word| word.contains("::add-mask::") || word.contains("issecret=true"));
        masks && command.words.iter().any(|word| password::in_word(word).is_some())
    })
}
