//! Directories on a node that hold what the kubelet runs as root: made where they are missing, and refused where others
//! than root could replace what is in them.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_diagnosis::kubelet::{Entry, PROVIDER};
use rustix::fs::FlockOperation;

use crate::collect::node::{named, seen};
use crate::error::CommandError;
use crate::system::in_root::{followed, passed};
use crate::system::kept_file::KeptFile;

/// How long another installer is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Makes a directory that everybody can look into and only root can change; which had to be made, the inner first.
pub fn make_directory(path: &Path) -> Result<Vec<PathBuf>, CommandError> {
    if path.is_dir() {
        return Ok(Vec::new());
    }
    let is_missing = |path: &&Path| !path.as_os_str().is_empty() && path.symlink_metadata().is_err();
    let missing: Vec<PathBuf> = path.ancestors().take_while(is_missing).map(Path::to_owned).collect();
    DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(|error| {
        remove_empty(&missing);
        failed(&format!("{} cannot be made", path.display()), error)
    })?;
    Ok(missing)
}

/// Removes the directories that are empty, the inner first.
pub fn remove_empty(made: &[PathBuf]) {
    for directory in made {
        let _ = fs::remove_dir(directory);
    }
}

/// Refuses a directory of a node in which others could replace what the kubelet runs, and one that a link leads to from
/// such a place; `root` is where the node begins.
pub fn refuse_unsafe(root: &Path, directory: &str) -> Result<(), CommandError> {
    let path = root.join(directory.trim_start_matches('/'));
    let places = passed(root, &path);
    if places.is_empty() {
        return Err(CommandError::problems(
            format!("The links of {} lead in circles.", path.display()),
            "look at them: namei -l",
        ));
    }
    for path in places {
        let metadata = fs::metadata(&path)
            .map_err(|error| failed(&format!("{} cannot be looked at", path.display()), error))?;
        refuse_changeable(&path, &metadata)?;
    }
    Ok(())
}

/// Refuses a file that others could write to.
pub fn refuse_unsafe_file(file: &KeptFile) -> Result<(), CommandError> {
    match file.metadata() {
        Ok(metadata) => refuse_changeable(file.path(), &metadata),
        Err(_) => Ok(()),
    }
}

fn refuse_changeable(path: &Path, metadata: &Metadata) -> Result<(), CommandError> {
    let us = rustix::process::geteuid().as_raw();
    let is_foreign = ![0, us].contains(&metadata.uid());
    let is_sticky = metadata.is_dir() && metadata.mode() & 0o1000 != 0;
    if is_foreign || (metadata.mode() & 0o022 != 0 && !is_sticky) {
        let shown = path.display();
        let what = if metadata.is_dir() {
            "the kubelet would run what they put there"
        } else {
            "what it says is run as root"
        };
        return Err(CommandError::problems(
            format!("Others than root may change {shown}, and {what}."),
            format!("chown root:root {shown} && chmod go-w {shown}"),
        ));
    }
    Ok(())
}

/// A file of a node by its name there; its directory's links are followed, itself may be one.
pub fn file(root: &Path, path: &str) -> KeptFile {
    KeptFile::below(root, named(root, path))
}

/// The directory of a path on a node.
pub fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The files of a configuration of a node: it alone, or those of a directory.
pub fn config_files(root: &Path, path: &str) -> Result<Vec<KeptFile>, CommandError> {
    let directory = seen(root, path);
    if !directory.is_dir() {
        return Ok(vec![file(root, path)]);
    }
    let entries = ecrpass_system::directory::entries(&directory)
        .map_err(|error| failed(&format!("{} cannot be read", directory.display()), error))?;
    let is_config = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("json" | "yaml" | "yml")) && followed(root, path).is_file()
    };
    let mut files: Vec<PathBuf> = entries.into_iter().filter(is_config).collect();
    files.sort();
    Ok(files.into_iter().map(|path| KeptFile::below(root, path)).collect())
}

/// The file that holds our provider, or is to: the configuration, or in a directory of them the one that has it; and the
/// directory on the node that it is in.
pub fn config_file<'a>(root: &Path, path: &'a str) -> Result<(KeptFile, &'a str), CommandError> {
    let directory = seen(root, path);
    if !directory.is_dir() {
        return Ok((file(root, path), directory_of(path)));
    }
    let has_ours =
        |file: &KeptFile| file.text().is_ok_and(|text| text.is_some_and(|text| Entry::of(&text).is_some()));
    let ours = config_files(root, path)?.into_iter().find(has_ours);
    Ok((ours.unwrap_or_else(|| KeptFile::below(root, directory.join(format!("{PROVIDER}.yaml")))), path))
}

/// What a failure of the system's means for a node's files.
pub fn failed(what: &str, error: io::Error) -> CommandError {
    let next = match error.kind() {
        io::ErrorKind::AlreadyExists => {
            "something else is in its place, a link that leads nowhere for example: look at it (ls -l), and move it away"
        }
        io::ErrorKind::ResourceBusy => "it is mounted there by itself: unmount it, or change what is mounted",
        _ => "look at what is there (ls -l), and put it right",
    };
    CommandError::io(what, error, next)
}

/// Keeps other installers off a directory until it is dropped, or this process ends.
pub fn lock(directory: &Path) -> Result<File, CommandError> {
    let could_not = |error: io::Error| failed(&format!("{} cannot be locked", directory.display()), error);
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
