//! Whether a script of the tree is run again and again by something else of it: a timer, a crontab, a CronJob.

use crate::kind::FileKind;
use crate::rule::Examined;
use crate::schedule::cron_gap;
use crate::scripts::{Runs, timer};

/// The life of a password, in minutes.
pub const LIFE: u32 = 12 * 60;

/// The longest time between two runs of a script, if something of the tree runs it; `None` inside if that is not known.
pub fn of_file(examined: &Examined<'_>) -> Option<Option<u32>> {
    let name = examined.file.name();
    if name.len() < 4 {
        return None;
    }
    for other in examined.all() {
        if other.file.path == examined.file.path || !other.file.text.contains(name) {
            continue;
        }
        match other.file.kind {
            FileKind::Crontab => {
                for placed in other.models.scripts() {
                    let calls = placed
                        .script
                        .commands
                        .iter()
                        .any(|command| command.words.iter().any(|word| word.raw.contains(name)));
                    if let (true, Runs::Again(gap, _)) = (calls, &placed.runs) {
                        return Some(*gap);
                    }
                }
            }
            FileKind::Unit => {
                let stem = other.file.path.strip_suffix(".service").unwrap_or(&other.file.path);
                let service = other.file.name();
                let of_stem = examined.tree.get(&format!("{stem}.timer")).and_then(|file| timer(&file.text));
                let by_name = || {
                    let mut timers = examined.tree.files().iter().filter_map(|file| timer(&file.text));
                    timers.find(|timer| timer.unit.as_deref() == Some(service))
                };
                if let Some(timer) = of_stem.or_else(by_name) {
                    return Some(timer.gap);
                }
            }
            FileKind::Kubernetes if other.file.text.contains("kind: CronJob") => {
                return Some(schedule(&other.file.text));
            }
            _ => {}
        }
    }
    None
}

/// The gap of the first `schedule:` or `cron:` of a text.
pub fn schedule(text: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        let value = line.strip_prefix("schedule:").or_else(|| line.strip_prefix("cron:"))?;
        cron_gap(value.split(" #").next()?.trim().trim_matches(['"', '\'']))
    })
}
