//! The command that has this program answer to a helper's name.

use ecrpass_core::CommandLine;
use ecrpass_core::environment::OperatingSystem;

use crate::facts::{MachineFacts, Program};

/// In a program's place.
pub fn link(machine: &MachineFacts, path: &str) -> CommandLine {
    let ecrpass = machine.program("ecrpass").and_then(Program::first).map(|file| file.path.as_str());
    // Links take rights there that users do not have; a copy answers to its name as well.
    if machine.system() == OperatingSystem::Windows {
        let line = CommandLine::shell("cp");
        let line = match ecrpass {
            Some(ecrpass) => line.word(ecrpass),
            None => line.shell_word("\"$(command -v ecrpass)\""),
        };
        return line.word(path);
    }
    let directory = path.rsplit_once('/').map(|(directory, _)| directory);
    let is_own = directory.is_some() && directory == machine.writable_on_path.as_deref();
    let line = CommandLine::shell(if is_own { "ln -sf" } else { "sudo ln -sf" });
    let line = match ecrpass {
        Some(ecrpass) => line.word(ecrpass),
        None => line.shell_word("\"$(command -v ecrpass)\""),
    };
    line.word(path)
}

/// In a directory of `PATH`.
pub fn link_on_path(machine: &MachineFacts, name: &str) -> CommandLine {
    if machine.system() == OperatingSystem::Windows {
        let ecrpass = machine.program("ecrpass").and_then(Program::first).map(|file| file.path.as_str());
        let beside = ecrpass.and_then(|path| path.rsplit_once(['\\', '/'])).map(|(directory, _)| directory);
        let directory = machine.writable_on_path.as_deref().or(beside).unwrap_or(".");
        return link(machine, &format!("{directory}\\{name}.exe"));
    }
    let directory = machine.writable_on_path.as_deref().unwrap_or("/usr/local/bin");
    link(machine, &format!("{directory}/{name}"))
}
