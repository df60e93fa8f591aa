//! What all files together have: one may have what another lacks.

use crate::alarms::check::input::Contents;
use crate::alarms::check::promql;

/// The old name of the kubelet's metric.
pub const ERRORS: &str = "kubelet_credential_provider_plugin_errors";

/// What all files together have.
#[derive(Debug, Default)]
pub struct View {
    /// Whether some rule looks at init containers.
    pub has_init_containers: bool,
    /// Whether some rule notices that the canary does not run.
    pub has_absence: bool,
    /// The old name of the kubelet's metric.
    pub has_old_name: bool,
    /// The new one.
    pub has_new_name: bool,
}

impl View {
    /// Of all files.
    pub fn of(all: &[&Contents]) -> Self {
        let mut view = Self::default();
        for rule in all.iter().flat_map(|contents| &contents.rules) {
            let read = promql::read(rule.expression.text());
            for selector in &read.selectors {
                let Some(metric) = selector.metric() else { continue };
                view.has_init_containers |= is_of_init_containers(metric);
                view.has_absence |= metric.starts_with("ecrpass_canary_")
                    && (selector.is_in(&["absent", "absent_over_time"])
                        || metric.contains("last_run_timestamp"));
                let (old, new) = names_of_the_kubelet(metric);
                view.has_old_name |= old;
                view.has_new_name |= new;
            }
        }
        view
    }
}

/// Whether a metric, or an expression for several, is about init containers that wait.
pub fn is_of_init_containers(metric: &str) -> bool {
    metric.contains("init_container_status_waiting_reason")
        || has_choice(metric) && metric.contains("container_status_waiting_reason")
}

/// Whether a metric is the kubelet's of old, and of new; an expression for several may be both.
pub fn names_of_the_kubelet(metric: &str) -> (bool, bool) {
    if !metric.contains(ERRORS) {
        return (false, false);
    }
    let both = has_choice(metric);
    let new = metric.contains("plugin_errors_total");
    (both || !new, both || new)
}

/// Whether a name is an expression that leaves something open.
pub fn has_choice(metric: &str) -> bool {
    metric.contains(['|', '?', '*', '+'])
}
