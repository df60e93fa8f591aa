//! Puts the credential provider on a node, and takes it away again: program first, then configuration, then flags, each
//! as one, each only where it differs, so that no kubelet is ever told of what is not there yet.

mod places;
mod restart;

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_diagnosis::kubelet::{Answer, Entry, Refused, Site, Wanted, add_flags, merge};

use self::places::{config_file, make_directory, refuse_unsafe};
use crate::collect::node::seen;
use crate::error::CommandError;
use crate::system::kept_file::{Change, KeptFile, Returned, Step};
use crate::system::provider_run::Provider;

/// What is to be on a node.
pub struct Job {
    /// The node's file system.
    pub root: PathBuf,
    /// Where on it.
    pub site: Site,
    /// The provider's program.
    pub program: Vec<u8>,
    /// The configuration.
    pub wanted: Wanted,
    /// Images to try it with.
    pub images: Vec<String>,
    /// Whether it is tried, as the kubelet would run it.
    pub verify: bool,
    /// Whether the provider and what restarts the kubelet see `root` as the root.
    pub chroot: bool,
    /// Whether the kubelet is restarted when it has to be, and how long it is watched then.
    pub restart: Option<Duration>,
}

/// What is to be done, or was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Another program takes the provider's place.
    pub program: bool,
    /// The configuration changes.
    pub config: bool,
    /// The kubelet gets flags.
    pub flags: bool,
}

impl Work {
    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// Whether the kubelet has to be restarted for it.
    pub fn needs_restart(self) -> bool {
        self.config || self.flags
    }
}

/// The files of a job and what they are to hold.
struct Plan {
    program: KeptFile,
    config: KeptFile,
    config_text: String,
    flags: Option<(KeptFile, String)>,
    work: Work,
}

impl Job {
    /// What there is to do.
    ///
    /// # Errors
    /// Where the node's own files are not to be read, or not to be changed by a program.
    pub fn work(&self) -> Result<Work, CommandError> {
        self.plan().map(|plan| plan.work)
    }

    fn plan(&self) -> Result<Plan, CommandError> {
        let program = KeptFile::new(seen(&self.root, &self.site.program()));
        let config = config_file(&seen(&self.root, &self.site.config))?;
        let text = read(&config)?;
        let config_text = merge(text.as_deref(), &self.wanted).map_err(refused)?;
        let flags = match &self.site.flags {
            None => None,
            Some(file) => {
                let kept = KeptFile::new(seen(&self.root, &file.path));
                let text = read(&kept)?.unwrap_or_default();
                let added = add_flags(&text, file.style, &self.site.config, &self.site.bin_dir);
                let added = added.ok_or_else(|| by_hand(kept.path()))?;
                Some((kept, added, text))
            }
        };
        let work = Work {
            program: !program.is(&self.program).map_err(|error| unreadable(&program, error))?,
            config: text.as_deref() != Some(config_text.as_str()),
            flags: flags.as_ref().is_some_and(|(_, added, text)| added != text),
        };
        let flags = flags.map(|(kept, added, _)| (kept, added));
        Ok(Plan { program, config, config_text, flags, work })
    }

    /// Does what there is to do; `at` is called before each change, `say` with what was done.
    ///
    /// # Errors
    /// When the provider does not answer, so that the old one stays; when a file cannot be written; when the kubelet does
    /// not come back, so that its old configuration is in place again.
    pub fn install(&self, at: Step<'_>, say: &mut dyn FnMut(String)) -> Result<Work, CommandError> {
        let bin_dir = seen(&self.root, &self.site.bin_dir);
        make_directory(&bin_dir)?;
        refuse_unsafe(&self.root, &bin_dir)?;
        let _lock = places::lock(&bin_dir)?;
        let plan = self.plan()?;
        let Some(entry) = Entry::of(&plan.config_text) else {
            return Err(CommandError::could_not_run(
                format!("{} would not name the provider.", plan.config.path().display()),
                "look at it: ecrpass kubelet check",
            ));
        };
        if plan.work.program {
            plan.program
                .prepare(&self.program, 0o755, at)
                .map_err(|error| unwritten(&plan.program, error))?;
            // Before anything is replaced.
            let candidate = plan.program.candidate();
            if let Err(error) = self.try_out(&candidate, &entry, say) {
                plan.program.drop_candidate();
                return Err(error);
            }
            plan.program.put(at).map_err(|error| unwritten(&plan.program, error))?;
            say(format!("installed: {}", plan.program.path().display()));
        }
        if plan.work.config {
            self.put_text(&plan.config, &plan.config_text, at, say)?;
        }
        // Last: a kubelet that is told of files which are not there does not start.
        if plan.work.flags
            && let Some((file, text)) = &plan.flags
        {
            self.put_text(file, text, at, say)?;
        }
        if plan.work.needs_restart() {
            self.restart(&plan, at, say)?;
        }
        if !plan.work.program {
            self.try_out(plan.program.path(), &entry, say)?;
        }
        Ok(plan.work)
    }

    fn put_text(
        &self,
        file: &KeptFile,
        text: &str,
        at: Step<'_>,
        say: &mut dyn FnMut(String),
    ) -> Result<(), CommandError> {
        let directory = file.path().parent().unwrap_or(&self.root);
        make_directory(directory)?;
        refuse_unsafe(&self.root, directory)?;
        // It may name keys: nobody gets to read it who could not.
        let mode = fs::metadata(file.path()).map_or(0o644, |metadata| metadata.permissions().mode() & 0o777);
        file.replace(text.as_bytes(), mode, at).map_err(|error| unwritten(file, error))?;
        say(format!("written: {}", file.path().display()));
        Ok(())
    }

