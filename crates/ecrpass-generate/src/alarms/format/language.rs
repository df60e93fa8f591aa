//! The languages, what each can say, and what documents are called.

use crate::alarms::settings::Settings;
use crate::alarms::signal::Signal;
use crate::alarms::watch::Watch;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A template of CloudFormation.
    Cloudformation,
    /// HCL for Terraform and OpenTofu.
    Terraform,
    /// A rule file of Prometheus.
    Prometheus,
    /// A configuration of Alertmanager, as an example.
    Alertmanager,
    /// Rules of EventBridge.
    Eventbridge,
    /// Metric filters of CloudWatch Logs.
    MetricFilters,
    /// A dashboard of Grafana.
    Grafana,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub file: String,
    /// Its text, with a final line feed.
    pub text: String,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Cloudformation,
        Self::Terraform,
        Self::Prometheus,
        Self::Alertmanager,
        Self::Eventbridge,
        Self::MetricFilters,
        Self::Grafana,
    ];

    /// Its name on the command line.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Cloudformation => "cloudformation",
            Self::Terraform => "terraform",
            Self::Prometheus => "prometheus",
            Self::Alertmanager => "alertmanager",
            Self::Eventbridge => "eventbridge",
            Self::MetricFilters => "metric-filters",
            Self::Grafana => "grafana",
        }
    }

    /// The one of that name.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.id() == id)
    }

    /// Whether it can say this signal.
    pub fn says(self, signal: &Signal) -> bool {
        // A dashboard and a route are about groups.
        matches!(
            (&signal.watch, self),
            (_, Self::Grafana | Self::Alertmanager)
                | (Watch::Prometheus(_), Self::Prometheus)
                | (
                    Watch::Metric(_) | Watch::Event(_) | Watch::Filter(_),
                    Self::Cloudformation | Self::Terraform
                )
                | (Watch::Event(_), Self::Eventbridge)
                | (Watch::Filter(_), Self::MetricFilters)
        )
    }
}

/// None of the wanted signals can be said in a language.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("none of these signals can be written for {}", .format.id())]
pub struct NothingToSay {
    /// The language.
    pub format: Format,
}

/// What alarms and rules are called: `ecr-ecs-cannot-pull`.
pub fn name_of(signal: &Signal, settings: &Settings) -> String {
    let id = signal.id();
    let own = id.strip_prefix(&format!("{}-", settings.name)).unwrap_or(&id);
    format!("{}-{own}", settings.name)
}

/// What somebody who finds the file has to know.
pub fn heading(format: Format, settings: &Settings) -> String {
    let families: Vec<&str> = settings.families.iter().map(|family| family.id()).collect();
    format!("# Written by `ecrpass alarms generate {} --signals {}`.\n", format.id(), families.join(","))
}
