//! Signals in the languages of the systems that raise alarms.

mod alertmanager;
mod cloudformation;
mod eventbridge;
mod grafana;
mod metric_filters;
mod prometheus;
mod terraform;

use super::settings::Settings;
use super::signal::Signal;
use super::signals;
use super::watch::Watch;

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
        match (&signal.watch, self) {
            // A dashboard and a route are about groups.
            (_, Self::Grafana | Self::Alertmanager) => true,
            (Watch::Prometheus(_), Self::Prometheus) => true,
            (Watch::Metric(_) | Watch::Event(_) | Watch::Filter(_), Self::Cloudformation | Self::Terraform) => true,
            (Watch::Event(_), Self::Eventbridge) => true,
            (Watch::Filter(_), Self::MetricFilters) => true,
            _ => false,
        }
    }

    /// The document, as one text.
    ///
    /// # Errors
    /// [`NothingToSay`] where none of the wanted signals can be said in this language.
    pub fn text(self, settings: &Settings) -> Result<String, NothingToSay> {
        let signals = self.signals(settings)?;
        Ok(match self {
            Self::Cloudformation => cloudformation::template(&signals, settings),
            Self::Terraform => terraform::configuration(&signals, settings),
            Self::Prometheus => prometheus::rules(&signals, settings),
            Self::Alertmanager => alertmanager::configuration(settings),
            Self::Eventbridge => eventbridge::list(&signals, settings),
            Self::MetricFilters => metric_filters::list(&signals, settings),
            Self::Grafana => grafana::dashboard(settings),
        })
    }

    /// The files, in the form that the system's own tool takes.
    ///
    /// # Errors
    /// As for [`Format::text`].
    pub fn files(self, settings: &Settings) -> Result<Vec<Document>, NothingToSay> {
        let signals = self.signals(settings)?;
        let name = &settings.name;
        let one = |file: String, text: String| vec![Document { file, text }];
        Ok(match self {
            Self::Eventbridge => signals.iter().filter_map(|signal| eventbridge::rule(signal, settings)).collect(),
            Self::MetricFilters => {
                signals.iter().filter_map(|signal| metric_filters::filter(signal, settings)).collect()
            }
            Self::Cloudformation => one(format!("{name}-alarms.yaml"), self.text(settings)?),
            Self::Terraform => one(format!("{name}-alarms.tf"), self.text(settings)?),
            Self::Prometheus => one(format!("{name}-rules.yaml"), self.text(settings)?),
            Self::Alertmanager => one(format!("{name}-alertmanager.yaml"), self.text(settings)?),
            Self::Grafana => one(format!("{name}-dashboard.json"), self.text(settings)?),
        })
    }

    fn signals(self, settings: &Settings) -> Result<Vec<Signal>, NothingToSay> {
        let mut signals = signals::all(settings);
        signals.retain(|signal| self.says(signal));
        if signals.is_empty() { Err(NothingToSay { format: self }) } else { Ok(signals) }
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
fn name_of(signal: &Signal, settings: &Settings) -> String {
    let id = signal.id();
    let own = id.strip_prefix(&format!("{}-", settings.name)).unwrap_or(&id);
    format!("{}-{own}", settings.name)
}

/// What somebody who finds the file has to know.
fn heading(format: Format, settings: &Settings) -> String {
    let families: Vec<&str> = settings.families.iter().map(|family| family.id()).collect();
    format!("# Written by `ecrpass alarms generate {} --signals {}`.\n", format.id(), families.join(","))
}
