//! The canary that stays: it keeps the timetable, counts, exports, and takes a new configuration, until it is asked to
//! stop.

mod endpoint;
mod exports;
mod journal;

use std::collections::{BTreeSet, VecDeque};
use std::process;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use ecrpass_canary::labels::Labels;
use ecrpass_canary::length;
use ecrpass_canary::otlp::Resource;
use ecrpass_canary::report::FunctionReport;
use ecrpass_canary::settings::Settings;
use ecrpass_canary::target::Target;
use ecrpass_canary::timetable::{Due, Timetable};
use ecrpass_core::environment::Environment;

use self::endpoint::{Shared, answer, listen};
use self::exports::Exports;
use self::journal::Journal;
use super::arguments::{Arguments, USAGE, settings};
use crate::apply::canary_exports::Collector;
use crate::collect::canary::{Probed, Prober, functions, wall_clock};
use crate::error::CommandError;
use crate::render::ui::Ui;
use crate::system::cloud_platform::cloud_platform;
use crate::system::service;

/// How many runs are under way at once; others wait for their turn.
const AT_ONCE: usize = 32;

/// How often the configuration file is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Something that happened.
enum Event {
    /// A run ended.
    Ended(Labels, Box<Probed>),
    /// The functions were asked.
    Functions(Vec<(Labels, FunctionReport)>),
    /// A push failed.
    NotPushed(String),
    /// The process is asked to stop.
    Stop,
}

/// Runs until it is asked to stop; the exit status.
///
/// # Errors
/// When it cannot listen, or nothing can be printed.
pub fn run(
    arguments: &Arguments,
    settings: Settings,
    environment: &Arc<dyn Environment>,
    ui: &mut Ui,
) -> Result<u8, CommandError> {
    let shared = Arc::new(Shared::new(ui.masker()));
    // Before anybody can ask: without a target, all would be ready.
    shared.board().replace(&settings.beats());
    let listener = settings.listen.as_deref().map(listen).transpose()?;
    let address = listener.as_ref().and_then(|listener| listener.local_addr().ok());
    let (tell, events) = mpsc::channel();
    let (stop, failed) = (tell.clone(), tell.clone());
    let stopped = move || {
        // Whoever does not listen any more has stopped.
        let _ = stop.send(Event::Stop);
    };
    service::start(listener, answer(&shared), stopped)
        .map_err(|error| CommandError::io("The canary cannot be started", error, "try again"))?;
    let pusher = match &settings.otlp {
        None => None,
        Some(url) => Some(Collector::new(url).beside(move |why| {
            let _ = failed.send(Event::NotPushed(why));
        })?),
    };
    let at = address.map(|address| format!("; metrics at http://{address}/metrics")).unwrap_or_default();
    ui.note(&format!("{} every {}{at}", counted(&settings), length::shown(settings.interval)));
    let resource = Resource { platform: cloud_platform(environment.as_ref()), account: None };
    let mut daemon = Daemon {
        arguments,
        environment,
        prober: Arc::new(Prober::new(Arc::clone(environment), settings.allow_import)),
        // Any number that another process hardly has at the same time.
        timetable: Timetable::new(u64::from(process::id()) << 32 ^ (wall_clock() * 1e6) as u64),
        started: Instant::now(),
        shared,
        tell,
        exports: Exports::new(settings.metrics_file.as_deref(), pusher, resource),
        journal: Journal::new(arguments.format, settings.emf),
        waiting: VecDeque::new(),
        under_way: 0,
        polls: false,
        last_poll: None,
        last_look: Instant::now(),
        complaint: None,
        refused: BTreeSet::new(),
        settings,
    };
    daemon.apply();
    daemon.keep_on(&events, ui)
}

/// `3 targets and 1 function`.
fn counted(settings: &Settings) -> String {
    let plural = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    match (settings.targets.len(), settings.functions.len()) {
        (targets, 0) => plural(targets, "target"),
        (targets, functions) => {
            format!("{} and {}", plural(targets, "target"), plural(functions, "function"))
        }
    }
}

/// The canary.
struct Daemon<'a> {
    arguments: &'a Arguments,
    environment: &'a Arc<dyn Environment>,
    /// The settings as they were read last.
    settings: Settings,
    /// Which of their targets are not run.
    refused: BTreeSet<Labels>,
    prober: Arc<Prober>,
    timetable: Timetable,
    started: Instant,
    shared: Arc<Shared>,
    tell: Sender<Event>,
    exports: Exports,
    journal: Journal,
    /// Runs that wait for their turn.
    waiting: VecDeque<Labels>,
    under_way: usize,
    /// Whether functions are being asked.
    polls: bool,
    last_poll: Option<Instant>,
    last_look: Instant,
    /// What is wrong with the configuration file, as it was told.
    complaint: Option<String>,
}

