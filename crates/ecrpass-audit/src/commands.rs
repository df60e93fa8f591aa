//! The commands of a file, whatever file it is: its own scripts and those of a pipeline's steps, with what surrounds them.

use crate::deed::Deed;
use crate::hit::Spot;
use crate::pipeline::{Job, Step};
use crate::rule::Examined;
use crate::scripts::Runs;
use crate::shell::{Command, Dialect, Script};
use crate::system::System;

pub mod build_args;
pub mod build_context;
pub mod builder_pods;
pub mod client_files;
pub mod containers;
pub mod fixing;
pub mod hosts;
pub mod ignored_store;
pub mod keyed_logins;
pub mod logins;
pub mod metadata;
pub mod old_cli;
pub mod outliving;
pub mod passed_on;
pub mod plain_login;
pub mod pod_logins;
pub mod printing;
pub mod pull_secrets;
pub mod renewal;
pub mod renewing;
pub mod repository_names;
pub mod stage_logins;
pub mod tracing;
pub mod windows_powershell;

/// A script and what surrounds it.
#[derive(Clone)]
pub struct Scripted<'a> {
    /// The script.
    pub script: &'a Script,
    /// What it does.
    pub deeds: &'a [Deed],
    /// When it runs.
    pub runs: Runs,
    /// The system, if it is a pipeline's.
    pub system: Option<System>,
    /// The job it is a step of.
    pub job: Option<&'a Job>,
    /// The step that it is.
    pub step: Option<&'a Step>,
    /// Whether another script writes it, as a here-document or with `echo`.
    pub is_written: bool,
}

/// All scripts of a file that are not switched off, those that they write included.
pub fn scripts<'a>(examined: &Examined<'a>) -> Vec<Scripted<'a>> {
    let mut all = Vec::new();
    let deeds = |script| examined.models.deeds(script);
    for placed in examined.models.scripts() {
        for (nth, script) in placed.script.all().into_iter().enumerate() {
            // What a script writes runs at another time.
            let runs = if nth == 0 { placed.runs.clone() } else { Runs::Called };
            let (system, job, step, is_written) = (None, None, None, nth > 0);
            all.push(Scripted { script, deeds: deeds(script), runs, system, job, step, is_written });
        }
    }
    if let Some(pipeline) = examined.models.pipeline() {
        for (job, step, script) in pipeline.scripts() {
            if job.is_off || step.is_off {
                continue;
            }
            for (nth, script) in script.all().into_iter().enumerate() {
                all.push(Scripted {
                    script,
                    deeds: deeds(script),
                    runs: Runs::Called,
                    system: Some(pipeline.system),
                    job: Some(job),
                    step: Some(step),
                    is_written: nth > 0,
                });
            }
        }
    }
    all
}

impl<'a> Scripted<'a> {
    /// Its commands that may run, with their indices.
    pub fn commands(&self) -> impl Iterator<Item = (usize, &'a Command)> {
        self.script.commands.iter().enumerate().filter(|(_, command)| !command.is_off)
    }

    /// Whether it is a line of a shell's history.
    pub fn is_typed(&self) -> bool {
        self.runs == Runs::Typed
    }

    /// Whether Windows PowerShell runs it, which re-encodes what goes through its pipes.
    pub fn is_windows_powershell(&self) -> bool {
        self.script.dialect == Dialect::PowerShell
            && self.step.and_then(|step| step.shell.as_deref()) == Some("powershell")
    }

    /// What happens before a place, in the job or in the script.
    pub fn deeds_before(&self, byte: usize) -> Vec<Deed> {
        let all = match self.job {
            Some(job) => job.deeds(),
            None => self.deeds.to_vec(),
        };
        // What stands in another file happens where it is called, which is not known here.
        all.into_iter().filter(|deed| deed.path.is_some() || deed.bytes.start < byte).collect()
    }
}

/// A place in the file that is looked at.
pub fn spot(examined: &Examined<'_>, bytes: std::ops::Range<usize>, label: &str) -> Spot {
    Spot { path: examined.file.path.clone(), bytes, label: label.to_owned() }
}
