//! What the daemon prints: to programs every run, to people what has changed.

use std::collections::{BTreeMap, BTreeSet};

use ecrpass_aws::clock::now;
use ecrpass_canary::board::Record;
use ecrpass_canary::emf;
use ecrpass_canary::report::{FunctionReport, Report, SCHEMA, TargetReport};
use ecrpass_canary::settings::Settings;
use ecrpass_core::time::rfc3339;
use ecrpass_diagnosis::finding::Finding;
use serde_json::Value;

use crate::error::CommandError;
use crate::render::canary;
use crate::render::format::Format;
use crate::render::ui::Ui;

/// The journal.
pub struct Journal {
    format: Option<Format>,
    emf: bool,
    /// What was last told of each target and function, by name.
    told: BTreeMap<String, String>,
}

impl Journal {
    /// In a format; lines for CloudWatch take the place of those for people, unless both are asked for.
    pub fn new(format: Option<Format>, emf: bool) -> Self {
        Self { format: format.or((!emf).then_some(Format::Text)), emf, told: BTreeMap::new() }
    }

    /// Forgets what was told of targets and functions that are gone: a configuration may change any number of times.
    pub fn keep_only(&mut self, settings: &Settings) {
        let targets = settings.targets.iter().map(|target| {
            let labels = target.labels();
            of_target(&labels.registry, &labels.target)
        });
        let functions =
            settings.functions.iter().map(|function| of_function(&function.region, &function.name));
        let named: BTreeSet<String> = targets.chain(functions).collect();
        self.told.retain(|name, _| named.contains(name));
    }

    /// A run, or a target that is not run.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn target(
        &mut self,
        target: TargetReport,
        findings: Vec<Finding>,
        record: Option<&Record>,
        ui: &mut Ui,
    ) -> Result<(), CommandError> {
        if let Some(record) = record.filter(|_| self.emf) {
            ui.json_line(&serde_json::from_str::<Value>(&emf::line(record)).unwrap_or_default())?;
        }
        match self.format {
            Some(Format::Json) => {
                let findings = ui.shown(findings);
                ui.json_line(&report(vec![target], Vec::new(), findings))?;
            }
            Some(Format::Text) => {
                let name = of_target(&target.registry, &target.target);
                self.changed(name, canary::line(&target), ui)?;
            }
            None => {}
        }
        Ok(())
    }

    /// A function's state.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn function(&mut self, function: FunctionReport, ui: &mut Ui) -> Result<(), CommandError> {
        match self.format {
            Some(Format::Json) => ui.json_line(&report(Vec::new(), vec![function], Vec::new()))?,
            Some(Format::Text) => {
                let name = of_function(&function.region, &function.state.name);
                self.changed(name, canary::function(&function), ui)?;
            }
            None => {}
        }
        Ok(())
    }

    /// Prints a line that is another than the last one of that name.
    fn changed(&mut self, name: String, line: String, ui: &mut Ui) -> Result<(), CommandError> {
        if self.told.get(&name) != Some(&line) {
            ui.result(&line)?;
            self.told.insert(name, line);
        }
        Ok(())
    }
}

/// The name by which a target's last line is kept.
fn of_target(registry: &str, target: &str) -> String {
    format!("{registry}/{target}")
}

/// The name by which a function's last line is kept.
fn of_function(region: &str, name: &str) -> String {
    format!("{region} {name}")
}

/// The report of one run, as a line of the log.
fn report(targets: Vec<TargetReport>, functions: Vec<FunctionReport>, findings: Vec<Finding>) -> Report {
    Report { schema: SCHEMA, time: rfc3339(now()), targets, functions, findings }
}
