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
    let others = examined.all().filter(|other| other.file.path != examined.file.path);
    let mut gaps = others.filter(|other| other.file.text.contains(name)).filter_map(|other| by(&other, name));
    let mut shortest = gaps.next()?;
    for gap in gaps {
        // One that is not known may be short enough.
        shortest = shortest.zip(gap).map(|(one, other)| one.min(other));
    }
    Some(shortest)
}

/// How often a file runs the script of that name, if it does so by itself.
fn by(other: &Examined<'_>, name: &str) -> Option<Option<u32>> {
    match other.file.kind {
        FileKind::Crontab => other.models.scripts().iter().find_map(|placed| {
            let commands = &placed.script.commands;
            let calls =
                commands.iter().any(|command| command.words.iter().any(|word| word.raw.contains(name)));
            match &placed.runs {
                Runs::Again(gap, _) if calls => Some(*gap),
                _ => None,
            }
        }),
        FileKind::Unit => {
            let stem = other.file.path.strip_suffix(".service").unwrap_or(&other.file.path);
            let service = other.file.name();
            let of_stem = other.tree.get(&format!("{stem}.timer")).and_then(|file| timer(&file.text));
            let by_name = || {
                let mut timers = other.tree.files().iter().filter_map(|file| timer(&file.text));
                timers.find(|timer| timer.unit.as_deref() == Some(service))
            };
            of_stem.or_else(by_name).map(|timer| timer.gap)
        }
        FileKind::Kubernetes if other.file.text.contains("kind: CronJob") => Some(schedule(&other.file.text)),
        FileKind::Pipeline(_) => of_pipeline(&other.file.text),
        _ => None,
    }
}

/// How often a pipeline runs by itself; `None` inside where its times are kept elsewhere.
pub fn of_pipeline(text: &str) -> Option<Option<u32>> {
    let jenkins = || text.split("cron(").nth(1)?.split(['\'', '"']).nth(1).map(cron_gap);
    let is_said = || {
        let words = ["\"schedule\"", "'schedule'", "- schedules", "event: cron", "event: [cron", "cron:"];
        words.iter().any(|word| text.contains(word))
    };
    schedule(text).map(Some).or_else(jenkins).or_else(|| is_said().then_some(None))
}

/// The gap of the first `schedule:` or `cron:` of a text.
pub fn schedule(text: &str) -> Option<u32> {
    text.lines().find_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        let value = line.strip_prefix("schedule:").or_else(|| line.strip_prefix("cron:"))?;
        cron_gap(value.split(" #").next()?.trim().trim_matches(['"', '\'']))
    })
}