impl Daemon<'_> {
    fn keep_on(&mut self, events: &Receiver<Event>, ui: &mut Ui) -> Result<u8, CommandError> {
        loop {
            self.shared.touch(self.timetable.late(self.started.elapsed(), self.settings.limits.deadline));
            self.look_at_the_file(ui);
            self.begin_what_is_due();
            self.exports.export(&self.shared, ui);
            // That nothing happens within the time is what mostly happens.
            let Ok(event) = events.recv_timeout(self.rest()) else { continue };
            match event {
                Event::Stop => return Ok(0),
                Event::Ended(labels, probed) => {
                    self.ended(&labels, *probed, ui)?;
                    if self.timetable.is_empty() && self.settings.functions.is_empty() {
                        ui.error("No target is left to run.", ["  Next: name images that are your own"]);
                        return Ok(USAGE);
                    }
                }
                Event::Functions(states) => self.functions(states, ui)?,
                Event::NotPushed(why) => self.exports.not_pushed(&why, &mut self.shared.board(), ui),
            }
        }
    }

    /// Until something may be due again.
    fn rest(&self) -> Duration {
        let next = self.timetable.next().map(|due| due.saturating_sub(self.started.elapsed()));
        let soon = if self.exports.is_waiting() { LOOK / 4 } else { LOOK };
        next.unwrap_or(LOOK).min(soon).max(Duration::from_millis(5))
    }

    /// Takes the settings as they are now.
    fn apply(&mut self) {
        let mut beats = self.settings.beats();
        beats.retain(|(labels, _)| !self.refused.contains(labels));
        self.timetable.replace(&beats, self.started.elapsed());
        self.shared.board().replace(&beats);
        self.journal.keep_only(&self.settings);
        self.exports.counted();
    }

    fn target(&self, labels: &Labels) -> Option<Target> {
        self.settings.targets.iter().find(|target| target.labels() == *labels).cloned()
    }

    fn begin_what_is_due(&mut self) {
        for due in self.timetable.due(self.started.elapsed()) {
            match due {
                Due::Start(labels) => self.waiting.push_back(labels),
                Due::Skip(labels) => self.skipped(&labels),
            }
        }
        while self.under_way < AT_ONCE {
            let Some(labels) = self.waiting.pop_front() else { break };
            let Some(target) = self.target(&labels) else {
                self.timetable.ended(&labels);
                continue;
            };
            let (prober, tell, limits) = (Arc::clone(&self.prober), self.tell.clone(), self.settings.limits);
            let again = labels.clone();
            let begun = thread::Builder::new().name("run".to_owned()).spawn(move || {
                let probed = prober.probe(&target, limits);
                let _ = tell.send(Event::Ended(labels, Box::new(probed)));
            });
            if begun.is_err() {
                // The system has no thread for it: it is tried at the next beat.
                self.timetable.ended(&again);
                self.skipped(&again);
                break;
            }
            self.timetable.begins(&again, self.started.elapsed());
            self.under_way += 1;
        }
        self.poll_functions();
    }

    fn skipped(&mut self, labels: &Labels) {
        self.shared.board().skipped(labels);
        self.exports.counted();
    }

    fn poll_functions(&mut self) {
        let is_due = self.last_poll.is_none_or(|last| last.elapsed() >= self.settings.interval);
        if self.polls || !is_due || self.settings.functions.is_empty() {
            return;
        }
        self.last_poll = Some(Instant::now());
        let (names, tell) = (self.settings.functions.clone(), self.tell.clone());
        let (environment, deadline) = (Arc::clone(self.environment), self.settings.limits.deadline);
        let begun = thread::Builder::new().name("functions".to_owned()).spawn(move || {
            let states = names.iter().map(|name| functions::poll(&environment, name, deadline)).collect();
            let _ = tell.send(Event::Functions(states));
        });
        self.polls = begun.is_ok();
    }

    fn ended(&mut self, labels: &Labels, probed: Probed, ui: &mut Ui) -> Result<(), CommandError> {
        self.under_way = self.under_way.saturating_sub(1);
        self.timetable.ended(labels);
        // It may have gone meanwhile.
        if self.shared.board().series(labels).is_none() {
            return Ok(());
        }
        self.exports.counted();
        match probed {
            Probed::Refused(report) => {
                self.refused.insert(labels.clone());
                self.timetable.remove(labels);
                self.shared.board().remove(labels);
                self.journal.target(*report, Vec::new(), None, ui)
            }
            Probed::Run(outcome) => {
                self.shared.board().record(&outcome.record);
                self.exports.of_account(outcome.account.map(|account| ui.shown_text(&account)));
                self.journal.target(outcome.report, outcome.findings, Some(&outcome.record), ui)
            }
        }
    }

    fn functions(&mut self, states: Vec<(Labels, FunctionReport)>, ui: &mut Ui) -> Result<(), CommandError> {
        self.polls = false;
        let counted =
            states.iter().map(|(labels, function)| (labels.clone(), function.state.clone())).collect();
        self.shared.board().functions(counted);
        self.exports.counted();
        states.into_iter().try_for_each(|(_, function)| self.journal.function(function, ui))
    }

    /// Takes what stands in the file now, if that is another than before: a mounted ConfigMap changes by a link, of whose
    /// times nothing can be said.
    fn look_at_the_file(&mut self, ui: &mut Ui) {
        if self.arguments.config.is_none() || self.last_look.elapsed() < LOOK {
            return;
        }
        self.last_look = Instant::now();
        match settings(self.arguments) {
            Ok(read) => {
                self.complaint = None;
                // These are read at the start only.
                let Settings { listen, metrics_file, otlp, emf, .. } = self.settings.clone();
                let new = Settings { listen, metrics_file, otlp, emf, ..read };
                if new == self.settings {
                    return;
                }
                // What was refused may be allowed now.
                self.refused.clear();
                self.prober = Arc::new(Prober::new(Arc::clone(self.environment), new.allow_import));
                self.settings = new;
                self.apply();
                ui.note(&format!("The configuration has changed: {}.", counted(&self.settings)));
            }
            Err(wrong) => {
                let complaint = wrong.sentence();
                if self.complaint.as_ref() != Some(&complaint) {
                    ui.note(&format!("note: {complaint} The settings stay as they were."));
                    self.complaint = Some(complaint);
                }
            }
        }
    }
}
