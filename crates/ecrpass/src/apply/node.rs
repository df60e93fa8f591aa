//! Puts the credential provider on a node, and takes it away again: program first, then configuration, then flags, each
//! as one, each only where it differs, so that no kubelet is ever told of what is not there yet.

mod due;
mod places;
mod restart;
mod restore;
mod undo;

use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ecrpass_diagnosis::kubelet::{Answer, Entry, Refused, Site, Wanted, add_flags, merge};

use self::due::Due;
pub use self::due::State;
use self::places::{
    config_file, directory_of, make_directory, refuse_unsafe, refuse_unsafe_file, remove_empty,
};
pub use self::restore::Restored;
use crate::collect::node::seen;
use crate::error::CommandError;
use crate::system::kept_file::{KeptFile, Step};
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
    /// The kubelet has yet to be restarted for what an earlier run changed.
    pub restart: bool,
}

impl Work {
    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// Whether the kubelet has to be restarted for it.
    pub fn needs_restart(self) -> bool {
        self.config || self.flags || self.restart
    }

    /// Whether nothing is left to do but that.
    pub fn is_restart_alone(self) -> bool {
        self == Self { restart: true, ..Self::default() }
    }
}

/// The files of a job and what they are to hold.
struct Plan<'a> {
    program: KeptFile,
    config: KeptFile,
    /// The directory that it is in, on the node.
    config_directory: &'a str,
    config_before: Option<String>,
    config_text: String,
    flags: Option<Added<'a>>,
    work: Work,
}

/// A file that gets flags.
struct Added<'a> {
    file: KeptFile,
    directory: &'a str,
    before: Option<String>,
    text: String,
}

impl Job {
    /// What there is to do.
    ///
    /// # Errors
    /// Where the node's own files are not to be read, or not to be changed by a program.
    pub fn work(&self) -> Result<Work, CommandError> {
        self.plan().map(|plan| plan.work)
    }

    /// Whether the kubelet has to be restarted for what an earlier run changed.
    ///
    /// # Errors
    /// When the mark of that cannot be read.
    pub fn restart_due(&self) -> Result<State, CommandError> {
        let due = self.due();
        due.state(self.restart.is_some())
            .map_err(|error| places::failed("It cannot be read whether a restart is due", error))
    }

    fn due(&self) -> Due {
        Due::beside(&self.root, places::file(&self.root, &self.site.program()).path())
    }

