//! Whether Windows PowerShell runs a script, whose pipe re-encodes what a program prints: its step says so, or a file of the
//! tree runs it with that.

use crate::commands::Scripted;
use crate::kind::FileKind;
use crate::pipeline::{Job, Step};
use crate::rule::Examined;
use crate::source::SourceFile;

/// The most files that are asked whether they run it.
const MOST: usize = 64;

/// Tasks of Azure that run a file, with Windows PowerShell unless they are told otherwise. Source: Azure Pipelines task
/// reference, PowerShell@2 (`pwsh` is false by default).
const TASKS: [&str; 2] = ["PowerShell", "AWSPowerShellModuleScript"];

/// Where those tasks run PowerShell 7 instead.
const OTHER_SYSTEMS: [&str; 3] = ["ubuntu", "linux", "macos"];

/// Whether it surely is Windows PowerShell.
pub fn runs(examined: &Examined<'_>, scripted: &Scripted<'_>) -> bool {
    if scripted.is_windows_powershell() {
        return scripted.job.is_none_or(|job| !is_on(examined.file, job, &OTHER_SYSTEMS));
    }
    if examined.file.kind == FileKind::PowerShell && requires_desktop(&examined.file.text) {
        return true;
    }
    let says_otherwise = ["pwsh", "#Requires -Version 7", "#Requires -PSEdition Core"];
    if examined.file.kind != FileKind::PowerShell
        || says_otherwise.iter().any(|text| examined.file.text.contains(text))
    {
        return false;
    }
    let name = examined.file.name();
    let calls = |line: &str| {
        line.contains(name) && line.to_ascii_lowercase().contains("powershell") && !line.contains("pwsh")
    };
    let names = |file: &&SourceFile| file.path != examined.file.path && file.text.contains(name);
    let mut others = examined.tree.files().iter().filter(names).take(MOST);
    others.any(|file| {
        // Of a pipeline its steps say it, each with the machine it runs on.
        match examined.models.other(&file.path).filter(|_| matches!(file.kind, FileKind::Pipeline(_))) {
            Some(models) => models.pipeline().is_some_and(|pipeline| {
                pipeline.jobs.iter().filter(|job| !job.is_off).any(|job| {
                    let is_other = is_on(file, job, &OTHER_SYSTEMS);
                    let is_windows = is_on(file, job, &["windows", "vs20"]);
                    let mut steps = job.active_steps().filter(|_| !is_other);
                    steps.any(|step| {
                        let by_task = is_windows && is_task_of(examined, step);
                        by_task || runs_file(examined, step) || step_calls(file, step, &calls)
                    })
                })
            }),
            None => file.kind != FileKind::Document && file.text.lines().any(calls),
        }
    })
}

/// Whether a script refuses to run in any other PowerShell: `#Requires -PSEdition Desktop`, or a test of its own.
fn requires_desktop(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim().to_ascii_lowercase();
        let mut words = line.strip_prefix("#requires ").unwrap_or_default().split_whitespace();
        let refuses = || line.contains("throw") || line.contains("exit");
        words.by_ref().any(|word| word == "-psedition") && words.next() == Some("desktop")
            || line.starts_with("if ($psversiontable.psedition -ne 'desktop') {") && refuses()
    })
}

/// Whether the machine of a job is named so.
fn is_on(file: &SourceFile, job: &Job, systems: &[&str]) -> bool {
    let machine = job.host.1.clone().and_then(|bytes| file.text.get(bytes)).unwrap_or_default();
    let machine = machine.to_ascii_lowercase();
    systems.iter().any(|system| machine.contains(system))
}

/// Whether a step is a task that runs the file.
fn is_task_of(examined: &Examined<'_>, step: &Step) -> bool {
    step.uses().is_some_and(|uses| {
        let path = uses.filled("filePath").filter(|_| TASKS.contains(&uses.name.as_str()));
        path.is_some_and(|path| is_meant(examined, &path.raw)) && !uses.is_set_to("pwsh", "true")
    })
}

/// Whether a step runs the file in its own Windows PowerShell.
fn runs_file(examined: &Examined<'_>, step: &Step) -> bool {
    let is_windows_powershell = step.shell.as_deref() == Some("powershell");
    let script = step.script().filter(|_| is_windows_powershell);
    script.is_some_and(|script| {
        let mut commands = script.commands.iter().filter(|command| !command.is_off);
        commands.any(|command| command.words.first().is_some_and(|word| is_meant(examined, word.shown())))
    })
}

/// Whether a line of a step names both: `powershell -File ci/push.ps1`.
fn step_calls(file: &SourceFile, step: &Step, calls: &impl Fn(&str) -> bool) -> bool {
    let text = step.script().and_then(|_| file.text.get(step.bytes.clone())).unwrap_or_default();
    step.path.is_none() && text.lines().any(calls)
}

/// Whether a path means the file that is looked at, and no other one of its name.
fn is_meant(examined: &Examined<'_>, path: &str) -> bool {
    let path = path.trim_matches(['"', '\'']).replace('\\', "/");
    let name = examined.file.name();
    let same_name = || examined.tree.files().iter().filter(|file| file.name() == name).count();
    path.ends_with(&examined.file.path) || path.rsplit('/').next() == Some(name) && same_name() == 1
}
