//! `ecrpass fix`: repairs the configurations of docker and podman, and shows what it does.

mod tell;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ecrpass_clients::docker_config::Format;
use ecrpass_clients::repair::{KnownMachine, repair};
use ecrpass_core::CommandLine;
use ecrpass_core::redact::redact;
use ecrpass_diagnosis::finding::Severity;
use ecrpass_diagnosis::input_kind::{InputKind, kind};

use ecrpass_core::environment::Environment;

use crate::apply::around_files;
use crate::apply::helper_logins::HelperLogins;
use crate::apply::helper_place;
use crate::apply::needed_helper::{self, needed_helper};
use crate::apply::outcome::FileOutcome;
use crate::apply::pull_secrets::{self, is_pull_secret};
use crate::apply::repair::{Options, repair_file};
use crate::collect::configurations;
use crate::error::CommandError;
use crate::render::findings::Flowing;
use crate::render::format::Format as Output;
use crate::render::ui::{GOOD, Ui, styled};
use crate::system::atomic_file::Original;
use crate::system::files;
use crate::system::machine::LocalMachine;
use crate::system::programs;
use crate::system::standard_input::standard_input;

use self::tell::{is_nothing, line, tell, tell_finding, tell_placed};

/// Arguments of `ecrpass fix`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --config: docker's file, podman's auth.json, Helm's registry configuration and ~/.dockercfg, if they exist. Entries of registries other than ECR are never touched; a backup of each changed file is kept next to it. If the helper is not on PATH, a link with its name is put into a directory on PATH that you can write to.\n\nThe helper is asked whether it can log in: it only replaces a login that works if it can.\n\nA Kubernetes pull secret can be named as well, in YAML or JSON: an expired login in it is replaced by a fresh token, and nothing else changes, because the kubelet asks no helper for it. From a cluster and back: kubectl get secret NAME -o yaml | ecrpass fix - | kubectl apply -f -\n\nExit status: 0 when nothing is wrong any more, 1 when something is left to do, or --dry-run would change something. What is optional does not count."
)]
pub struct Arguments {
    /// The files to repair; the same as --config
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Repair these files, which may be manifests of pull secrets; - reads standard input and writes the result to standard output
    #[arg(long = "config", value_name = "FILE")]
    pub configs: Vec<PathBuf>,
    /// Show what would be changed, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Also apply the fixes marked unsafe: they remove logins that still work
    #[arg(long = "unsafe")]
    pub with_unsafe: bool,
    /// Do not ask the helper whether it can log in; apply only what is safe without asking
    #[arg(long)]
    pub offline: bool,
    /// Restore the file as it was before the last change, and remove the helper's link if no configuration needs it any
    /// more
    #[arg(long, conflicts_with_all = ["dry_run", "with_unsafe", "offline"])]
    pub undo: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Output,
}

/// Runs the command.
///
/// # Errors
/// [`CommandError::Found`] when something is left to do.
pub fn run(arguments: &Arguments, environment: &dyn Environment, ui: &mut Ui) -> Result<(), CommandError> {
    let named: Vec<PathBuf> = arguments.configs.iter().chain(&arguments.files).cloned().collect();
    if named.iter().any(|path| path == Path::new("-")) {
        return filter(arguments, named.len(), ui);
    }
    let mut files = if named.is_empty() { files::present(environment) } else { named };
    if arguments.undo {
        // One that is gone comes back, too.
        if arguments.configs.is_empty() && arguments.files.is_empty() {
            files.extend(files::gone(environment));
        }
        return undo(environment, &files, ui);
    }
    let placed = needed_helper(environment, &files, arguments.with_unsafe, arguments.offline);
    let planned = placed.as_ref().filter(|_| arguments.dry_run).map(|helper| helper.planned(environment));
    if let Some(helper) = &placed {
        if !arguments.dry_run {
            helper.put_in_place(environment)?;
        }
        if arguments.format == Output::Text {
            tell_placed(helper, arguments.dry_run, ui)?;
        }
    }
    let environment: &dyn Environment = match &planned {
        Some(planned) => planned,
        None => environment,
    };
    let machine = LocalMachine::looking(environment);
    let options = Options { dry_run: arguments.dry_run, with_unsafe: arguments.with_unsafe };
    let helper = HelperLogins::new(environment, arguments.offline);
    let placed_finding =
        placed.as_ref().and_then(|helper| needed_helper::finding(helper, !arguments.dry_run));
    let mut left = placed_finding.is_some() && arguments.dry_run;
    let mut failed: Option<CommandError> = None;
    let mut repaired_files = Vec::new();
    for path in &files {
        let repaired = repair_file(environment, path, &options, &helper, &mut |note| {
            ui.note(&format!("note: {note}."));
        });
        match repaired {
            Ok(file) => {
                if arguments.format == Output::Text {
                    tell(path, &file, arguments.dry_run, &undo_command(arguments, path), ui)?;
                }
                left |= file.is_left();
                if arguments.format == Output::Json {
                    repaired_files.push((path, file));
                }
            }
            // The other files, and what is wrong around them, are told all the same.
            Err(error) => {
                if let Some(earlier) = failed.replace(error) {
                    earlier.say(ui);
                }
            }
        }
    }
    let around = around_files::findings(&machine, &files);
    left |= around.iter().any(|finding| finding.severity != Severity::Note);
    if arguments.format == Output::Text {
        if files.is_empty() {
            ui.result("There is no docker or podman configuration here.")?;
            ui.note("  Next: ecrpass setup <registry>…");
        }
        for finding in &around {
            tell_finding(finding, ui)?;
        }
        if let Some(note) = programs::shadowing(environment, configurations::ecr_helpers(environment)) {
            ui.note(&format!("note: {note}."));
        }
    }
    if arguments.format == Output::Json {
        // Of a large file, they take much more memory than the file.
        let of_files = || repaired_files.iter().flat_map(|(path, file)| file.findings(path));
        ui.json(&Flowing(|| placed_finding.iter().cloned().chain(of_files()).chain(around.iter().cloned())))?;
    }
    match failed {
        Some(error) => Err(error),
        None if left => Err(CommandError::Found),
        None => Ok(()),
    }
}

