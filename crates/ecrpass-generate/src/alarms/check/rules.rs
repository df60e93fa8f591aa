//! The mistakes, looked for in what files say. One file may have what another lacks, so all are in view.

mod alarms;
mod events;
mod filters;
mod prometheus;

use super::found::Problems;
use super::input::Contents;
use super::promql;

/// What all files together have.
#[derive(Debug, Default)]
pub struct View {
    /// Whether some rule looks at init containers.
    has_init_containers: bool,
    /// Whether some rule notices that the canary does not run.
    has_absence: bool,
    /// Both names of the kubelet's metric.
    has_old_name: bool,
    has_new_name: bool,
}

impl View {
    /// Of all files.
    pub fn of(all: &[&Contents]) -> Self {
        let mut view = Self::default();
        for rule in all.iter().flat_map(|contents| &contents.rules) {
            let read = promql::read(rule.expression.text());
            for selector in &read.selectors {
                let Some(metric) = selector.metric() else { continue };
                view.has_init_containers |= prometheus::is_of_init_containers(metric);
                view.has_absence |= metric.starts_with("ecrpass_canary_")
                    && (selector.is_in(&["absent", "absent_over_time"]) || metric.contains("last_run_timestamp"));
                let (old, new) = prometheus::names_of_the_kubelet(metric);
                view.has_old_name |= old;
                view.has_new_name |= new;
            }
        }
        view
    }
}

/// Looks at a file.
pub fn look(contents: &Contents, view: &View, problems: &mut Problems) {
    for rule in &contents.rules {
        prometheus::look(rule, view, problems);
    }
    for alarm in &contents.alarms {
        alarms::look(alarm, problems);
    }
    for filter in &contents.filters {
        filters::look(filter, problems);
    }
    for event in &contents.events {
        events::look(event, problems);
    }
}
