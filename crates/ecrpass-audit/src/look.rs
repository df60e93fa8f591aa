//! Has all rules look at all files: in parts, several at a time. What was read of a part is forgotten with it, so that a
//! large tree takes no more memory than its texts and some of its files.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use ecrpass_core::DiagnosisId;

use crate::hit::Hit;
use crate::kind::FileKind;
use crate::models::{Common, Shelf};
use crate::rule::{Examined, Rule};
use crate::source::{Damage, Tree};
use crate::yaml;

/// How many files a part has at least: what they refer to is read once for them all.
const PART: usize = 64;

/// How many parts a tree has at most. Each has room for the models of every file.
const PARTS: usize = 64;

/// How many places of one cause are shown of a file.
const MOST_HITS: usize = 1000;

/// How many threads look at most.
const MAX_THREADS: usize = 8;

/// As much as a program's first thread has.
const STACK: usize = 8 * 1024 * 1024;

/// What documents may hold: a command in one is text about a command, but a password is a password.
const IN_DOCUMENTS: [DiagnosisId; 2] = [DiagnosisId::LiveTokenStored, DiagnosisId::AccessKeyInFile];

/// What rules find.
type Hits = Vec<(DiagnosisId, Hit)>;

/// What comes of looking.
#[derive(Default)]
pub(crate) struct Seen {
    /// What the rules find, in the order of the files.
    pub(crate) hits: Hits,
    /// What cannot be read of the files. Clients' configurations are among them only where they are too long: else a rule
    /// of their own says what is wrong with them.
    pub(crate) damages: Vec<Damage>,
    /// The files that were read in part, clients' configurations included.
    pub(crate) read_in_part: Vec<String>,
}

/// What the rules find in these files.
pub(crate) fn all(tree: &Tree, asked: &[usize], rules: &[&Rule]) -> Seen {
    let common = Common::default();
    let parts: Vec<&[usize]> = asked.chunks((asked.len() / PARTS).max(PART)).collect();
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<(usize, Seen)>> = Mutex::new(Vec::new());
    let work = || {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(number) else { return };
            let seen = part_of(tree, part, rules, &common);
            found.lock().unwrap_or_else(PoisonError::into_inner).push((number, seen));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads().min(parts.len()) {
            // Where there is none to be had, the others do its work.
            if thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by_key(|(number, _)| *number);
    let mut all = Seen::default();
    for (_, mut part) in found {
        all.hits.append(&mut part.hits);
        all.damages.append(&mut part.damages);
        all.read_in_part.append(&mut part.read_in_part);
    }
    all
}

/// How many threads look. A web page has one.
fn threads() -> usize {
    if cfg!(target_family = "wasm") {
        return 1;
    }
    thread::available_parallelism().map_or(1, NonZeroUsize::get).min(MAX_THREADS)
}

fn part_of(tree: &Tree, part: &[usize], rules: &[&Rule], common: &Common) -> Seen {
    let shelf = Shelf::new(tree, common);
    let mut seen = Seen::default();
    for index in part {
        let (Some(file), Some(models)) = (tree.files().get(*index), shelf.models(*index)) else { continue };
        let examined = Examined { file, tree, models };
        for rule in rules {
            if file.kind != FileKind::Document || IN_DOCUMENTS.contains(&rule.id) {
                let mut hits = (rule.look)(&examined);
                if let Some(first) = hits.get(MOST_HITS).and_then(|hit| hit.spots.first()) {
                    let why = format!("the places of {} behind the first {MOST_HITS} are left out", rule.id);
                    let line = file.position(first.bytes.start).0;
                    seen.damages.push(Damage { path: file.path.clone(), line, why });
                    seen.read_in_part.push(file.path.clone());
                    hits.truncate(MOST_HITS);
                }
                seen.hits.extend(hits.into_iter().map(|hit| (rule.id, hit)));
            }
        }
        if let Some(damage) = models.damage() {
            seen.read_in_part.push(damage.path.clone());
            let is_told = file.kind == FileKind::ClientConfig && file.text.len() <= yaml::MAX_TEXT;
            seen.damages.extend(Some(damage).filter(|_| !is_told));
        }
    }
    seen
}
