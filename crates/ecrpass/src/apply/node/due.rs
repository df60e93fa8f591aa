//! Whether a kubelet still has to be restarted for what was changed: a mark beside the provider, made before the first
//! change and taken away after the restart, so that a run that was killed in between is known to the next one.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::collect::node::{Moment, started};
use crate::system::kept_file::{Step, remove, rename, write};

/// Whether a restart is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is not.
    No,
    /// It was when the mark was made; the kubelet's start is not to be seen from here.
    Perhaps,
    /// It is.
    Yes,
}

/// The mark.
pub struct Due {
    path: PathBuf,
    root: PathBuf,
}

impl Due {
    /// Beside a program of the node whose file system is below `root`.
    pub fn beside(root: &Path, program: &Path) -> Self {
        let mut path = program.as_os_str().to_owned();
        path.push(".ecrpass-restart");
        Self { path: path.into(), root: root.to_owned() }
    }

    /// Notes that a restart is due from now on; `by_us` when this run will see to it.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn note(&self, by_us: bool, at: Step<'_>) -> io::Result<()> {
        at("note that the kubelet has to be restarted")?;
        let is_awaited = by_us || self.read()?.is_some_and(|mark| mark.by_us);
        let moment = Moment::now(&self.root);
        let since = moment.map_or_else(String::new, |moment| format!("{} {}", moment.boot, moment.ticks));
        let who = if is_awaited { "ecrpass" } else { "owner" };
        // In one step, so that the older mark stays where this one cannot be made.
        let mut new = self.path.as_os_str().to_owned();
        new.push("-new");
        let new = PathBuf::from(new);
        write(&new, format!("{who} {since}\n").as_bytes(), 0o644)?;
        rename(&new, &self.path)
    }

    /// Whether it could be noted: the program's directory is there.
    pub fn has_room(&self) -> bool {
        self.path.parent().is_some_and(Path::is_dir)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// When the mark stays.
    pub fn forget(&self) -> io::Result<()> {
        let mut new = self.path.as_os_str().to_owned();
        new.push("-new");
        remove(Path::new(&new))?;
        remove(&self.path)
    }

    /// Whether a restart is due; `by_us` when whoever asks would see to it, and so has to watch it to its end.
    ///
    /// # Errors
    /// When the mark is there and cannot be read.
    pub fn state(&self, by_us: bool) -> io::Result<State> {
        let Some(mark) = self.read()? else { return Ok(State::No) };
        let Some(since) = mark.since else { return Ok(State::Perhaps) };
        // The whole machine was started since.
        if Moment::now(&self.root).is_some_and(|now| now.boot != since.boot) {
            return Ok(State::No);
        }
        if by_us && mark.by_us {
            return Ok(State::Yes);
        }
        Ok(match started(&self.root) {
            Some(started) if started > since.ticks => State::No,
            Some(_) => State::Yes,
            None => State::Perhaps,
        })
    }

    fn read(&self) -> io::Result<Option<Mark>> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut words = text.split_whitespace();
        let by_us = words.next() == Some("ecrpass");
        let since = words
            .next()
            .zip(words.next())
            .and_then(|(boot, ticks)| Some(Moment { boot: boot.to_owned(), ticks: ticks.parse().ok()? }));
        Ok(Some(Mark { by_us, since }))
    }
}

struct Mark {
    /// Whether a run of ours was going to restart the kubelet, and to watch it.
    by_us: bool,
    since: Option<Moment>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_is_due_until_it_was_seen() {
        let root = tempfile::tempdir().unwrap();
        let proc = root.path().join("proc");
        fs::create_dir_all(proc.join("sys/kernel/random")).unwrap();
        let boot = |boot: &str| fs::write(proc.join("sys/kernel/random/boot_id"), boot).unwrap();
        boot("first");
        fs::write(proc.join("uptime"), "100.00 1.00\n").unwrap();
        let due = Due::beside(root.path(), &root.path().join("provider"));
        assert_eq!(due.state(true).unwrap(), State::No);
        due.note(false, &mut |_| Ok(())).unwrap();
        assert_eq!(due.state(true).unwrap(), State::Perhaps);
        let kubelet = |started: u64| {
            fs::create_dir_all(proc.join("7")).unwrap();
            fs::write(proc.join("7/cmdline"), "/usr/bin/kubelet\0").unwrap();
            fs::write(proc.join("7/stat"), format!("7 (kubelet) S {}{started} 0", "0 ".repeat(18))).unwrap();
        };
        kubelet(9000);
        assert_eq!(due.state(false).unwrap(), State::Yes);
        kubelet(10_001);
        assert_eq!((due.state(false).unwrap(), due.state(true).unwrap()), (State::No, State::No));
        // A run that was going to restart it was killed: it starts anew, whenever the kubelet was started.
        due.note(true, &mut |_| Ok(())).unwrap();
        due.note(false, &mut |_| Ok(())).unwrap();
        assert_eq!((due.state(false).unwrap(), due.state(true).unwrap()), (State::No, State::Yes));
        boot("second");
        assert_eq!(due.state(true).unwrap(), State::No);
        // Killed while it was written.
        fs::write(root.path().join("provider.ecrpass-restart"), "").unwrap();
        assert_eq!(due.state(true).unwrap(), State::Perhaps);
        // What is in the way of a newer mark leaves the older one.
        due.note(true, &mut |_| Ok(())).unwrap();
        let in_the_way = root.path().join("provider.ecrpass-restart-new");
        fs::create_dir(&in_the_way).unwrap();
        assert!(due.note(true, &mut |_| Ok(())).is_err());
        assert_eq!(due.state(true).unwrap(), State::Yes);
        fs::remove_dir(in_the_way).unwrap();
        due.forget().unwrap();
        due.forget().unwrap();
        assert_eq!(due.state(true).unwrap(), State::No);
    }
}
