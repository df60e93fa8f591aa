//! `ecrpass uninstall`: puts back what was there before.

use std::path::PathBuf;

use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use serde::Serialize;

use crate::apply::uninstall::{
    Becomes, CacheReport, FileReport, Options, Remains, cache, configurations, empty_directories, links,
    remains, restore,
};
use crate::error::CommandError;
use crate::render::format::Format;
use crate::render::ui::{DIM, GOOD, STRONG, Ui, styled};

/// Arguments of `ecrpass uninstall`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --yes it shows what it would do, and changes nothing.\n\nEntries of docker's and podman's configurations that name our helper become what they were before, or go; everything else in the files stays. Links that ecrpass made, the helper's cache and log, and the copies that ecrpass keeps of changed files go. Files that somebody else wrote stay. It can be run again whatever moment it ended at. The programs themselves are removed by the command it prints at the end.\n\nExit status: 0 when nothing of ours is left, 1 when something would be done with --yes."
)]
pub struct Arguments {
    /// Do it
    #[arg(long, short)]
    pub yes: bool,
    /// Leave the cached tokens and the log
    #[arg(long)]
    pub keep_cache: bool,
    /// Also put this file back, which ecrpass fix --config changed
    #[arg(long = "config", value_name = "FILE")]
    pub configs: Vec<PathBuf>,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What was done.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    /// Whether it was done, and not only shown.
    applied: bool,
    files: Vec<FileReport>,
    links: Vec<String>,
    cache: CacheReport,
    /// What stays.
    remains: Vec<Remains>,
}

impl Report {
    fn is_nothing(&self) -> bool {
        self.files.iter().all(FileReport::is_nothing) && self.links.is_empty() && self.cache.files.is_empty()
    }
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when there is something to do, and it was only shown.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let options = Options { dry_run: !arguments.yes, keep_cache: arguments.keep_cache };
    let mut paths = configurations(environment);
    paths.extend(arguments.configs.iter().filter(|path| !paths.contains(path)).cloned().collect::<Vec<_>>());
    let mut report = Report {
        schema: "ecrpass/uninstall/1",
        applied: arguments.yes,
        files: Vec::new(),
        links: Vec::new(),
        cache: CacheReport::default(),
        remains: Vec::new(),
    };
    let mut failed: Option<CommandError> = None;
    for path in &paths {
        match restore(path, environment, options.dry_run) {
            Ok(file) => report.files.push(file),
            Err(error) => {
                if let Some(earlier) = failed.replace(error) {
                    earlier.say(ui);
                }
            }
        }
    }
    // What a configuration may still ask for stays.
    if arguments.yes
        && let Some(error) = failed
    {
        return Err(error);
    }
    // What is noted down of links tells our programs from those that somebody else put there.
    report.remains = remains(environment);
    report.links = links(environment, options.dry_run)?;
    report.cache = cache(environment, options)?;
    if arguments.yes {
        empty_directories(environment);
    }
    match arguments.format {
        Format::Json => ui.json(&report)?,
        Format::Text => tell(&report, ui)?,
    }
    match failed {
        Some(error) => Err(error),
        None if arguments.yes || report.is_nothing() => Ok(()),
        None => Err(CommandError::Found),
    }
}

fn tell(report: &Report, ui: &mut Ui) -> Result<(), CommandError> {
    let done = if report.applied { styled(GOOD, "✓") } else { styled(DIM, "·") };
    for file in &report.files {
        let name = redact(&file.file.display().to_string()).into_owned();
        if file.becomes != Becomes::Unchanged {
            ui.result(&styled(STRONG, &name))?;
            ui.results(&file.diff)?;
        }
        match file.becomes {
            Becomes::Removed => {
                ui.result(&format!("  {done} it goes: there was none before ecrpass made it"))?
            }
            Becomes::Changed => ui.result(&format!("  {done} our helper is not named in it any more"))?,
            Becomes::Unchanged => {}
        }
        for copy in &file.copies {
            ui.result(&format!("  {done} a copy goes: {}", copy.display()))?;
        }
        for kept in &file.kept {
            ui.note(&format!("note: {} stays: another program wrote it.", kept.display()));
        }
        for note in &file.notes {
            ui.note(&format!("note: {note}."));
        }
    }
    for link in &report.links {
        ui.result(&format!("{done} a link goes: {link}"))?;
    }
    if let Some(why) = &report.cache.unknown {
        ui.note(&format!("note: the cache was not looked for: {why}"));
    }
    if report.cache.in_kernel {
        ui.note(
            "note: tokens in the kernel's keyring go by themselves, within 12 hours or at the next start.",
        );
    }
    match report.cache.files.len() {
        0 => {}
        1 => ui.result(&format!("{done} one file of the cache goes"))?,
        count => ui.result(&format!("{done} {count} files of the cache and the log go"))?,
    }
    if report.is_nothing() {
        ui.result("Nothing of ours is in the configurations, and there is no cache.")?;
    }
    if !report.remains.is_empty() {
        ui.result("")?;
        ui.result(&styled(STRONG, "What stays:"))?;
    }
    for one in &report.remains {
        ui.result(&format!("  {}", one.what))?;
        if let Some(next) = &one.next {
            ui.result(&format!("    Next: {next}"))?;
        }
    }
    if !report.applied && !report.is_nothing() {
        ui.note("Nothing was changed. To do it: ecrpass uninstall --yes");
    }
    Ok(())
}
