//! Alarms on failed pulls and logins: written for the systems that raise them, and looked for known mistakes.
//!
//! What is watched is said once (`signals`), each with the causes it points to; `format` writes it in the language of each
//! system. `check` reads files in the same languages, and finds rules that stay silent when a pull fails.

pub mod check;
mod family;
pub mod format;
pub mod pattern;
mod settings;
mod signal;
pub mod signals;
mod value;
mod watch;

pub use family::Family;
pub use settings::{EcsService, Settings};
pub use signal::{Signal, Urgency};
pub use watch::{
    Comparison, Dimension, EventRule, Held, Metric, MetricAlarm, MetricFilter, Missing, Parameter,
    PrometheusRule, Source, Statistic, Watch,
};