/// Standard input to standard output. What this machine has installed does not matter: the file may be another's.
fn filter(arguments: &Arguments, files: usize, ui: &mut Ui) -> Result<(), CommandError> {
    if files > 1 || arguments.undo {
        return Err(CommandError::could_not_run(
            "`--config -` cannot be combined with other files or --undo.",
            "leave the other files and --undo out",
        ));
    }
    let text = standard_input()?;
    let stdin = Path::new("-");
    let outcome = if is_pull_secret(stdin, &text) {
        // A secret from kubectl, on its way back to it.
        let renewed = pull_secrets::renewed(stdin, &text, arguments.offline, arguments.with_unsafe);
        FileOutcome::Secrets(renewed.ok_or_else(|| {
            CommandError::could_not_run(
                "Standard input looks like a Kubernetes pull secret, and cannot be read as YAML or JSON.",
                "give it as kubectl prints it: kubectl get secret <name> -o yaml | ecrpass fix -",
            )
        })?)
    } else {
        let known = KnownMachine::of_text(ecrpass_aws::clock::now());
        // A filter has no path that tells it.
        let format = match kind(&text) {
            InputKind::Configuration(format) => format,
            _ => Format::Current,
        };
        match repair(&text, format, &known, arguments.with_unsafe) {
            Err(error) => FileOutcome::Invalid(error),
            Ok(repair) => FileOutcome::Repaired { old: Arc::new(text), repair },
        }
    };
    match (&outcome, arguments.format) {
        (_, Output::Json) => ui.json(&Flowing(|| outcome.findings("stdin", false)))?,
        (FileOutcome::Invalid(error), Output::Text) => {
            ui.error(&format!("stdin:{}: {error}", error.place), error.excerpt.lines());
        }
        (_, Output::Text) if arguments.dry_run => {
            for change in outcome.repairs().flat_map(|repair| repair.changes.iter().chain(&repair.left)) {
                ui.note(&line("stdin", change));
            }
        }
        (FileOutcome::Secrets(renewed), Output::Text) => {
            ui.exact(&renewed.new)?;
            for change in outcome.repairs().flat_map(|repair| repair.changes.iter().chain(&repair.left)) {
                ui.note(&line("stdin", change));
            }
        }
        (FileOutcome::Repaired { old, repair }, Output::Text) => {
            // The file itself, with its secrets: that is what a filter is for. An empty input stays one.
            let text = if repair.changes.is_empty() || old.trim().is_empty() {
                old.as_str()
            } else {
                repair.document.text()
            };
            ui.exact(text)?;
            for change in repair.changes.iter().chain(&repair.left) {
                ui.note(&line("stdin", change));
            }
        }
    }
    let writes = !arguments.dry_run && arguments.format == Output::Text;
    match outcome {
        // What is left to do is the user's choice: the output is whole all the same.
        FileOutcome::Repaired { .. } | FileOutcome::Secrets(_) if writes => Ok(()),
        FileOutcome::Invalid(_) => Err(CommandError::Found),
        _ if outcome.repairs().all(is_nothing) => Ok(()),
        _ => Err(CommandError::Found),
    }
}

/// The command that takes a change of a file back: one that was named has to be named again.
fn undo_command(arguments: &Arguments, path: &Path) -> CommandLine {
    let undo = CommandLine::shell("ecrpass fix --undo");
    let is_named = arguments.configs.iter().chain(&arguments.files).any(|named| named == path);
    if is_named { undo.path(path.display().to_string()) } else { undo }
}

fn undo(environment: &dyn Environment, files: &[PathBuf], ui: &mut Ui) -> Result<(), CommandError> {
    let mut undone = false;
    let mut refused: Option<CommandError> = None;
    for path in files {
        match Original::read(path).and_then(|original| original.undo()) {
            Ok(true) => {
                undone = true;
                let name = path.display().to_string();
                ui.result(&format!("{} {} is as it was before", styled(GOOD, "✓"), redact(&name)))?;
            }
            // With several files, it is enough that one had something to bring back.
            Ok(false) => {}
            Err(error) => {
                if let Some(earlier) = refused.replace(error) {
                    earlier.say(ui);
                }
            }
        }
    }
    let needed: Vec<&str> = configurations::ecr_helpers(environment).into_iter().collect();
    for path in helper_place::undo(environment, &needed)? {
        undone = true;
        ui.result(&format!("{} {path} is gone again", styled(GOOD, "✓")))?;
    }
    match refused {
        Some(error) => Err(error),
        None if undone => Ok(()),
        None => Err(CommandError::problems(
            "there is no backup: ecrpass has not changed anything here.",
            "ecrpass fix --dry-run",
        )),
    }
}
