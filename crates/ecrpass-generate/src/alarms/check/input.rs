//! What a file says, whatever language it is in: rules of Prometheus, alarms, metric filters and event patterns, each value
//! with its place.

mod aws;
mod prometheus;
mod terraform;

use std::ops::Range;

use ecrpass_audit::infrastructure::datum::{Datum, DatumKind, Entry};
use ecrpass_audit::infrastructure::hcl;
use ecrpass_audit::infrastructure::intrinsics::datum;
use ecrpass_audit::passage::Passage;
use ecrpass_audit::yaml;
use ecrpass_json::{JsonKind, Value as Json};

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

/// Why a file cannot be read, and where.
pub type Damage = (Option<usize>, String);

/// Reads a file.
///
/// # Errors
/// What is wrong with it, and where.
pub fn read(name: &str, text: &str) -> Result<Contents, Damage> {
    let mut contents = Contents::default();
    if has_ending(name, ".tf") {
        let Some((blocks, _)) = hcl::read(text) else { return Err((None, "it is no HCL".to_owned())) };
        terraform::blocks(&blocks, &mut contents);
        return Ok(contents);
    }
    match yaml::read(text) {
        Ok(documents) => documents.iter().for_each(|document| {
            let document = datum(document);
            prometheus::document(&document, &mut contents);
            aws::document(&document, &mut contents);
            terraform::json(&document, &mut contents);
        }),
        Err(error) => {
            // Standard input has no name that tells.
            if let Some((blocks, _)) = hcl::read(text) {
                terraform::blocks(&blocks, &mut contents);
                return Ok(contents);
            }
            return Err((Some(error.at), format!("it is neither YAML, JSON nor HCL: {}", error.message)));
        }
    }
    if contents.is_empty()
        && let Some((blocks, _)) = hcl::read(text)
    {
        terraform::blocks(&blocks, &mut contents);
    }
    Ok(contents)
}

fn has_ending(name: &str, ending: &str) -> bool {
    name.to_ascii_lowercase().ends_with(ending)
}

/// A pattern: an object, what `jsonencode` makes of one, or JSON in a text.
fn pattern(value: &Datum) -> Option<Datum> {
    match &value.kind {
        DatumKind::Map(_) => Some(value.clone()),
        DatumKind::Call(name, arguments) if name == "jsonencode" => arguments.first().cloned(),
        DatumKind::Text(passage) => {
            let parsed = ecrpass_json::parse(passage.text()).ok()?;
            parsed.members()?;
            Some(inside(&parsed, passage))
        }
        _ => None,
    }
}

/// JSON that stands in a text, with its places in the file.
fn inside(value: &Json, text: &Passage) -> Datum {
    let bytes = text.places(value.span.clone());
    let kind = match &value.kind {
        JsonKind::Null => DatumKind::Null,
        JsonKind::Bool | JsonKind::Number => {
            DatumKind::Plain(text.text().get(value.span.clone()).unwrap_or_default().to_owned())
        }
        JsonKind::String(content) => DatumKind::Text(Passage::verbatim(content.as_str(), bytes.start)),
        JsonKind::Array(items) => DatumKind::List(items.iter().map(|item| inside(item, text)).collect()),
        JsonKind::Deep { .. } => DatumKind::Unknown,
        JsonKind::Object(members) => DatumKind::Map(
            members
                .iter()
                .map(|member| Entry {
                    key: member.key.clone(),
                    key_bytes: text.places(member.key_span.clone()),
                    value: inside(&member.value, text),
                })
                .collect(),
        ),
    };
    Datum::new(bytes, kind)
}

/// A text and where its parts stand.
fn passage(value: &Datum) -> Option<&Passage> {
    match &value.kind {
        DatumKind::Text(passage) => Some(passage),
        _ => None,
    }
}
