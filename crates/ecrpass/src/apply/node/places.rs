//! Directories on a node that hold what the kubelet runs as root: made where they are missing, and refused where others
//! than root could replace what is in them.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_diagnosis::kubelet::{Entry, PROVIDER};
use rustix::fs::FlockOperation;

use crate::error::CommandError;
use crate::system::kept_file::KeptFile;

/// How long another installer is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes a directory that everybody can look into and only root can change.
pub fn make_directory(path: &Path) -> Result<(), CommandError> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(|error| {
        CommandError::io(&format!("{} cannot be made", path.display()), error, "run it as root")
    })
}

/// Refuses a directory in which others could replace what the kubelet runs; `root` is where the node begins.
pub fn refuse_unsafe(root: &Path, directory: &Path) -> Result<(), CommandError> {
    let us = rustix::process::geteuid().as_raw();
    let inside = directory.ancestors().take_while(|path| path.starts_with(root));
    for path in inside {
        let metadata = fs::metadata(path).map_err(|error| {
            CommandError::io(&format!("{} cannot be looked at", path.display()), error, "run it as root")
        })?;
        let is_foreign = ![0, us].contains(&metadata.uid());
        let is_sticky = metadata.mode() & 0o1000 != 0;
        if is_foreign || (metadata.mode() & 0o022 != 0 && !is_sticky) {
            let shown = path.display();
            return Err(CommandError::problems(
                format!(
                    "Others than root may change {shown}, and the kubelet would run what they put there."
                ),
                format!("chown root:root {shown} && chmod go-w {shown}"),
            ));
        }
    }
    Ok(())
}

/// The file that holds our provider, or is to: the configuration, or in a directory of them the one that has it.
pub fn config_file(path: &Path) -> Result<KeptFile, CommandError> {
    if !path.is_dir() {
        return Ok(KeptFile::new(path));
    }
    let entries = ecrpass_system::directory::entries(path).map_err(|error| {
        CommandError::io(&format!("{} cannot be read", path.display()), error, "run it as root")
    })?;
    let is_config = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("json" | "yaml" | "yml")) && path.is_file()
    };
    let mut files: Vec<PathBuf> = entries.into_iter().filter(is_config).collect();
    files.sort();
    let ours = files
        .into_iter()
        .find(|file| ecrpass_system::text_file::read(file).is_ok_and(|text| Entry::of(&text).is_some()));
    Ok(KeptFile::new(ours.unwrap_or_else(|| path.join(format!("{PROVIDER}.yaml")))))
}

/// Keeps other installers off a directory until it is dropped, or this process ends.
pub fn lock(directory: &Path) -> Result<File, CommandError> {
    let could_not = |error: io::Error| {
        CommandError::io(&format!("{} cannot be locked", directory.display()), error, "run it as root")
    };
    let opened = File::open(directory).map_err(could_not)?;
    let started = Instant::now();
    loop {
        match rustix::fs::flock(&opened, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(opened),
            Err(rustix::io::Errno::WOULDBLOCK) if started.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(100));
            }
            Err(rustix::io::Errno::WOULDBLOCK) => {
                return Err(CommandError::could_not_run(
                    format!(
                        "Another installer has been at work in {} for {} s.",
                        directory.display(),
                        PATIENCE.as_secs()
                    ),
                    "wait for it or end it, then run this again",
                ));
            }
            // A file system without locks: each step is good by itself.
            Err(rustix::io::Errno::NOTSUP | rustix::io::Errno::NOSYS | rustix::io::Errno::NOLCK) => {
                return Ok(opened);
            }
            Err(error) => return Err(could_not(error.into())),
        }
    }
}
