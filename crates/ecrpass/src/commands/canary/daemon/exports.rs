//! The metrics on their way out of the daemon: after each run, and of many runs at once together.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ecrpass_canary::board::Board;
use ecrpass_canary::exposition::{Form, render};
use ecrpass_canary::otlp::{Resource, request};

use super::endpoint::Shared;
use crate::apply::canary_exports::{METRICS_FILE, OTLP, Pusher, write_metrics};
use crate::collect::canary::wall_clock;
use crate::render::ui::Ui;

/// The least time between two files, and between two pushes.
const BETWEEN_FILES: Duration = Duration::from_secs(1);
const BETWEEN_PUSHES: Duration = Duration::from_secs(5);

/// One way out.
#[derive(Default)]
struct Way {
    last: Option<Instant>,
    /// Whether something was counted since.
    is_due: bool,
}

impl Way {
    /// Whether it is time; if so, it is as if it were done.
    fn takes(&mut self, between: Duration) -> bool {
        let is_time = self.is_due && self.last.is_none_or(|last| last.elapsed() >= between);
        if is_time {
            *self = Self { last: Some(Instant::now()), is_due: false };
        }
        is_time
    }
}

/// The exports.
pub struct Exports {
    file: Option<PathBuf>,
    pusher: Option<Pusher>,
    resource: Resource,
    /// When counting began, in nanoseconds since 1970.
    began: u64,
    to_file: Way,
    to_collector: Way,
    /// What was last told of each that failed.
    told: [Option<String>; 2],
}

impl Exports {
    /// To a file and a collector, where they are wanted.
    pub fn new(file: Option<&str>, pusher: Option<Pusher>, resource: Resource) -> Self {
        Self {
            file: file.map(PathBuf::from),
            pusher,
            resource,
            began: nanoseconds(),
            to_file: Way::default(),
            to_collector: Way::default(),
            told: [None, None],
        }
    }

    /// Something was counted.
    pub fn counted(&mut self) {
        self.to_file.is_due = self.file.is_some();
        self.to_collector.is_due = self.pusher.is_some();
    }

    /// The account of the credentials is known.
    pub fn of_account(&mut self, account: Option<String>) {
        if account.is_some() {
            self.resource.account = account;
        }
    }

    /// Whether something waits until its time has come.
    pub fn is_waiting(&self) -> bool {
        self.to_file.is_due || self.to_collector.is_due
    }

    /// Exports what is due.
    pub fn export(&mut self, shared: &Shared, ui: &mut Ui) {
        if self.to_collector.takes(BETWEEN_PUSHES)
            && let Some(pusher) = &self.pusher
        {
            let body =
                shared.told(|board| request(board, &self.resource, self.began, nanoseconds()).to_string());
            if !pusher.push(body) {
                self.not_pushed("the collector is too slow", &mut shared.board(), ui);
            }
        }
        if self.to_file.takes(BETWEEN_FILES)
            && let Some(path) = &self.file
        {
            let text = shared.told(|board| render(board, Form::Text)).unwrap_or_default();
            match write_metrics(path, &text, ui) {
                Ok(()) => self.told[0] = None,
                Err(error) => {
                    shared.board().export_failed(METRICS_FILE);
                    let note = format!("note: {} was not written: {error}", path.display());
                    once(&mut self.told[0], note, ui);
                }
            }
        }
    }

    /// A push failed. What it said is said anew with the next one.
    pub fn not_pushed(&mut self, why: &str, board: &mut Board, ui: &mut Ui) {
        board.export_failed(OTLP);
        self.to_file.is_due = self.file.is_some();
        once(&mut self.told[1], format!("note: the metrics were not pushed: {why}"), ui);
    }
}

/// Tells it, unless it is what was told last.
fn once(told: &mut Option<String>, note: String, ui: &mut Ui) {
    if told.as_ref() != Some(&note) {
        ui.note(&note);
        *told = Some(note);
    }
}

/// The clock, in nanoseconds since 1970.
fn nanoseconds() -> u64 {
    (wall_clock() * 1e9) as u64
}
