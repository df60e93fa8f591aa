//! systemd's units: what a service starts, and how often a timer starts it.

use std::ops::Range;

use crate::known::Known;
use crate::passage::Passage;
use crate::schedule::{calendar_gap, span_minutes};
use crate::scripts::lines::lines;
use crate::scripts::placed::{Placed, Runs};
use crate::shell::{self, Dialect};
use crate::source::{SourceFile, Tree};

/// How often a timer fires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timer {
    /// The longest time between two runs in minutes, if it is known.
    pub gap: Option<u32>,
    /// Where that is written.
    pub bytes: Range<usize>,
    /// The unit it starts, if it says so.
    pub unit: Option<String>,
}

/// The timer of a unit file, if it is one.
pub fn timer(text: &str) -> Option<Timer> {
    if !text.contains("[Timer]") {
        return None;
    }
    let (mut gaps, mut place, mut unit) = (Vec::new(), None, None);
    for (start, line) in lines(text) {
        let Some((key, value)) = line.split_once('=') else { continue };
        let gap = match key.trim() {
            "OnUnitActiveSec" | "OnUnitInactiveSec" => span_minutes(value),
            "OnCalendar" => calendar_gap(value),
            "Unit" => {
                unit = Some(value.trim().to_owned());
                continue;
            }
            _ => continue,
        };
        gaps.push(gap);
        place.get_or_insert(start..start + line.len());
    }
    let gap = gaps.into_iter().collect::<Option<Vec<u32>>>().and_then(|gaps| gaps.into_iter().min());
    Some(Timer { gap, bytes: place?, unit })
}

/// What a service runs, in order.
pub(super) fn read(file: &SourceFile, tree: &Tree) -> Vec<Placed> {
    let stem = file.path.strip_suffix(".service");
    let timer = stem.and_then(|stem| tree.get(&format!("{stem}.timer"))).and_then(|file| timer(&file.text));
    let runs = timer.map_or(Runs::Called, |timer| Runs::Again(timer.gap, 0..0));
    let Some(passage) = started(&Passage::verbatim(file.text.as_str(), 0)) else { return Vec::new() };
    let variables = environment(&file.text);
    let known = |name: &str| variables.iter().rfind(|(set, _)| set == name).map(|(_, value)| value.clone());
    vec![Placed { script: shell::read(&passage, Dialect::Posix, &known, false), runs }]
}

/// The commands of a unit, one after the other.
pub fn started(unit: &Passage) -> Option<Passage> {
    let mut all = Passage::default();
    let mut continues = false;
    for (start, line) in lines(unit.text()) {
        let mut from = 0;
        if !continues {
            let Some((key, value)) = line.split_once('=') else { continue };
            if !matches!(
                key.trim(),
                "ExecStart" | "ExecStartPre" | "ExecStartPost" | "ExecReload" | "ExecStop" | "ExecStopPost"
            ) {
                continue;
            }
            let command = value.trim_start().trim_start_matches(['-', '@', '+', '!', ':']);
            from = line.len() - command.len();
        }
        continues = line.ends_with('\\');
        let part = unit.part(start + from..start + line.len())?;
        all.push(&part);
        let end = unit.place(start + line.len());
        all.push_for("\n", &(end..end + 1));
    }
    (!all.text().is_empty()).then_some(all)
}

/// What `Environment=` sets.
fn environment(text: &str) -> Vec<(String, Known)> {
    let settings = text.lines().filter_map(|line| line.trim().strip_prefix("Environment="));
    let pairs = settings.flat_map(|line| line.split_whitespace().map(|part| part.trim_matches(['"', '\''])));
    pairs
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), Known::Exactly(value.to_owned())))
        .collect()
}
