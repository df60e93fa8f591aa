//! Takes everything back, flags first; what the kubelet is still told of stays, since it does not start without.

use std::fmt::Write as _;

use ecrpass_diagnosis::kubelet::{ARGUMENTS, NodeFacts, SERVICES, find_flags, mentioned, names_provider};

use super::due::{Due, State};
use super::places::{self, config_file, config_files};
use super::{Job, restart, unreadable, unwritten};
use crate::collect::node::{node_facts, seen};
use crate::error::CommandError;
use crate::system::kept_file::{KeptFile, Returned, Step};

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restored {
    /// Nothing of ours was there.
    Nothing,
    /// Somebody else has replaced all that was ours.
    Left,
    /// What was there before is there again.
    Done,
}

/// Where a configuration and a program may have been put.
struct Place {
    config: String,
    bin_dir: String,
}

/// What became of flags and configurations.
#[derive(Default)]
pub(super) struct Back {
    is_changed: bool,
    is_left: bool,
    /// What stays and why, and what to do then.
    kept: Vec<(String, String)>,
}

impl Job {
    /// The place that the kubelet is told of now, and the one that is usual: somebody may have changed what it is told.
    fn restored_places(&self) -> Vec<Place> {
        let usual = self.site.platform.places();
        let told = Place { config: self.site.config.clone(), bin_dir: self.site.bin_dir.clone() };
        let is_other = told.config != usual.config || told.bin_dir != usual.bin_dir;
        let usual = Place { config: usual.config.to_owned(), bin_dir: usual.bin_dir.to_owned() };
        [Some(told), is_other.then_some(usual)].into_iter().flatten().collect()
    }

    fn programs(&self) -> Vec<KeptFile> {
        let mut directories: Vec<String> =
            self.restored_places().into_iter().map(|place| place.bin_dir).collect();
        directories.dedup();
        let name = ecrpass_diagnosis::kubelet::PROVIDER;
        directories.iter().map(|directory| places::file(&self.root, &format!("{directory}/{name}"))).collect()
    }

    fn dues(&self) -> Vec<Due> {
        self.programs().iter().map(|program| Due::beside(&self.root, program.path())).collect()
    }

    /// Takes everything back.
    ///
    /// # Errors
    /// When a file cannot be put back, or has to stay because the kubelet is told of it.
    pub fn restore(&self, at: Step<'_>, say: &mut dyn FnMut(String)) -> Result<Restored, CommandError> {
        let programs = self.programs();
        let mut locks = Vec::new();
        for directory in
            programs.iter().filter_map(|program| program.path().parent()).filter(|path| path.is_dir())
        {
            locks.push(places::lock(directory)?);
        }
        let mut back = self.configuration_back(at, say)?;
        self.restart_after(&back, say)?;
        // The kubelet may still have run with flags that lead to the program: it stays until that is over.
        let mut is_changed = back.is_changed;
        for program in programs {
            if program.would_go().map_err(|error| unreadable(&program, error))?
                && let Some(config) = self.names_it()?
            {
                back.kept.push((
                    format!("{} stays, because {config} names it", program.path().display()),
                    format!("take its entry out of {config}"),
                ));
                continue;
            }
            match put_back(&program, at, say)? {
                Returned::Done => is_changed = true,
                Returned::Replaced => back.is_left = true,
                Returned::NotOurs => {}
            }
        }
        for due in self.dues() {
            due.forget()
                .map_err(|error| places::failed("The mark that a restart is due cannot be removed", error))?;
        }
        if let Some((what, next)) = said(&back.kept) {
            return Err(CommandError::problems(what, next));
        }
        Ok(match (is_changed, back.is_left) {
            (true, _) => Restored::Done,
            (false, true) => Restored::Left,
            (false, false) => Restored::Nothing,
        })
    }

    /// Flags and configurations as they were.
    pub(super) fn configuration_back(
        &self,
        at: Step<'_>,
        say: &mut dyn FnMut(String),
    ) -> Result<Back, CommandError> {
        let facts = node_facts(&self.root, None);
        let flags = flags_files(&facts);
        let flags: Vec<KeptFile> = flags.iter().map(|path| places::file(&self.root, path)).collect();
        let mut configs = Vec::new();
        for place in self.restored_places() {
            configs.push((config_file(&self.root, &place.config)?.0, place.config));
        }
        let is_ours = flags.iter().chain(configs.iter().map(|(file, _)| file)).any(KeptFile::is_kept);
        if is_ours && self.restart.is_some() {
            // Beside a program that is there.
            let due = self.dues().into_iter().find(Due::has_room);
            let noted = due.map_or(Ok(()), |due| due.note(true, at));
            noted.map_err(|error| places::failed("It cannot be noted that a restart is due", error))?;
        }
        let mut back = Back::default();
        for file in &flags {
            back.count(put_back(file, at, say)?);
        }
        let told = self.told_still(&back)?;
        for (file, config) in configs {
            let is_told = told.iter().any(|path| seen(&self.root, path) == seen(&self.root, &config));
            // Of a directory, one file has to stay.
            let is_last = config_files(&self.root, &config)?.iter().all(|other| other.path() == file.path());
            if is_told && is_last && file.would_go().map_err(|error| unreadable(&file, error))? {
                back.kept.push((
                    format!("{} stays, because the kubelet's flags name it", file.path().display()),
                    format!("take --image-credential-provider-config={config} and --image-credential-provider-bin-dir out of what the kubelet is started with"),
                ));
                continue;
            }
            back.count(put_back(&file, at, say)?);
        }
        Ok(back)
    }

