//! What files say, whatever language they are in.

use std::ops::Range;

use ecrpass_audit::infrastructure::datum::Datum;
use ecrpass_audit::passage::Passage;

/// What a file says.
#[derive(Debug, Default)]
pub struct Contents {
    /// Rules of Prometheus.
    pub rules: Vec<Rule>,
    /// Alarms of CloudWatch.
    pub alarms: Vec<Alarm>,
    /// Metric filters.
    pub filters: Vec<Filter>,
    /// Rules of EventBridge.
    pub events: Vec<Event>,
}

/// A rule of Prometheus.
#[derive(Debug)]
pub struct Rule {
    /// The expression.
    pub expression: Passage,
    /// How long it must hold, in seconds, and where that stands.
    pub held: Option<(u64, Range<usize>)>,
    /// Whether it is an alert: others only record.
    pub is_alert: bool,
}

/// A setting.
#[derive(Clone, Debug)]
pub enum Setting {
    /// It is not there, which means the default.
    Absent,
    /// It is put in later.
    Open,
    /// A text or a number, and its place.
    Known(String, Range<usize>),
}

/// An alarm of CloudWatch.
#[derive(Debug)]
pub struct Alarm {
    /// Where it begins.
    pub at: Range<usize>,
    /// What is measured.
    pub metrics: Vec<Measured>,
    /// Whether the metrics are put together by an expression.
    pub is_math: bool,
    /// When a datapoint counts.
    pub comparison: Setting,
    /// What it is compared with.
    pub threshold: Setting,
    /// How many datapoints.
    pub evaluations: Setting,
    /// How many of those.
    pub datapoints: Setting,
    /// What no data means.
    pub missing: Setting,
}

/// A metric that is measured.
#[derive(Debug)]
pub struct Measured {
    /// Its name space.
    pub namespace: Setting,
    /// Its name.
    pub name: Setting,
    /// What is made of the values of a period.
    pub statistic: Setting,
    /// Seconds of a datapoint.
    pub period: Setting,
}

/// A metric filter.
#[derive(Debug)]
pub struct Filter {
    /// The pattern.
    pub pattern: Passage,
    /// The values of its dimensions.
    pub dimensions: Vec<(String, Range<usize>)>,
}

/// A rule of EventBridge.
#[derive(Debug)]
pub struct Event {
    /// The pattern.
    pub pattern: Datum,
    /// Its state.
    pub state: Setting,
    /// Whether the file could say the state: a pattern alone cannot.
    pub could_say: bool,
}

impl Contents {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.rules.len() + self.alarms.len() + self.filters.len() + self.events.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Setting {
    /// The setting of a key.
    pub fn of(body: &Datum, key: &str) -> Self {
        body.get(key).map_or(Self::Absent, Self::from)
    }

    /// Its text, if that is known.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Known(text, _) => Some(text),
            _ => None,
        }
    }

    /// Its number, if that is known.
    pub fn number(&self) -> Option<f64> {
        self.text()?.trim().parse().ok()
    }

    /// Its place; otherwise that of what it belongs to.
    pub fn place<'a>(&'a self, owner: &'a Range<usize>) -> &'a Range<usize> {
        match self {
            Self::Known(_, at) => at,
            _ => owner,
        }
    }
}

impl From<&Datum> for Setting {
    fn from(datum: &Datum) -> Self {
        match datum.text() {
            Some(text) => Self::Known(text.to_owned(), datum.bytes.clone()),
            None if datum.is_null() => Self::Absent,
            None => Self::Open,
        }
    }
}
