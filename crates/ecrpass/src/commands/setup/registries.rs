//! The registries to set up: named, made of accounts and regions, or found in files.

use std::path::Path;

use ecrpass_clients::client::FileState;
use ecrpass_core::environment::Environment;
use ecrpass_core::redact::redact;
use ecrpass_core::registry::PUBLIC_HOST;
use ecrpass_core::{Arn, Partition, Registry};
use ecrpass_diagnosis::inputs::named_registries::named_registries;
use ecrpass_system::bounded::is_pipe;
use ignore::WalkBuilder;

use super::arguments::Arguments;
use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::machine::read_named;
use crate::system::variables::beside;

/// All of them, each once, in the order they were named.
pub fn collect(
    arguments: &Arguments,
    environment: &dyn Environment,
    ui: &mut Ui,
) -> Result<Vec<String>, CommandError> {
    let mut hosts = Vec::new();
    for text in &arguments.registries {
        hosts.push(named(text)?);
    }
    for region in &arguments.regions {
        for account in &arguments.accounts {
            hosts.push(of_account(account, region)?);
        }
    }
    for source in &arguments.sources {
        found_in(environment, source, Walk::ALL, &mut hosts, ui)?;
    }
    let mut seen = std::collections::HashSet::new();
    hosts.retain(|host| seen.insert(host.clone()));
    if hosts.is_empty() {
        return Err(CommandError::problems(
            "no ECR registry is mentioned there.",
            "name one: ecrpass setup <account>.dkr.ecr.<region>.amazonaws.com",
        ));
    }
    Ok(hosts)
}

fn named(text: &str) -> Result<String, CommandError> {
    if let Some(arn) = Arn::parse(text.trim()).filter(|arn| matches!(arn.service, "ecr" | "ecr-public")) {
        return of_arn(&arn);
    }
    Registry::parse(text).map(|registry| registry.host().to_owned()).map_err(|error| {
        CommandError::could_not_run(
            format!("{error}."),
            "give a registry like 123456789012.dkr.ecr.us-east-1.amazonaws.com, or files with --from",
        )
    })
}

/// The registry that a repository's ARN names, as AWS's own pages and policies write it.
fn of_arn(arn: &Arn<'_>) -> Result<String, CommandError> {
    if arn.service == "ecr-public" {
        return Ok(PUBLIC_HOST.to_owned());
    }
    match Partition::of_region(arn.region) {
        Some(known) if known.id() != arn.partition => Err(CommandError::could_not_run(
            format!(
                "{} is no ARN: region {} is of the partition {}.",
                redact(&arn.to_string()),
                arn.region,
                known.id()
            ),
            "copy the repository's ARN again, or give its registry's host",
        )),
        _ => of_account(arn.account, arn.region),
    }
}

/// The registry of an account in a region.
///
/// # Errors
/// When AWS has no such account or region.
pub fn of_account(account: &str, region: &str) -> Result<String, CommandError> {
    let known = Partition::of_region(region).ok_or_else(|| {
        CommandError::could_not_run(
            format!("`{region}` is not a region of AWS."),
            "give regions like us-east-1,eu-west-1",
        )
    })?;
    named(&format!("{account}.dkr.ecr.{region}.{}", known.dns_suffix()))
}

/// How much of a directory is looked through.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// How far below it.
    pub depth: Option<usize>,
    /// How many files at most.
    pub most: usize,
}

impl Walk {
    /// All of it.
    pub const ALL: Self = Self { depth: None, most: usize::MAX };

    /// Whether nobody has named the directory.
    fn is_proposal(self) -> bool {
        self.depth.is_some()
    }
}

/// Looks through a file, or through a directory's container files.
///
/// # Errors
/// When it cannot be read.
pub fn found_in(
    environment: &dyn Environment,
    source: &Path,
    walk: Walk,
    hosts: &mut Vec<String>,
    ui: &mut Ui,
) -> Result<(), CommandError> {
    let unreadable = |error: &dyn std::fmt::Display| {
        CommandError::could_not_run(
            format!("{} cannot be read: {error}.", source.display()),
            "check the path",
        )
    };
    let metadata = std::fs::metadata(source).map_err(|error| unreadable(&error))?;
    // What comes out of a pipe is text as well as what is in a file.
    if metadata.is_file() || is_pipe(&metadata) {
        let state = read_named(source);
        // Among what was found by itself it is passed over, with a note.
        if let FileState::Unreadable(why) = &state
            && !walk.is_proposal()
        {
            return Err(unreadable(why));
        }
        look_into(environment, source, state, hosts, ui);
        return Ok(());
    }
    if !metadata.is_dir() {
        return Err(CommandError::could_not_run(
            format!("{} is neither a file nor a directory, but {}.", source.display(), what_it_is(&metadata)),
            "write what comes from it to a file, and name that",
        ));
    }
    let mut files = WalkBuilder::new(source);
    files.hidden(false).require_git(false).max_depth(walk.depth).sort_by_file_path(Path::cmp);
    let mut looked = 0;
    for entry in files.build() {
        let entry = match entry {
            Ok(entry) => entry,
            // Of what nobody has named, what cannot be read is passed over.
            Err(_) if walk.is_proposal() => continue,
            Err(error) => return Err(unreadable(&error)),
        };
        if looked >= walk.most {
            break;
        }
        if entry.file_type().is_some_and(|kind| kind.is_file()) && is_container_file(entry.path()) {
            looked += 1;
            look_into(environment, entry.path(), read_named(entry.path()), hosts, ui);
        }
    }
    Ok(())
}

fn what_it_is(metadata: &std::fs::Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    let _ = metadata;
    "something else"
}

/// Compose files, Kubernetes manifests and the like; Dockerfiles under their many names.
fn is_container_file(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.ends_with(".yaml")
        || name.ends_with(".yml")
        || name.contains("dockerfile")
        || name.contains("containerfile")
}

fn look_into(
    environment: &dyn Environment,
    path: &Path,
    state: FileState,
    hosts: &mut Vec<String>,
    ui: &mut Ui,
) {
    let text = match state {
        FileState::Text(text) => text,
        FileState::Missing => return,
        FileState::Unreadable(why) => {
            ui.note(&format!("note: {} is skipped: {why}.", path.display()));
            return;
        }
    };
    for mention in named_registries(&path.display().to_string(), &text, &beside(environment, path)) {
        match mention.host {
            Ok(host) => hosts.push(host),
            Err(why) => {
                ui.note(&format!("note: {}:{} is skipped: {why}.", path.display(), mention.line));
            }
        }
    }
}
