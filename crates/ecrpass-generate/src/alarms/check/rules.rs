//! The mistakes, looked for in what files say. One file may have what another lacks, so all are in view.

mod alarms;
mod events;
mod filters;
mod prometheus;
mod view;

pub use view::View;

use super::found::Problems;
use super::input::Contents;

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
