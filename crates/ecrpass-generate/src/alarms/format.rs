//! Signals in the languages of the systems that raise alarms.

mod alertmanager;
mod cloudformation;
mod eventbridge;
mod grafana;
mod language;
mod metric_filters;
mod prometheus;
mod terraform;

pub use language::{Document, Format, NothingToSay};

use super::settings::Settings;
use super::signal::Signal;
use super::signals;

impl Format {
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
            Self::Eventbridge => {
                signals.iter().filter_map(|signal| eventbridge::rule(signal, settings)).collect()
            }
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