    /// The configurations that the kubelet is told of now that our flags are gone.
    fn told_still(&self, back: &Back) -> Result<Vec<String>, CommandError> {
        let facts = node_facts(&self.root, None);
        let mut told: Vec<String> = mentioned(&facts).into_iter().filter_map(|flags| flags.config).collect();
        // One that runs may have our flags yet; it loses them when it is restarted.
        if !back.is_changed && self.restart_due()? == State::No {
            told.extend(facts.running.and_then(|words| find_flags(&words.join(" ")).config));
        }
        Ok(told)
    }

    /// A configuration that names the provider, of those that the kubelet may read.
    fn names_it(&self) -> Result<Option<String>, CommandError> {
        let facts = node_facts(&self.root, None);
        let mut paths: Vec<String> = mentioned(&facts).into_iter().filter_map(|flags| flags.config).collect();
        paths.extend(self.restored_places().into_iter().map(|place| place.config));
        for path in paths {
            for file in config_files(&self.root, &path)? {
                let text = file.text().map_err(|error| unreadable(&file, error))?;
                if text.is_some_and(|text| names_provider(&text)) {
                    return Ok(Some(file.path().display().to_string()));
                }
            }
        }
        Ok(None)
    }

    fn restart_after(&self, back: &Back, say: &mut dyn FnMut(String)) -> Result<(), CommandError> {
        let Some(watched) = self.restart else {
            if back.is_changed {
                say(format!("the kubelet reads it when it is restarted: {}", self.site.restart.join(" ")));
            }
            return Ok(());
        };
        let mut is_due = back.is_changed;
        for due in self.dues() {
            let state = due.state(true);
            is_due |= state
                .map_err(|error| places::failed("It cannot be read whether a restart is due", error))?
                != State::No;
        }
        if !is_due {
            return Ok(());
        }
        let root = self.chroot.then_some(self.root.as_path());
        restart::kubelet(&self.site.restart, root, watched).map_err(|why| {
            CommandError::problems(
                format!("The kubelet's old configuration is in place, and it did not come back: {why}."),
                "look at its log: journalctl -u kubelet -n 50",
            )
        })
    }
}

impl Back {
    fn count(&mut self, returned: Returned) {
        self.is_changed |= returned == Returned::Done;
        self.is_left |= returned == Returned::Replaced;
    }
}

/// The files in which flags may have been put, on whatever platform: the usual ones, and those that services read.
fn flags_files(facts: &NodeFacts) -> Vec<String> {
    let read = SERVICES.iter().filter_map(|name| facts.service(name));
    let mut files: Vec<String> = ARGUMENTS.iter().map(|path| (*path).to_owned()).collect();
    for path in read.flat_map(|service| service.files().to_vec()) {
        if !files.contains(&path) {
            files.push(path);
        }
    }
    files
}

fn put_back(file: &KeptFile, at: Step<'_>, say: &mut dyn FnMut(String)) -> Result<Returned, CommandError> {
    let returned = file.give_back(at).map_err(|error| unwritten(file, error))?;
    let shown = file.path().display();
    match returned {
        Returned::Done => say(format!("put back: {shown}")),
        Returned::NotOurs => {}
        Returned::Replaced => say(format!(
            "left: {shown} was replaced by somebody else since; what was there before is {}",
            file.before().display()
        )),
    }
    Ok(returned)
}

/// What stays, in one sentence, and what to do.
fn said(kept: &[(String, String)]) -> Option<(String, String)> {
    let (first, rest) = kept.split_first()?;
    let mut what = first.0.clone();
    let mut next = first.1.clone();
    for (more, then) in rest {
        let _ = write!(what, "; {more}");
        let _ = write!(next, ", {then}");
    }
    Some((
        format!("{what}. A kubelet that is told of what is not there does not start."),
        format!("{next}, restart the kubelet, then run this again"),
    ))
}