    /// Has the kubelet read what changed; its old files come back if it does not.
    fn restart(&self, plan: &Plan, at: Step<'_>, say: &mut dyn FnMut(String)) -> Result<(), CommandError> {
        let words = self.site.restart.join(" ");
        let Some(watched) = self.restart else {
            say(format!("the kubelet reads it when it is restarted: {words}"));
            return Ok(());
        };
        let root = self.chroot.then_some(self.root.as_path());
        let why = match restart::kubelet(&self.site.restart, root, watched) {
            Ok(()) => {
                say(format!("restarted: {words}"));
                return Ok(());
            }
            Err(why) => why,
        };
        if let Some((file, _)) = plan.flags.as_ref().filter(|_| plan.work.flags) {
            file.give_back(at).map_err(|error| unwritten(file, error))?;
        }
        if plan.work.config {
            plan.config.give_back(at).map_err(|error| unwritten(&plan.config, error))?;
        }
        let again = restart::kubelet(&self.site.restart, root, watched);
        let state = match again {
            Ok(()) => "its old configuration is in place again, and it runs",
            Err(_) => "its old configuration is in place again, and it does not run with that either",
        };
        Err(CommandError::problems(
            format!("The kubelet did not come back with the new configuration ({why}); {state}."),
            "look at its log: journalctl -u kubelet -n 50",
        ))
    }

    fn try_out(
        &self,
        program: &Path,
        entry: &Entry,
        say: &mut dyn FnMut(String),
    ) -> Result<(), CommandError> {
        let inside = self.chroot.then_some(self.root.as_path());
        let provider = Provider { program, entry, inside };
        let failed = |what: String, why: &str| {
            CommandError::problems(
                format!("The provider does not answer {what}: {why}. The node is as it was."),
                "do what that says; or leave trying it out: --no-verify",
            )
        };
        provider.starts().map_err(|why| failed("--version".to_owned(), why.trim_end_matches('.')))?;
        if !self.verify {
            return Ok(());
        }
        let images = entry.to_try(&self.images);
        if images.is_empty() {
            say("not tried with an image: every pattern has a `*`, and no registry was named".to_owned());
        }
        for image in images {
            match provider
                .ask(image)
                .map_err(|why| failed(format!("for {image}"), why.trim_end_matches('.')))?
            {
                Answer::Login => say(format!("verified: it logs in to {image}")),
                Answer::Empty => say(format!("verified: it answers for {image}, and has no login for it")),
            }
        }
        Ok(())
    }

    /// Takes everything back, flags first; whether something of ours was there.
    ///
    /// # Errors
    /// When a file cannot be put back.
    pub fn restore(&self, at: Step<'_>, say: &mut dyn FnMut(String)) -> Result<Change, CommandError> {
        let bin_dir = seen(&self.root, &self.site.bin_dir);
        if !bin_dir.exists() {
            return Ok(Change::None);
        }
        let _lock = places::lock(&bin_dir)?;
        let config = config_file(&seen(&self.root, &self.site.config))?;
        let flags = restart::flags_files(&self.root).into_iter().map(KeptFile::new);
        let mut told = Change::None;
        for file in flags.chain([config]) {
            told = match put_back(&file, at, say)? {
                Change::Made => Change::Made,
                Change::None => told,
            };
        }
        // The kubelet may still run with flags that lead to the program: it stays until that is over.
        if told == Change::Made {
            match self.restart {
                Some(watched) => {
                    let root = self.chroot.then_some(self.root.as_path());
                    restart::kubelet(&self.site.restart, root, watched).map_err(|why| {
                        CommandError::problems(
                            format!("The kubelet's old configuration is in place, and it did not come back: {why}."),
                            "look at its log: journalctl -u kubelet -n 50",
                        )
                    })?;
                }
                None => {
                    say(format!("the kubelet reads it when it is restarted: {}", self.site.restart.join(" ")))
                }
            }
        }
        let program = KeptFile::new(seen(&self.root, &self.site.program()));
        let gone = put_back(&program, at, say)?;
        Ok(if told == Change::Made { told } else { gone })
    }
}

fn put_back(file: &KeptFile, at: Step<'_>, say: &mut dyn FnMut(String)) -> Result<Change, CommandError> {
    let shown = file.path().display();
    match file.give_back(at).map_err(|error| unwritten(file, error))? {
        Returned::Done => {
            say(format!("put back: {shown}"));
            Ok(Change::Made)
        }
        Returned::NotOurs => Ok(Change::None),
        Returned::Replaced => {
            say(format!(
                "left: {shown} was replaced by somebody else since; what was there before is {}",
                file.before().display()
            ));
            Ok(Change::None)
        }
    }
}

fn read(file: &KeptFile) -> Result<Option<String>, CommandError> {
    file.text().map_err(|error| unreadable(file, error))
}

fn unreadable(file: &KeptFile, error: io::Error) -> CommandError {
    CommandError::io(&format!("{} cannot be read", file.path().display()), error, "run it as root")
}

fn unwritten(file: &KeptFile, error: io::Error) -> CommandError {
    CommandError::io(
        &format!("{} cannot be replaced", file.path().display()),
        error,
        "run it as root, on a file system that can be written",
    )
}

fn by_hand(path: &Path) -> CommandError {
    CommandError::problems(
        format!("{} is written in a way that no program should change.", path.display()),
        "add the flags by hand: ecrpass kubelet config --print flags",
    )
}

/// What the pure part refused, as an error of the command.
pub fn refused(why: Refused) -> CommandError {
    CommandError::problems(why.what, why.next)
}

#[cfg(test)]
mod tests;
