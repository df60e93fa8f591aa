//! One run of every target, and the exit status that tells what came of it.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use ecrpass_aws::clock::now;
use ecrpass_canary::board::Board;
use ecrpass_canary::emf;
use ecrpass_canary::exposition::{Form, render};
use ecrpass_canary::otlp::{Resource, request};
use ecrpass_canary::report::{Report, SCHEMA, exit_status};
use ecrpass_canary::settings::Settings;
use ecrpass_core::environment::Environment;
use ecrpass_core::time::rfc3339;

use super::arguments::Arguments;
use crate::apply::canary_exports::{Collector, METRICS_FILE, OTLP, write_metrics};
use crate::collect::canary::{Probed, Prober, functions, wall_clock};
use crate::error::CommandError;
use crate::render::canary;
use crate::render::format::Format;
use crate::render::ui::Ui;
use crate::system::cloud_platform::cloud_platform;

/// How many targets are run at once.
const AT_ONCE: usize = 32;

/// Runs every target; the exit status.
///
/// # Errors
/// When the result cannot be written.
pub fn run(
    arguments: &Arguments,
    settings: &Settings,
    environment: &Arc<dyn Environment>,
    ui: &mut Ui,
) -> Result<u8, CommandError> {
    let began = nanoseconds();
    let mut board = Board::new(env!("CARGO_PKG_VERSION"));
    board.replace(&settings.beats());
    let prober = Prober::new(Arc::clone(environment), settings.allow_import);
    let (mut targets, mut findings, mut emf_lines, mut account) = (Vec::new(), Vec::new(), Vec::new(), None);
    for probed in probe_all(&prober, settings) {
        match probed {
            Probed::Refused(report) => {
                board.remove(&report.labels());
                targets.push((*report, Vec::new()));
            }
            Probed::Run(outcome) => {
                board.record(&outcome.record);
                account = account.or(outcome.account);
                emf_lines.push(emf::line(&outcome.record));
                findings.extend(outcome.findings.clone());
                targets.push((outcome.report, outcome.findings));
            }
        }
    }
    let polled =
        settings.functions.iter().map(|name| functions::poll(environment, name, settings.limits.deadline));
    let (labels, functions): (Vec<_>, Vec<_>) = polled.unzip();
    board
        .functions(labels.into_iter().zip(functions.iter().map(|function| function.state.clone())).collect());
    let shown = |board: &Board, ui: &Ui| match ui.masker() {
        Some(masker) => board.renamed(|name| masker.mask(name)),
        None => board.clone(),
    };
    if let Some(url) = &settings.otlp {
        let account = account.map(|account| ui.shown_text(&account));
        let resource = Resource { platform: cloud_platform(environment.as_ref()), account };
        let body = request(&shown(&board, ui), &resource, began, nanoseconds()).to_string();
        if let Err(why) = Collector::new(url).push(&body) {
            board.export_failed(OTLP);
            ui.note(&format!("note: the metrics were not pushed: {why}"));
        }
    }
    let is_written = match &settings.metrics_file {
        None => true,
        Some(path) => {
            let text = render(&shown(&board, ui), Form::Text).unwrap_or_default();
            write_metrics(Path::new(path), &text, ui)
                .map_err(|error| {
                    ui.note(&format!("note: {path} was not written ({METRICS_FILE}): {error}"));
                })
                .is_ok()
        }
    };
    // Lines for CloudWatch take the place of those for people, unless both are asked for.
    let format = arguments.format.or((!settings.emf).then_some(Format::Text));
    match format {
        Some(Format::Json) => {
            let targets = targets.iter().map(|(target, _)| target.clone()).collect();
            let findings = ui.shown(findings);
            let functions = functions.clone();
            ui.json(&Report { schema: SCHEMA, time: rfc3339(now()), targets, functions, findings })?;
        }
        Some(Format::Text) => {
            for (target, findings) in &targets {
                let findings = ui.shown(findings.clone());
                ui.results(canary::target(target, &findings))?;
            }
            ui.results(functions.iter().map(canary::function))?;
        }
        None => {}
    }
    if settings.emf {
        for line in emf_lines {
            ui.json_line(&serde_json::from_str::<serde_json::Value>(&line).unwrap_or_default())?;
        }
    }
    let targets: Vec<_> = targets.into_iter().map(|(target, _)| target).collect();
    Ok(match exit_status(&targets, &functions) {
        0 if !is_written => 3,
        status => status,
    })
}

/// The clock, in nanoseconds since 1970.
fn nanoseconds() -> u64 {
    (wall_clock() * 1e9) as u64
}

/// Runs all targets, some at the same time; what came of each, in their order.
fn probe_all(prober: &Prober, settings: &Settings) -> Vec<Probed> {
    let next = AtomicUsize::new(0);
    let probed: Vec<Mutex<Option<Probed>>> = settings.targets.iter().map(|_| Mutex::default()).collect();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(settings.targets.len()) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(target), Some(place)) = (settings.targets.get(at), probed.get(at)) else {
                        return;
                    };
                    let result = prober.probe(target, settings.limits);
                    *place.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
                }
            });
        }
    });
    probed
        .into_iter()
        .filter_map(|place| place.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}