    fn plan(&self) -> Result<Plan<'_>, CommandError> {
        if let Some(why) = &self.site.unsure {
            return Err(refused(why.clone()));
        }
        let program = places::file(&self.root, &self.site.program());
        let (config, config_directory) = config_file(&self.root, &self.site.config)?;
        refuse_unsafe_file(&config)?;
        let before = read(&config)?;
        let config_text = merge(before.as_deref(), &self.wanted).map_err(refused)?;
        let flags = match &self.site.flags {
            None => None,
            Some(flags) => {
                let file = places::file(&self.root, &flags.path);
                refuse_unsafe_file(&file)?;
                let before = read(&file)?;
                let old = before.as_deref().unwrap_or_default();
                let text = add_flags(old, flags.style, &self.site.config, &self.site.bin_dir);
                let text = text.ok_or_else(|| by_hand(file.path()))?;
                Some(Added { file, directory: directory_of(&flags.path), before, text })
            }
        };
        let is_due = match self.restart_due()? {
            State::No => false,
            State::Perhaps => self.restart.is_some(),
            State::Yes => true,
        };
        let work = Work {
            program: !program.is(&self.program).map_err(|error| unreadable(&program, error))?,
            config: before.as_deref() != Some(config_text.as_str()),
            flags: flags
                .as_ref()
                .is_some_and(|added| added.before.as_deref().unwrap_or_default() != added.text),
            restart: is_due,
        };
        Ok(Plan { program, config, config_directory, config_before: before, config_text, flags, work })
    }

    /// Does what there is to do; `at` is called before each change, `say` with what was done.
    ///
    /// # Errors
    /// When the provider does not answer, so that the old one stays; when a file cannot be written; when the kubelet does
    /// not come back, so that its old configuration is in place again.
    pub fn install(&self, at: Step<'_>, say: &mut dyn FnMut(String)) -> Result<Work, CommandError> {
        let mut made = Vec::new();
        let done = self.install_into(&mut made, at, say);
        if done.is_err() {
            remove_empty(&made);
        }
        done
    }

    fn install_into(
        &self,
        made: &mut Vec<PathBuf>,
        at: Step<'_>,
        say: &mut dyn FnMut(String),
    ) -> Result<Work, CommandError> {
        if let Some(why) = &self.site.unsure {
            return Err(refused(why.clone()));
        }
        let bin_dir = seen(&self.root, &self.site.bin_dir);
        made.extend(make_directory(&bin_dir)?);
        refuse_unsafe(&self.root, &self.site.bin_dir)?;
        let _lock = places::lock(&bin_dir)?;
        let plan = self.plan()?;
        let Some(entry) = Entry::of(&plan.config_text) else {
            return Err(CommandError::could_not_run(
                format!("{} would not name the provider.", plan.config.path().display()),
                "look at it: ecrpass kubelet check",
            ));
        };
        if plan.work.program {
            let prepared = plan.program.prepare(&self.program, 0o755, at);
            prepared.map_err(|error| unwritten(&plan.program, error))?;
            // Before anything is replaced.
            let candidate = plan.program.candidate();
            if let Err(error) = self.try_out(&candidate, &entry, say) {
                plan.program.drop_candidate();
                return Err(error);
            }
            plan.program.put(at).map_err(|error| unwritten(&plan.program, error))?;
            say(format!("installed: {}", plan.program.path().display()));
        }
        let due = self.due();
        let unnoted = |error| places::failed("It cannot be noted that a restart is due", error);
        if plan.work.config || plan.work.flags {
            due.note(self.restart.is_some(), at).map_err(unnoted)?;
        }
        if plan.work.config {
            self.put_text((&plan.config, plan.config_directory), &plan.config_text, made, at, say)?;
        }
        // Last: a kubelet that is told of files which are not there does not start.
        if plan.work.flags
            && let Some(Added { file, directory, text, .. }) = &plan.flags
        {
            self.put_text((file, directory), text, made, at, say)?;
        }
        if plan.work.config || plan.work.flags {
            due.note(self.restart.is_some(), &mut |_| Ok(())).map_err(unnoted)?;
        }
        if plan.work.needs_restart() {
            self.restart(&plan, at, say)?;
        } else if self.restart_due()? == State::No {
            due.forget().map_err(unnoted)?;
        }
        if !plan.work.program {
            self.try_out(plan.program.path(), &entry, say)?;
        }
        Ok(plan.work)
    }

    fn put_text(
        &self,
        (file, directory): (&KeptFile, &str),
        text: &str,
        made: &mut Vec<PathBuf>,
        at: Step<'_>,
        say: &mut dyn FnMut(String),
    ) -> Result<(), CommandError> {
        made.splice(0..0, make_directory(&seen(&self.root, directory))?);
        refuse_unsafe(&self.root, directory)?;
        // It may name keys: nobody gets to read it who could not.
        let mode = file.metadata().map_or(0o644, |metadata| metadata.permissions().mode() & 0o777);
        file.replace(text.as_bytes(), mode, at).map_err(|error| unwritten(file, error))?;
        say(format!("written: {}", file.path().display()));
        Ok(())
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
}

fn read(file: &KeptFile) -> Result<Option<String>, CommandError> {
    file.text().map_err(|error| unreadable(file, error))
}

fn unreadable(file: &KeptFile, error: io::Error) -> CommandError {
    places::failed(&format!("{} cannot be read", file.path().display()), error)
}

fn unwritten(file: &KeptFile, error: io::Error) -> CommandError {
    places::failed(&format!("{} cannot be replaced", file.path().display()), error)
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
